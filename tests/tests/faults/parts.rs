//! Downloads in parts that break: they go on at the failed byte, or say what is there.

use crate::support::{Stage, files};
use k5::object_storage::{Fetch, Fetched};
use k5::retry::RetryPolicy;
use k5::{ErrorKind, Reason};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::path::PathBuf;
use std::time::Duration;

const PART: usize = 100_000;
const SIZE: usize = 9 * PART + 123;
/// So long that a part is compared before all are there.
const SLOWLY: Duration = Duration::from_millis(200);

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
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(5)).max_attempts(5);
    stage.cloud.object_storage().fetch("c", "o").part_size(PART as u64).retry(retry)
}

fn target(stage: &Stage) -> PathBuf {
    stage.folder.path().join("target")
}

fn read(stage: &Stage) -> Vec<u8> {
    std::fs::read(target(stage)).expect("there")
}

/// Requests for the object, and for its segments by their own names.
fn on_object(method: &str) -> Rule {
    Rule::on(method, "/v1/*/c*/o*")
}

fn on_segments(method: &str) -> Rule {
    Rule::on(method, "/v1/*/c_segments/o/*")
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
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(SLOWLY))));
        let running = fetch(&stage).concurrency(2).start(target(&stage));
        running.progress().wait_for(|now| now.segments_done >= 3).await.expect("it goes on");
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::close())));
        let error = running.join().await.expect_err("nobody answers");
        assert!(error.is_retryable() && error.message().contains("the same download resumes from there"), "{error}");
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

/// Segments are asked for by their own names where that works, and as parts of the object where it doesn't.
#[tokio::test]
async fn segments_that_cant_be_had_by_name_come_with_the_object() {
    let body = noise(SIZE, 49);
    let stage = with_object(true, &body).await;
    let by_name = || {
        let requests = stage.emulator.requests().into_iter();
        requests.filter(|request| request.method == "GET" && request.path.contains("/c_segments/o/")).count()
    };
    fetch(&stage).concurrency(1).to_path(target(&stage)).await.expect("by name");
    // All but the first part, which the first answer has, in two requests each.
    assert_eq!(by_name(), 9 + 8);
    assert!(read(&stage) == body);
    for (fault, most) in [
        (Fault::status(403), 1),
        (Fault::status(404), 1),
        // One that is damaged there is right in the object, which another replica may give.
        (Fault::corrupt(5), 9 + 8),
    ] {
        stage.emulator.clear_requests();
        stage.emulator.faults(Faults::new().rule(on_segments("GET").then(fault.clone())));
        fetch(&stage).concurrency(1).to_path(target(&stage)).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(read(&stage) == body, "{fault:?}");
        assert_eq!(by_name(), most, "{fault:?}");
        assert_eq!(files(stage.folder.path()), ["target"], "{fault:?}");
    }
}

/// What is too large to wait for its hash in the system's cache is hashed on its way.
#[tokio::test]
async fn large_segments_are_compared_as_well() {
    const LARGE: u64 = 129 << 20;
    let stage = Stage::new().await;
    let body = noise(LARGE as usize + 12_345, 50);
    let source = stage.file(&body);
    let storage = stage.cloud.object_storage();
    let upload = || storage.upload("c", "o").from_path(&source).segment_size(LARGE);
    stage.emulator.faults(Faults::new().rule(on_segments("PUT").nth(1).then(Fault::wrong_etag())));
    upload().send().await.expect("stored");
    stage.emulator.faults(Faults::new().rule(on_segments("GET").nth(2).then(Fault::corrupt(1 << 20))));
    let fetched = fetch(&stage).to_path(target(&stage)).await.expect("fetched again");
    assert!((fetched.bytes, read(&stage)) == (body.len() as u64, body.clone()));
    // An earlier run left some of the first segment, and of that a byte is wrong.
    stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::truncate(40 << 20))));
    let once = RetryPolicy::default().max_attempts(1);
    fetch(&stage).retry(once).to_path(target(&stage)).await.expect_err("it breaks off");
    let part = files(stage.folder.path()).into_iter().find(|name| name.ends_with(".part")).expect("a part");
    let part = std::fs::File::options().write(true).open(stage.folder.path().join(part)).expect("opened");
    std::os::unix::fs::FileExt::write_all_at(&part, &[body[7] ^ 1], 7).expect("damaged");
    stage.emulator.faults(Faults::new());
    fetch(&stage).to_path(target(&stage)).await.expect("the rest");
    assert!(read(&stage) == body);
}

#[tokio::test]
async fn an_object_that_is_replaced_is_never_mixed() {
    let (body, other) = (noise(SIZE, 44), noise(SIZE, 45));
    for (segmented, segments_stay) in [(false, false), (true, false), (true, true)] {
        let stage = with_object(segmented, &body).await;
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(SLOWLY))));
        let running = fetch(&stage).concurrency(1).start(target(&stage));
        running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
        let replacing = stage.cloud.object_storage().upload("c", "o").from_bytes(other.clone());
        replacing.remove_old_segments(!segments_stay).send().await.expect("replaced");
        let ended = running.join().await;
        if segments_stay {
            // All that the manifest named is still there, so it is the object as it was when it was asked for.
            ended.expect("as it was");
            assert!(read(&stage) == body);
        } else {
            let error = ended.expect_err("it is another object");
            assert!(error.kind() == ErrorKind::Integrity && error.reason() == Some(&Reason::Replaced), "{error}");
            assert_eq!(files(stage.folder.path()), [""; 0]);
        }
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
        stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(SLOWLY))));
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
    stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(SLOWLY))));
    let running = fetch(&stage).concurrency(2).start(target(&stage));
    running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
    stage.emulator.revoke_tokens();
    running.join().await.expect("it logs in again");
    assert!(read(&stage) == body);
}

#[tokio::test]
async fn a_folder_that_takes_no_file() {
    let stage = with_object(false, b"x").await;
    for target in ["/proc/target", "/absent/target"] {
        let error = fetch(&stage).to_path(target).await.expect_err("no file can be there");
        assert!(error.kind() == ErrorKind::Local && error.message().contains(target), "{error}");
    }
    let asked = stage.emulator.requests().iter().filter(|request| request.method == "GET").count();
    assert_eq!(asked, 1, "without a folder, nothing is asked for");
}

/// What becomes of the files of a download that was interrupted.
#[derive(Clone, Debug)]
enum Damage {
    None,
    CutRecord(usize),
    CutPart(u64),
    Flip(usize),
    Lose(&'static str),
}

/// However far an earlier run came and whatever happened to its files since: what comes of the next is the object, or an error and
/// then the object. Never anything else.
#[test]
fn any_state_of_an_earlier_run_leads_to_the_object() {
    use proptest::prelude::*;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let stages = [false, true].map(|segmented| {
        let body = noise(SIZE, 48);
        (runtime.block_on(with_object(segmented, &body)), body)
    });
    let damage = prop_oneof![
        Just(Damage::None),
        (0usize..300).prop_map(Damage::CutRecord),
        (0u64..SIZE as u64).prop_map(Damage::CutPart),
        (0..SIZE).prop_map(Damage::Flip),
        prop_oneof![Just(".part"), Just(".done")].prop_map(Damage::Lose),
    ];
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(any::<bool>(), 0u64..10, 1usize..5, damage), |(segmented, came, concurrency, damage)| {
        let (stage, body) = &stages[usize::from(segmented)];
        runtime.block_on(async {
            stage.emulator.faults(Faults::new().rule(on_object("GET").then(Fault::delay(Duration::from_millis(5)))));
            let running = fetch(stage).concurrency(concurrency).start(target(stage));
            // A run that ended first is a state, too.
            let _ = running.progress().wait_for(|now| now.segments_done >= came).await;
            drop(running);
            // The threads that write end by themselves.
            tokio::time::sleep(Duration::from_millis(20)).await;
            stage.emulator.faults(Faults::new());
            let find = |end: &str| {
                let name = files(stage.folder.path()).into_iter().find(|name| name.contains(".k5-") && name.ends_with(end))?;
                std::fs::File::options().write(true).open(stage.folder.path().join(name)).ok()
            };
            match damage {
                Damage::None => {}
                Damage::CutRecord(length) => {
                    let record = find(".done").filter(|file| file.metadata().expect("read").len() > length as u64);
                    record.into_iter().for_each(|file| file.set_len(length as u64).expect("cut"));
                }
                Damage::CutPart(length) => {
                    let part = find(".part").filter(|file| file.metadata().expect("read").len() > length);
                    part.into_iter().for_each(|file| file.set_len(length).expect("cut"));
                }
                Damage::Flip(at) => {
                    let part = find(".part").filter(|file| file.metadata().expect("read").len() > at as u64);
                    let flipped = [body[at] ^ 1];
                    part.into_iter()
                        .for_each(|file| std::os::unix::fs::FileExt::write_all_at(&file, &flipped, at as u64).expect("flipped"));
                }
                Damage::Lose(end) => {
                    for name in files(stage.folder.path()).into_iter().filter(|name| name.contains(".k5-") && name.ends_with(end)) {
                        std::fs::remove_file(stage.folder.path().join(name)).expect("removed");
                    }
                }
            }
            if let Err(error) = fetch(stage).to_path(target(stage)).await {
                assert!(error.kind() == ErrorKind::Integrity && !segmented, "{error}");
                fetch(stage).to_path(target(stage)).await.expect("anew");
            }
            assert!(read(stage) == *body, "{segmented} {came} {damage:?}");
            for name in files(stage.folder.path()) {
                std::fs::remove_file(stage.folder.path().join(name)).expect("removed");
            }
        });
        Ok(())
    });
    outcome.expect("every state");
}
