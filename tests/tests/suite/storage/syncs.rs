//! Folders and containers made alike.

use k5::Cloud;
use k5::object_storage::ObjectStorage;
use k5::object_storage::sync::{Action, Event, Item, Links, Reason, Side, Summary, Sync};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// A folder of its own that is gone with this.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("k5-syncs-{:016x}", fastrand::u64(..)));
        std::fs::create_dir(&path).expect("made");
        Self(path)
    }

    /// A file that was changed so many nanoseconds after 1970.
    pub(super) fn file(&self, name: &str, bytes: &[u8], nanoseconds: u64) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(&path, bytes).expect("written");
        let file = std::fs::File::options().write(true).open(&path).expect("opened");
        file.set_modified(UNIX_EPOCH + Duration::from_nanos(nanoseconds)).expect("set");
    }

    fn side(&self) -> Side {
        Side::Folder(self.0.clone())
    }

    /// Names, contents and times.
    pub(super) fn tree(&self) -> BTreeMap<String, (Vec<u8>, Duration)> {
        let mut tree = BTreeMap::new();
        collect(&self.0, String::new(), &mut tree);
        tree
    }
}

fn collect(folder: &Path, prefix: String, tree: &mut BTreeMap<String, (Vec<u8>, Duration)>) {
    for entry in std::fs::read_dir(folder).expect("read").map(|entry| entry.expect("read")) {
        let name = format!("{prefix}{}", entry.file_name().to_str().expect("UTF-8"));
        match entry.file_type().expect("known").is_dir() {
            true => collect(&entry.path(), format!("{name}/"), tree),
            false => {
                let modified = entry.metadata().and_then(|about| about.modified()).expect("read");
                let content = std::fs::read(entry.path()).expect("read");
                tree.insert(name, (content, modified.duration_since(UNIX_EPOCH).expect("later")));
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn objects(container: &str, prefix: &str) -> Side {
    Side::Objects { container: container.to_owned(), prefix: prefix.to_owned() }
}

async fn run(sync: Sync) -> Summary {
    sync.run(|event| match event {
        Event::Failed { name, error } => panic!("{name}: {error}"),
        _ => ControlFlow::Continue(()),
    })
    .await
    .expect("run")
}

async fn plan(sync: Sync) -> Vec<(String, Action)> {
    let mut plan = sync.plan().await.expect("begun");
    let mut planned = Vec::new();
    while let Some(item) = plan.next().await.expect("planned") {
        match item {
            Item::Planned(one) => planned.push((one.name, one.action)),
            other => panic!("{other:?}"),
        }
    }
    planned
}

/// Nothing is left to do, once the listings have caught up.
async fn settled(sync: impl Fn() -> Sync) {
    k5_tests::eventually("the sides are alike", async || plan(sync()).await.is_empty().then_some(())).await;
}

const NAMES: [&str; 9] = ["a", "a-b", "a.txt", "a0", "a d/x", "a/b/c", "ü é/%2F#?&=+;", "🦀/~ `'\"\\", "..."];

fn usual(folder: &Folder) {
    for (n, name) in NAMES.iter().filter(|name| **name != "a").enumerate() {
        folder.file(name, &noise(n * 4096, n as u64), 1_600_000_000_123_456_789 + n as u64);
    }
}

fn up(swift: &ObjectStorage, from: &Folder, container: &str) -> Sync {
    swift.sync(from.side(), objects(container, "p/")).delete(true)
}

/// Up, changed, and down into another folder: contents and times are those that went.
pub(crate) async fn up_and_down(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.name("sync ü");
    let (from, back) = (Folder::new(), Folder::new());
    usual(&from);
    assert_eq!(plan(up(&swift, &from, &container)).await.len(), 8);
    let summary = run(up(&swift, &from, &container)).await;
    assert_eq!((summary.copied, summary.deleted, summary.failed), (8, 0, 0));
    settled(|| up(&swift, &from, &container)).await;
    let info = swift.show_object(&container, "p/a-b").send().await.expect("there");
    assert_eq!(info.metadata["mtime"], "1600000000.123456789");
    // One of each kind; what is beside the prefix is not a stranger.
    from.file("a-b", b"", 1_600_000_001_500_000_000);
    from.file("a.txt", b"other", 1_600_000_000_000_000_000);
    from.file("new", b"new", 1_600_000_000_000_000_000);
    std::fs::remove_file(from.0.join("a0")).expect("removed");
    swift.upload(&container, "beside").from_bytes("x").send().await.expect("stored");
    swift.upload(&container, "p/stranger").from_bytes("x").send().await.expect("stored");
    let expected = [
        ("a-b", Action::SetTime),
        ("a.txt", Action::Copy(Reason::Size)),
        ("a0", Action::Delete),
        ("new", Action::Copy(Reason::New)),
        ("stranger", Action::Delete),
    ];
    k5_tests::eventually("the strangers are listed", async || {
        let planned = plan(up(&swift, &from, &container)).await;
        (planned == expected.map(|(name, action)| (name.to_owned(), action))).then_some(())
    })
    .await;
    let summary = run(up(&swift, &from, &container)).await;
    assert_eq!((summary.copied, summary.times_set, summary.deleted), (2, 1, 2));
    settled(|| up(&swift, &from, &container)).await;
    assert!(swift.show_object(&container, "beside").send().await.is_ok());
    back.file("old/extra", b"x", 0);
    run(swift.sync(objects(&container, "p/"), back.side()).delete(true)).await;
    assert_eq!(back.tree(), from.tree());
    settled(|| swift.sync(objects(&container, "p/"), back.side()).delete(true)).await;
}

/// Times that tools and file systems have cut off are the same times; a large object, which has no MD5, doesn't go again for them.
pub(crate) async fn times(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "times").await;
    let (from, back) = (Folder::new(), Folder::new());
    let nanoseconds = 1_600_000_000_123_456_789;
    // By python-swiftclient, by a tool that knows seconds, by rclone; and one that can't be read.
    let stored = ["1600000000.123457", "1600000000", "1600000000.123456789", "yesterday"];
    for (n, mtime) in stored.iter().enumerate() {
        let name = format!("{n}");
        from.file(&name, &noise(250_000, 7), nanoseconds);
        let upload = swift.upload(&container, &name).from_bytes(noise(250_000, 7)).segment_size(100_000);
        upload.metadata("mtime", mtime).send().await.expect("stored");
    }
    let sync = || swift.sync(from.side(), objects(&container, ""));
    let expected = [("3".to_owned(), Action::Copy(Reason::Time))];
    k5_tests::eventually("all are listed", async || (plan(sync()).await == expected).then_some(())).await;
    run(sync()).await;
    settled(sync).await;
    from.file("0", &noise(250_000, 7), nanoseconds + 2_000);
    assert_eq!(plan(sync()).await, [("0".to_owned(), Action::Copy(Reason::Time))]);
    assert!(plan(sync().modify_window(Duration::from_micros(2))).await.is_empty());
    // On the way down, what the file system made of the time is looked at by the next run.
    let down = || swift.sync(objects(&container, ""), back.side()).delete(true);
    run(down()).await;
    settled(down).await;
    for n in 0..stored.len() {
        back.file(&n.to_string(), &noise(250_000, 7), 1_600_000_000_000_000_000);
    }
    assert!(plan(down()).await.is_empty(), "a file system with whole seconds");
}

/// What is listed and gone is not a failure, and nothing of its name is deleted; marks of folders are not files.
pub(crate) async fn gone_and_marks(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, other) = (scope.container(&cloud, "gone").await, scope.container(&cloud, "gone too").await);
    let here = Folder::new();
    swift.upload(&container, "stays").from_bytes("stays").send().await.expect("stored");
    swift.upload(&container, "expires").from_bytes("x").delete_after(1).send().await.expect("stored");
    for (name, kind, bytes) in
        [("d", "application/directory; charset=utf-8", ""), ("e/", "text/plain", "\n"), ("f", "httpd/unix-directory", "")]
    {
        swift.upload(&container, name).from_bytes(bytes).content_type(kind).send().await.expect("stored");
    }
    k5_tests::eventually("it is gone", async || {
        let gone = swift.show_object(&container, "expires").send().await.is_err_and(|error| error.is_not_found());
        gone.then_some(())
    })
    .await;
    here.file("extra", b"x", 0);
    for to in [here.side(), objects(&other, "")] {
        let summary = run(swift.sync(objects(&container, ""), to).delete(true)).await;
        // A server may leave it out of its listings at once.
        assert_eq!((summary.copied, summary.failed, summary.deletions_withheld), (1, 0, false));
    }
    assert_eq!(here.tree().into_keys().collect::<Vec<_>>(), ["stays"]);
}

/// Between containers the server copies, and what has no time of its own gets one.
pub(crate) async fn between_containers(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (one, other) = (scope.container(&cloud, "one").await, scope.name("other"));
    for name in NAMES {
        swift
            .upload(&one, name)
            .from_bytes(name)
            .content_type("text/x-own")
            .metadata("colour", "red")
            .send()
            .await
            .expect("stored");
    }
    let sync = || swift.sync(objects(&one, ""), objects(&other, "")).delete(true);
    k5_tests::eventually("all are listed", async || (plan(sync()).await.len() == NAMES.len()).then_some(())).await;
    assert_eq!(run(sync()).await.copied, 9);
    settled(sync).await;
    for name in NAMES {
        let copy = swift.download_object(&other, name).send().await.expect("there");
        assert_eq!((copy.info().metadata["colour"].as_str(), copy.info().content_type.as_deref()), ("red", Some("text/x-own")));
        assert_eq!(copy.collect(100).await.expect("whole"), name.as_bytes());
    }
    swift.delete_object(&one, "a/b/c").send().await.expect("deleted");
    k5_tests::eventually("it is not listed any more", async || {
        (plan(sync()).await == [("a/b/c".to_owned(), Action::Delete)]).then_some(())
    })
    .await;
    assert_eq!(run(sync()).await.deleted, 1);
    settled(sync).await;
}

/// What is replaced or deleted is kept first, whole, and large objects with their segments.
pub(crate) async fn backups(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, kept) = (scope.container(&cloud, "kept from").await, scope.name("kept"));
    scope.container(&cloud, "kept from_segments").await;
    let (from, here, old) = (Folder::new(), Folder::new(), Folder::new());
    let at = 1_600_000_000_000_000_001;
    for (n, name) in ["large", "large gone", "small", "small gone", "stays"].iter().enumerate() {
        from.file(name, &noise(if n < 2 { 250_000 } else { 100 }, n as u64), at);
    }
    let up = || {
        let sync = swift.sync(from.side(), objects(&container, "")).delete(true).backup(objects(&kept, "old/"));
        sync.configure_upload(|upload| upload.segment_size(100_000))
    };
    run(up()).await;
    settled(up).await;
    from.file("large", &noise(250_000, 9), at + 1);
    from.file("small", &noise(100, 9), at + 1);
    for name in ["large gone", "small gone"] {
        std::fs::remove_file(from.0.join(name)).expect("removed");
    }
    assert!(plan(up().max_delete(1)).await.len() == 4, "a plan tells all of it");
    let limited = run(up().max_delete(1)).await;
    assert_eq!((limited.copied, limited.deleted, limited.max_delete_exceeded, limited.deletions_withheld), (2, 0, true, true));
    let summary = run(up().max_delete(2)).await;
    assert_eq!((summary.deleted, summary.max_delete_exceeded), (2, false));
    settled(up).await;
    for (n, name) in ["large", "large gone", "small", "small gone"].iter().enumerate() {
        let copy = swift.download_object(&kept, &format!("old/{name}")).send().await.expect("kept");
        let bytes = copy.collect(1 << 20).await.expect("whole");
        assert_eq!(bytes, noise(if n < 2 { 250_000 } else { 100 }, n as u64), "{name}");
    }
    // A link that leads nowhere is replaced, too.
    let link = swift.upload(&container, "link").configure(|put| put.symlink_target("nowhere/at all"));
    link.send().await.expect("linked");
    from.file("link", b"a file", at);
    run(up()).await;
    let link = swift.show_object(&kept, "old/link").symlink("get").send().await.expect("kept");
    assert_eq!(link.symlink_target.as_deref(), Some("nowhere/at%20all"));
    // Into a folder, with a backup in another; what is there now comes whole, so its segments are its own still.
    here.file("large", b"mine", at);
    here.file("extra", b"extra", at);
    run(swift.sync(objects(&container, ""), here.side()).delete(true).backup(old.side())).await;
    assert_eq!(here.tree(), from.tree());
    assert_eq!(
        old.tree().into_iter().map(|(name, (bytes, _))| (name, bytes)).collect::<Vec<_>>(),
        [("extra".to_owned(), b"extra".to_vec()), ("large".to_owned(), b"mine".to_vec()),]
    );
    for object in ["large", "large gone"] {
        swift.remove_object(&kept, &format!("old/{object}")).await.expect("removed");
    }
}

/// Symbolic links are objects that hold their text.
pub(crate) async fn stored_links(cloud: Cloud, scope: Scope) {
    use std::os::unix::fs::symlink;
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "links").await;
    let (from, back) = (Folder::new(), Folder::new());
    from.file("d/file", b"x", 1_600_000_000_000_000_001);
    symlink("d/file", from.0.join("link")).expect("linked");
    symlink("/none/é", from.0.join("d/nowhere")).expect("linked");
    let up = || swift.sync(from.side(), objects(&container, "")).links(Links::Stored).delete(true);
    assert_eq!(run(up()).await.copied, 3);
    settled(up).await;
    let down = || swift.sync(objects(&container, ""), back.side()).links(Links::Stored).delete(true);
    assert_eq!(run(down()).await.copied, 3);
    settled(down).await;
    for (name, text) in [("link", "d/file"), ("d/nowhere", "/none/é")] {
        assert_eq!(std::fs::read_link(back.0.join(name)).expect("a link"), Path::new(text));
    }
    std::fs::remove_file(from.0.join("link")).expect("removed");
    assert_eq!(run(up()).await.deleted, 1);
    settled(up).await;
    assert_eq!(run(down()).await.deleted, 1);
    assert!(!back.0.join("link").is_symlink() && back.0.join("d/file").is_file());
}

/// Broken off, and run again; with large objects among the others.
pub(crate) async fn interrupted(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "broken off").await;
    scope.container(&cloud, "broken off_segments").await;
    let (from, back) = (Folder::new(), Folder::new());
    for n in 0..40u64 {
        from.file(&format!("{n:02}"), &noise(1000, n), 1_600_000_000_500_000_000 + n);
    }
    from.file("20 large", &noise(450_000, 99), 1_600_000_000_000_000_000);
    let sync = || {
        let sync = swift.sync(from.side(), objects(&container, "")).transfers(3).delete(true);
        sync.configure_upload(|upload| upload.segment_size(100_000))
    };
    let mut done = 0;
    let broken = sync().run(|_| {
        done += 1;
        if done < 15 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let broken = broken.await.expect("run");
    assert!(broken.deletions_withheld && broken.copied == 15, "{broken:?}");
    let rest = k5_tests::eventually("what was done is listed", async || {
        let left = plan(sync()).await.len();
        (left <= 41 - 15).then_some(left)
    })
    .await;
    assert!(rest >= 41 - 15 - 3, "{rest}");
    run(sync()).await;
    settled(sync).await;
    let large = swift.show_object(&container, "20 large").send().await.expect("there");
    assert_eq!((large.static_large_object, large.content_length), (Some(true), Some(450_000)));
    run(swift.sync(objects(&container, ""), back.side()).configure_fetch(|fetch| fetch.part_size(100_000))).await;
    assert_eq!(back.tree(), from.tree());
    settled(|| swift.sync(objects(&container, ""), back.side()).delete(true)).await;
    // The large one goes with its segments, and those of others stay.
    std::fs::remove_file(from.0.join("20 large")).expect("removed");
    assert_eq!(run(sync()).await.deleted, 1);
    settled(sync).await;
    k5_tests::eventually("no segment is left", async || {
        let left = swift.list_objects(&format!("{container}_segments")).items().collect().await.expect("listed");
        left.is_empty().then_some(())
    })
    .await;
}

k5_tests::cases! {
    up_and_down [
        object_storage.list_objects, object_storage.upload_object, object_storage.show_object, object_storage.download_object,
        object_storage.bulk_delete,
    ]
    times [object_storage.list_objects, object_storage.upload_object, object_storage.show_object, object_storage.download_object]
    gone_and_marks [
        object_storage.list_objects, object_storage.upload_object, object_storage.show_object, object_storage.download_object,
        object_storage.copy_object,
    ]
    backups [
        object_storage.list_objects, object_storage.upload_object, object_storage.copy_object, object_storage.show_object,
        object_storage.download_object,
    ]
    stored_links [object_storage.list_objects, object_storage.upload_object, object_storage.download_object]
    between_containers [object_storage.list_objects, object_storage.copy_object]
    interrupted [object_storage.list_objects, object_storage.upload_object, object_storage.download_object]
}
