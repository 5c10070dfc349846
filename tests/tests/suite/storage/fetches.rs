//! Downloads of any size: in parts, in order, interrupted.

use k5::Cloud;
use k5::object_storage::large::Segment;
use k5::object_storage::{Fetch, Layout, ObjectStorage};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use std::path::{Path, PathBuf};

/// Small, so that a few of them are soon there.
const PART: usize = 100_000;

/// A folder of its own that is gone with this.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("k5-fetches-{:016x}", fastrand::u64(..)));
        std::fs::create_dir(&path).expect("made");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("listed").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("there")
}

fn in_small_parts(swift: &ObjectStorage, container: &str, object: &str) -> Fetch {
    swift.fetch(container, object).part_size(PART as u64)
}

/// Plain objects of every length around a part, large ones of every kind; into files and to writers.
pub(crate) async fn in_parts(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "parts").await;
    scope.container(&cloud, "parts_segments").await;
    let folder = Folder::new();
    let body = noise(7 * PART + 13, 21);
    for length in [0, 1, PART - 1, PART, PART + 1, 7 * PART + 13] {
        swift.upload(&container, "plain").from_bytes(body[..length].to_vec()).send().await.expect("stored");
        for hint in [None, Some(length as u64)] {
            let fetch = in_small_parts(&swift, &container, "plain");
            let fetch = hint.into_iter().fold(fetch, |fetch, hint| fetch.expected_size(hint));
            let fetched = fetch.to_path(folder.file("plain")).await.unwrap_or_else(|error| panic!("{length}: {error}"));
            assert_eq!((fetched.bytes, fetched.reused), (length as u64, 0));
            // However many requests there were, it describes the whole object.
            let (info, shown) = (&fetched.info, swift.show_object(&container, "plain").send().await.expect("shown"));
            assert_eq!((info.content_length, &info.content_range), (Some(length as u64), &None), "{length}");
            assert_eq!((info.md5(), &info.content_type, &info.metadata), (shown.md5(), &shown.content_type, &shown.metadata));
            assert_eq!(info.last_modified, shown.last_modified);
            assert!(read(&folder.file("plain")) == body[..length], "{length}");
        }
        let (written, fetched) = in_small_parts(&swift, &container, "plain").write_to(Vec::new(), "memory").await.expect("written");
        assert!(written == body[..length] && fetched.bytes == length as u64);
    }
    assert_eq!(folder.names(), ["plain"]);
    let source = folder.file("plain");
    let size = |upload: k5::object_storage::Upload, segment: usize| upload.segment_size(segment as u64).from_path(&source);
    for (name, upload) in [
        ("small segments", size(swift.upload(&container, "small segments"), PART / 3)),
        ("large segments", size(swift.upload(&container, "large segments"), 2 * PART + 7)),
        ("by name", size(swift.upload(&container, "by name"), PART).layout(Layout::Dynamic)),
    ] {
        upload.send().await.expect("stored");
        let target = folder.file("large");
        for verify in [true, false] {
            let running = in_small_parts(&swift, &container, name).verify(verify).start(&target);
            let progress = running.progress();
            let fetched = running.join().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((fetched.bytes, fetched.info.content_length), (body.len() as u64, Some(body.len() as u64)));
            assert!(fetched.info.is_large() && fetched.info.md5().is_none(), "{name}");
            assert!(read(&target) == body, "{name}");
            assert_eq!(progress.borrow().committed, body.len() as u64, "{name}");
            let (written, _) =
                in_small_parts(&swift, &container, name).verify(verify).write_to(Vec::new(), "memory").await.expect(name);
            assert!(written == body, "{name}");
        }
    }
    assert_eq!(folder.names(), ["large", "plain"]);
    let error = in_small_parts(&swift, &container, "plain").no_clobber(true).to_path(&source).await.expect_err("it is there");
    assert_eq!(error.kind(), k5::ErrorKind::InvalidInput, "{error}");
    let error = in_small_parts(&swift, &container, "missing").to_path(folder.file("x")).await.expect_err("there is none");
    assert!(error.is_not_found(), "{error}");
    assert_eq!(folder.names(), ["large", "plain"]);
}

/// Manifests as other tools write them: bytes in the manifest itself, parts of segments, manifests of manifests and parts of those.
pub(crate) async fn odd_manifests(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "odd").await;
    let folder = Folder::new();
    let (one, two) = (noise(2 * PART, 24), noise(PART / 2, 25));
    let mut parts = Vec::new();
    for (name, body) in [("one", &one), ("two", &two)] {
        let stored = swift.upload(&container, name).from_bytes(body.clone()).send().await.expect("stored");
        parts.push(Segment::new(&container, name, stored.etag.expect("an ETag"), body.len() as u64));
    }
    let of = |part: &Segment, first: usize, last: usize| {
        let mut part = part.clone();
        part.range = Some(format!("{first}-{last}"));
        part
    };
    let manifest = [
        Segment::inline(b"head of the archive"),
        parts[0].clone(),
        of(&parts[1], 10, PART / 2 - 20),
        Segment::inline(&[0]),
        of(&parts[0], 2 * PART - 7, 2 * PART - 1),
        Segment::inline(b"tail"),
    ];
    let bodies = [b"head of the archive", &one[..], &two[10..PART / 2 - 19], &[0], &one[2 * PART - 7..], b"tail"].concat();
    let put = async |name: &str, manifest: &[Segment]| swift.put_manifest(&container, name, manifest).send().await.map(drop);
    put("odd", &manifest).await.expect("stored");
    let nested = |name: &str, range: Option<String>| {
        let mut part = Segment::new(&container, name, "", 0);
        (part.etag, part.size_bytes, part.range) = (None, None, range);
        part
    };
    let above = [Segment::inline(b"above"), nested("odd", None), nested("odd", Some("5-200000".to_owned())), parts[1].clone()];
    put("above", &above).await.expect("stored");
    let all = [b"above", &bodies[..], &bodies[5..200_001], &two[..]].concat();
    for (name, body) in [("odd", &bodies), ("above", &all)] {
        let info = swift.show_object(&container, name).send().await.expect("shown");
        assert_eq!(info.content_length, Some(body.len() as u64), "{name}");
        let listed = swift.get_manifest(&container, name).await.expect("read");
        let inline = listed.iter().filter(|segment| segment.place().is_none()).count();
        assert_eq!(inline, if name == "odd" { 3 } else { 1 });
        assert_eq!(listed[0].inline().as_deref(), Some(&body[..if name == "odd" { 19 } else { 5 }]));
        if name == "odd" {
            assert_eq!(listed.iter().map(|segment| segment.length()).sum::<Option<u64>>(), Some(body.len() as u64));
        }
        let target = folder.file(name);
        for verify in [true, false] {
            let fetched = in_small_parts(&swift, &container, name).verify(verify).to_path(&target).await.expect(name);
            assert_eq!(fetched.bytes, body.len() as u64);
            assert!(read(&target) == *body, "{name}");
            let (written, _) =
                in_small_parts(&swift, &container, name).verify(verify).write_to(Vec::new(), "memory").await.expect(name);
            assert!(written == *body, "{name}");
        }
        // The same once more, as a new manifest.
        let again: Vec<Segment> = listed.iter().map(|segment| segment.again()).collect();
        put("again", &again).await.expect("stored");
        let copy = swift.show_object(&container, "again").send().await.expect("shown");
        assert_eq!((copy.etag, copy.content_length), (info.etag, info.content_length), "{name}");
    }
    assert_eq!(folder.names(), ["above", "odd"]);
}

/// Stopped, and begun again; another version of the object begins anew.
pub(crate) async fn resumed(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "resume").await;
    scope.container(&cloud, "resume_segments").await;
    let folder = Folder::new();
    let body = noise(30 * PART, 22);
    let target = folder.file("target");
    for segment in [None, Some(PART as u64)] {
        let upload = swift.upload(&container, "o").from_bytes(body.clone());
        segment.into_iter().fold(upload, |upload, size| upload.segment_size(size)).send().await.expect("stored");
        std::fs::write(&target, "old").expect("written");
        let running = in_small_parts(&swift, &container, "o").concurrency(2).start(&target);
        running.progress().wait_for(|now| now.segments_done >= 4).await.expect("it goes on");
        drop(running);
        // The threads that write end by themselves.
        k5_tests::eventually("the record is free", async || {
            let names = folder.names();
            assert_eq!(names.len(), 3, "{names:?}");
            let record = std::fs::File::open(folder.file(&names[1])).expect("opened");
            record.try_lock().is_ok().then_some(())
        })
        .await;
        assert_eq!(read(&target), b"old", "what was there stays until all is there");
        let running = in_small_parts(&swift, &container, "o").start(&target);
        let progress = running.progress();
        let fetched = running.join().await.expect("fetched");
        let seen = *progress.borrow();
        assert!(fetched.reused >= 4 * PART as u64, "{segment:?}: {}", fetched.reused);
        assert_eq!(seen.sent + fetched.reused, body.len() as u64, "{segment:?}: {seen:?}");
        assert!(read(&target) == body, "{segment:?}");
        assert_eq!(folder.names(), ["target"]);
    }
    let running = in_small_parts(&swift, &container, "o").concurrency(1).start(&target);
    running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
    drop(running);
    let other = noise(5 * PART, 23);
    swift.upload(&container, "o").from_bytes(other.clone()).send().await.expect("stored");
    let fetched = in_small_parts(&swift, &container, "o").to_path(&target).await.expect("fetched");
    assert_eq!(fetched.reused, 0);
    assert!(read(&target) == other);
}

k5_tests::cases! {
    in_parts [object_storage.download_object]
    odd_manifests [object_storage.upload_object, object_storage.download_object]
    resumed [object_storage.download_object]
}
