//! Downloads in parts that break: they go on at the failed byte, or say what is there.

use crate::support::{Stage, files};
use k5::ErrorKind;
use k5::object_storage::{Fetch, Fetched};
use k5::retry::RetryPolicy;
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::path::PathBuf;
use std::time::Duration;

const PART: usize = 100_000;
const SIZE: usize = 9 * PART + 123;

/// A stage with an object, plain or of segments.
async fn with_object(segmented: bool, body: &[u8]) -> Stage {
    let stage = Stage::new().await;
    let upload = stage.cloud.object_storage().upload("c", "o").from_bytes(body.to_vec());
    let upload = if segmented { upload.segment_size(PART as u64) } else { upload };
    upload.send().await.expect("stored");
    stage.emulator.clear_requests();
    stage
}

fn fetch(stage: &Stage) -> Fetch {
    let retry = RetryPolicy { base_delay: Duration::from_millis(5), max_attempts: 5, ..RetryPolicy::default() };
    stage.cloud.object_storage().fetch("c", "o").part_size(PART as u64).retry(retry)
}

fn target(stage: &Stage) -> PathBuf {
    stage.folder.path().join("target")
}

fn read(stage: &Stage) -> Vec<u8> {
    std::fs::read(target(stage)).expect("there")
}

fn on_object(method: &str) -> Rule {
    Rule::on(method, "/v1/*/c/o")
}

/// Fetches with the first request left alone, which asks what there is.
async fn disturbed(stage: &Stage, rule: Rule) -> Result<Fetched, k5::Error> {
    stage.emulator.faults(Faults::new().rule(rule));
    fetch(stage).to_path(target(stage)).await
}

#[tokio::test]
async fn it_goes_on_at_the_failed_byte() {
    let body = noise(SIZE, 41);
    for segmented in [false, true] {
        let stage = with_object(segmented, &body).await;
        for fault in [
            Fault::truncate(40_000),
            Fault::reset(99_999),
            Fault::close(),
            Fault::status(503),
            Fault::status(429),
            Fault::truncate(0),
        ] {
            let fetched = disturbed(&stage, on_object("GET").every(2).times(4).then(fault.clone())).await;
            fetched.unwrap_or_else(|error| panic!("{segmented} {fault:?}: {error}"));
            assert!(read(&stage) == body, "{segmented} {fault:?}");
            assert_eq!(files(stage.folder.path()), ["target"], "{segmented} {fault:?}");
        }
        // In order as well, with no byte twice.
        stage.emulator.faults(Faults::new().rule(on_object("GET").first(3).then(Fault::truncate(150_000))));
        let (written, _) = fetch(&stage).write_to(Vec::new(), "memory").await.expect("it goes on");
        assert!(written == body);
    }
}

#[tokio::test]
async fn a_server_that_is_down_for_good_leaves_a_part() {
    let body = noise(SIZE, 42);
    for segmented in [false, true] {
        let stage = with_object(segmented, &body).await;
        std::fs::write(target(&stage), "old").expect("written");
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(Duration::from_millis(30)))));
        let running = fetch(&stage).concurrency(2).start(target(&stage));
        running.progress().wait_for(|now| now.segments_done >= 3).await.expect("it goes on");
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::close())));
        let error = running.join().await.expect_err("nobody answers");
        assert!(error.is_retryable() && error.message().contains("the same download goes on from there"), "{error}");
        assert_eq!(read(&stage), b"old");
        assert_eq!(files(stage.folder.path()).len(), 3);
        stage.emulator.faults(Faults::new());
        let fetched = fetch(&stage).to_path(target(&stage)).await.expect("the rest");
        assert!(fetched.reused >= 3 * PART as u64, "{}", fetched.reused);
        assert!(read(&stage) == body);
        assert_eq!(files(stage.folder.path()), ["target"]);
    }
}

#[tokio::test]
async fn damage_is_found_and_fetched_again_where_it_is_known() {
    let body = noise(SIZE, 43);
    let stage = with_object(true, &body).await;
    disturbed(&stage, on_object("GET").nth(4).then(Fault::corrupt(5))).await.expect("the segment is fetched again");
    assert!(read(&stage) == body);
    let error = disturbed(&stage, on_object("GET").with_header("If-Match").then(Fault::corrupt(5))).await.expect_err("never right");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert!(read(&stage) == body, "what was there stays");
    stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::corrupt(250_000))));
    let error = fetch(&stage).write_to(Vec::new(), "memory").await.map(drop).expect_err("damaged");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    // The MD5 of a plain object doesn't say where.
    let stage = with_object(false, &body).await;
    let error = disturbed(&stage, on_object("GET").nth(4).then(Fault::corrupt(5))).await.expect_err("damaged");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(files(stage.folder.path()), [""; 0], "nothing that could be gone on with");
    disturbed(&stage, on_object("PUT")).await.expect("the second time");
    assert!(read(&stage) == body);
}

#[tokio::test]
async fn an_object_that_is_replaced_is_never_mixed() {
    let (body, other) = (noise(SIZE, 44), noise(SIZE, 45));
    for segmented in [false, true] {
        let stage = with_object(segmented, &body).await;
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(Duration::from_millis(30)))));
        let running = fetch(&stage).concurrency(1).start(target(&stage));
        running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
        stage.cloud.object_storage().upload("c", "o").from_bytes(other.clone()).send().await.expect("replaced");
        let error = running.join().await.expect_err("it is another object");
        assert!(error.kind() == ErrorKind::Integrity && error.message().contains("replaced"), "{error}");
        assert_eq!(files(stage.folder.path()), [""; 0]);
        stage.emulator.faults(Faults::new());
        fetch(&stage).to_path(target(&stage)).await.expect("the new one");
        assert!(read(&stage) == other);
    }
}

#[tokio::test]
async fn a_part_that_was_damaged_on_the_disk_is_not_trusted() {
    let body = noise(SIZE, 46);
    for segmented in [false, true] {
        let stage = with_object(segmented, &body).await;
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(Duration::from_millis(30)))));
        let running = fetch(&stage).concurrency(1).start(target(&stage));
        running.progress().wait_for(|now| now.segments_done >= 4).await.expect("it goes on");
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::status(403))));
        running.join().await.expect_err("refused");
        stage.emulator.faults(Faults::new());
        let part = files(stage.folder.path()).into_iter().find(|name| name.ends_with(".part")).expect("a part");
        let part = stage.folder.path().join(part);
        let file = std::fs::File::options().write(true).open(&part).expect("opened");
        std::os::unix::fs::FileExt::write_all_at(&file, &[body[PART + 7] ^ 1], PART as u64 + 7).expect("damaged");
        let outcome = fetch(&stage).to_path(target(&stage)).await;
        if !segmented {
            // There is one MD5 of all, so all of it has to come again.
            assert_eq!(outcome.expect_err("damaged").kind(), ErrorKind::Integrity);
            fetch(&stage).to_path(target(&stage)).await.expect("anew");
        } else {
            let reused = outcome.expect("only that segment").reused;
            assert!(reused >= 3 * PART as u64, "{reused}");
        }
        assert!(read(&stage) == body);
        assert_eq!(files(stage.folder.path()), ["target"]);
    }
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle() {
    let body = noise(SIZE, 47);
    let stage = with_object(true, &body).await;
    stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(Duration::from_millis(30)))));
    let running = fetch(&stage).concurrency(2).start(target(&stage));
    running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
    stage.emulator.revoke_tokens();
    running.join().await.expect("it logs in again");
    assert!(read(&stage) == body);
}
