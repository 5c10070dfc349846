//! A folder of which some can't be copied, or whose copy is broken off: the others are there, and the same call does the rest.

use crate::support::{Stage, files};
use k5::object_storage::TransferProgress;
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A folder of `count` files of 1,000 bytes.
fn folder(stage: &Stage, count: u64) -> std::path::PathBuf {
    let path = stage.folder.path().join("folder");
    std::fs::create_dir(&path).expect("made");
    for n in 0..count {
        std::fs::write(path.join(format!("{n:02}")), noise(1000, n)).expect("written");
    }
    path
}

#[tokio::test]
async fn the_others_are_copied_and_the_rest_later() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let path = folder(&stage, 10);
    let refused = |name: &str| Rule::on("PUT", &format!("/v1/*/c/{name}")).then(Fault::status(403));
    stage.emulator.faults(Faults::new().rule(refused("03")).rule(refused("07")).rule(refused("08")));
    let told = Arc::new(Mutex::new((Vec::new(), TransferProgress::default())));
    let (failures, progress) = (told.clone(), told.clone());
    let up = swift.upload_folder(&path, "c");
    let up = up.on_failure(move |name, _| failures.lock().expect("unpoisoned").0.push(name.to_owned()));
    let up = up.on_progress(move |now| progress.lock().expect("unpoisoned").1 = now);
    let error = up.send().await.expect_err("three are refused");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    let message = error.to_string();
    assert!(message.contains("and 2 others could not be copied, 7 are there: the same call copies what is missing"), "{message}");
    let (mut names, now) = told.lock().expect("unpoisoned").clone();
    names.sort();
    assert_eq!(names, ["03", "07", "08"]);
    assert_eq!((now.files, now.files_done, now.committed, now.total), (Some(10), 7, 7_000, Some(10_000)));

    stage.emulator.faults(Faults::new());
    stage.emulator.clear_requests();
    let done = swift.upload_folder(&path, "c").send().await.expect("stored");
    assert_eq!((done.copied, done.unchanged, stage.seen("PUT").len()), (3, 7, 3));

    let back = stage.folder.path().join("back");
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/05").then(Fault::status(403))));
    let error = swift.download_folder("c", &back).send().await.expect_err("one is refused");
    assert!(error.to_string().contains("\"05\" could not be copied, 9 are there"), "{error}");
    assert_eq!(files(&back).len(), 9);
    stage.emulator.faults(Faults::new());
    assert_eq!(swift.download_folder("c", &back).send().await.expect("fetched").copied, 1);
}

#[tokio::test]
async fn a_large_one_goes_on_where_it_was_dropped() {
    const SEGMENT: usize = 50_000;
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let path = folder(&stage, 2);
    std::fs::write(path.join("large"), noise(6 * SEGMENT, 9)).expect("written");
    let up = || {
        let copy = swift.upload_folder(&path, "c");
        copy.configure(|sync| sync.configure_upload(|upload| upload.segment_size(SEGMENT as u64).concurrency(1)))
    };
    // The fifth segment is not stored before the upload is dropped.
    let slow = Rule::on("PUT", "/v1/*/c_segments/*00000004").then(Fault::delay(Duration::from_secs(600)));
    stage.emulator.faults(Faults::new().rule(slow));
    let (tell, mut seen) = tokio::sync::watch::channel(TransferProgress::default());
    let tell = move |now| {
        // Nobody listens any more once it is far enough.
        let _ = tell.send(now);
    };
    let uploading = tokio::spawn(up().on_progress(tell).send());
    // Four segments, the two small ones, and some of the fifth segment.
    let is_far = |now: &TransferProgress| now.files_done == 2 && now.bytes > 4 * SEGMENT as u64 + 2_000;
    let far = *seen.wait_for(is_far).await.expect("it goes on");
    assert_eq!((far.files, far.total), (Some(3), Some(6 * SEGMENT as u64 + 2_000)));
    uploading.abort();
    let _ = uploading.await;

    stage.emulator.faults(Faults::new());
    stage.emulator.clear_requests();
    let last = Arc::new(Mutex::new(TransferProgress::default()));
    let told = last.clone();
    let done = up().on_progress(move |now| *told.lock().expect("unpoisoned") = now).send().await.expect("stored");
    assert_eq!((done.copied, done.unchanged), (1, 2));
    let last = *last.lock().expect("unpoisoned");
    // What was there, and the four segments.
    assert_eq!((last.reused, last.sent - last.sent_again), (4 * SEGMENT as u64 + 2_000, 2 * SEGMENT as u64));
    assert_eq!((last.bytes, last.total), (6 * SEGMENT as u64 + 2_000, Some(6 * SEGMENT as u64 + 2_000)));
    assert!(stage.stored("large").await.expect("there") == noise(6 * SEGMENT, 9));
}
