//! Unfinished downloads of an object that is now complete here, perhaps in another version: nobody will resume
//! them.

use super::partial::{self, Subject};
use k5_core::Session;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::task::spawn_blocking;

/// The records in the folder that files were last created in, per cloud and process: a folder is read once, not for each of a
/// million files.
#[derive(Debug, Default)]
struct Records(Mutex<Option<Folder>>);

#[derive(Debug, Default)]
struct Folder {
    path: PathBuf,
    records: Vec<OsString>,
}

/// Whether a file's name is that of a download that is running or may be resumed: `NAME.k5-HASH.part`, or its record
/// `NAME.k5-HASH.done`.
pub fn is_unfinished(name: &str) -> bool {
    let Some(rest) = name.strip_suffix(".part").or_else(|| name.strip_suffix(".done")) else { return false };
    let hash = rest.rsplit_once(".k5-").map(|(_, hash)| hash);
    hash.is_some_and(|hash| hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Removes what other downloads of the object into this file have left beside it, unless one of them is running.
pub(crate) async fn sweep(session: &Session, file: &Path, container: &str, object: &str) {
    let Some(beginning) = file.file_name().map(partial::beginning) else { return };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let records = session.remembered::<Records>();
    let begins = move |record: &OsString| record.as_encoded_bytes().starts_with(beginning.as_encoded_bytes());
    {
        let known = records.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_some_and(|known| known.path == folder && !known.records.iter().any(&begins)) {
            return;
        }
    }
    let subject = Subject::of(container, object);
    let swept = spawn_blocking(move || {
        let mut known = records.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = known.take().filter(|known| known.path == folder).unwrap_or_else(|| read(folder));
        for record in there.records.extract_if(.., |record| begins(record)) {
            remove(&there.path.join(record), &subject);
        }
        *known = Some(there);
    });
    // The file itself is complete in any case.
    let _ = swept.await;
}

/// A folder that can't be read has no records.
fn read(path: PathBuf) -> Folder {
    let names = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let is_record = |name: &OsString| name.to_string_lossy().ends_with(".done") && is_unfinished(&name.to_string_lossy());
    Folder { records: names.filter(is_record).collect(), path }
}

/// Removes an unfinished download if its record says that it is for this object, and no run has it locked.
fn remove(record: &Path, subject: &Subject) {
    if !record.symlink_metadata().is_ok_and(|about| about.is_file()) {
        return;
    }
    let Ok(file) = File::open(record) else { return };
    if file.try_lock().is_err() {
        return;
    }
    let mut begin = String::new();
    // A record is ASCII.
    if (&file).take(partial::HEAD).read_to_string(&mut begin).is_err() || !subject.is_of(&begin) {
        return;
    }
    let part = record.with_extension("part");
    if part.symlink_metadata().is_ok_and(|about| about.is_file()) && std::fs::remove_file(part).is_err() {
        return;
    }
    let _ = std::fs::remove_file(record);
}

#[cfg(test)]
mod tests {
    use super::partial::{Identity, Partial};
    use super::*;
    use k5_core::{Request, Transport, TransportFuture};
    use std::collections::BTreeSet;

    struct Nowhere;

    impl Transport for Nowhere {
        fn call(&self, _: Request) -> TransportFuture {
            Box::pin(std::future::pending())
        }

        fn sleep(&self, _: std::time::Duration) -> k5_core::SleepFuture {
            Box::pin(std::future::ready(()))
        }
    }

    #[test]
    fn unfinished_names() {
        for name in ["a.k5-0123456789abcdef.part", "a.k5-0123456789abcdef.done", "d/.k5-01234567.part"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in
            ["a.part", "a.k5-.part", "a.k5-0123.part", "a.k5-0123456789abcdeg.part", "a.k5-0123456789abcdef", "a.0123abcd.part"]
        {
            assert!(!is_unfinished(name), "{name}");
        }
    }

    #[tokio::test]
    async fn only_what_is_of_the_same_object_and_rests_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("name");
        let start = |object: &str, version: &str| {
            let identity = Identity { container: "c", object, version, size: 100 };
            let partial = Partial::open(&target, &identity, true).expect("writable").expect("new");
            partial.file.set_len(100).expect("written");
            partial.record(0..50).expect("recorded");
            partial
        };
        let others: Vec<_> = [("o", "1"), ("o", "2"), ("other", "1")].map(|(object, version)| start(object, version)).into();
        drop(others);
        let running = start("o", "3");
        let longer =
            Partial::open(&folder.path().join("name.k5"), &Identity { container: "c", object: "o", version: "1", size: 100 }, true);
        longer.expect("writable").expect("new").record(0..1).expect("recorded");
        std::fs::write(folder.path().join("name.k5-00112233.part"), "mine").expect("written");
        std::fs::write(folder.path().join("name.k5-00112233.done"), "mine").expect("written");
        let names = || -> BTreeSet<_> {
            std::fs::read_dir(folder.path()).expect("listed").map(|entry| entry.expect("there").file_name()).collect()
        };
        let before = names();
        let session = Session::from_transport(Nowhere);
        sweep(&session, &folder.path().join("nothing"), "c", "o").await;
        assert_eq!(names(), before);
        sweep(&session, &target, "c", "o").await;
        assert_eq!((before.len(), names().len()), (12, 8), "{:?}", names());
        drop(running);
        // It was known to be in use; the next process finds it at rest.
        sweep(&Session::from_transport(Nowhere), &target, "c", "o").await;
        assert_eq!(names().len(), 6);
    }
}
