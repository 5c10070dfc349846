//! A file or link that is kept in another folder: renamed or linked if possible, otherwise copied.

use super::way::{Standing, Way};
use k5_core::{Error, Result};
use rustix::fs::{AtFlags, Mode, OFlags, Timestamps};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io;

impl Way {
    /// Keeps what is here at `into`, replacing what is there. With `goes` it is gone from here afterwards.
    ///
    /// # Errors
    /// Fails if the file systems don't allow it. It is then still here.
    pub(crate) fn keep(&self, into: &Self, is: Standing, goes: bool) -> Result<()> {
        let failed = |error: Errno| {
            Error::local(format!("{} can't be kept as {}", self.path.display(), into.path.display()), io::Error::from(error))
        };
        // A rename between two names of one file does nothing.
        if self.is_same(into) {
            return if goes { self.remove() } else { Ok(()) };
        }
        if goes {
            match rustix::fs::renameat(self.folder()?, &*self.name, into.folder()?, &*into.name) {
                Ok(()) => return Ok(()),
                Err(Errno::XDEV) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        let part = part();
        let named = match goes {
            true => Err(Errno::XDEV),
            false => rustix::fs::linkat(self.folder()?, &*self.name, into.folder()?, &*part, AtFlags::empty()),
        };
        let copied = match named {
            Ok(()) => Ok(()),
            // Another file system, or one that doesn't support several names for a file.
            Err(_) if is == Standing::Link => self.copy_link(into, &part),
            Err(_) => self.copy_file(into, &part),
        };
        let to = into.folder()?;
        if let Err(error) = copied.and_then(|()| rustix::fs::renameat(to, &*part, to, &*into.name)) {
            // An incomplete copy is of no use.
            let _ = rustix::fs::unlinkat(to, &*part, AtFlags::empty());
            return Err(failed(error));
        }
        if goes { self.remove() } else { Ok(()) }
    }

    /// Creates a link here with this text, replacing a link that is here.
    ///
    /// # Errors
    /// Fails if the file system doesn't allow it.
    pub(crate) fn make_link(&self, text: &[u8]) -> Result<()> {
        let failed = |error: Errno| Error::local(format!("the symbolic link {} can't be made", self.path.display()), error.into());
        let part = part();
        rustix::fs::symlinkat(text, self.folder()?, &*part).map_err(failed)?;
        rustix::fs::renameat(self.folder()?, &*part, self.folder()?, &*self.name).map_err(|error| {
            let _ = self.folder().map(|folder| rustix::fs::unlinkat(folder, &*part, AtFlags::empty()));
            failed(error)
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        let about = |way: &Self| {
            let about = rustix::fs::statat(way.folder().ok()?, &*way.name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some((about.st_dev, about.st_ino))
        };
        about(self).is_some_and(|one| about(other) == Some(one))
    }

    fn copy_link(&self, into: &Self, part: &OsString) -> rustix::io::Result<()> {
        let (from, to) = (self.folder().map_err(|_| Errno::NOENT)?, into.folder().map_err(|_| Errno::NOENT)?);
        let text = rustix::fs::readlinkat(from, &*self.name, Vec::new())?;
        rustix::fs::symlinkat(&*text, to, &**part)
    }

    fn copy_file(&self, into: &Self, part: &OsString) -> rustix::io::Result<()> {
        let (from, to) = (self.folder().map_err(|_| Errno::NOENT)?, into.folder().map_err(|_| Errno::NOENT)?);
        let flags = OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut source = File::from(rustix::fs::openat(from, &*self.name, flags | OFlags::RDONLY, Mode::empty())?);
        let about = rustix::fs::fstat(&source)?;
        let flags = flags | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let mut copy = File::from(rustix::fs::openat(to, &**part, flags, Mode::RUSR | Mode::WUSR)?);
        io::copy(&mut source, &mut copy).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        rustix::fs::fchmod(&copy, Mode::from_raw_mode(about.st_mode & 0o777))?;
        let at = |seconds, nanoseconds| rustix::fs::Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
        let times = Timestamps {
            last_access: at(about.st_atime, about.st_atime_nsec as _),
            last_modification: at(about.st_mtime, about.st_mtime_nsec as _),
        };
        rustix::fs::futimens(&copy, &times)?;
        copy.sync_all().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

/// A name for what is not complete yet; a walk skips such names.
fn part() -> OsString {
    format!("backup.k5-{:016x}.part", fastrand::u64(..)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    fn way(root: &Path, name: &str) -> Way {
        Way::make(root, &root.join(name)).expect("a way")
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("read")
            .map(|entry| entry.expect("read").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_kept_is_whole_and_stays_until_it_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, old) = (folder.path().join("root"), folder.path().join("old"));
        let (here, there) = (way(&root, "d/f"), way(&old, "d/f"));
        for round in ["one", "two"] {
            std::fs::write(root.join("d/new"), round).expect("written");
            std::fs::rename(root.join("d/new"), root.join("d/f")).expect("replaced");
            // Doing it again has the same result.
            for _ in 0..2 {
                here.keep(&there, Standing::File, false).expect("kept");
                assert_eq!(std::fs::read_to_string(old.join("d/f")).expect("there"), round);
                assert_eq!((names(&root.join("d")), names(&old.join("d"))), (vec!["f".to_owned()], vec!["f".to_owned()]));
            }
        }
        // Two names of one file.
        here.keep(&there, Standing::File, true).expect("kept");
        assert_eq!(std::fs::read_to_string(old.join("d/f")).expect("there"), "two");
        assert!(!root.join("d/f").exists());
    }

    #[test]
    fn copies_have_the_mode_and_the_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, old) = (folder.path().join("root"), folder.path().join("old"));
        let (here, there) = (way(&root, "f"), way(&old, "f"));
        std::fs::write(root.join("f"), "secret").expect("written");
        std::fs::set_permissions(root.join("f"), PermissionsExt::from_mode(0o640)).expect("set");
        here.set_mtime("1700000000.25".parse().expect("a time")).expect("set");
        here.copy_file(&there, &OsString::from("copy")).expect("copied");
        let (about, copy) =
            (std::fs::metadata(root.join("f")).expect("there"), std::fs::metadata(old.join("copy")).expect("there"));
        assert_eq!(copy.permissions().mode() & 0o777, 0o640);
        assert_eq!((copy.len(), copy.modified().expect("read")), (6, about.modified().expect("read")));
        assert!(here.copy_file(&there, &OsString::from("copy")).is_err(), "nothing is written over");
        symlink("/etc/passwd", old.join("planted")).expect("linked");
        assert!(here.copy_file(&there, &OsString::from("planted")).is_err());
    }

    #[test]
    fn links_are_kept_and_made_as_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, old) = (folder.path().join("root"), folder.path().join("old"));
        let (here, there) = (way(&root, "l"), way(&old, "l"));
        here.make_link(b"nowhere").expect("made");
        here.make_link(b"../elsewhere").expect("made");
        assert_eq!(std::fs::read_link(root.join("l")).expect("a link"), Path::new("../elsewhere"));
        here.keep(&there, Standing::Link, false).expect("kept");
        assert_eq!(std::fs::read_link(old.join("l")).expect("a link"), Path::new("../elsewhere"));
        here.copy_link(&there, &OsString::from("copy")).expect("copied");
        assert_eq!(std::fs::read_link(old.join("copy")).expect("a link"), Path::new("../elsewhere"));
        here.keep(&there, Standing::Link, true).expect("kept");
        assert!(names(&root).is_empty());
    }
}
