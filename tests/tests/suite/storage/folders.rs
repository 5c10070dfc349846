//! A folder into a container, and back.

use super::segments::containers;
use super::syncs::Folder;
use k5::Cloud;
use k5::object_storage::{Phase, TransferProgress};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use std::sync::{Arc, Mutex};

/// What is told on the way.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<TransferProgress>>>);

impl Told {
    fn tell(&self) -> impl Fn(TransferProgress) + Send + Sync + 'static {
        let told = self.clone();
        move |now| told.0.lock().expect("unpoisoned").push(now)
    }

    fn last(&self) -> TransferProgress {
        *self.0.lock().expect("unpoisoned").last().expect("told at the end")
    }
}

/// Up, once more without a byte, and down into another folder; a large one and an empty one among them.
pub(crate) async fn up_and_back(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "folder ü").await;
    let (from, back) = (Folder::new(), Folder::new());
    from.file("a", b"first", 1_600_000_000_123_456_789);
    from.file("b/é ü#?", &noise(70_000, 1), 1_600_000_001_000_000_000);
    from.file("b/empty", b"", 1_600_000_002_000_000_000);
    from.file("c/d/large", &noise(250_000, 2), 1_600_000_003_000_000_000);
    let bytes = 5 + 70_000 + 250_000;
    let up = |told: &Told| {
        let copy = swift.upload_folder(&from.0, &container).prefix("in/").on_progress(told.tell());
        copy.configure(|sync| sync.configure_upload(|upload| upload.segment_size(100_000)))
    };
    let told = Told::default();
    let done = up(&told).send().await.expect("stored");
    assert_eq!((done.copied, done.bytes, done.unchanged, done.failed), (4, bytes, 0, 0));
    let last = told.last();
    assert_eq!((last.phase, last.files, last.files_done), (Phase::Done, Some(4), 4));
    assert_eq!((last.bytes, last.total, last.committed), (bytes, Some(bytes), bytes));
    assert_eq!((last.reused, last.sent - last.sent_again), (0, bytes));
    let info = swift.show_object(&container, "in/c/d/large").send().await.expect("there");
    assert!(info.is_large() && info.md5().is_none());

    swift.upload(&container, "beside").from_bytes("not below the prefix").send().await.expect("stored");
    k5_tests::eventually("nothing is left to send", async || {
        let told = Told::default();
        let done = up(&told).send().await.expect("nothing to do");
        let last = told.last();
        assert_eq!((last.bytes, last.total, last.files_done), (bytes, Some(bytes), 4));
        (done.unchanged == 4 && last.sent == 0 && last.reused == bytes).then_some(())
    })
    .await;

    let told = Told::default();
    let down = swift.download_folder(&container, &back.0).prefix("in/").on_progress(told.tell()).transfers(2);
    let done = down.send().await.expect("fetched");
    assert_eq!((done.copied, done.failed), (4, 0));
    assert!(back.tree() == from.tree());
    assert_eq!((told.last().phase, told.last().bytes, told.last().files_done), (Phase::Done, bytes, 4));
    let again = swift.download_folder(&container, &back.0).prefix("in/").send().await.expect("nothing to do");
    assert_eq!((again.copied, again.unchanged), (0, 4));
    // A folder that is not there is told before anything is made.
    let missing = scope.name("never made");
    let error = swift.upload_folder(from.0.join("none"), &missing).send().await.expect_err("no folder");
    assert!(error.to_string().contains("none can't be read"), "{error}");
    assert!(swift.show_container(&missing).send().await.expect_err("not made").is_not_found());
}

k5_tests::cases! {
    up_and_back [
        object_storage.list_objects, object_storage.upload_object, object_storage.show_object, object_storage.download_object,
    ]
}
