//! Where a download is written: a file that appears under its name only when it is complete.

use k5_core::{Error, Result};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Maximum number of bytes in the name of a file: the limit of common file systems.
const NAME: usize = 255;

/// The target of a download. An existing file stays as it is until [`Target::finish`]; if this is dropped before, nothing is left
/// behind.
#[derive(Debug)]
pub struct Target {
    state: State,
    no_clobber: bool,
}

#[derive(Debug)]
enum State {
    /// `NAME.k5-XXXXXXXX.part` beside the target: not another download's, and not a file of the user's.
    Part {
        part: PathBuf,
        target: PathBuf,
    },
    /// A device or pipe, which no file may replace.
    Direct,
    Finished,
}

impl Target {
    /// Opens it for writing.
    ///
    /// # Errors
    /// When it is a directory, when it is there and must not be (`no_clobber`), and when the folder can't be written.
    pub fn open(target: &Path, no_clobber: bool) -> Result<(Self, File)> {
        let refuse = |error: io::Error| Error::local(format!("{} can't be written", target.display()), error);
        // Whether there is a folder for it is seen when the file is created.
        let Some(place) = place_or(target, no_clobber, || Ok(()))? else {
            let file = OpenOptions::new().write(true).open(target).map_err(refuse)?;
            return Ok((Self { state: State::Direct, no_clobber }, file));
        };
        let Some(name) = place.file_name() else {
            return Err(Error::invalid_input(format!("{} does not name a file", target.display())));
        };
        loop {
            let part = place.with_file_name(part_name(name));
            match OpenOptions::new().write(true).create_new(true).open(&part) {
                Ok(file) => return Ok((Self { state: State::Part { part, target: place }, no_clobber }, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refuse(error)),
            }
        }
    }

    /// Gives the file its name, in the place of what had it before. What came there meanwhile stays if it must (`no_clobber`).
    ///
    /// # Errors
    /// When the file system refuses, and when something is there that stays.
    pub fn finish(mut self) -> Result<()> {
        if let State::Part { part, target } = &self.state {
            name(part, target, self.no_clobber).map_err(|error| nameless(target, error))?;
        }
        self.state = State::Finished;
        Ok(())
    }
}

/// Gives a whole file its name, in the place of what had it before; with `no_clobber` only if nothing has it.
pub(crate) fn name(part: &Path, target: &Path, no_clobber: bool) -> io::Result<()> {
    if !no_clobber {
        return std::fs::rename(part, target);
    }
    match std::fs::hard_link(part, target) {
        Ok(()) => std::fs::remove_file(part),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system that gives a file one name alone.
        Err(_) => std::fs::rename(part, target),
    }
}

/// The error for a file that can't get its name.
pub(crate) fn nameless(target: &Path, error: io::Error) -> Error {
    Error::local(format!("{} can't get its name", target.display()), error)
}

/// Where the file will be, with links followed; `None` for a device or pipe. Nothing is made.
///
/// # Errors
/// When it is a directory, when it is there and must not be (`no_clobber`), and when there is no folder for it.
pub(crate) fn place(target: &Path, no_clobber: bool) -> Result<Option<PathBuf>> {
    place_or(target, no_clobber, || {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let refuse = |error: io::Error| Error::local(format!("{} can't be written", target.display()), error);
        match std::fs::metadata(folder).map_err(refuse)?.is_dir() {
            true => Ok(()),
            false => Err(refuse(io::Error::from(io::ErrorKind::NotADirectory))),
        }
    })
}

/// The same, with a check of its own for a place where nothing is yet.
fn place_or(target: &Path, no_clobber: bool, when_missing: impl FnOnce() -> Result<()>) -> Result<Option<PathBuf>> {
    let refuse = |error: io::Error| Error::local(format!("{} can't be written", target.display()), error);
    match std::fs::metadata(target) {
        Ok(about) if about.is_dir() => Err(Error::invalid_input(format!("{} is a directory", target.display()))),
        Ok(_) if no_clobber => Err(Error::invalid_input(format!("{} already exists, and is left as it is", target.display()))),
        Ok(about) if !about.is_file() => Ok(None),
        // The link stays, and what it leads to is replaced.
        Ok(_) if target.is_symlink() => std::fs::canonicalize(target).map(Some).map_err(refuse),
        Ok(_) => Ok(Some(target.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => when_missing().map(|()| Some(target.to_owned())),
        Err(error) => Err(refuse(error)),
    }
}

/// `NAME.k5-XXXXXXXX.part`, which nobody takes for a finished file, with as much of the name as fits.
fn part_name(name: &std::ffi::OsStr) -> OsString {
    let mut own = match name.len() > NAME - 17 {
        false => name.to_owned(),
        // Only its beginning is for the user's eyes; the number makes it unique.
        true => OsString::from(name.to_string_lossy().chars().take(40).collect::<String>()),
    };
    own.push(format!(".k5-{:08x}.part", fastrand::u32(..)));
    own
}

impl Drop for Target {
    fn drop(&mut self) {
        if let State::Part { part, .. } = &self.state {
            // The error that led here is the one to report.
            let _ = std::fs::remove_file(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("listed").count()
    }

    #[test]
    fn a_part_is_told_from_a_file() {
        for name in ["name".to_owned(), "x".repeat(NAME), "ü".repeat(120)] {
            let part = part_name(name.as_ref());
            assert!(part.len() <= NAME && crate::transfer::is_unfinished(&part.to_string_lossy()), "{part:?}");
        }
    }

    #[test]
    fn what_came_meanwhile_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("name");
        for no_clobber in [true, false] {
            let (part, mut file) = Target::open(&target, no_clobber).expect("writable");
            file.write_all(b"new").expect("written");
            std::fs::write(&target, "theirs").expect("written");
            assert_eq!(part.finish().is_err(), no_clobber);
            assert_eq!(std::fs::read(&target).expect("there"), if no_clobber { &b"theirs"[..] } else { b"new" });
            assert_eq!(files(folder.path()), 1);
            std::fs::remove_file(&target).expect("removed");
        }
        let (part, _) = Target::open(&target, true).expect("writable");
        part.finish().expect("named");
        assert_eq!(files(folder.path()), 1);
    }

    #[test]
    fn whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a b");
        std::fs::write(&target, "old").expect("written");
        let (part, mut file) = Target::open(&target, false).expect("opened");
        file.write_all(b"ne").expect("written");
        drop(part);
        assert_eq!((std::fs::read(&target).expect("there").as_slice(), files(folder.path())), (b"old".as_slice(), 1));
        let (part, mut file) = Target::open(&target, false).expect("opened");
        file.write_all(b"new").expect("written");
        part.finish().expect("renamed");
        assert_eq!((std::fs::read(&target).expect("there").as_slice(), files(folder.path())), (b"new".as_slice(), 1));
    }

    #[test]
    fn what_must_not_be_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Target::open(folder.path(), false).is_err());
        let taken = folder.path().join("taken");
        std::fs::write(&taken, "").expect("written");
        assert!(Target::open(&taken, true).is_err());
        let (device, _) = Target::open(Path::new("/dev/null"), false).expect("opened");
        device.finish().expect("nothing to rename");
        assert!(!Path::new("/dev/null").is_file());
    }

    #[test]
    fn a_part_has_a_name_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("é".repeat(127));
        let (first, _) = Target::open(&target, false).expect("opened");
        let (second, _) = Target::open(&target, false).expect("opened");
        first.finish().expect("renamed");
        drop(second);
        assert_eq!(files(folder.path()), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::fs::write(&target, "old").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("linked");
        let (part, mut file) = Target::open(&link, false).expect("opened");
        file.write_all(b"new").expect("written");
        part.finish().expect("renamed");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&target).expect("there"), b"new");
    }
}
