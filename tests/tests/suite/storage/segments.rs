//! Uploads in segments: from anywhere, again, interrupted, given up.

use k5::object_storage::large::Segment;
use k5::object_storage::{Layout, ObjectStorage};
use k5::{ByteStream, Cloud};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use std::path::PathBuf;

/// Small, so that a few of them are soon sent.
pub(super) const SEGMENT: usize = 100_000;

/// A file of its own that is gone with this.
pub(super) struct File(pub(super) PathBuf);

impl File {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("k5-segments-{:016x}", fastrand::u64(..)));
        std::fs::write(&path, bytes).expect("written");
        Self(path)
    }

    /// Other content, seen as such even where clocks are coarse.
    fn write(&self, bytes: &[u8]) {
        let before = std::fs::metadata(&self.0).and_then(|about| about.modified()).expect("read");
        std::fs::write(&self.0, bytes).expect("written");
        let file = std::fs::File::options().write(true).open(&self.0).expect("opened");
        file.set_modified(before + std::time::Duration::from_millis(10)).expect("set");
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

pub(super) async fn content(swift: &ObjectStorage, container: &str, object: &str) -> Vec<u8> {
    let download = swift.download_object(container, object).send().await.expect("there");
    download.collect(1 << 30).await.expect("whole").to_vec()
}

/// The names in the container of segments, once the listing says `count` of them.
pub(super) async fn segments(swift: &ObjectStorage, container: &str, count: usize) -> Vec<String> {
    k5_tests::eventually(&format!("{count} segments are listed"), async || {
        let listed = match swift.list_objects(&format!("{container}_segments")).items().collect().await {
            Ok(listed) => listed,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => panic!("{error}"),
        };
        let mut names: Vec<_> = listed.into_iter().map(|object| object.name).collect();
        let marks = names.len();
        names.retain(|name| [".named", ".moved", ".kept"].iter().all(|end| !name.ends_with(end)));
        // No mark without segments.
        assert!(!names.is_empty() || marks == 0, "{marks} marks are left");
        (names.len() == count).then_some(names)
    })
    .await
}

/// A container, and that of its segments, which goes with the scope as well.
pub(super) async fn containers(cloud: &Cloud, scope: &Scope, name: &str) -> String {
    let container = scope.container(cloud, name).await;
    scope.container(cloud, &format!("{name}_segments")).await;
    container
}

/// Stored, stored again without a byte, replaced; by one request below the threshold.
pub(crate) async fn of_files(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "big ü").await;
    let body = noise(5 * SEGMENT + 1000, 1);
    let file = File::new(&body);
    let upload = || {
        swift
            .upload(&container, "a b/ü")
            .from_path(&file.0)
            .segment_size(SEGMENT as u64)
            .content_type("text/x-own")
            .metadata("one", "1")
    };
    let stored = upload().send().await.expect("stored");
    assert_eq!((stored.segments, stored.bytes, stored.reused), (6, body.len() as u64, 0));
    let info = swift.show_object(&container, "a b/ü").send().await.expect("shown");
    assert_eq!((info.static_large_object, info.content_length), (Some(true), Some(body.len() as u64)));
    assert_eq!((info.content_type.as_deref(), info.metadata["one"].as_str()), (Some("text/x-own"), "1"));
    assert_eq!(info.etag.as_deref().map(|etag| etag.trim_matches('"')), stored.etag.as_deref(), "the ETag of ETags");
    assert!(content(&swift, &container, "a b/ü").await == body);
    let names = segments(&swift, &container, 6).await;
    assert!(names.iter().all(|name| name.starts_with("a b/ü/slo/") && name.contains("/501000/100000/0000000")), "{names:?}");

    let running = upload().start().await.expect("started");
    let progress = running.progress();
    let stored = running.join().await.expect("stored");
    let seen = *progress.borrow();
    assert_eq!((stored.reused, seen.reused, seen.sent, seen.segments_done), (body.len() as u64, body.len() as u64, 0, 6));

    let other = noise(3 * SEGMENT, 2);
    file.write(&other);
    let stored = upload().send().await.expect("stored");
    assert_eq!((stored.segments, stored.reused), (3, 0));
    assert!(content(&swift, &container, "a b/ü").await == other);
    let replaced = segments(&swift, &container, 3).await;
    assert!(replaced.iter().all(|name| !names.contains(name)), "{replaced:?}");

    // Every byte anew, under other names; then as a plain object, which takes the segments away.
    let stored = upload().resume(false).send().await.expect("stored");
    assert_eq!(stored.reused, 0);
    let anew = segments(&swift, &container, 3).await;
    assert!(anew.iter().all(|name| !replaced.contains(name)), "{anew:?}");
    let stored = upload().segment_size(other.len() as u64).remove_old_segments(true).send().await.expect("stored");
    assert_eq!(stored.segments, 0);
    segments(&swift, &container, 0).await;
    assert!(content(&swift, &container, "a b/ü").await == other);
    let error = upload().configure(|put| put.if_none_match("*")).send().await.expect_err("it is there");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412), "{error}");
    segments(&swift, &container, 0).await;
}

/// Of unknown length and of known length, from a reader, from memory; a short one goes by one request.
pub(crate) async fn of_streams(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "streams").await;
    let body = noise(4 * SEGMENT + 77, 3);
    let size = SEGMENT as u64;
    let chunks = || {
        let chunks: Vec<_> = body.chunks(33_333).map(|chunk| Ok(chunk.to_vec().into())).collect();
        ByteStream::from_stream(futures_util::stream::iter(chunks))
    };
    let length = Some(body.len() as u64);
    let reader = || std::io::Cursor::new(body.clone());
    let upload = |name: &str| swift.upload(&container, name).segment_size(size).buffer_limit(2 * size);
    for (name, upload) in [
        ("reader", upload("reader").from_reader(reader(), None)),
        ("reader of known length", upload("reader of known length").from_reader(reader(), length)),
        ("stream", upload("stream").from_stream(chunks(), None)),
        ("stream of known length", upload("stream of known length").from_stream(chunks(), length)),
        ("memory", upload("memory").from_bytes(body.clone())),
    ] {
        let stored = upload.send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((stored.segments, stored.bytes), (5, body.len() as u64), "{name}");
        assert!(content(&swift, &container, name).await == body, "{name}");
    }
    let short = upload("short").from_reader(std::io::Cursor::new(body[..SEGMENT / 3].to_vec()), None).send().await.expect("stored");
    assert_eq!(short.segments, 0);
    assert!(content(&swift, &container, "short").await == body[..SEGMENT / 3]);
    // Without wishes, a quarter of the memory decides.
    let stored =
        swift.upload(&container, "wishless").buffer_limit(2 * size).from_stream(chunks(), None).send().await.expect("stored");
    assert_eq!(stored.segments, 9);
    assert!(content(&swift, &container, "wishless").await == body);
    for wrong in [-1_i64, 1] {
        let said = u64::try_from(body.len() as i64 + wrong).expect("positive");
        let error = upload("reader").from_reader(reader(), Some(said)).send().await.expect_err("it isn't so long");
        assert_eq!(error.kind(), k5::ErrorKind::Local, "{error}");
        assert!(error.message().contains("as it was before"), "{error}");
    }
    assert!(content(&swift, &container, "reader").await == body, "what was there stays");
    let error = upload("x").segment_size(3 * size).from_reader(reader(), None).send().await.expect_err("more than memory allows");
    assert_eq!(error.kind(), k5::ErrorKind::InvalidInput, "{error}");
}

/// More segments than one manifest names.
pub(crate) async fn of_manifests(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "nested").await;
    let body = noise(1003 * 512 - 5, 4);
    let file = File::new(&body);
    let stored = swift.upload(&container, "o").from_path(&file.0).segment_size(512).concurrency(16).send().await.expect("stored");
    assert_eq!(stored.segments, 1003);
    assert!(content(&swift, &container, "o").await == body);
    let manifest = swift.get_manifest(&container, "o").await.expect("read");
    assert_eq!(manifest.len(), 2);
    assert!(manifest.iter().all(|part| part.sub_slo == Some(true)));
    let names = segments(&swift, &container, 1005).await;
    // The same again takes nothing away.
    let stored = swift.upload(&container, "o").from_path(&file.0).segment_size(512).send().await.expect("stored");
    assert_eq!(stored.reused, body.len() as u64);
    assert_eq!(segments(&swift, &container, 1005).await, names);
    assert!(content(&swift, &container, "o").await == body);
    file.write(&body[..1024]);
    swift.upload(&container, "o").from_path(&file.0).segment_size(512).send().await.expect("stored");
    segments(&swift, &container, 2).await;
    assert!(content(&swift, &container, "o").await == body[..1024]);
}

/// By name, on request.
pub(crate) async fn dynamic_ones(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "dlo %").await;
    let body = noise(3 * SEGMENT + 5, 5);
    let file = File::new(&body);
    let upload = || swift.upload(&container, "o ?").from_path(&file.0).segment_size(SEGMENT as u64).layout(Layout::Dynamic);
    let stored = upload().send().await.expect("stored");
    assert_eq!((stored.segments, stored.bytes), (4, body.len() as u64));
    let info = swift.show_object(&container, "o ?").send().await.expect("shown");
    assert!(info.object_manifest.is_some_and(|manifest| manifest.contains("dlo%20%25_segments/o%20%3F/dlo/")));
    assert!(content(&swift, &container, "o ?").await == body);
    // The same again is another generation, since the first is in use.
    upload().send().await.expect("stored");
    segments(&swift, &container, 4).await;
    assert!(content(&swift, &container, "o ?").await == body);
}

/// Stopped, and begun again: what is stored and right is used, what is not right is not.
pub(crate) async fn resumed(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "resume").await;
    let body = noise(8 * SEGMENT, 6);
    let file = File::new(&body);
    let upload = || swift.upload(&container, "o").from_path(&file.0).segment_size(SEGMENT as u64).concurrency(2);
    let running = upload().start().await.expect("started");
    let mut progress = running.progress();
    progress.wait_for(|now| now.segments_done >= 3).await.expect("it goes on");
    drop(running);
    assert!(swift.show_object(&container, "o").send().await.expect_err("nothing shows yet").is_not_found());
    let stored = upload().send().await.expect("stored");
    assert!(stored.reused >= 3 * SEGMENT as u64, "{}", stored.reused);
    assert!(content(&swift, &container, "o").await == body);
    let names = segments(&swift, &container, 8).await;

    // A source of the same size and time with other bytes: the segments of the object that is there are not touched, but copied.
    let modified = std::fs::metadata(&file.0).and_then(|about| about.modified()).expect("read");
    let mut other = body.clone();
    other[3 * SEGMENT + 9] ^= 1;
    std::fs::write(&file.0, &other).expect("written");
    std::fs::File::options().write(true).open(&file.0).and_then(|file| file.set_modified(modified)).expect("set");
    let running = upload().start().await.expect("started");
    let progress = running.progress();
    let stored = running.join().await.expect("stored");
    assert_eq!((stored.reused, progress.borrow().sent), (7 * SEGMENT as u64, SEGMENT as u64));
    assert!(content(&swift, &container, "o").await == other);
    let now = segments(&swift, &container, 8).await;
    assert!(names.iter().all(|name| !now.contains(name)), "{now:?}");

    // One of them was lost by somebody else's hand: the others are copied, for the object that is there may not be made of them again.
    swift.delete_object(&format!("{container}_segments"), &now[2]).send().await.expect("deleted");
    let stored = upload().send().await.expect("stored");
    assert_eq!(stored.reused, 7 * SEGMENT as u64);
    assert!(content(&swift, &container, "o").await == other);
    segments(&swift, &container, 8).await;

    // Another media type takes another manifest, and that segments of its own; no byte of them is sent.
    let running = upload().content_type("text/x-other").start().await.expect("started");
    let progress = running.progress();
    assert_eq!(running.join().await.expect("stored").reused, 8 * SEGMENT as u64);
    assert_eq!(progress.borrow().sent, 0);
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.content_type.as_deref(), Some("text/x-other"));
    segments(&swift, &container, 8).await;
}

/// Given up: its segments go, what was there stays.
pub(crate) async fn given_up(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "abort").await;
    let old = noise(2 * SEGMENT, 7);
    let file = File::new(&old);
    let upload = || swift.upload(&container, "o").from_path(&file.0).segment_size(SEGMENT as u64).concurrency(1);
    upload().send().await.expect("stored");
    let kept = segments(&swift, &container, 2).await;
    file.write(&noise(30 * SEGMENT, 8));
    let running = upload().start().await.expect("started");
    running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
    running.abort().await.expect("given up");
    assert_eq!(segments(&swift, &container, 2).await, kept);
    assert!(content(&swift, &container, "o").await == old);
    // The manifest names what it is made of.
    let manifest = swift.get_manifest(&container, "o").await.expect("read");
    let segments: Vec<_> = manifest
        .iter()
        .map(|part| Segment::new("c", "s", part.hash.clone().expect("a hash"), part.bytes.expect("a size")))
        .collect();
    assert_eq!(segments.len(), 2);
}

/// What no manifest refers to is found and removed; nothing else is, wherever the manifest is. Large objects go with their segments.
pub(crate) async fn orphaned(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "gc").await;
    let elsewhere = scope.container(&cloud, "elsewhere").await;
    let parts = format!("{container}_segments");
    let file = File::new(&noise(4 * SEGMENT, 9));
    let upload = |name: &str| swift.upload(&container, name).from_path(&file.0).segment_size(SEGMENT as u64);
    for name in ["kept", "moved", "forgotten", "static"] {
        upload(name).send().await.expect("stored");
    }
    upload("dynamic").layout(Layout::Dynamic).send().await.expect("stored");
    swift.copy((&container, "moved"), (&elsewhere, "there")).multipart_manifest("get").send().await.expect("copied");
    for name in ["moved", "forgotten"] {
        swift.delete_object(&container, name).send().await.expect("only the manifest");
    }
    swift.upload(&parts, "somebody's own").from_bytes("x").send().await.expect("stored");
    let running = upload("unfinished").concurrency(1).start().await.expect("started");
    running.progress().wait_for(|now| now.segments_done == 2).await.expect("it goes on");
    drop(running);
    // One may have been under way.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let all = k5_tests::eventually("all are listed", async || {
        let listed = swift.list_objects(&parts).items().collect().await.expect("listed");
        (listed.len() >= 5 * 5 + 1 + 2).then_some(listed.len())
    })
    .await;
    let zero = std::time::Duration::ZERO;
    let search = async |age| swift.orphaned_segments(&container, age).await.expect("searched").segments;
    assert!(search(std::time::Duration::from_secs(3600)).await.is_empty());
    let found = search(zero).await;
    assert_eq!(found.len(), all - (4 * 5 + 1));
    assert!(found.iter().all(|object| object.name.starts_with("forgotten/") || object.name.starts_with("unfinished/")));
    // What was finished in the meantime stays.
    upload("unfinished").send().await.expect("stored");
    assert_eq!(swift.remove_orphaned_segments(&container, &found).await.expect("removed"), 4);
    segments(&swift, &container, 5 * 4 + 1).await;
    for (container, name) in [(&container, "kept"), (&elsewhere, "there"), (&container, "unfinished")] {
        assert_eq!(content(&swift, container, name).await.len(), 4 * SEGMENT, "{name}");
    }
    assert_eq!(swift.remove_object(&container, "static").await.expect("removed").objects, 5);
    assert_eq!(swift.remove_object(&container, "dynamic").await.expect("removed").objects, 5);
    assert!(swift.show_object(&container, "dynamic").send().await.expect_err("gone").is_not_found());
    segments(&swift, &container, 3 * 4 + 1).await;
    assert_eq!(swift.remove_object(&parts, "somebody's own").await.expect("removed").objects, 1);
    assert!(swift.remove_object(&container, "static").await.expect_err("gone").is_not_found());
}

/// At the same time, or later where a later run may use them; a run with another expiry uses none of them.
pub(crate) async fn expiring(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "expiry").await;
    let parts = format!("{container}_segments");
    let file = File::new(&noise(2 * SEGMENT, 11));
    let upload = || swift.upload(&container, "o").from_path(&file.0).segment_size(SEGMENT as u64);
    let at = 4_000_000_000;
    let stored = upload().configure(move |put| put.delete_at(at)).send().await.expect("stored");
    assert_eq!(stored.reused, 0);
    for name in segments(&swift, &container, 2).await {
        assert_eq!(swift.show_object(&parts, &name).send().await.expect("shown").delete_at, Some(at), "{name}");
    }
    assert_eq!(swift.show_object(&container, "o").send().await.expect("shown").delete_at, Some(at));
    assert_eq!(upload().configure(move |put| put.delete_at(at)).send().await.expect("stored").reused, 2 * SEGMENT as u64);
    let after = || upload().configure(|put| put.delete_after(86_400));
    assert_eq!(after().send().await.expect("stored").reused, 0, "those would expire at another time");
    let object = swift.show_object(&container, "o").send().await.expect("shown").delete_at.expect("it expires");
    for name in segments(&swift, &container, 2).await {
        let segment = swift.show_object(&parts, &name).send().await.expect("shown").delete_at.expect("it expires");
        assert!(segment >= object + 6 * 86_400, "{name}: {segment}, and the object {object}");
    }
    assert_eq!(after().send().await.expect("stored").reused, 2 * SEGMENT as u64);
    assert_eq!(upload().send().await.expect("stored").reused, 0);
    for name in segments(&swift, &container, 2).await {
        assert_eq!(swift.show_object(&parts, &name).send().await.expect("shown").delete_at, None, "{name}");
    }
}

k5_tests::cases! {
    of_files [object_storage.upload_object, object_storage.list_objects, object_storage.show_info, object_storage.bulk_delete]
    of_streams [object_storage.upload_object, object_storage.create_container]
    of_manifests [object_storage.upload_object, object_storage.delete_object]
    dynamic_ones [object_storage.upload_object]
    resumed [object_storage.upload_object, object_storage.show_object]
    orphaned [object_storage.list_containers, object_storage.show_object, object_storage.bulk_delete]
    expiring [object_storage.upload_object, object_storage.show_object]
    given_up [object_storage.upload_object]
}
