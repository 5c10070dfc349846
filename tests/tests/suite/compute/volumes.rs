//! Volumes and their types, by Cinder and by the compute service's proxy.

use super::servers::{FLAVORS, PATIENCE, cirros};
use k5::block_storage::{BlockStorage, Volume, VolumeStatus};
use k5::compute::BlockDevice;
use k5::ids::{ImageId, VolumeId};
use k5::image::ImageStatus;
use k5::{Cloud, Loose};
use k5_tests::Scope;
use std::time::Duration;

pub(super) async fn available(storage: &BlockStorage, id: &VolumeId) -> Volume {
    let wait = storage.wait_volume(id).available().timeout(PATIENCE).every(Duration::from_millis(100), Duration::from_secs(1));
    wait.await.expect("it becomes available")
}

/// From a request to a volume, larger, and gone.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let name = scope.plain_name("data");
    let create = storage.create_volume(1).name(&name).description("of the suite").metadata([("role", "data")]);
    let created = scope.volume(create).await;
    let volume = available(&storage, &created.id).await;
    assert_eq!((volume.name.as_deref(), volume.size, volume.status), (Some(name.as_str()), Some(1), Some(VolumeStatus::Available)));
    assert_eq!(volume.bootable.as_ref().and_then(Loose::get), Some(false));
    assert_eq!(volume.metadata.as_ref().and_then(|metadata| metadata.get("role")).map(String::as_str), Some("data"));
    assert!(volume.created_at.is_some() && volume.snapshot_id.is_none());

    let error = storage.extend_volume(&volume.id, 1).send().await.expect_err("not larger");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    storage.extend_volume(&volume.id, 2).send().await.expect("accepted");
    assert_eq!(available(&storage, &volume.id).await.size, Some(2));

    storage.delete_volume(&volume.id).send().await.expect("accepted");
    storage.wait_volume(&volume.id).deleted().timeout(PATIENCE).await.expect("gone");
    let error = storage.show_volume(&volume.id).send().await.expect_err("gone");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// The id of nothing.
pub(super) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The types that a volume may have.
pub(crate) async fn have_types(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let types = storage.list_volume_types().limit(1).items().collect().await.expect("listed");
    let at_once = storage.list_volume_types().send().await.expect("listed").items;
    assert_eq!(types.iter().map(|kind| &kind.id).collect::<Vec<_>>(), at_once.iter().map(|kind| &kind.id).collect::<Vec<_>>());
    let kind = storage.show_volume_type(&types[0].id).send().await.expect("shown");
    assert_eq!((&kind.id, &kind.name), (&types[0].id, &types[0].name));
    let name = kind.name.expect("a name");
    for named in [name.as_str(), kind.id.as_str()] {
        let volume = scope.volume(storage.create_volume(1).volume_type(named)).await;
        let volume = available(&storage, &volume.id).await;
        assert_eq!(volume.volume_type, Some(Loose::Text(name.clone())));
    }
    let error = storage.show_volume_type(NOBODY).send().await.expect_err("no such type");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// A name, a description and metadata change, each alone.
pub(crate) async fn change(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let create = storage.create_volume(1).name(scope.plain_name("before")).description("d").metadata([("old", "1"), ("kept", "2")]);
    let id = scope.volume(create).await.id;
    available(&storage, &id).await;
    let name = scope.plain_name("after");
    let changed = storage.update_volume(&id).name(&name).send().await.expect("changed");
    assert_eq!((changed.name.as_deref(), changed.description.as_deref()), (Some(name.as_str()), Some("d")));
    let changed = storage.update_volume(&id).description("new").send().await.expect("changed");
    assert_eq!((changed.name.as_deref(), changed.description.as_deref()), (Some(name.as_str()), Some("new")));
    assert!(changed.links.is_some() && changed.metadata.as_ref().is_some_and(|metadata| metadata["old"] == "1"));
    storage.update_volume(&id).metadata([("kept", "3")]).send().await.expect("changed");
    let shown = storage.show_volume(&id).send().await.expect("shown");
    let metadata = shown.metadata.expect("metadata");
    assert_eq!((metadata.len(), metadata["kept"].as_str(), shown.name.as_deref()), (1, "3", Some(name.as_str())));
    let error = storage.update_volume(&id).name("n".repeat(256)).send().await.expect_err("too long");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    let error = storage.update_volume(NOBODY).name("n").send().await.expect_err("no such volume");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// Items of metadata are set and deleted without the others.
pub(crate) async fn have_metadata_items(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let id = scope.volume(storage.create_volume(1).metadata([("kept", "1"), ("changed", "2")])).await.id;
    available(&storage, &id).await;
    let all = storage.update_volume_metadata(&id, [("changed", "zwei"), ("a b.c", "3")]).send().await.expect("set");
    let expected = [("a b.c", "3"), ("changed", "zwei"), ("kept", "1")];
    assert_eq!(all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    assert_eq!(storage.show_volume(&id).send().await.expect("shown").metadata, Some(all));
    storage.delete_volume_metadata_item(&id, "changed").send().await.expect("deleted");
    let left = storage.show_volume(&id).send().await.expect("shown").metadata.expect("metadata");
    assert_eq!(left.keys().collect::<Vec<_>>(), ["a b.c", "kept"]);
    for error in [
        storage.delete_volume_metadata_item(&id, "changed").send().await.expect_err("it is gone"),
        storage.delete_volume_metadata_item(NOBODY, "kept").send().await.expect_err("no such volume"),
        storage.update_volume_metadata(NOBODY, [("k", "v")]).send().await.map(drop).expect_err("no such volume"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
    let error = storage.update_volume_metadata(&id, [("k", "v".repeat(256))]).send().await.expect_err("too long");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
}

/// An image of a volume, and a volume of that.
pub(crate) async fn become_images(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let volume = scope.volume(storage.create_volume(1).description("golden")).await;
    available(&storage, &volume.id).await;
    let name = scope.plain_name("golden");
    let upload = || storage.upload_volume_to_image(&volume.id, &name).container_format("bare").disk_format("qcow2");
    let started = upload().send().await.expect("accepted");
    scope.owns_image(&started.image_id);
    let error = upload().send().await.expect_err("it is uploading");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    assert_eq!((&started.id, started.status, started.size), (&volume.id, Some(VolumeStatus::Uploading), Some(1)));
    assert_eq!((started.image_name.as_deref(), started.display_description.as_deref()), (Some(name.as_str()), Some("golden")));
    assert_eq!((started.container_format.as_deref(), started.disk_format.as_deref()), (Some("bare"), Some("qcow2")));
    let image = cloud.image().wait_image(&started.image_id).active().timeout(PATIENCE).await.expect("uploaded");
    assert_eq!(
        (image.name.as_deref(), image.status, image.sync_status_reason),
        (Some(name.as_str()), Some(ImageStatus::Active), None)
    );
    assert_eq!(image.disk_format.as_deref(), Some("qcow2"));
    available(&storage, &volume.id).await;
    let copy = scope.volume(storage.create_volume(1).image_ref(ImageId::from(image.id.as_str()))).await;
    assert_eq!(available(&storage, &copy.id).await.bootable.as_ref().and_then(Loose::get), Some(true));

    let error = storage.upload_volume_to_image(&volume.id, &name).disk_format("floppy").send().await.expect_err("no such format");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
    let error = storage.upload_volume_to_image(NOBODY, &name).send().await.expect_err("no such volume");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// Pages of the lists.
pub(crate) async fn are_listed(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let name = scope.plain_name("listed");
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(scope.volume(storage.create_volume(1).name(&name)).await.id);
    }
    let listed = storage.list_volumes_detail().name(&name).limit(1).items().collect().await.expect("listed");
    let mut ids: Vec<_> = listed.into_iter().map(|volume| volume.id).collect();
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);

    let short = storage.list_volumes().name(&name).limit(2).items().collect().await.expect("listed");
    assert!(short.iter().all(|volume| volume.name.as_deref() == Some(name.as_str()) && volume.links.is_some()));
    assert!(short.iter().all(|volume| volume.status.is_none() && volume.size.is_none()), "only the names");
    let mut ids: Vec<_> = short.into_iter().map(|volume| volume.id).collect();
    ids.sort();
    assert_eq!(ids, expected);
    let sorted = storage.list_volumes().name(&name).sort_key("id").sort_dir("asc").send().await.expect("listed");
    assert_eq!(sorted.items.into_iter().map(|volume| volume.id).collect::<Vec<_>>(), expected);
    let none = storage.list_volumes().name(&name).status("error").send().await.expect("listed");
    assert_eq!(none.items.len(), 0);
}

/// The same volumes in the other spelling.
pub(crate) async fn by_the_proxy(cloud: Cloud, scope: Scope) {
    let (storage, proxy) = (cloud.block_storage(), cloud.volume_proxy());
    let name = scope.plain_name("proxied");
    let created = proxy.create_volume(1).display_name(&name).display_description("d").send().await.expect("created");
    scope.owns_volume(&created.id);
    assert_eq!((created.display_name.as_deref(), created.size), (Some(name.as_str()), Some(1)));
    let volume = available(&storage, &created.id).await;
    assert_eq!((volume.name.as_deref(), volume.description.as_deref()), (Some(name.as_str()), Some("d")));
    let other = scope.volume(storage.create_volume(1).name(&name)).await;
    let listed = proxy.list_volumes_detail().limit(1).items().collect().await.expect("listed");
    for id in [&created.id, &other.id] {
        let shown = listed.iter().find(|volume| volume.id == *id).expect("both are listed");
        assert_eq!((shown.display_name.as_deref(), shown.size), (Some(name.as_str()), Some(1)));
    }
    let plain = proxy.list_volumes().limit(1).items().collect().await.expect("listed");
    assert!([&created.id, &other.id].iter().all(|id| plain.iter().any(|volume| volume.id == **id)));

    let shown = proxy.show_volume(&created.id).send().await.expect("shown");
    assert_eq!((shown.display_description.as_deref(), shown.status.as_deref()), (Some("d"), Some("available")));
    let attached = shown.attachments.unwrap_or_default();
    assert!(attached.iter().all(|attachment| attachment.server_id.is_none()), "no server has it");
    proxy.delete_volume(&created.id).send().await.expect("accepted");
    storage.wait_volume(&created.id).deleted().timeout(PATIENCE).await.expect("gone");
    for error in [
        proxy.show_volume(&created.id).send().await.expect_err("gone"),
        proxy.delete_volume(&created.id).send().await.expect_err("gone"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
}

/// A server with a further disk beside its image's.
pub(crate) async fn have_servers(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let image = cirros(&cloud).await;
    let create = || compute.create_server(scope.plain_name("disks"), FLAVORS[0], &image);
    let error = create().disk(BlockDevice::blank(1)).send().await.expect_err("no disk to boot from");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    assert!(error.to_string().contains("Boot sequence"), "{error}");
    let further = BlockDevice::blank(1).delete_on_termination(true);
    let created = scope.server(create().disk(BlockDevice::local_image(&image)).disk(further)).await;
    let server = compute.wait_server(&created.id).active().timeout(PATIENCE).await.expect("runs");
    assert!(server.image.is_some_and(|image| image != Loose::Text(String::new())), "it has its image");
    let attached = server.volumes_attached.expect("a volume");
    assert_eq!(attached.len(), 1);
    compute.delete_server(&server.id).send().await.expect("accepted");
    compute.wait_server(&server.id).deleted().timeout(PATIENCE).await.expect("gone");
    storage.wait_volume(&attached[0].id).deleted().timeout(PATIENCE).await.expect("it went with the server");
}

/// Servers that boot from a volume: one made of an image with them, and one that was there.
pub(crate) async fn boot_servers(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let image = cirros(&cloud).await;
    let disk = BlockDevice::from_image(&image, 1).boot_index(0).delete_on_termination(true);
    let create = compute.create_server(scope.plain_name("boots"), FLAVORS[0], &image).disk(disk);
    let created = scope.server(create).await;
    let server = compute.wait_server(&created.id).active().timeout(PATIENCE).await.expect("runs");
    let attached = server.volumes_attached.expect("a volume");
    let volume = storage.show_volume(&attached[0].id).send().await.expect("shown");
    assert_eq!((volume.status, volume.bootable.as_ref().and_then(Loose::get)), (Some(VolumeStatus::InUse), Some(true)));
    let holder = volume.attachments.expect("attached")[0].server_id.clone();
    assert_eq!(holder.as_ref(), Some(&server.id));
    compute.delete_server(&server.id).send().await.expect("accepted");
    compute.wait_server(&server.id).deleted().timeout(PATIENCE).await.expect("gone");
    storage.wait_volume(&attached[0].id).deleted().timeout(PATIENCE).await.expect("it went with the server");

    let volume = scope.volume(storage.create_volume(1).image_ref(&image)).await;
    assert_eq!(available(&storage, &volume.id).await.bootable.as_ref().and_then(Loose::get), Some(true));
    let create = compute.create_server_from_volume(scope.plain_name("booted"), FLAVORS[0], &volume.id);
    let created = scope.server(create).await;
    let server = compute.wait_server(&created.id).active().timeout(PATIENCE).await.expect("runs");
    assert_eq!(server.image, Some(Loose::Text(String::new())), "it has no image of its own");
    assert_eq!(server.volumes_attached.expect("a volume")[0].id, volume.id);
}

k5_tests::cases! {
    come_and_go [block_storage.create_volume, block_storage.show_volume, block_storage.extend_volume, block_storage.delete_volume]
    have_types [block_storage.list_volume_types, block_storage.show_volume_type]
    change [block_storage.update_volume]
    have_metadata_items [block_storage.update_volume_metadata, block_storage.delete_volume_metadata_item]
    become_images [block_storage.upload_volume_to_image]
    are_listed [block_storage.list_volumes_detail, block_storage.list_volumes]
    by_the_proxy [
        volume_proxy.create_volume, volume_proxy.list_volumes_detail, volume_proxy.list_volumes, volume_proxy.show_volume,
        volume_proxy.delete_volume,
    ]
    have_servers [compute.create_server]
    boot_servers [compute.create_server, block_storage.show_volume]
}
