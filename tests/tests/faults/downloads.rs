//! Downloads that break: never a file that isn't whole and right, and never a part left over.

use crate::support::{LARGE, Stage, files, timed};
use k5::ErrorKind;
use k5::retry::RetryPolicy;
use k5_emulator::Fault;
use k5_tests::bytes::noise;
use std::time::Duration;

async fn with_object(limit: Duration, body: &[u8]) -> Stage {
    let stage = Stage::hasty(limit).await;
    stage.cloud.object_storage().upload("c", "o").from_bytes(body.to_vec()).send().await.expect("stored");
    stage.emulator.clear_requests();
    stage
}

/// Downloads into a file and looks at the folder.
async fn fetch(stage: &Stage, existing: Option<&str>) -> Result<Vec<u8>, k5::Error> {
    let target = stage.folder.path().join("target");
    match existing {
        Some(text) => std::fs::write(&target, text).expect("written"),
        None => drop(std::fs::remove_file(&target)),
    }
    let outcome = async { stage.cloud.object_storage().download_object("c", "o").send().await?.to_path(&target).await }.await;
    let left = files(stage.folder.path());
    match outcome {
        Ok(_) => {
            assert_eq!(left, ["target"]);
            Ok(std::fs::read(&target).expect("read"))
        }
        Err(error) => {
            let expected: &[&str] = if existing.is_some() { &["target"] } else { &[] };
            assert_eq!(left, expected, "{error}");
            assert_eq!(std::fs::read_to_string(&target).ok().as_deref(), existing, "what was there before stays");
            Err(error)
        }
    }
}

const USUAL: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_body_that_breaks_off_leaves_no_file() {
    let body = noise(4 * LARGE, 1);
    let stage = with_object(USUAL, &body).await;
    for after in [0, 1, 100_000, body.len() as u64 - 1] {
        for fault in [Fault::truncate(after), Fault::reset(after)] {
            for existing in [None, Some("old")] {
                stage.fault("GET", 1, fault.clone());
                match fetch(&stage, existing).await {
                    // A break before the head is repeated; one inside the body may not go unnoticed.
                    Ok(seen) => assert!(seen == body, "after {after}"),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Transport, "after {after}: {error:?}"),
                }
            }
        }
    }
    stage.fault("GET", 0, Fault::close());
    assert!(fetch(&stage, None).await.expect("no fault is left") == body);
}

#[tokio::test]
async fn a_break_before_the_head_is_tried_again() {
    let body = noise(LARGE, 2);
    let stage = with_object(USUAL, &body).await;
    for fault in [Fault::close(), Fault::status(503), Fault::status(502)] {
        stage.fault("GET", 2, fault);
        assert!(fetch(&stage, None).await.expect("the third attempt") == body);
    }
}

#[tokio::test]
async fn a_flipped_byte_is_found() {
    let body = noise(LARGE, 3);
    let stage = with_object(USUAL, &body).await;
    for at in [0, 500_000, body.len() as u64 - 1] {
        stage.fault("GET", 1, Fault::corrupt(at));
        let error = fetch(&stage, Some("old")).await.expect_err("damaged");
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        stage.fault("GET", 1, Fault::corrupt(at));
        let download = stage.cloud.object_storage().download_object("c", "o").send().await.expect("the head is fine");
        assert_eq!(download.collect(LARGE).await.expect_err("damaged").kind(), ErrorKind::Integrity);
    }
    stage.fault("GET", 1, Fault::wrong_etag());
    assert_eq!(fetch(&stage, None).await.expect_err("it doesn't fit").kind(), ErrorKind::Integrity);
    stage.fault("GET", 1, Fault::corrupt(9));
    let unchecked = stage.cloud.object_storage().download_object("c", "o").send().await.expect("there").verify(false);
    assert!(unchecked.collect(LARGE).await.expect("who asks for no check gets none") != body);
}

#[tokio::test]
async fn a_server_that_stops_sending_is_left() {
    let body = noise(4 * LARGE, 4);
    let stage = with_object(Duration::from_millis(300), &body).await;
    stage.fault("GET", 1, Fault::stall_write(1_000_000, Duration::from_secs(60)));
    let (outcome, took) = timed(fetch(&stage, None)).await;
    assert!(outcome.expect_err("it stands still").is_timeout());
    assert!(took < Duration::from_secs(10), "{took:?}");
    // A pause within the limit is none of our business.
    stage.fault("GET", 1, Fault::stall_write(1_000_000, Duration::from_millis(100)));
    assert!(fetch(&stage, None).await.expect("it went on") == body);
}

#[tokio::test]
async fn a_slow_reader_is_no_reason_to_give_up() {
    let body = noise(8 * LARGE, 5);
    let stage = with_object(Duration::from_millis(200), &body).await;
    let mut stream = stage.cloud.object_storage().download_object("c", "o").send().await.expect("there").into_stream();
    let mut seen = Vec::new();
    let mut pauses = 3;
    while let Some(chunk) = stream.next_chunk().await {
        seen.extend_from_slice(&chunk.expect("a chunk"));
        if pauses > 0 {
            pauses -= 1;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    assert!(seen == body);
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_no_file() {
    let body = noise(4 * LARGE, 6);
    let stage = with_object(USUAL, &body).await;
    stage.fault("GET", 1, Fault::stall_write(1_000_000, Duration::from_secs(60)));
    let target = stage.folder.path().join("target");
    let download = stage.cloud.object_storage().download_object("c", "o").send().await.expect("there");
    let dropped = tokio::time::timeout(Duration::from_millis(200), download.to_path(&target)).await;
    assert!(dropped.is_err(), "it was under way");
    assert_eq!(files(stage.folder.path()), [""; 0]);
}

/// Whoever collects a range then takes its memory once: without the length it would grow, and be copied, over and over.
#[tokio::test]
async fn a_resumed_range_knows_its_length_through_a_break() {
    let body = noise(4 * LARGE, 4);
    let stage = with_object(USUAL, &body).await;
    let storage = stage.cloud.object_storage();
    for breaks in [0, 1] {
        stage.fault("GET", breaks, Fault::reset(200_000));
        let download = storage.download_object("c", "o").range("bytes=1000-3000999").send().await.expect("a range");
        let mut stream = storage.resumed(("c", "o"), None, download, RetryPolicy::default());
        let mut at = 1000;
        while let Some(chunk) = stream.next_chunk().await {
            let chunk = chunk.expect("resumed");
            assert!(chunk == body[at..at + chunk.len()], "from {at} on");
            at += chunk.len();
            assert_eq!(stream.remaining(), Some(3_001_000 - at as u64));
        }
        assert_eq!(at, 3_001_000);
    }
}
