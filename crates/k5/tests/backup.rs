//! The program of the guide's page on backups: what it makes, keeps, deletes, and leaves alone.

#[path = "../examples/backup.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program: its `main` is not called here")]
mod backup;

use backup::{back_up, restore, rotate, sets};
use k5::Cloud;
use k5::compute::BlockDevice;
use k5::ids::{ServerId, SnapshotId};
use k5_emulator::{Emulator, Fault, Faults, Rule};
use std::time::Duration;

/// A cloud in which nothing takes time, and a server with a system volume and two volumes of data.
async fn stage() -> (Emulator, Cloud, ServerId) {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.expect("an emulator");
    let k5 = Cloud::builder().variables(emulator.environment()).build().expect("a cloud");
    let image = k5.image().list_images().name("cirros").items().try_next().await.expect("listed").expect("an image").id;
    let mut create = k5.compute().create_server("db-1", "1", &image);
    create = create.disk(BlockDevice::from_image(&image, 3).boot_index(0));
    for size in [5, 7] {
        let volume = k5.block_storage().create_volume(size).send().await.expect("a volume").id;
        k5.block_storage().wait_volume(&volume).available().await.expect("available");
        create = create.disk(BlockDevice::from_volume(&volume));
    }
    let server = create.send().await.expect("a server").id;
    k5.compute().wait_server(&server).active().await.expect("runs");
    (emulator, k5, server)
}

/// The snapshots that there are, by id.
async fn all(k5: &Cloud) -> Vec<SnapshotId> {
    let listed = k5.block_storage().list_snapshots_detail().items().collect().await.expect("listed");
    let mut ids: Vec<_> = listed.into_iter().map(|snapshot| snapshot.id).collect();
    ids.sort();
    ids
}

/// One more set. Two of them are never made in the same millisecond.
async fn another(k5: &Cloud, server: &ServerId) -> Vec<SnapshotId> {
    std::thread::sleep(Duration::from_millis(3));
    back_up(k5, server).await.expect("backed up");
    let newest = sets(k5, server).await.expect("listed").remove(0);
    assert!(newest.is_whole());
    newest.parts.into_values().map(|part| part.id).collect()
}

fn sorted<'a>(ids: impl IntoIterator<Item = &'a SnapshotId>) -> Vec<SnapshotId> {
    let mut ids: Vec<_> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_newest_are_kept_and_restored() {
    let (_emulator, k5, server) = stage().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(another(&k5, &server).await);
    }
    assert!(made.iter().all(|set| set.len() == 3));
    let deleted = rotate(&k5, &server, 2).await.expect("rotated");
    assert_eq!(sorted(&deleted), sorted(&made[0]));
    assert_eq!(all(&k5).await, sorted(made[1].iter().chain(&made[2])));
    assert!(rotate(&k5, &server, 2).await.expect("rotated").is_empty(), "nothing is left to do");
    assert!(rotate(&k5, &server, 0).await.is_err(), "one is always kept");

    let newest = sets(&k5, &server).await.expect("listed").remove(0);
    let volumes = restore(&k5, &newest).await.expect("restored");
    let mut sizes = Vec::new();
    for volume in &volumes {
        let volume = k5.block_storage().show_volume(volume).send().await.expect("shown");
        sizes.push((volume.size, volume.bootable.as_ref().and_then(k5::Loose::get)));
    }
    assert_eq!(sizes, [(Some(3), Some(true)), (Some(5), Some(false)), (Some(7), Some(false))], "in the order of the devices");
    let mut create = k5.compute().create_server_from_volume("db-2", "1", &volumes[0]);
    for volume in &volumes[1..] {
        create = create.disk(BlockDevice::from_volume(volume));
    }
    let copy = create.send().await.expect("a server").id;
    k5.compute().wait_server(&copy).active().await.expect("runs");
    assert!(sets(&k5, &copy).await.expect("listed").is_empty(), "sets are of one server");
}

#[tokio::test]
async fn what_others_have_made_stays() {
    let (_emulator, k5, server) = stage().await;
    let storage = k5.block_storage();
    let volume = k5.compute().show_server(&server).send().await.expect("shown").volumes_attached.expect("volumes").remove(0).id;
    // The name alone, the description alone, a name that is almost one, and one of another server.
    let mut others = Vec::new();
    for (name, description) in [
        (format!("k5-backup/{server}/1/1-of-3"), "mine"),
        ("nightly".to_owned(), "k5-backup"),
        (format!("k5-backup/{server}/1/4-of-3"), "k5-backup"),
        (format!("k5-backup/{server}/now/1-of-1"), "k5-backup"),
        (format!("k5-backup/{server}/1"), "k5-backup"),
        ("k5-backup/another/1/1-of-1".to_owned(), "k5-backup"),
    ] {
        let snapshot = storage.create_snapshot(&volume).name(name).description(description).force(true).send().await.expect("made");
        others.push(storage.wait_snapshot(&snapshot.id).available().await.expect("available").id);
    }
    let first = another(&k5, &server).await;
    // This one is of the first set, but somebody has taken it for something else since.
    storage.update_snapshot(&first[0]).name("keep this").send().await.expect("renamed");
    let second = another(&k5, &server).await;
    let deleted = rotate(&k5, &server, 1).await.expect("rotated");
    assert_eq!(sorted(&deleted), sorted(&first[1..]));
    assert_eq!(all(&k5).await, sorted(others.iter().chain(&first[..1]).chain(&second)));
}

#[tokio::test]
async fn sets_that_are_not_whole_count_for_nothing() {
    let (_emulator, k5, server) = stage().await;
    let storage = k5.block_storage();
    let whole = another(&k5, &server).await;
    let broken = another(&k5, &server).await;
    storage.delete_snapshot(&broken[1]).send().await.expect("accepted");
    storage.wait_snapshot(&broken[1]).deleted().await.expect("gone");
    // There is one whole set, the older one: it stays, though a newer one has begun.
    assert!(rotate(&k5, &server, 1).await.expect("rotated").is_empty());
    let newest = sets(&k5, &server).await.expect("listed").remove(0);
    assert!(!newest.is_whole() && restore(&k5, &newest).await.is_err());
    // With two to keep, one more is not enough for a deletion, and then both of the older ones go.
    let third = another(&k5, &server).await;
    assert!(rotate(&k5, &server, 3).await.expect("rotated").is_empty());
    let deleted = rotate(&k5, &server, 1).await.expect("rotated");
    assert_eq!(sorted(&deleted), sorted(whole.iter().chain([&broken[0], &broken[2]])));
    assert_eq!(all(&k5).await, sorted(&third));
}

/// The list said that the newer set is whole; by the time of a deletion it must still be.
#[tokio::test]
async fn nothing_is_deleted_once_a_newer_one_is_gone() {
    let (emulator, k5, server) = stage().await;
    let old = another(&k5, &server).await;
    let new = another(&k5, &server).await;
    let gone = r#"{"itemNotFound": {"code": 404, "message": "Snapshot could not be found."}}"#;
    let path = format!("/*/snapshots/{}", new[2]);
    let fault = Fault::status(404).header("Content-Type", "application/json").body(gone);
    emulator.faults(Faults::new().rule(Rule::on("GET", &path).then(fault)));
    let error = rotate(&k5, &server, 1).await.expect_err("the newer set is not whole any more");
    assert!(error.to_string().contains("nothing more is deleted"), "{error}");
    emulator.faults(Faults::new());
    assert_eq!(all(&k5).await, sorted(old.iter().chain(&new)));
    assert!(!emulator.requests().iter().any(|request| request.method == "DELETE"));
}

#[tokio::test]
async fn a_server_without_volumes_is_not_backed_up() {
    let (_emulator, k5, _) = stage().await;
    let image = k5.image().list_images().name("cirros").items().try_next().await.expect("listed").expect("an image").id;
    let server = k5.compute().create_server("diskless", "1", &image).send().await.expect("a server").id;
    k5.compute().wait_server(&server).active().await.expect("runs");
    assert!(back_up(&k5, &server).await.expect_err("no volumes").to_string().contains("has no volumes"));
}
