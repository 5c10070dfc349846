//! Uploads in segments that break: never a half object, and an error that says what is stored and what goes on.

use crate::support::Stage;
use k5::object_storage::{ObjectStorage, Upload};
use k5::retry::RetryPolicy;
use k5::{Error, ErrorKind};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const SEGMENT: usize = 100_000;
/// Ten segments, the last of them short.
const SIZE: usize = 9 * SEGMENT + 123;

fn upload(stage: &Stage, source: &Path) -> Upload {
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(5)).max_attempts(6);
    stage.cloud.object_storage().upload("c", "o").from_path(source).segment_size(SEGMENT as u64).retry(retry)
}

fn on_segments(method: &str) -> Rule {
    Rule::on(method, "/v1/*/c_segments/o/*")
}

/// Every segment takes a moment, so that there is a middle to be met.
fn slowly() -> Faults {
    Faults::new().rule(on_segments("PUT").then(Fault::delay(Duration::from_millis(40))))
}

/// Whether it is a segment that is sent, and no mark beside them.
fn is_put_of_segment(method: &str, path: &str) -> bool {
    method == "PUT" && path.contains("/c_segments/o/") && !path.ends_with(".named")
}

fn puts_of_segments(stage: &Stage) -> Vec<(String, Option<u16>)> {
    let requests = stage.emulator.requests().into_iter();
    let puts = requests.filter(|request| is_put_of_segment(&request.method, &request.path));
    puts.map(|request| (request.path, request.status)).collect()
}

async fn segments(swift: &ObjectStorage) -> Vec<k5::object_storage::Object> {
    match swift.list_objects("c_segments").items().collect().await {
        Ok(entries) => {
            let objects = entries.into_iter();
            objects.filter(|object| !object.name.ends_with(".named")).collect()
        }
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// Runs an upload, and does something once some segments are stored.
async fn disturbed(stage: &Stage, source: &Path, disturb: impl AsyncFnOnce()) -> Result<k5::object_storage::Stored, Error> {
    stage.emulator.faults(slowly());
    let running = upload(stage, source).concurrency(2).start().await.expect("started");
    running.progress().wait_for(|now| now.segments_done >= 3).await.expect("it goes on");
    disturb().await;
    running.join().await
}

#[tokio::test]
async fn what_breaks_is_sent_again() {
    let body = noise(SIZE, 31);
    for (name, fault) in [
        ("close", Fault::close_after(40_000)),
        ("reset", Fault::close()),
        ("503", Fault::status(503)),
        ("429 inside", Fault::reject(30_000, 429)),
        ("498", Fault::status(498).header("Retry-After", "0")),
        ("422", Fault::reject(99_000, 422)),
    ] {
        let stage = Stage::new().await;
        let source = stage.file(&body);
        stage.emulator.faults(Faults::new().rule(on_segments("PUT").every(3).times(5).then(fault)));
        let running = upload(&stage, &source).start().await.expect("started");
        let progress = running.progress();
        running.join().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let seen = *progress.borrow();
        assert_eq!((seen.committed, seen.sent - seen.sent_again), (SIZE as u64, SIZE as u64), "{name}: {seen:?}");
        let puts = puts_of_segments(&stage).len();
        assert!((13..=15).contains(&puts), "{name}: {puts} requests");
        assert!(stage.stored("o").await.expect("there") == body, "{name}");
        // A stream is in memory, and goes again as well.
        stage.emulator.faults(Faults::new().rule(on_segments("PUT").every(3).times(2).then(Fault::close_after(1000))));
        let stream = upload(&stage, &source).from_reader(std::io::Cursor::new(body.clone()), None);
        stream.send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(stage.stored("o").await.expect("there") == body, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_for_good_leaves_the_segments() {
    let stage = Stage::new().await;
    let source = stage.file(&noise(SIZE, 32));
    stage.cloud.object_storage().upload("c", "o").from_bytes("old").send().await.expect("stored");
    let error = disturbed(&stage, &source, async || {
        stage.emulator.faults(Faults::new().rule(on_segments("PUT").then(Fault::close())));
    })
    .await
    .expect_err("nobody takes it");
    assert!(error.is_retryable(), "{error}");
    assert!(error.message().contains("of 10 segments") && error.message().contains("resumes from there"), "{error}");
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"old"[..]));
    let there = segments(&stage.cloud.object_storage()).await.len();
    assert!(there >= 3);
    let stored = upload(&stage, &source).send().await.expect("the rest");
    assert_eq!(stored.reused, (there * SEGMENT) as u64);
    // Given up after it failed, it leaves nothing.
    let source = stage.file(&noise(SIZE, 33));
    stage.emulator.faults(Faults::new().rule(on_segments("PUT").nth(5).then(Fault::status(403))));
    let running = upload(&stage, &source).concurrency(1).start().await.expect("started");
    let mut progress = running.progress();
    progress.wait_for(|now| now.segments_done == 4).await.expect("it goes on");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(segments(&stage.cloud.object_storage()).await.len(), 10 + 4);
    running.abort().await.expect("given up");
    assert_eq!(segments(&stage.cloud.object_storage()).await.len(), 10);
}

#[tokio::test]
async fn a_source_that_changes_is_never_mixed() {
    for change in ["shrinks", "grows", "is written to"] {
        let stage = Stage::new().await;
        let source = stage.file(&noise(SIZE, 33));
        let swift = stage.cloud.object_storage();
        swift.upload("c", "o").from_bytes("old").send().await.expect("stored");
        let error = disturbed(&stage, &source, async || {
            let mut file = std::fs::File::options().write(true).open(&source).expect("opened");
            match change {
                "shrinks" => file.set_len(5 * SEGMENT as u64).expect("cut"),
                "grows" => file.set_len(2 * SIZE as u64).expect("extended"),
                _ => file.write_all(b"other").expect("written"),
            }
        })
        .await
        .expect_err("it changed");
        assert_eq!(error.kind(), ErrorKind::Local, "{change}: {error}");
        assert!(error.message().contains("as it was before") && error.message().contains("what it is now"), "{change}: {error}");
        assert_eq!(stage.stored("o").await.as_deref(), Some(&b"old"[..]), "{change}");
        assert!(segments(&swift).await.is_empty(), "{change}: nobody can use them");
        upload(&stage, &source).send().await.expect("stored");
        assert!(stage.stored("o").await == std::fs::read(&source).ok(), "{change}");
    }
}

/// Hashed before it changed and sent afterwards, with the time of its last change put back.
#[tokio::test]
async fn a_source_that_changes_and_looks_the_same_is_never_mixed() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 39);
    let source = stage.file(&body);
    let modified = std::fs::metadata(&source).expect("there").modified().expect("known");
    stage.emulator.faults(slowly());
    let running = upload(&stage, &source).concurrency(1).start().await.expect("started");
    running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
    let file = std::fs::File::options().write(true).open(&source).expect("opened");
    std::os::unix::fs::FileExt::write_all_at(&file, &[body[7 * SEGMENT] ^ 1], 7 * SEGMENT as u64).expect("changed");
    file.set_modified(modified).expect("put back");
    let error = running.join().await.expect_err("it changed");
    let source_of_it = std::error::Error::source(&error).expect("a reason").to_string();
    assert!(error.kind() == ErrorKind::Local && source_of_it.contains("it changed while it was read"), "{error}: {source_of_it}");
    assert!(stage.stored("o").await.is_none());
    stage.emulator.faults(Faults::new());
    upload(&stage, &source).send().await.expect("what it is now");
    assert!(stage.stored("o").await.expect("there") == std::fs::read(&source).expect("read"));
}

#[tokio::test]
async fn a_quota_in_the_middle() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.create_container("c_segments").quota_bytes(4 * SEGMENT as u64 + 10).send().await.expect("created");
    let body = noise(SIZE, 34);
    let source = stage.file(&body);
    let error = upload(&stage, &source).concurrency(1).send().await.expect_err("it doesn't fit");
    assert!(error.is_quota() && error.message().contains("4 of 10 segments (400000 of 900123 bytes)"), "{error}");
    assert!(error.message().contains("c_segments below o/slo/"), "{error}");
    assert_eq!(stage.stored("o").await, None);
    swift.update_container("c_segments").quota_bytes(1 << 30).send().await.expect("raised");
    let stored = upload(&stage, &source).send().await.expect("the rest");
    assert_eq!(stored.reused, 4 * SEGMENT as u64);
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_container_that_vanishes() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 35);
    let source = stage.file(&body);
    let error = disturbed(&stage, &source, async || {
        stage.emulator.faults(Faults::new().rule(on_segments("PUT").then(Fault::status(404))));
    })
    .await
    .expect_err("there is no container");
    assert!(error.is_not_found() && error.message().contains("c_segments"), "{error}");
    assert_eq!(stage.stored("o").await, None);
    upload(&stage, &source).send().await.expect("stored");
    assert!(stage.stored("o").await.expect("there") == body);
    let error = stage.cloud.object_storage().upload("absent", "o").from_path(&source).segment_size(SEGMENT as u64).send().await;
    let error = error.expect_err("there is no container for the manifest");
    assert!(error.is_not_found() && error.message().contains("absent"), "{error}");
    assert_eq!(stage.emulator.requests().iter().filter(|request| request.path.contains("absent_segments/")).count(), 0);
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 36);
    let source = stage.file(&body);
    let before = stage.logins();
    disturbed(&stage, &source, async || stage.emulator.revoke_tokens()).await.expect("it logs in again");
    assert_eq!(stage.logins() - before, 1, "all segments share it");
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_wrong_etag_is_looked_into() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 37);
    let source = stage.file(&body);
    // The answer alone is wrong: a second look shows it.
    stage.emulator.faults(Faults::new().rule(on_segments("PUT").nth(4).then(Fault::wrong_etag())));
    upload(&stage, &source).send().await.expect("the segment is right");
    assert_eq!(puts_of_segments(&stage).len(), 10);
    assert!(stage.stored("o").await.expect("there") == body);
    // The second look is no better: it is sent again.
    stage.emulator.clear_requests();
    let wrong = |method: &str| on_segments(method).first(1).then(Fault::wrong_etag());
    stage.emulator.faults(Faults::new().rule(wrong("PUT")).rule(wrong("HEAD")));
    upload(&stage, &source).resume(false).concurrency(1).send().await.expect("the second attempt");
    assert_eq!(puts_of_segments(&stage).len(), 11);
    assert!(stage.stored("o").await.expect("there") == body);
    // It stays wrong.
    stage.emulator.faults(
        Faults::new().rule(on_segments("PUT").then(Fault::wrong_etag())).rule(on_segments("HEAD").then(Fault::wrong_etag())),
    );
    let error = upload(&stage, &source).resume(false).send().await.expect_err("never right");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert!(stage.stored("o").await.expect("there") == body, "what was there stays");
}

#[tokio::test]
async fn a_listing_that_lags_behind() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 38);
    let source = stage.file(&body);
    let swift = stage.cloud.object_storage();
    upload(&stage, &source).send().await.expect("stored");
    let mut listed = segments(&swift).await;
    // It lacks what is there: that is asked for by name.
    let short = serde_json::to_string(&listed[..3]).expect("JSON");
    let listing = |text: &str| {
        let answer = Fault::status(200).header("X-Container-Object-Count", "3").body(text);
        Faults::new().rule(Rule::on("GET", "/v1/*/c_segments").first(1).then(answer))
    };
    stage.emulator.faults(listing(&short));
    let stored = upload(&stage, &source).send().await.expect("stored");
    assert_eq!(stored.reused, SIZE as u64);
    // It has what is gone: the manifest is refused, and what is missing is sent.
    swift.delete_object("c", "o").send().await.expect("deleted");
    for object in listed.drain(..2).collect::<Vec<_>>() {
        swift.delete_object("c_segments", &object.name).send().await.expect("deleted");
    }
    stage.emulator.clear_requests();
    let all = serde_json::to_string(&{
        let mut all = segments(&swift).await;
        let gone = all[0].clone();
        for n in 0..2 {
            let name = format!("{}{n:08}", &gone.name[..gone.name.len() - 8]);
            let at = n * SEGMENT;
            let md5: String =
                <md5::Md5 as md5::Digest>::digest(&body[at..at + SEGMENT]).iter().map(|b| format!("{b:02x}")).collect();
            let mut stale = gone.clone();
            (stale.name, stale.hash, stale.bytes) = (name, Some(md5), SEGMENT as u64);
            all.insert(n, stale);
        }
        all
    })
    .expect("JSON");
    stage.emulator.faults(listing(&all));
    let stored = upload(&stage, &source).send().await.expect("stored");
    assert_eq!(stored.reused, (SIZE - 2 * SEGMENT) as u64);
    assert_eq!(puts_of_segments(&stage).len(), 2);
    assert!(stage.stored("o").await.expect("there") == body);
}

/// A reader that counts what was taken from it, and never ends.
struct Endless(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(7);
        self.0.fetch_add(buffer.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(buffer.len())
    }
}

#[tokio::test]
async fn a_stream_takes_no_more_memory_than_allowed() {
    let stage = Stage::new().await;
    stage.emulator.faults(Faults::new().rule(on_segments("PUT").then(Fault::delay(Duration::from_secs(60)))));
    let taken = std::sync::Arc::default();
    let limit = 4 << 20;
    let upload = stage.cloud.object_storage().upload("c", "o").from_reader(Endless(std::sync::Arc::clone(&taken)), None);
    let running = upload.buffer_limit(limit).concurrency(16).start().await.expect("started");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let taken = taken.load(std::sync::atomic::Ordering::Relaxed) as u64;
    assert!((limit..=limit + (1 << 20)).contains(&taken), "{taken} bytes of at most {limit}");
    assert_eq!(puts_of_segments(&stage).len(), 4);
    running.abort().await.expect("given up");
    assert!(segments(&stage.cloud.object_storage()).await.is_empty());
}

#[tokio::test]
async fn a_cluster_without_static_large_objects() {
    let stage = Stage::new().await;
    let body = noise(SIZE, 39);
    let source = stage.file(&body);
    // What it says of itself decides.
    let info = Fault::status(200).header("Content-Type", "application/json").body(r#"{"swift": {"max_file_size": 500000}}"#);
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/info").then(info)));
    let error = upload(&stage, &source).send().await.expect_err("too large for one request");
    assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains("Layout::Dynamic"), "{error}");
    assert!(puts_of_segments(&stage).is_empty());
    let stored = upload(&stage, &source).layout(k5::object_storage::Layout::Dynamic).send().await.expect("stored");
    assert_eq!(stored.segments, 10);
    assert!(stage.stored("o").await.expect("there") == body);
    // Asked once.
    assert_eq!(stage.emulator.requests().iter().filter(|request| request.path == "/info").count(), 1);
}

/// Whatever an earlier run left, right or wrong, whole or missing: what comes of the next is the source, and only what was not
/// right is sent.
#[test]
fn any_state_of_an_earlier_run_leads_to_the_source() {
    use proptest::prelude::*;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let stage = runtime.block_on(Stage::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    let states = (proptest::collection::vec(0u8..5, 10), any::<u64>(), any::<bool>(), 1usize..6);
    let outcome = runner.run(&states, |(states, seed, manifest_there, concurrency)| {
        runtime.block_on(async {
            let body = noise(SIZE, seed);
            let source = stage.file(&body);
            let swift = stage.cloud.object_storage();
            upload(&stage, &source).send().await.expect("stored");
            if !manifest_there {
                swift.delete_object("c", "o").send().await.expect("deleted");
            }
            let names = segments(&swift).await;
            assert_eq!(names.len(), 10);
            let mut right = 0;
            for (object, state) in names.iter().zip(&states) {
                let put = async |bytes: Vec<u8>| {
                    drop(swift.upload("c_segments", &object.name).from_bytes(bytes).send().await.expect("stored"))
                };
                match state {
                    0 => drop(swift.delete_object("c_segments", &object.name).send().await.expect("deleted")),
                    1 => put(noise(usize::try_from(object.bytes).expect("small"), seed ^ 1)).await,
                    2 => put(vec![7; 10]).await,
                    _ => right += object.bytes,
                }
            }
            let stored = upload(&stage, &source).concurrency(concurrency).send().await.expect("stored");
            assert_eq!((stored.bytes, stored.reused), (SIZE as u64, right), "{states:?}");
            assert!(stage.stored("o").await.expect("there") == body, "{states:?}");
            // A clean slate.
            swift.remove_object("c", "o").await.expect("removed");
            let rest: Vec<_> = segments(&swift).await.into_iter().map(|object| ("c_segments".to_owned(), object.name)).collect();
            swift.remove_objects(&rest).await.expect("removed");
        });
        Ok(())
    });
    outcome.expect("every state");
}
