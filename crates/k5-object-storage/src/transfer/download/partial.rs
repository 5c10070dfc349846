//! An unfinished download that a later run can resume: the file with its bytes, and a record of the bytes that it has.
//!
//! Both are beside the target: `NAME.k5-HASH.part` and `NAME.k5-HASH.done`. HASH covers the object, its ETag and its size, so that
//! another object or another version of it never finds them. The record is written after the bytes that it describes, so it is
//! correct whenever the process is killed; it is locked while a run uses it. A file of such a name without a matching record
//! belongs to somebody else and is left alone.

use super::ranges::Ranges;
use crate::transfer::target;
use k5_core::{Error, Result};
use rustix::fs::OFlags;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The maximum number of bytes in a file's name on the usual file systems.
const NAME: usize = 255;
/// The maximum size of a record; a larger file is not a record.
const RECORD: u64 = 64 << 20;

/// The object that an unfinished download belongs to.
pub(crate) struct Identity<'a> {
    pub(crate) container: &'a str,
    pub(crate) object: &'a str,
    /// Its bare ETag, or whatever else identifies its content.
    pub(crate) version: &'a str,
    pub(crate) size: u64,
}

/// The file with the bytes, and its record.
pub(crate) struct Partial {
    pub(crate) file: Arc<File>,
    pub(crate) path: PathBuf,
    record_path: PathBuf,
    state: Mutex<State>,
}

struct State {
    record: File,
    done: Ranges,
    /// Its files are removed or renamed.
    ended: bool,
}

impl Partial {
    /// Opens what an earlier run left, or starts over; `None` if the names are taken by somebody else or by another run of the same
    /// download.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub(crate) fn open(target: &Path, identity: &Identity<'_>, resume: bool) -> Result<Option<Self>> {
        let failed = |error: io::Error| Error::local(format!("{} can't be written", target.display()), error);
        let Some(name) = target.file_name() else {
            return Err(Error::invalid_input(format!("{} does not name a file", target.display())));
        };
        let text = format!("{}/{}\n{}\n{}", identity.container, identity.object, identity.version, identity.size);
        let hash = &crate::transfer::hash::thread::hex(text.as_bytes())[..16];
        let (path, record_path) =
            (target.with_file_name(named(name, hash, "part")), target.with_file_name(named(name, hash, "done")));
        let header = format!("k5 download 1 {hash} {}\n", identity.size);
        // A link would lead elsewhere, and a pipe would block.
        let flags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();
        let mut record = match OpenOptions::new().read(true).append(true).create(true).custom_flags(flags).open(&record_path) {
            Ok(record) if !record.metadata().is_ok_and(|about| about.is_file()) => return Ok(None),
            Ok(record) => record,
            // A folder or a link of this name belongs to somebody else.
            Err(_) if record_path.symlink_metadata().is_ok() => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match record.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            // A file system without locks can't protect against two simultaneous downloads of the same file.
            Err(std::fs::TryLockError::Error(_)) => {}
        }
        let mut text = String::new();
        if (&mut record).take(RECORD).read_to_string(&mut text).is_err() {
            return Ok(None);
        }
        // A run that was killed may have created it without writing anything.
        let begins = header.starts_with(&text) && !text.contains('\n');
        if !begins && !text.starts_with(&header) {
            return Ok(None);
        }
        let about = path.symlink_metadata();
        let mut done = match &about {
            Ok(about) if about.is_file() && !begins && resume => Ranges::read(&text[header.len()..], about.len()),
            _ => Ranges::default(),
        };
        if let Ok(about) = &about
            && (!about.is_file() || begins)
        {
            if text.is_empty() {
                // It was created just now, and is not needed.
                let _ = std::fs::remove_file(&record_path);
            }
            return Ok(None);
        }
        // The record exists before the file does, so that whenever a run is killed, the next one recognizes what it left.
        // A truncated line is ignored, now and later.
        let end = if text.ends_with('\n') { "" } else { " x\n" };
        let spoken = match (begins, done.is_empty()) {
            (true, _) => {
                let subject = Subject::of(identity.container, identity.object).0;
                record.set_len(0).and_then(|()| record.write_all(format!("{header}{subject}").as_bytes()))
            }
            (false, true) => record.write_all(format!("{end}0 {} -\n", u64::MAX).as_bytes()),
            (false, false) => record.write_all(end.as_bytes()),
        };
        spoken.map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(about.is_err());
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if done.is_empty() {
            file.set_len(0).map_err(failed)?;
        }
        done.merge();
        Ok(Some(Self { file: Arc::new(file), path, record_path, state: Mutex::new(State { record, done, ended: false }) }))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of the bytes present from `start` on, at most `end`.
    pub(crate) fn done_from(&self, start: u64, end: u64) -> u64 {
        self.state().done.reach(start).min(end)
    }

    /// The number of bytes present.
    pub(crate) fn bytes(&self) -> u64 {
        self.state().done.bytes()
    }

    /// Records that these bytes were written.
    pub(crate) fn record(&self, range: Range<u64>) -> io::Result<()> {
        let mut state = self.state();
        // One write, so that a line is complete or truncated, never mixed with another.
        state.record.write_all(format!("{} {}\n", range.start, range.end).as_bytes())?;
        state.done.add(range);
        Ok(())
    }

    /// Records that these bytes are wrong after all.
    pub(crate) fn forget(&self, range: Range<u64>) -> io::Result<()> {
        let mut state = self.state();
        state.record.write_all(format!("{} {} -\n", range.start, range.end).as_bytes())?;
        state.done.remove(range);
        Ok(())
    }

    /// Gives the file its name, replacing any file of that name; with `no_clobber` only if there is none. If a folder or a file
    /// that must stay has the name, nothing is left behind: no later run could succeed either.
    pub(crate) fn finish(&self, target: &Path, no_clobber: bool) -> Result<()> {
        if let Err(error) = target::name(&self.path, target, no_clobber) {
            if target.is_dir() || error.kind() == io::ErrorKind::AlreadyExists {
                self.discard();
            }
            return Err(target::nameless(target, error));
        }
        // Without its file it is meaningless.
        let _ = std::fs::remove_file(&self.record_path);
        self.state().ended = true;
        Ok(())
    }

    /// Removes it, because its object is no longer available.
    pub(crate) fn discard(&self) {
        if std::mem::replace(&mut self.state().ended, true) {
            return;
        }
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(&self.record_path);
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Bytes without a record are of no use to a later run.
        if self.bytes() == 0 {
            self.discard();
        }
    }
}

/// The second line of a record: the object, in whatever version. It is not a range, so it stands for no bytes.
pub(crate) struct Subject(String);

/// The maximum size of the first two lines of a record.
pub(crate) const HEAD: u64 = 128;

impl Subject {
    pub(crate) fn of(container: &str, object: &str) -> Self {
        Self(format!("of {}\n", &crate::transfer::hash::thread::hex(format!("{container}/{object}").as_bytes())[..16]))
    }

    /// Whether a record with this beginning belongs to the object.
    pub(crate) fn is_of(&self, record: &str) -> bool {
        let rest = record.strip_prefix("k5 download 1 ").and_then(|rest| rest.split_once('\n'));
        rest.is_some_and(|(_, rest)| rest.starts_with(&self.0))
    }
}

/// The prefix of the names of all unfinished downloads into a file: `name.k5-`.
pub(crate) fn beginning(name: &OsStr) -> OsString {
    let mut own = shortened(name);
    own.push(".k5-");
    own
}

/// As much of a file's name as leaves room for the suffix.
fn shortened(name: &OsStr) -> OsString {
    match name.len() > NAME - 32 {
        false => name.to_owned(),
        true => OsString::from(name.to_string_lossy().chars().take(40).collect::<String>()),
    }
}

/// `name.k5-HASH.end`, with as much of the name as fits.
fn named(name: &OsStr, hash: &str, end: &str) -> OsString {
    let mut own = beginning(name);
    own.push(format!("{hash}.{end}"));
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: Identity<'_> = Identity { container: "c", object: "o", version: "e", size: 100 };

    #[test]
    fn a_later_run_finds_its_own_and_nobody_elses() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("name");
        let open = |identity: &Identity<'_>| Partial::open(&target, identity, true).expect("writable");
        let first = open(&OBJECT).expect("new");
        first.file.set_len(60).expect("written");
        first.record(0..40).expect("recorded");
        first.record(50..60).expect("recorded");
        assert!(open(&OBJECT).is_none(), "it is in use");
        drop(first);
        let again = open(&OBJECT).expect("its own");
        assert_eq!((again.done_from(0, 100), again.done_from(40, 100), again.done_from(50, 55)), (40, 40, 55));
        again.forget(0..10).expect("recorded");
        drop(again);
        let again = open(&OBJECT).expect("its own");
        assert_eq!((again.done_from(0, 100), again.done_from(10, 100), again.bytes()), (0, 40, 40));
        // Bytes that are not in the file were not written, whatever the record says.
        again.file.set_len(20).expect("cut");
        drop(again);
        assert_eq!(open(&OBJECT).expect("its own").bytes(), 0);
        // A line that was cut off is none, even once others follow it.
        let again = open(&OBJECT).expect("its own");
        again.file.set_len(100).expect("written");
        again.record(0..30).expect("recorded");
        let record = again.record_path.clone();
        drop(again);
        let mut text = std::fs::read_to_string(&record).expect("read");
        text.push_str("0 30 -\n");
        text.truncate(text.len() - 3);
        std::fs::write(&record, &text).expect("cut");
        for _ in 0..2 {
            let again = open(&OBJECT).expect("its own");
            assert_eq!(again.done_from(0, 100), 30);
            again.record(40..50).expect("recorded");
        }
        text.push_str("0 90");
        std::fs::write(&record, &text).expect("cut");
        for _ in 0..2 {
            assert_eq!(open(&OBJECT).expect("its own").done_from(0, 100), 30);
        }
        let other = open(&Identity { version: "f", ..OBJECT }).expect("new");
        assert_eq!(other.bytes(), 0);
        other.discard();
        let fresh = Partial::open(&target, &OBJECT, false).expect("writable").expect("its own");
        assert_eq!(fresh.bytes(), 0);
        fresh.finish(&target, false).expect("renamed");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn what_can_never_get_its_name_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, inside) = (folder.path().join("file"), folder.path().join("folder"));
        let open = |target: &Path| Partial::open(target, &OBJECT, true).expect("writable").expect("new");
        let (first, second) = (open(&file), open(&inside));
        std::fs::write(&file, "theirs").expect("written");
        std::fs::create_dir(&inside).expect("made");
        for partial in [&first, &second] {
            partial.record(0..100).expect("recorded");
        }
        assert!(first.finish(&file, true).is_err() && second.finish(&inside, false).is_err());
        drop((first, second));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 2);
        assert_eq!(std::fs::read(&file).expect("there"), b"theirs");
    }

    #[test]
    fn a_file_without_a_record_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("name");
        let opened = Partial::open(&target, &OBJECT, true).expect("writable").expect("new");
        let (part, record) = (opened.path.clone(), opened.record_path.clone());
        opened.discard();
        drop(opened);
        std::fs::write(&part, "mine").expect("written");
        assert!(Partial::open(&target, &OBJECT, true).expect("writable").is_none());
        assert_eq!(std::fs::read(&part).expect("there"), b"mine");
        std::fs::write(&record, "mine, too\n").expect("written");
        assert!(Partial::open(&target, &OBJECT, true).expect("writable").is_none());
        assert_eq!(std::fs::read(&record).expect("there"), b"mine, too\n");
        let nowhere = folder.path().join("absent/name");
        assert!(Partial::open(&nowhere, &OBJECT, true).is_err());
    }

    #[test]
    fn no_record_is_kept_through_a_link_or_a_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, outside) = (folder.path().join("f"), folder.path().join("outside"));
        let record = Partial::open(&target, &OBJECT, true).expect("opened").expect("free").record_path.clone();
        for plant in [
            |outside: &Path, record: &Path| std::os::unix::fs::symlink(outside, record).expect("linked"),
            |_: &Path, record: &Path| {
                let made = std::process::Command::new("mkfifo").arg(record).status().expect("run");
                assert!(made.success());
            },
        ] {
            let _ = std::fs::remove_file(&record);
            std::fs::remove_file(record.with_extension("part")).ok();
            plant(&outside, &record);
            assert!(Partial::open(&target, &OBJECT, true).expect("opened").is_none());
            assert!(!outside.exists());
        }
    }
}
