//! Answers that are lost, and what is judged by what is there instead; objects that can't be looked at; clocks that differ.

use crate::support::{Stage, builder};
use k5::object_storage::{ObjectStorage, Upload};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::time::Duration;

const SEGMENT: usize = 50_000;
const SIZE: usize = 3 * SEGMENT + 1;

fn large(stage: &Stage, name: &str, seed: u64) -> Upload {
    let path = stage.folder.path().join(format!("source-{seed}"));
    if !path.exists() {
        std::fs::write(&path, noise(SIZE, seed)).expect("written");
    }
    stage.cloud.object_storage().upload("c", name).from_path(path).segment_size(SEGMENT as u64)
}

/// The first answer to requests of this method on this path is lost, after the request was carried out.
fn lose(stage: &Stage, method: &str, path: &str) {
    stage.emulator.faults(Faults::new().rule(Rule::on(method, path).first(1).then(Fault::lose_answer())));
}

async fn listed(swift: &ObjectStorage, container: &str) -> Vec<String> {
    match swift.list_objects(container).items().collect().await {
        Ok(listed) => listed.into_iter().map(|object| object.name).collect(),
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn deletions_whose_answer_is_lost() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    for (name, removed) in [("small", 1), ("large", 5)] {
        match removed {
            1 => swift.upload("c", name).from_bytes("x").send().await.map(drop).expect("stored"),
            _ => large(&stage, name, 1).send().await.map(drop).expect("stored"),
        }
        lose(&stage, "DELETE", &format!("/v1/*/c/{name}"));
        assert_eq!(swift.remove_object("c", name).await.expect("it is gone").objects, removed, "{name}");
    }
    assert!(listed(&swift, "c_segments").await.is_empty());
    // What never was is told as such.
    assert!(swift.remove_object("c", "small").await.expect_err("none").is_not_found());
}

/// Where a deletion brings the content before it back, a second one would delete that.
#[tokio::test]
async fn a_deletion_is_not_repeated_over_an_old_version() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.create_container("old").send().await.expect("created");
    swift.update_container("c").versions_location("old").send().await.expect("updated");
    for content in ["one", "two", "three"] {
        swift.upload("c", "o").from_bytes(content).send().await.expect("stored");
    }
    lose(&stage, "DELETE", "/v1/*/c/o");
    swift.remove_object("c", "o").await.expect("removed");
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"two"[..]));
    for (_, outcome) in swift.remove_many("c", vec!["o".to_owned(), "absent".to_owned()]).await {
        outcome.expect("removed");
    }
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"one"[..]));
}

#[tokio::test]
async fn moves_whose_answers_are_lost() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    for (method, path) in [("COPY", "/v1/*/c/*"), ("DELETE", "/v1/*/c/*"), ("PUT", "/v1/*/c_segments/*.moved")] {
        swift.upload("c", "small").from_bytes("x").send().await.expect("stored");
        large(&stage, "large", 2).send().await.expect("stored");
        for name in ["small", "large"] {
            lose(&stage, method, path);
            swift.move_object(("c", name), ("c", "there")).await.unwrap_or_else(|error| panic!("{method} {name}: {error}"));
            assert_eq!(stage.stored(name).await, None, "{method} {name}");
            let there = stage.stored("there").await.expect("there");
            assert_eq!(there.len(), if name == "small" { 1 } else { SIZE }, "{method} {name}");
        }
        swift.remove_object("c", "there").await.expect("removed");
        assert!(listed(&swift, "c_segments").await.is_empty(), "{method}");
    }
}

#[tokio::test]
async fn uploads_whose_answers_are_lost() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    for conditional in [false, true] {
        let configured = |upload: Upload| match conditional {
            true => upload.configure(|put| put.if_none_match("*")),
            false => upload,
        };
        for path in ["/v1/*/c/o", "/v1/*/c_segments/o/*.named", "/v1/*/c_segments/o/*/00000001"] {
            lose(&stage, "PUT", path);
            let stored = configured(large(&stage, "o", 3)).send().await.unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(stored.bytes, SIZE as u64);
            assert!(stage.stored("o").await.expect("there") == noise(SIZE, 3), "{path}");
            assert_eq!(swift.remove_object("c", "o").await.expect("removed").objects, 5, "{path}");
            assert!(listed(&swift, "c_segments").await.is_empty(), "{path}");
        }
        let name = format!("small {conditional}");
        lose(&stage, "PUT", "/v1/*/c/small*");
        configured(swift.upload("c", &name).from_bytes("x").metadata("a", "1")).send().await.expect("it is stored");
        // Another one of the same bytes is not taken for it.
        lose(&stage, "PUT", "/v1/*/c/small*");
        let error = configured(swift.upload("c", &name).from_bytes("x")).send().await;
        assert_eq!(error.is_err(), conditional, "an object that was there before is not a success");
    }
}

/// A request that is repeated is not repeated over what somebody else has stored since.
#[tokio::test]
async fn a_manifest_does_not_replace_what_came_after_it() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let gate = k5_emulator::Gate::new();
    let manifest = || Rule::on("PUT", "/v1/*/c/o").first(1);
    let look = Rule::on("HEAD", "/v1/*/c/o").nth(3).then(Fault::hold_before(&gate));
    stage.emulator.faults(Faults::new().rule(manifest().then(Fault::lose_answer())).rule(look));
    let upload = large(&stage, "o", 4);
    let slow = tokio::spawn(async move { upload.send().await });
    gate.reached().await;
    let other = builder(&stage.emulator).build().expect("a cloud");
    other.object_storage().upload("c", "o").from_bytes("another").remove_old_segments(true).send().await.expect("stored");
    gate.open();
    let error = slow.await.expect("it ended").expect_err("it was replaced");
    assert!(error.message().contains("another writer"), "{error}");
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"another"[..]));
    drop(swift);
}

/// One that can't be looked at is named; what was stored for it stays, and the rest goes.
#[tokio::test]
async fn an_odd_object_stops_no_collection() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    for (n, name) in ["a", "odd", "z"].into_iter().enumerate() {
        large(&stage, name, 5 + n as u64).send().await.expect("stored");
    }
    swift.delete_object("c", "a").send().await.expect("only the manifest");
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/odd").then(Fault::status(200).body("no JSON"))));
    let found = swift.orphaned_segments("c", Duration::ZERO).await.expect("searched");
    assert_eq!(found.unreadable.len(), 1, "{:?}", found.unreadable);
    assert_eq!(found.unreadable[0].0, "c/odd");
    assert!(found.segments.iter().all(|object| object.name.starts_with("a/")), "{:?}", found.segments);
    assert_eq!(swift.remove_orphaned_segments("c", &found.segments).await.expect("removed"), 4);
    for (n, name) in [(6, "odd"), (7, "z")] {
        assert!(stage.stored(name).await.expect("there") == noise(SIZE, n), "{name}");
    }
}

/// How old something is, the server knows: its clock may be days away from the one here.
#[tokio::test]
async fn a_collection_goes_by_the_servers_clock() {
    const DAY: i64 = 86_400;
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let day = Duration::from_secs(86_400);
    for offset in [0, 3 * DAY, -3 * DAY] {
        stage.emulator.set_clock_offset(offset);
        large(&stage, "o", 8).send().await.expect("stored");
        swift.delete_object("c", "o").send().await.expect("only the manifest");
        assert!(swift.orphaned_segments("c", day).await.expect("searched").segments.is_empty(), "{offset}");
        stage.emulator.set_clock_offset(offset + 2 * DAY);
        let found = swift.orphaned_segments("c", day).await.expect("searched").segments;
        assert_eq!(found.len(), 5, "{offset}");
        assert_eq!(swift.remove_orphaned_segments("c", &found).await.expect("removed"), 4, "{offset}");
        assert!(listed(&swift, "c_segments").await.is_empty());
    }
}

/// What only a listing has is deleted, for the request is what takes it out of there.
#[tokio::test]
async fn a_ghost_is_deleted() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.upload("c", "ghost").from_bytes("x").send().await.expect("stored");
    stage.emulator.clear_requests();
    stage.emulator.faults(Faults::new().rule(Rule::on("HEAD", "/v1/*/c/ghost").then(Fault::status(404))));
    assert_eq!(swift.remove_object("c", "ghost").await.expect("deleted").objects, 1);
    assert_eq!(stage.seen("DELETE").len(), 1);
    assert_eq!(stage.stored("ghost").await, None);
}

/// Gateways give as many names as they like.
#[tokio::test]
async fn pages_may_be_short() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let upload = large(&stage, "o", 9).segment_size(SIZE as u64 / 40);
    stage.emulator.faults(Faults::new().rule(Rule::path("/v1/").then(Fault::page_limit(15))));
    upload.send().await.expect("stored");
    assert!(swift.orphaned_segments("c", Duration::ZERO).await.expect("searched").segments.is_empty());
    large(&stage, "o", 10).segment_size(SIZE as u64 / 40).send().await.expect("stored");
    assert_eq!(listed(&swift, "c_segments").await.len(), 41 + 1);
    assert_eq!(swift.remove_object("c", "o").await.expect("removed").objects, 42);
    assert!(listed(&swift, "c_segments").await.is_empty());
}

/// What is moved away is what was read; what somebody has stored since stays.
#[tokio::test]
async fn only_what_was_read_is_removed() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.upload("c", "o").from_bytes("read").send().await.expect("stored");
    let before = swift.show_object_itself("c", "o").await.expect("there");
    swift.upload("c", "o").from_bytes("new").send().await.expect("stored");
    let error = swift.remove_unchanged("c", "o", &before).await.expect_err("another one");
    assert!(error.message().contains("replaced"), "{error}");
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"new"[..]));
    swift.upload("c", "link").configure(|put| put.symlink_target("c/o")).send().await.expect("linked");
    let link = swift.show_object_itself("c", "link").await.expect("there");
    assert_eq!(swift.remove_unchanged("c", "link", &link).await.expect("removed").objects, 1);
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"new"[..]));
    let now = swift.show_object_itself("c", "o").await.expect("there");
    swift.remove_unchanged("c", "o", &now).await.expect("removed");
    assert_eq!(stage.stored("o").await, None);
}
