//! A store of `object_store` when something goes wrong: each time the right error, and nothing half-written.

use crate::support::{LARGE, Stage, builder};
use futures_util::TryStreamExt;
use k5::retry::RetryPolicy;
use k5_emulator::{Fault, Faults, Gate, Rule};
use k5_object_store::{Limits, SwiftStore};
use k5_tests::bytes::noise;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode};
use std::time::Duration;

/// A store that does not wait long.
fn store(stage: &Stage) -> SwiftStore {
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(5)).max_attempts(3);
    let builder = SwiftStore::builder(stage.cloud.object_storage(), "c").retry(retry);
    builder.limits(Limits::default().page(3)).build().expect("a store")
}

/// The SDK's error behind an error of `object_store`.
fn cause(error: &Error) -> &k5::Error {
    let source = std::error::Error::source(error).unwrap_or_else(|| panic!("{error:?} has no source"));
    source.downcast_ref().unwrap_or_else(|| panic!("{error:?} has another source"))
}

/// The names in the container of segments, asked for with no fault in the way.
async fn segments(stage: &Stage) -> Vec<String> {
    stage.emulator.faults(Faults::new());
    match stage.cloud.object_storage().list_objects("c_segments").items().collect().await {
        Ok(listed) => listed.into_iter().map(|object| object.name).collect(),
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// What goes wrong with the requests of this method whose path matches.
fn faults(stage: &Stage, method: &str, path: &str, times: u64, fault: Fault) {
    stage.emulator.faults(Faults::new().rule(Rule::on(method, path).first(times).then(fault)));
}

const ALWAYS: u64 = u64::MAX;
const OBJECTS: &str = "/v1/*/c/*";
const SEGMENTS: &str = "/v1/*/c_segments/*";

#[tokio::test]
async fn a_range_that_breaks_goes_on_at_the_byte() {
    let stage = Stage::new().await;
    let (store, body, path) = (store(&stage), noise(4 * LARGE, 1), Path::from("o"));
    store.put(&path, body.clone().into()).await.expect("stored");
    let (start, end) = (1000, 3 * LARGE);
    for fault in [Fault::reset(700_000), Fault::truncate(700_000)] {
        stage.emulator.clear_requests();
        stage.fault("GET", 1, fault);
        let range = GetOptions::new().with_range(Some(GetRange::Bounded(start as u64..end as u64)));
        let got = store.get_opts(&path, range).await.expect("an answer");
        assert_eq!((got.range.clone(), got.meta.size), (start as u64..end as u64, body.len() as u64));
        // The token may die in between, too.
        stage.emulator.revoke_tokens();
        let chunks: Vec<_> = got.into_stream().try_collect().await.expect("the rest came");
        assert!(chunks.concat() == body[start..end]);
        let gets: Vec<_> = stage.seen("GET").into_iter().filter(|get| get.status == Some(206)).collect();
        let ranges: Vec<_> = gets.iter().map(|get| get.header("range").expect("a range").to_owned()).collect();
        let [first, rest] = &ranges[..] else { panic!("{ranges:?}") };
        assert_eq!(first, &format!("bytes={start}-{}", end - 1));
        let from: usize = rest.trim_start_matches("bytes=").split('-').next().and_then(|from| from.parse().ok()).expect("a byte");
        // What had arrived before the reset may be lost with it, but nothing that was handed over comes again.
        assert!((start..=start + 700_000).contains(&from) && rest.ends_with(&format!("-{}", end - 1)), "{rest}");
        assert!(gets[1].header("if-match").is_some());
    }
}

#[tokio::test]
async fn what_is_replaced_while_it_is_read_ends_with_a_precondition() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    store.put(&path, noise(4 * LARGE, 1).into()).await.expect("stored");
    stage.fault("GET", 1, Fault::truncate(500_000));
    let got = store.get(&path).await.expect("an answer");
    store.put(&path, noise(4 * LARGE, 2).into()).await.expect("replaced");
    let error = got.bytes().await.expect_err("another object");
    assert!(matches!(&error, Error::Precondition { path, .. } if path == "o"), "{error:?}");
    assert_eq!(cause(&error).reason(), Some(&k5::Reason::Replaced));

    stage.fault("GET", 1, Fault::truncate(500_000));
    let got = store.get(&path).await.expect("an answer");
    store.delete(&path).await.expect("deleted");
    let error = got.bytes().await.expect_err("no object");
    assert!(matches!(error, Error::NotFound { .. } | Error::Precondition { .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_that_keeps_breaking_ends_with_its_cause() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    store.put(&path, noise(4 * LARGE, 1).into()).await.expect("stored");
    stage.emulator.faults(
        Faults::new()
            .rule(Rule::on("GET", OBJECTS).first(1).then(Fault::truncate(500_000)))
            .rule(Rule::on("GET", OBJECTS).with_header("If-Match").then(Fault::status(503))),
    );
    let error = store.get(&path).await.expect("an answer").bytes().await.expect_err("it never ends well");
    assert!(matches!(error, Error::Generic { store: "Swift", .. }), "{error:?}");
    assert_eq!(cause(&error).status().map(|status| status.as_u16()), Some(503));
}

#[tokio::test]
async fn ranges_of_two_contents_are_not_mixed() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    store.put(&path, noise(4 * LARGE, 1).into()).await.expect("stored");
    let gate = Gate::new();
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", OBJECTS).nth(2).then(Fault::hold_before(&gate))));
    let reading = {
        let (store, path) = (store.clone(), path.clone());
        let ranges = [0..10, 3 * LARGE as u64..3 * LARGE as u64 + 10];
        tokio::spawn(async move { store.get_ranges(&path, &ranges).await })
    };
    gate.reached().await;
    let other = builder(&stage.emulator).build().expect("a cloud").object_storage();
    other.upload("c", "o").from_bytes(noise(4 * LARGE, 2)).send().await.expect("replaced");
    gate.open();
    let error = reading.await.expect("no panic").expect_err("two objects");
    assert!(matches!(error, Error::Precondition { .. }), "{error:?}");
}

#[tokio::test]
async fn each_refusal_has_its_error() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    store.put(&path, "x".into()).await.expect("stored");
    type Fits = fn(&Error) -> bool;
    let refusals: [(u16, Fits); 6] = [
        (401, |error| matches!(error, Error::Unauthenticated { .. })),
        (403, |error| matches!(error, Error::PermissionDenied { .. })),
        (404, |error| matches!(error, Error::NotFound { .. })),
        (412, |error| matches!(error, Error::Precondition { .. })),
        (416, |error| matches!(error, Error::Generic { .. })),
        (507, |error| matches!(error, Error::Generic { .. })),
    ];
    for (status, fits) in refusals {
        stage.fault("GET", ALWAYS, Fault::status(status));
        let error = store.get(&path).await.expect_err("refused");
        assert!(fits(&error), "{status}: {error:?}");
        assert_eq!(cause(&error).status().map(|status| status.as_u16()), Some(status), "{error:?}");
        if !matches!(error, Error::Generic { .. }) {
            assert!(error.to_string().contains("swift://c/o"), "{error}");
        }
        stage.fault("PUT", ALWAYS, Fault::status(status));
        store.put(&path, "y".into()).await.expect_err("refused");
        assert_eq!(stage.stored("o").await.as_deref(), Some(&b"x"[..]), "{status}: nothing is half-written");
    }
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_no_failure() {
    let stage = Stage::new().await;
    let store = store(&stage);
    let create = || PutMode::Create.into();
    stage.fault("PUT", 1, Fault::lose_answer());
    store.put_opts(&"o".into(), "x".into(), create()).await.expect("it is what was stored");
    let error = store.put_opts(&"o".into(), "y".into(), create()).await.expect_err("taken");
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
    // A copy through this machine, and one of segments.
    for (from, size) in [("small", 1000), ("large", 2_000_000)] {
        store.put(&from.into(), noise(size, 1).into()).await.expect("stored");
        let to = Path::from(format!("copy of {from}"));
        faults(&stage, "PUT", "/v1/*/c/copy*", 1, Fault::lose_answer());
        store.copy_if_not_exists(&from.into(), &to).await.expect("it is what was stored");
        assert!(stage.stored(to.as_ref()).await.expect("there") == noise(size, 1));
        let error = store.copy_if_not_exists(&from.into(), &to).await.expect_err("taken");
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn parts_survive_what_passes() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    let parts: Vec<_> = (0..4).map(|seed| noise(LARGE + 5, seed)).collect();
    for fault in [Fault::status(503), Fault::close_after(300_000), Fault::lose_answer(), Fault::wrong_etag(), Fault::status(401)] {
        let mut upload = store.put_multipart(&path).await.expect("begun");
        faults(&stage, "PUT", SEGMENTS, 1, fault.clone());
        stage.emulator.revoke_tokens();
        let sending: Vec<_> = parts.iter().map(|part| upload.put_part(part.clone().into())).collect();
        futures_util::future::try_join_all(sending).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        faults(&stage, "PUT", OBJECTS, 1, fault.clone());
        upload.complete().await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(stage.stored("o").await.expect("there") == parts.concat(), "{fault:?}");
        store.delete(&path).await.expect("deleted");
        assert_eq!(segments(&stage).await, [""; 0], "{fault:?}");
    }
}

/// A part is hashed once it is sent: one that the server stored otherwise never becomes part of the object.
#[tokio::test]
async fn a_part_that_was_stored_otherwise_is_sent_again() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    let parts: Vec<_> = (0..12).map(|seed| noise(LARGE + 5, seed)).collect();
    for (times, right) in [(1, true), (ALWAYS, false)] {
        let mut upload = store.put_multipart(&path).await.expect("begun");
        let wrong = |method: &str| Rule::on(method, SEGMENTS).first(times).then(Fault::wrong_etag());
        stage.emulator.faults(Faults::new().rule(wrong("PUT")).rule(wrong("HEAD")));
        stage.emulator.clear_requests();
        let sending: Vec<_> = parts.iter().map(|part| upload.put_part(part.clone().into())).collect();
        let outcome = futures_util::future::try_join_all(sending).await;
        if right {
            outcome.expect("sent again");
            let puts =
                stage.emulator.requests().iter().filter(|seen| seen.method == "PUT" && seen.path.contains("c_segments/")).count();
            assert_eq!(puts, 13);
            upload.complete().await.expect("complete");
            assert!(stage.stored("o").await.expect("there") == parts.concat());
        } else {
            assert_eq!(cause(&outcome.expect_err("never right")).kind(), k5::ErrorKind::Integrity);
            stage.emulator.faults(Faults::new());
            upload.abort().await.expect("aborted");
        }
    }
    assert!(stage.stored("o").await.expect("there") == parts.concat(), "what was there stays");
}

#[tokio::test]
async fn an_upload_that_fails_leaves_the_object_and_nothing_once_it_is_aborted() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    store.put(&path, "before".into()).await.expect("stored");

    let mut upload = store.put_multipart(&path).await.expect("begun");
    upload.put_part(noise(1000, 1).into()).await.expect("stored");
    faults(&stage, "PUT", SEGMENTS, ALWAYS, Fault::status(503));
    let error = upload.put_part(noise(1000, 2).into()).await.expect_err("it never ends well");
    assert_eq!(cause(&error).status().map(|status| status.as_u16()), Some(503));
    stage.emulator.faults(Faults::new());
    let error = upload.complete().await.expect_err("a part is missing");
    assert!(error.to_string().contains("1 of 2 parts"), "{error}");
    upload.abort().await.expect("aborted");
    assert_eq!(segments(&stage).await, [""; 0]);

    let mut upload = store.put_multipart(&path).await.expect("begun");
    upload.put_part(noise(1000, 1).into()).await.expect("stored");
    faults(&stage, "PUT", OBJECTS, ALWAYS, Fault::status(503));
    let error = upload.complete().await.expect_err("no manifest");
    assert_eq!(cause(&error).status().map(|status| status.as_u16()), Some(503));
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"before"[..]));
    // It may be completed later.
    upload.complete().await.expect("completed");
    assert!(stage.stored("o").await.expect("there") == noise(1000, 1));
    let error = upload.abort().await.expect_err("too late");
    assert!(error.to_string().contains("was completed"), "{error}");
    assert!(stage.stored("o").await.expect("there") == noise(1000, 1));

    let mut upload = store.put_multipart(&path).await.expect("begun");
    upload.put_part(noise(1000, 2).into()).await.expect("stored");
    faults(&stage, "PUT", OBJECTS, ALWAYS, Fault::status(403));
    let error = upload.complete().await.expect_err("no manifest");
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
    stage.emulator.faults(Faults::new());
    upload.abort().await.expect("aborted");
    assert!(stage.stored("o").await.expect("there") == noise(1000, 1));
    store.delete(&path).await.expect("deleted");
    assert_eq!(segments(&stage).await, [""; 0]);
}

#[tokio::test]
async fn an_abandoned_upload_shows_nowhere_and_is_collected() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    let mut upload = store.put_multipart(&path).await.expect("begun");
    upload.put_part(noise(1000, 1).into()).await.expect("stored");
    drop(upload);
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })));
    assert!(store.list(None).try_next().await.expect("listed").is_none());
    let swift = stage.cloud.object_storage();
    let orphans = swift.orphaned_segments("c", Duration::ZERO).await.expect("searched");
    assert_eq!(orphans.segments.len(), 1);
    swift.remove_orphaned_segments("c", &orphans.segments).await.expect("removed");
    assert_eq!(segments(&stage).await, [""; 0]);
}

#[tokio::test]
async fn an_abort_waits_for_parts_that_nobody_waits_for() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    let mut upload = store.put_multipart(&path).await.expect("begun");
    let gate = Gate::new();
    faults(&stage, "PUT", SEGMENTS, 1, Fault::hold_before(&gate));
    let part = tokio::spawn(upload.put_part(noise(1000, 1).into()));
    gate.reached().await;
    part.abort();
    let aborting = tokio::spawn(async move { upload.abort().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!aborting.is_finished(), "the server may still store the part");
    gate.open();
    aborting.await.expect("no panic").expect("aborted");
    assert_eq!(segments(&stage).await, [""; 0]);
}

#[tokio::test]
async fn a_manifest_that_may_be_under_way_keeps_its_parts() {
    let stage = Stage::new().await;
    let (store, path) = (store(&stage), Path::from("o"));
    let mut upload = store.put_multipart(&path).await.expect("begun");
    upload.put_part(noise(1000, 1).into()).await.expect("stored");
    let gate = Gate::new();
    faults(&stage, "PUT", OBJECTS, 1, Fault::hold_before(&gate));
    tokio::select! {
        _ = upload.complete() => panic!("it is held"),
        () = gate.reached() => {}
    }
    // Nobody knows whether the server carries it out.
    upload.abort().await.expect_err("its parts may be needed");
    assert!(!segments(&stage).await.is_empty());
    gate.open();
    upload.complete().await.expect("completed");
    assert!(stage.stored("o").await.expect("there") == noise(1000, 1));
}

#[tokio::test]
async fn a_listing_that_breaks_ends_with_an_error() {
    let stage = Stage::new().await;
    let store = store(&stage);
    for n in 0..8 {
        store.put(&format!("{n}").into(), "x".into()).await.expect("stored");
    }
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").nth(3).then(Fault::truncate(20))));
    let listed: Vec<_> = store.list(None).try_collect().await.expect("the page is asked for again");
    assert_eq!(listed.len(), 8);
    let broken = (3..20).fold(Faults::new(), |faults, n| faults.rule(Rule::on("GET", "/v1/*/c").nth(n).then(Fault::status(503))));
    stage.emulator.faults(broken);
    let mut listing = store.list(None);
    let mut names = 0;
    let error = loop {
        match listing.try_next().await {
            Ok(Some(_)) => names += 1,
            Ok(None) => panic!("an incomplete listing is none"),
            Err(error) => break error,
        }
    };
    assert_eq!(names, 6);
    assert!(matches!(error, Error::Generic { .. }), "{error:?}");
    assert!(listing.try_next().await.expect("it has ended").is_none());
    // Pages may be shorter than what was asked for.
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").then(Fault::page_limit(2))));
    assert_eq!(store.list(None).try_collect::<Vec<_>>().await.expect("listed").len(), 8);
}

#[tokio::test]
async fn a_source_that_is_replaced_while_it_is_moved_stays() {
    let stage = Stage::new().await;
    let store = store(&stage);
    for size in [1000, 2_000_000] {
        store.put(&"from".into(), noise(size, 1).into()).await.expect("stored");
        let gate = Gate::new();
        faults(&stage, "PUT", "/v1/*/c/to", 1, Fault::hold_after(&gate));
        let moving = {
            let store = store.clone();
            tokio::spawn(async move { store.rename_if_not_exists(&"from".into(), &"to".into()).await })
        };
        gate.reached().await;
        let other = builder(&stage.emulator).build().expect("a cloud").object_storage();
        other.upload("c", "from").from_bytes(noise(size, 2)).send().await.expect("replaced");
        gate.open();
        moving.await.expect("no panic").expect_err("the source is another");
        assert!(stage.stored("from").await.expect("there") == noise(size, 2));
        assert!(stage.stored("to").await.expect("there") == noise(size, 1));
        store.delete(&"to".into()).await.expect("deleted");
    }
}

#[tokio::test]
async fn of_several_writers_at_once_one_wins() {
    let stage = Stage::new().await;
    let store = store(&stage);
    for (size, to) in [(1000, "small"), (2_000_000, "large")] {
        let target = Path::from(to);
        let sources: Vec<_> = (0..4).map(|n| Path::from(format!("from-{n}"))).collect();
        for (source, seed) in sources.iter().zip(0..) {
            store.put(source, noise(size, seed).into()).await.expect("stored");
        }
        let copy = async |n: usize| match n % 2 {
            0 => store.copy_if_not_exists(&sources[n], &target).await,
            _ => store.rename_if_not_exists(&sources[n], &target).await,
        };
        let (a, b, c, d) = tokio::join!(copy(0), copy(1), copy(2), copy(3));
        let mut winners = Vec::new();
        for (n, outcome) in [a, b, c, d].into_iter().enumerate() {
            match outcome {
                Ok(()) => winners.push(n),
                Err(Error::AlreadyExists { path, .. }) => assert_eq!(path, to),
                Err(error) => panic!("{error}"),
            }
        }
        let [winner] = winners[..] else { panic!("{to}: {winners:?} won") };
        assert!(stage.stored(to).await.expect("there") == noise(size, winner as u64), "{to}");
        for (n, source) in sources.iter().enumerate() {
            let is_there = store.head(source).await.is_ok();
            assert_eq!(is_there, n % 2 == 0 || n != winner, "{to}: only the source of a move that won is gone");
        }
        store.delete(&target).await.expect("deleted");
    }
    assert_eq!(segments(&stage).await, [""; 0]);
}

#[tokio::test]
async fn whoever_created_an_object_notices_that_it_was_replaced_at_the_same_moment() {
    let stage = Stage::new().await;
    let store = store(&stage);
    for (from, size) in [(None, 10), (Some("small"), 1000), (Some("large"), 2_000_000)] {
        if let Some(from) = from {
            store.put(&from.into(), noise(size, 1).into()).await.expect("stored");
        }
        let gate = Gate::new();
        faults(&stage, "PUT", "/v1/*/c/to", 1, Fault::hold_after(&gate));
        let creating = {
            let store = store.clone();
            tokio::spawn(async move {
                match from {
                    None => store.put_opts(&"to".into(), "first".into(), PutMode::Create.into()).await.map(drop),
                    Some(from) => store.rename_if_not_exists(&from.into(), &"to".into()).await,
                }
            })
        };
        gate.reached().await;
        // As real Swift would store it for one that found the name free, too.
        let other = builder(&stage.emulator).build().expect("a cloud").object_storage();
        other.upload("c", "to").from_bytes("second").send().await.expect("stored");
        gate.open();
        let error = creating.await.expect("no panic").expect_err("it is not there any more");
        assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
        assert_eq!(stage.stored("to").await.as_deref(), Some(&b"second"[..]));
        if let Some(from) = from {
            assert!(stage.stored(from).await.expect("there") == noise(size, 1), "a move that failed keeps its source");
        }
        store.delete(&"to".into()).await.expect("deleted");
    }
}
