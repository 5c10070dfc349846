//! Volumes and snapshots, by Cinder and by the compute service's proxy.

use super::servers::{FLAVORS, PATIENCE, cirros};
use k5::block_storage::{BlockStorage, Volume, VolumeStatus};
use k5::compute::BlockDevice;
use k5::ids::VolumeId;
use k5::{Cloud, Loose};
use k5_tests::Scope;
use std::time::Duration;

async fn available(storage: &BlockStorage, id: &VolumeId) -> Volume {
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

/// Pages of the list.
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
}

/// Snapshots: of a volume, and volumes of them.
pub(crate) async fn have_snapshots(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let volume = scope.volume(storage.create_volume(1).name(scope.plain_name("source"))).await;
    available(&storage, &volume.id).await;
    let name = scope.plain_name("snapshot");
    let snapshot = scope.snapshot(storage.create_snapshot(&volume.id).name(&name).force(true)).await;
    let snapshot = storage.wait_snapshot(&snapshot.id).available().timeout(PATIENCE).await.expect("made");
    assert_eq!(
        (snapshot.volume_id.as_ref(), snapshot.size, snapshot.name.as_deref()),
        (Some(&volume.id), Some(1), Some(name.as_str()))
    );
    let error = storage.delete_volume(&volume.id).send().await.expect_err("it has a snapshot");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
    let copy = scope.volume(storage.create_volume(1).snapshot_id(&snapshot.id)).await;
    assert_eq!(available(&storage, &copy.id).await.snapshot_id.as_ref(), Some(&snapshot.id));
    storage.delete_snapshot(&snapshot.id).send().await.expect("accepted");
    storage.wait_snapshot(&snapshot.id).deleted().timeout(PATIENCE).await.expect("gone");
    assert!(storage.show_snapshot(&snapshot.id).send().await.expect_err("gone").is_not_found());
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
    are_listed [block_storage.list_volumes_detail]
    by_the_proxy [volume_proxy.create_volume, volume_proxy.list_volumes_detail]
    have_snapshots [block_storage.create_snapshot, block_storage.show_snapshot, block_storage.delete_snapshot]
    boot_servers [compute.create_server, block_storage.show_volume]
}
