//! Snapshots, by Cinder and by the compute service's proxy.

use super::servers::PATIENCE;
use super::volumes::{NOBODY, available};
use k5::Cloud;
use k5::block_storage::SnapshotStatus;
use k5::ids::{SnapshotId, VolumeId};
use k5_tests::Scope;

/// A volume with this many snapshots of this name.
async fn with_snapshots(cloud: &Cloud, scope: &Scope, name: &str, count: usize) -> (VolumeId, Vec<SnapshotId>) {
    let storage = cloud.block_storage();
    let volume = scope.volume(storage.create_volume(1).name(scope.plain_name("source"))).await.id;
    available(&storage, &volume).await;
    let mut ids = Vec::new();
    for _ in 0..count {
        let snapshot = scope.snapshot(storage.create_snapshot(&volume).name(name).description("d")).await.id;
        ids.push(storage.wait_snapshot(&snapshot).available().timeout(PATIENCE).await.expect("made").id);
    }
    ids.sort();
    (volume, ids)
}

/// Of a volume, and a volume of that.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
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

/// Pages of both lists, and what they are filtered by.
pub(crate) async fn are_listed(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let name = scope.plain_name("listed");
    let (volume, expected) = with_snapshots(&cloud, &scope, &name, 2).await;
    let (_, others) = with_snapshots(&cloud, &scope, &name, 1).await;
    let short = storage.list_snapshots().volume_id(volume.as_str()).limit(1).items().collect().await.expect("listed");
    assert!(short.iter().all(|snapshot| snapshot.progress.is_none() && snapshot.volume_id.as_ref() == Some(&volume)));
    let mut ids: Vec<_> = short.into_iter().map(|snapshot| snapshot.id).collect();
    ids.sort();
    assert_eq!(ids, expected);

    let detailed = storage.list_snapshots_detail().name(&name).limit(2).items().collect().await.expect("listed");
    assert!(detailed.iter().all(|snapshot| snapshot.progress.as_deref() == Some("100%") && snapshot.project_id.is_some()));
    assert_eq!(detailed.len(), 3);
    assert!(expected.iter().chain(&others).all(|id| detailed.iter().any(|snapshot| snapshot.id == *id)));
    let sorted =
        storage.list_snapshots_detail().volume_id(volume.as_str()).sort_key("id").sort_dir("asc").send().await.expect("listed");
    assert_eq!(sorted.items.into_iter().map(|snapshot| snapshot.id).collect::<Vec<_>>(), expected);
    let none = storage.list_snapshots().name(&name).status("error").send().await.expect("listed");
    assert_eq!(none.items.len(), 0);
    let foreign = scope.other().block_storage().list_snapshots().name(&name).send().await.expect("listed");
    assert_eq!(foreign.items.len(), 0, "another project sees none of them");
}

/// A name and a description change, each alone.
pub(crate) async fn change(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let (_, ids) = with_snapshots(&cloud, &scope, &scope.plain_name("before"), 1).await;
    let name = scope.plain_name("after");
    let changed = storage.update_snapshot(&ids[0]).name(&name).send().await.expect("changed");
    assert_eq!((changed.name.as_deref(), changed.description.as_deref()), (Some(name.as_str()), Some("d")));
    storage.update_snapshot(&ids[0]).description("new").send().await.expect("changed");
    let shown = storage.show_snapshot(&ids[0]).send().await.expect("shown");
    assert_eq!((shown.name.as_deref(), shown.description.as_deref()), (Some(name.as_str()), Some("new")));
    assert_eq!(shown.status, Some(SnapshotStatus::Available));
    let error = storage.update_snapshot(&ids[0]).send().await.expect_err("nothing changes");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    let error = storage.update_snapshot(NOBODY).name("n").send().await.expect_err("no such snapshot");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// Items of metadata are set and deleted without the others.
pub(crate) async fn have_metadata_items(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let (_, ids) = with_snapshots(&cloud, &scope, &scope.plain_name("labelled"), 1).await;
    storage.update_snapshot_metadata(&ids[0], [("kept", "1"), ("changed", "2")]).send().await.expect("set");
    let all = storage.update_snapshot_metadata(&ids[0], [("changed", "zwei")]).send().await.expect("set");
    let expected = [("changed", "zwei"), ("kept", "1")];
    assert_eq!(all.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    assert_eq!(storage.show_snapshot(&ids[0]).send().await.expect("shown").metadata, Some(all));
    storage.delete_snapshot_metadata_item(&ids[0], "changed").send().await.expect("deleted");
    let left = storage.show_snapshot(&ids[0]).send().await.expect("shown").metadata.expect("metadata");
    assert_eq!(left.keys().collect::<Vec<_>>(), ["kept"]);
    for error in [
        storage.delete_snapshot_metadata_item(&ids[0], "changed").send().await.expect_err("it is gone"),
        storage.delete_snapshot_metadata_item(NOBODY, "kept").send().await.expect_err("no such snapshot"),
        storage.update_snapshot_metadata(NOBODY, [("k", "v")]).send().await.map(drop).expect_err("no such snapshot"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
}

/// The same snapshots in the other spelling.
pub(crate) async fn by_the_proxy(cloud: Cloud, scope: Scope) {
    let (storage, proxy) = (cloud.block_storage(), cloud.volume_proxy());
    let volume = scope.volume(storage.create_volume(1)).await.id;
    available(&storage, &volume).await;
    let name = scope.plain_name("proxied");
    let create = proxy.create_snapshot(&volume).display_name(&name).display_description("d").force(true);
    let created = create.send().await.expect("created");
    scope.owns_snapshot(&created.id);
    assert_eq!((created.display_name.as_deref(), created.volume_id.as_ref()), (Some(name.as_str()), Some(&volume)));
    let made = storage.wait_snapshot(&created.id).available().timeout(PATIENCE).await.expect("made");
    assert_eq!((made.name.as_deref(), made.description.as_deref()), (Some(name.as_str()), Some("d")));
    let other = scope.snapshot(storage.create_snapshot(&volume).name(&name)).await.id;

    for listed in [
        proxy.list_snapshots().limit(1).items().collect().await.expect("listed"),
        proxy.list_snapshots_detail().limit(1).items().collect().await.expect("listed"),
    ] {
        for id in [&created.id, &other] {
            let shown = listed.iter().find(|snapshot| snapshot.id == *id).expect("both are listed");
            assert_eq!((shown.display_name.as_deref(), shown.size), (Some(name.as_str()), Some(1)));
        }
    }
    let error = proxy.delete_volume(&volume).send().await.expect_err("it has snapshots");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    let shown = proxy.show_snapshot(&created.id).send().await.expect("shown");
    assert_eq!((shown.display_description.as_deref(), shown.status.as_deref()), (Some("d"), Some("available")));
    proxy.delete_snapshot(&created.id).send().await.expect("accepted");
    storage.wait_snapshot(&created.id).deleted().timeout(PATIENCE).await.expect("gone");
    for error in [
        proxy.show_snapshot(&created.id).send().await.expect_err("gone"),
        proxy.delete_snapshot(&created.id).send().await.expect_err("gone"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
}

k5_tests::cases! {
    come_and_go [block_storage.create_snapshot, block_storage.show_snapshot, block_storage.delete_snapshot]
    are_listed [block_storage.list_snapshots, block_storage.list_snapshots_detail]
    change [block_storage.update_snapshot]
    have_metadata_items [block_storage.update_snapshot_metadata, block_storage.delete_snapshot_metadata_item]
    by_the_proxy [
        volume_proxy.create_snapshot, volume_proxy.list_snapshots, volume_proxy.list_snapshots_detail, volume_proxy.show_snapshot,
        volume_proxy.delete_snapshot,
    ]
}
