//! Copies and moves on the server, of what another writer replaces meanwhile.

use crate::support::{Stage, builder};
use k5::Cloud;
use k5::object_storage::{Layout, Upload};
use k5_emulator::{Emulator, Fault, Faults, Gate, Rule};
use k5_tests::bytes::noise;
use std::time::{Duration, SystemTime};

const SEGMENT: u64 = 10_000;

fn body(seed: u64) -> Vec<u8> {
    noise(SEGMENT as usize + 77, seed)
}

/// An upload of one of two contents, with metadata that says which.
fn upload(stage: &Stage, cloud: &Cloud, seed: u64, layout: Layout) -> Upload {
    let path = stage.folder.path().join(format!("file-{seed}"));
    std::fs::write(&path, body(seed)).expect("written");
    let upload = cloud.object_storage().upload("c", "o").from_path(path).segment_size(SEGMENT).concurrency(1);
    upload.layout(layout).metadata("seed", &seed.to_string())
}

/// Which of the two contents an object of a container has, with the metadata of the same.
async fn whose(cloud: &Cloud, container: &str, object: &str, version: Option<&str>) -> Option<u64> {
    let download = cloud.object_storage().download_object(container, object);
    let download = match version.into_iter().fold(download, |download, id| download.version_id(id)).send().await {
        Ok(download) => download,
        Err(error) if error.is_not_found() => return None,
        Err(error) => panic!("{container}/{object} can't be read: {error}"),
    };
    let said = download.info().metadata.get("seed").cloned();
    let bytes = download.collect(1 << 20).await.expect("whole");
    let seed = (0..2).find(|seed| body(*seed) == bytes).unwrap_or_else(|| panic!("{} bytes of nobody", bytes.len()));
    assert_eq!(said, Some(seed.to_string()), "the metadata is of the other one");
    Some(seed)
}

/// Holds one client at its `nth` request while another does all of its own; `None` once there is no such request.
async fn held<T: Send + 'static>(
    stage: &Stage,
    nth: u64,
    slow: impl Future<Output = T> + Send + 'static,
    fast: impl Future<Output = ()>,
) -> Option<T> {
    let gate = Gate::new();
    stage.emulator.faults(Faults::new().rule(Rule::any().nth(nth).then(Fault::hold_before(&gate))));
    let slow = tokio::spawn(slow);
    tokio::select! {
        () = gate.reached() => {}
        () = async { while !slow.is_finished() { tokio::time::sleep(Duration::from_millis(2)).await } } => {
            stage.emulator.faults(Faults::new());
            return None;
        }
    }
    fast.await;
    gate.open();
    let outcome = slow.await.expect("it ended");
    stage.emulator.faults(Faults::new());
    Some(outcome)
}

/// The copy is one of the two, with what is stored beside it: whether the server copies it or it goes segment by segment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_what_is_replaced() {
    for (layout, most) in [(Layout::Dynamic, 1 << 30), (Layout::Static, 1 << 30), (Layout::Static, SEGMENT + 50)] {
        let emulator = Emulator::builder().max_object_size(most).start().await.expect("an emulator");
        let (one, other) = (builder(&emulator).build().expect("a cloud"), builder(&emulator).build().expect("a cloud"));
        one.object_storage().create_container("c").send().await.expect("a container");
        let cloud = builder(&emulator).build().expect("a cloud");
        let stage = Stage { emulator, cloud, folder: tempfile::tempdir().expect("a folder") };
        for nth in 1.. {
            upload(&stage, &other, 0, layout).send().await.expect("stored");
            let copy = one.object_storage().copy_whole(("c", "o"), ("c", "p"));
            let fast = async { drop(upload(&stage, &other, 1, layout).send().await.expect("stored")) };
            let Some(outcome) = held(&stage, nth, copy.send(), fast).await else {
                assert!(nth > 2, "only {nth} requests");
                break;
            };
            let there = whose(&stage.cloud, "c", "p", None).await;
            assert!(there.is_some() || outcome.is_err(), "{layout:?} {most}, request {nth}: {outcome:?}");
            match stage.cloud.object_storage().remove_object("c", "p").await {
                Err(error) if !error.is_not_found() => panic!("{error}"),
                _ => {}
            }
        }
    }
}

/// A move that is taken back leaves no version behind whose segments are another object's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_into_a_container_that_keeps_versions() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.create_container("v").send().await.expect("a container");
    swift.update_container("v").versions_enabled(true).send().await.expect("changed");
    let (one, other) = (builder(&stage.emulator).build().expect("a cloud"), builder(&stage.emulator).build().expect("a cloud"));
    let mut taken_back = 0;
    for nth in 1.. {
        upload(&stage, &other, 0, Layout::Static).send().await.expect("stored");
        let (storage, target) = (one.object_storage(), format!("o{nth}"));
        let moved = async move { storage.move_object(("c", "o"), ("v", &target)).await };
        let fast = async { drop(upload(&stage, &other, 1, Layout::Static).send().await.expect("stored")) };
        let Some(outcome) = held(&stage, nth, moved, fast).await else {
            assert!(nth > 3, "only {nth} requests");
            break;
        };
        taken_back += u32::from(outcome.is_err());
        match swift.remove_object("c", "o").await {
            Err(error) if !error.is_not_found() => panic!("{error}"),
            _ => {}
        }
        let versions = swift.list_objects("v").versions(true).items().collect().await.expect("listed");
        for version in versions.into_iter() {
            let id = version.version_id.expect("a version");
            assert!(whose(&stage.cloud, "v", &version.name, Some(&id)).await.is_some(), "request {nth}: {outcome:?}");
        }
    }
    assert!(taken_back > 0);
}

/// Two files of the same time and size go below the same names: neither overwrites what the other has claimed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_uploads_that_look_the_same() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let file = |stage: &Stage, seed: u64| {
        let path = stage.folder.path().join(format!("file-{seed}"));
        std::fs::write(&path, body(seed)).expect("written");
        std::fs::File::options().append(true).open(&path).and_then(|file| file.set_modified(time)).expect("set");
        path
    };
    for (layout, nth) in [Layout::Static, Layout::Dynamic].into_iter().flat_map(|layout| (1..30).map(move |nth| (layout, nth))) {
        let stage = Stage::new().await;
        let swift = stage.cloud.object_storage();
        swift.create_container("archive").send().await.expect("a container");
        swift.update_container("c").versions_location("archive").send().await.expect("changed");
        let (one, other) = (builder(&stage.emulator).build().expect("a cloud"), builder(&stage.emulator).build().expect("a cloud"));
        let upload = |cloud: &Cloud, seed: u64| {
            let upload = cloud.object_storage().upload("c", "o").from_path(file(&stage, seed)).segment_size(SEGMENT);
            upload.metadata("seed", &seed.to_string()).layout(layout).send()
        };
        let (slow, fast) = (upload(&one, 0), upload(&other, 1));
        let Some(outcome) = held(&stage, nth, slow, async { drop(fast.await.expect("stored")) }).await else {
            assert!(nth > 5, "only {nth} requests");
            continue;
        };
        assert!(whose(&stage.cloud, "c", "o", None).await.is_some(), "{layout:?}, request {nth}: {outcome:?}");
        let old = swift.list_objects("archive").items().collect().await.expect("listed");
        for version in old.into_iter() {
            assert!(whose(&stage.cloud, "archive", &version.name, None).await.is_some(), "{layout:?}, request {nth}: {outcome:?}");
        }
    }
}

/// Where there are no static large objects, a dynamic one is copied without a manifest of segments.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_where_there_are_no_static_large_objects() {
    let stage = Stage::new().await;
    let info = Fault::status(200).header("Content-Type", "application/json").body(r#"{"swift": {"max_file_size": 500000}}"#);
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/info").then(info)));
    upload(&stage, &stage.cloud, 0, Layout::Dynamic).send().await.expect("stored");
    stage.emulator.clear_requests();
    stage.cloud.object_storage().copy_whole(("c", "o"), ("c", "p")).send().await.expect("copied");
    let requests = stage.emulator.requests();
    let is_manifest = |query: &Option<String>| query.as_deref().is_some_and(|query| query.contains("multipart-manifest=put"));
    assert!(!requests.iter().any(|request| is_manifest(&request.query)), "{requests:?}");
    assert_eq!(whose(&stage.cloud, "c", "p", None).await, Some(0));
}
