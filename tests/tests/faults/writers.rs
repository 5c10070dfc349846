//! Two writers of one name: whatever the interleaving, also when one of them stands still between any two of its requests, the object
//! ends whole, as one of the two would have it, and no segment is left that nothing refers to.

use crate::support::{Stage, builder};
use k5::object_storage::{Layout, MetadataChange, ObjectStorage, Upload};
use k5::{Cloud, Error};
use k5_emulator::{Fault, Faults, Gate, Rule};
use k5_tests::bytes::noise;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

const SEGMENT: usize = 10_000;

/// What an object holds.
fn body(seed: u64) -> Vec<u8> {
    noise(SEGMENT + 77, seed)
}

/// A stage on which objects `o`, `p` and `q` are large, small or not there.
struct Play {
    stage: Stage,
    files: Vec<PathBuf>,
}

type Doing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;
/// What one of them does.
type Act = fn(&Play, &Cloud) -> Doing;

impl Play {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let files: Vec<_> = (0..3u64)
            .map(|seed| {
                let path = stage.folder.path().join(format!("file-{seed}"));
                std::fs::write(&path, body(seed)).expect("written");
                path
            })
            .collect();
        Self { stage, files }
    }

    /// The object as it is before anybody does anything, and nothing else.
    async fn reset(&self) {
        self.stage.emulator.faults(Faults::new());
        let swift = self.stage.cloud.object_storage();
        for container in ["c", "c_segments"] {
            let listed = match swift.list_objects(container).items().collect().await {
                Ok(listed) => listed,
                Err(error) if error.is_not_found() => continue,
                Err(error) => panic!("{error}"),
            };
            let objects = listed.into_iter();
            let names: Vec<_> = objects.map(|object| (container.to_owned(), object.name)).collect();
            if !names.is_empty() {
                swift.remove_objects(&names).await.expect("removed");
            }
        }
        self.upload(&self.stage.cloud, "o", 0).send().await.expect("stored");
    }

    fn upload(&self, cloud: &Cloud, name: &str, file: usize) -> Upload {
        cloud.object_storage().upload("c", name).from_path(&self.files[file]).segment_size(SEGMENT as u64).concurrency(1)
    }

    /// What the object holds: the number of its file, or that there is none.
    async fn holds(&self, name: &str) -> Option<u64> {
        let bytes = self.stage.stored(name).await?;
        let file = (0..3).find(|seed| body(*seed) == bytes || bytes == small(*seed));
        Some(file.unwrap_or_else(|| panic!("{name} holds {} bytes of nobody", bytes.len())))
    }
}

fn small(seed: u64) -> Vec<u8> {
    noise(99, seed)
}

async fn orphans(swift: &ObjectStorage) -> Vec<String> {
    match swift.orphaned_segments("c", Duration::ZERO).await {
        Ok(found) => {
            assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
            found.segments.into_iter().map(|object| object.name).collect()
        }
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// Lets `slow` stand still at each of its requests in turn, before and after it is carried out, while `fast` does all of its own.
async fn interleave(slow: Act, fast: Act, check: impl AsyncFn(&Play, &str, (Result<(), Error>, Result<(), Error>))) {
    let play = Play::new().await;
    let (one, other) = (cloud(&play.stage), cloud(&play.stage));
    // Logged in, so that only what matters is counted.
    for cloud in [&one, &other] {
        cloud.object_storage().show_container("c").send().await.expect("there");
    }
    for after in [false, true] {
        for nth in 1.. {
            play.reset().await;
            let gate = Gate::new();
            let fault = if after { Fault::hold_after(&gate) } else { Fault::hold_before(&gate) };
            play.stage.emulator.faults(Faults::new().rule(Rule::any().nth(nth).then(fault)));
            let slow = tokio::spawn(slow(&play, &one));
            let stands = tokio::select! {
                () = gate.reached() => true,
                () = async { while !slow.is_finished() { tokio::time::sleep(Duration::from_millis(2)).await } } => false,
            };
            if !stands {
                // It has no further request.
                assert!(nth > 3, "only {nth} requests");
                break;
            }
            let fast = fast(&play, &other).await;
            gate.open();
            let slow = slow.await.expect("it ended");
            let what = format!("request {nth} held {}", if after { "after" } else { "before" });
            check(&play, &what, (slow, fast)).await;
        }
    }
}

fn cloud(stage: &Stage) -> Cloud {
    builder(&stage.emulator).build().expect("a cloud")
}

fn put(play: &Play, cloud: &Cloud, file: usize) -> Doing {
    let upload = play.upload(cloud, "o", file);
    Box::pin(async move { upload.send().await.map(drop) })
}

fn put_first(play: &Play, cloud: &Cloud) -> Doing {
    put(play, cloud, 0)
}

fn put_first_otherwise(play: &Play, cloud: &Cloud) -> Doing {
    let upload = play.upload(cloud, "o", 0).content_type("text/x-other");
    Box::pin(async move { upload.send().await.map(drop) })
}

fn put_second(play: &Play, cloud: &Cloud) -> Doing {
    put(play, cloud, 1)
}

fn put_third(play: &Play, cloud: &Cloud) -> Doing {
    put(play, cloud, 2)
}

/// In parts that the caller cuts.
fn put_in_parts(play: &Play, cloud: &Cloud, file: usize) -> Doing {
    let bytes = std::fs::read(&play.files[file]).expect("read");
    let parts = cloud.object_storage().upload_parts("c", "o");
    Box::pin(async move {
        let upload = parts.begin().await?;
        let mut stored = Vec::new();
        for (part, index) in bytes.chunks(SEGMENT).zip(0..) {
            stored.push(upload.put(index, vec![part.to_vec().into()]).await?);
        }
        upload.complete(stored).await.map(drop)
    })
}

fn put_second_in_parts(play: &Play, cloud: &Cloud) -> Doing {
    put_in_parts(play, cloud, 1)
}

fn put_third_in_parts(play: &Play, cloud: &Cloud) -> Doing {
    put_in_parts(play, cloud, 2)
}

fn put_small(_: &Play, cloud: &Cloud) -> Doing {
    let upload = cloud.object_storage().upload("c", "o").from_bytes(small(2)).remove_old_segments(true);
    Box::pin(async move { upload.send().await.map(drop) })
}

fn remove(_: &Play, cloud: &Cloud) -> Doing {
    let swift = cloud.object_storage();
    Box::pin(async move { swift.remove_object("c", "o").await.map(drop) })
}

fn move_away(_: &Play, cloud: &Cloud) -> Doing {
    let swift = cloud.object_storage();
    Box::pin(async move { swift.move_object(("c", "o"), ("c", "p")).await })
}

/// Both succeed, and the object is of one of them.
async fn one_of(play: &Play, what: &str, outcomes: (Result<(), Error>, Result<(), Error>), files: [u64; 2]) {
    outcomes.0.unwrap_or_else(|error| panic!("{what}: {error}"));
    outcomes.1.unwrap_or_else(|error| panic!("{what}: {error}"));
    let holds = play.holds("o").await.unwrap_or_else(|| panic!("{what}: nothing is there"));
    assert!(files.contains(&holds), "{what}: {holds}");
    assert_eq!(orphans(&play.stage.cloud.object_storage()).await, Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_uploads() {
    interleave(put_second, put_third, async |play, what, outcomes| one_of(play, what, outcomes, [1, 2]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_in_parts() {
    interleave(put_second_in_parts, put_third, async |play, what, outcomes| one_of(play, what, outcomes, [1, 2]).await).await;
    interleave(put_second, put_third_in_parts, async |play, what, outcomes| one_of(play, what, outcomes, [1, 2]).await).await;
    interleave(put_second_in_parts, put_third_in_parts, async |play, what, outcomes| one_of(play, what, outcomes, [1, 2]).await)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_again_while_it_is_replaced() {
    interleave(put_first, put_second, async |play, what, outcomes| one_of(play, what, outcomes, [0, 1]).await).await;
    interleave(put_first_otherwise, put_second, async |play, what, outcomes| one_of(play, what, outcomes, [0, 1]).await).await;
    interleave(put_second, put_first, async |play, what, outcomes| one_of(play, what, outcomes, [0, 1]).await).await;
    interleave(put_second, put_first_otherwise, async |play, what, outcomes| one_of(play, what, outcomes, [0, 1]).await).await;
    interleave(put_second, put_second, async |play, what, outcomes| one_of(play, what, outcomes, [1, 1]).await).await;
}

/// Whoever goes by one request does not see what another has stored meanwhile: those segments are for a collection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_object_and_a_large_one() {
    let check = async |play: &Play, what: &str, outcomes: (Result<(), Error>, Result<(), Error>)| {
        outcomes.0.unwrap_or_else(|error| panic!("{what}: {error}"));
        outcomes.1.unwrap_or_else(|error| panic!("{what}: {error}"));
        let holds = play.holds("o").await.unwrap_or_else(|| panic!("{what}: nothing is there"));
        assert!([1, 2].contains(&holds), "{what}: {holds}");
        clean(play, what).await;
        assert_eq!(play.holds("o").await, Some(holds), "{what}");
    };
    interleave(put_small, put_second, check).await;
    interleave(put_second, put_small, check).await;
}

/// Collects what is left, and finds nothing after that.
async fn clean(play: &Play, what: &str) {
    let swift = play.stage.cloud.object_storage();
    let found = match swift.orphaned_segments("c", Duration::ZERO).await {
        Ok(found) => found.segments,
        Err(error) => panic!("{what}: {error}"),
    };
    swift.remove_orphaned_segments("c", &found).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(orphans(&swift).await, Vec::<String>::new(), "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_and_an_upload() {
    let check = async |play: &Play, what: &str, outcomes: (Result<(), Error>, Result<(), Error>)| {
        for outcome in [outcomes.0, outcomes.1] {
            outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        }
        let holds = play.holds("o").await;
        assert!([None, Some(1)].contains(&holds), "{what}: {holds:?}");
        clean(play, what).await;
        assert_eq!(play.holds("o").await, holds, "{what}");
    };
    interleave(remove, put_second, check).await;
    interleave(put_second, remove, check).await;
}

/// What is moved is whole where it is, or still where it was, or was replaced: never half, and never what the other writer stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_and_an_upload() {
    let check = async |play: &Play, what: &str, outcomes: (Result<(), Error>, Result<(), Error>)| {
        let (old, new) = (play.holds("o").await, play.holds("p").await);
        assert!([None, Some(0), Some(1)].contains(&old), "{what}: {old:?}, {outcomes:?}");
        assert!([None, Some(0), Some(1)].contains(&new), "{what}: {new:?}, {outcomes:?}");
        assert!(old.or(new).is_some(), "{what}: nothing is left, {outcomes:?}");
        clean(play, what).await;
        assert_eq!((play.holds("o").await, play.holds("p").await), (old, new), "{what}");
        // What becomes of the old name is no concern of the new one.
        play.upload(&play.stage.cloud, "o", 2).send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(play.holds("p").await, new, "{what}");
        // Removed, each of them, they leave nothing.
        let swift = play.stage.cloud.object_storage();
        for name in ["o", "p"] {
            match swift.remove_object("c", name).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => panic!("{what}: {error}"),
            }
        }
        let rest = swift.list_objects("c_segments").items().collect().await.expect("listed");
        assert!(rest.is_empty(), "{what}: {rest:?}");
    };
    interleave(move_away, put_second, check).await;
    interleave(put_second, move_away, check).await;
}

/// The source of a move that broke off after the copy is whole, whichever of the two goes first; also after an earlier move.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_that_breaks_off() {
    let play = Play::new().await;
    let swift = play.stage.cloud.object_storage();
    for first in ["p", "q", "o"] {
        play.reset().await;
        swift.move_object(("c", "o"), ("c", "p")).await.expect("moved");
        play.stage.emulator.faults(Faults::new().rule(Rule::on("DELETE", "/v1/*/c/p").then(Fault::status(403))));
        swift.move_object(("c", "p"), ("c", "q")).await.expect_err("the source can't be deleted");
        play.stage.emulator.faults(Faults::new());
        // One of the two goes, or goes on elsewhere and then goes.
        match first {
            "o" => {
                swift.move_object(("c", "p"), ("c", "r")).await.expect("moved");
                swift.remove_object("c", "r").await.expect("removed");
            }
            name => drop(swift.remove_object("c", name).await.expect("removed")),
        }
        let left = if first == "q" { "p" } else { "q" };
        assert_eq!(play.holds(left).await, Some(0), "{first}");
        swift.remove_object("c", left).await.expect("removed");
        let rest = swift.list_objects("c_segments").items().collect().await.expect("listed");
        assert!(rest.is_empty(), "{first}: {rest:?}");
    }
}

fn change_metadata(_: &Play, cloud: &Cloud) -> Doing {
    let swift = cloud.object_storage();
    let change = MetadataChange::new().set("a", "1");
    Box::pin(async move { swift.change_object_metadata("c", "o", &change).await })
}

fn put_dynamic(play: &Play, cloud: &Cloud) -> Doing {
    let upload = play.upload(cloud, "o", 0).layout(Layout::Dynamic);
    Box::pin(async move { upload.send().await.map(drop) })
}

/// What is said beside the bytes of a dynamic large object takes nothing from what somebody else stores there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_a_dynamic_object_and_an_upload() {
    let play = Play::new().await;
    let cloud = cloud(&play.stage);
    for nth in 1..6 {
        play.reset().await;
        put_dynamic(&play, &cloud).await.expect("stored");
        let gate = Gate::new();
        play.stage.emulator.faults(Faults::new().rule(Rule::any().nth(nth).then(Fault::hold_before(&gate))));
        let slow = tokio::spawn(change_metadata(&play, &cloud));
        tokio::select! {
            () = gate.reached() => {}
            () = async { while !slow.is_finished() { tokio::time::sleep(Duration::from_millis(2)).await } } => break,
        }
        put_small(&play, &cloud).await.expect("stored");
        gate.open();
        // It may find something else than it began with.
        let _ = slow.await.expect("it ended");
        assert_eq!(play.holds("o").await, Some(2), "request {nth} held");
    }
}

/// Nor does what is said beside the bytes of a plain one, which is a dynamic large one by the time that it is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_a_plain_object_and_a_dynamic_upload() {
    let play = Play::new().await;
    let cloud = cloud(&play.stage);
    for empty in [false, true] {
        for nth in 1.. {
            play.reset().await;
            play.stage.cloud.object_storage().remove_object("c", "o").await.expect("removed");
            match empty {
                true => drop(cloud.object_storage().upload("c", "o").from_bytes("").send().await.expect("stored")),
                false => put_small(&play, &cloud).await.expect("stored"),
            }
            let gate = Gate::new();
            play.stage.emulator.faults(Faults::new().rule(Rule::any().nth(nth).then(Fault::hold_before(&gate))));
            let slow = tokio::spawn(change_metadata(&play, &cloud));
            tokio::select! {
                () = gate.reached() => {}
                () = async { while !slow.is_finished() { tokio::time::sleep(Duration::from_millis(2)).await } } => {
                    assert!(nth > 2, "only {nth} requests");
                    break;
                }
            }
            put_dynamic(&play, &cloud).await.expect("stored");
            gate.open();
            let _ = slow.await.expect("it ended");
            assert_eq!(play.holds("o").await, Some(0), "request {nth} held");
        }
    }
}
