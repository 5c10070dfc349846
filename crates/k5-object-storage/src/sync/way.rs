//! The path to a file below a root, folder by folder. Each folder is opened from the previous one and never through a symbolic
//! link, so whatever is changed in the meantime, nothing outside the root is touched. The root itself may be a link: it is what the
//! user named.

use super::Mtime;
use k5_core::{Error, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

/// A folder is opened only as a location if possible: then it need not be readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What is at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    File,
    Folder,
    Link,
    /// A device, pipe or socket.
    Other,
}

impl Standing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link, which is not followed",
            Self::Other => "a device, pipe or socket",
        }
    }
}

/// The folders on the path, opened, and the name in the last of them.
#[derive(Debug)]
pub(crate) struct Way {
    pub(super) path: PathBuf,
    /// The root, and the folders below it.
    folders: Vec<OwnedFd>,
    /// The names of the folders below the root.
    names: Vec<OsString>,
    pub(super) name: OsString,
}

impl Way {
    /// Opens the path; `None` if a folder on it is missing.
    ///
    /// # Errors
    /// Fails if a link or a file is in the way, or if a folder can't be opened.
    pub(crate) fn find(root: &Path, path: &Path) -> Result<Option<Self>> {
        Self::open(root, path, false)
    }

    /// Opens the path and creates the missing folders, including the root.
    ///
    /// # Errors
    /// The same as for [`Way::find`]; also fails if a folder can't be created.
    pub(crate) fn make(root: &Path, path: &Path) -> Result<Self> {
        if let Some(way) = Self::open(root, path, true)? {
            return Ok(way);
        }
        let unmade = |error| Error::local(format!("the folder {} can't be made", root.display()), error);
        std::fs::create_dir_all(root).map_err(unmade)?;
        Self::open(root, path, true)?.ok_or_else(|| unmade(io::ErrorKind::NotFound.into()))
    }

    fn open(root: &Path, path: &Path, make: bool) -> Result<Option<Self>> {
        let names = path.strip_prefix(root).ok().and_then(|below| below.components().map(plain).collect::<Option<Vec<_>>>());
        let Some((name, names)) = names.as_deref().and_then(<[_]>::split_last) else {
            return Err(Error::invalid_input(format!("{} is not a place below {}", path.display(), root.display())));
        };
        let start = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        let mut at = root.to_owned();
        let mut folders = match rustix::fs::openat(CWD, start, FOLDER, Mode::empty()) {
            Ok(root) => vec![root],
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(unreachable(root, error)),
        };
        for name in names {
            at.push(name);
            let Some(folder) = folders.last() else { return Ok(None) };
            let enter = || rustix::fs::openat(folder, name.as_os_str(), FOLDER | OFlags::NOFOLLOW, Mode::empty());
            let entered = match enter() {
                Err(Errno::NOENT) if !make => return Ok(None),
                Err(Errno::NOENT) => match rustix::fs::mkdirat(folder, name.as_os_str(), Mode::from_raw_mode(0o777)) {
                    // Another transfer may have created it at the same time.
                    Ok(()) | Err(Errno::EXIST) => enter(),
                    Err(error) => return Err(Error::local(format!("the folder {} can't be made", at.display()), error.into())),
                },
                entered => entered,
            };
            match entered {
                Ok(folder) => folders.push(folder),
                Err(error) => {
                    return Err(match standing(folder, name) {
                        Ok(Some(Standing::Folder)) | Ok(None) | Err(_) => unreachable(&at, error),
                        Ok(Some(other)) => {
                            Error::invalid_input(format!("{} is {}, where a folder is wanted", at.display(), other.name()))
                        }
                    });
                }
            }
        }
        Ok(Some(Self { path: path.to_owned(), folders, names: names.to_vec(), name: name.clone() }))
    }

    /// What is there; `None` if nothing is.
    ///
    /// # Errors
    /// Fails if it can't be examined.
    pub(crate) fn standing(&self) -> Result<Option<Standing>> {
        standing(self.folder()?, &self.name).map_err(|error| unreachable(&self.path, error))
    }

    /// Checks that this is there, or, with `or_nothing`, possibly nothing.
    ///
    /// # Errors
    /// Fails if anything else is there. The error says what.
    pub(crate) fn wants(&self, wanted: Standing, or_nothing: bool) -> Result<()> {
        match self.standing()? {
            Some(there) if there == wanted => Ok(()),
            Some(other) => Err(self.refuse(other, wanted)),
            None if or_nothing => Ok(()),
            None => Err(unreachable(&self.path, Errno::NOENT)),
        }
    }

    /// The message for finding something else than expected.
    pub(crate) fn refuse(&self, there: Standing, wanted: Standing) -> Error {
        let wanted = if wanted == Standing::Link { "a symbolic link" } else { "a file" };
        Error::invalid_input(format!(
            "{} is {}, where {wanted} is wanted, and is left alone: move it away first",
            self.path.display(),
            there.name()
        ))
    }

    /// Sets the time of change of what is there itself, without following a link.
    ///
    /// # Errors
    /// Fails if the file system doesn't allow it, or can't represent the time.
    pub(crate) fn set_mtime(&self, at: Mtime) -> Result<()> {
        let failed = |error| Error::local(format!("{} can't get its time {at}", self.path.display()), error);
        let (seconds, nanoseconds) = at.parts();
        let tv_sec = seconds.try_into().map_err(|_| failed(io::ErrorKind::InvalidInput.into()))?;
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
            last_modification: Timespec { tv_sec, tv_nsec: nanoseconds.into() },
        };
        rustix::fs::utimensat(self.folder()?, self.name.as_os_str(), &times, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| failed(error.into()))
    }

    /// Removes what is there, a link itself; it may already be gone.
    ///
    /// # Errors
    /// Fails if it is a folder, or if the file system doesn't allow it.
    pub(crate) fn remove(&self) -> Result<()> {
        match rustix::fs::unlinkat(self.folder()?, self.name.as_os_str(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Error::local(format!("{} can't be removed", self.path.display()), error.into())),
        }
    }

    /// Removes the folders on the path that are empty now, innermost first. The root stays.
    pub(crate) fn remove_empty_folders(&self) {
        for (folder, name) in self.folders.iter().zip(&self.names).rev() {
            // A folder that is not empty stays, and so do those above it.
            if rustix::fs::unlinkat(folder, name.as_os_str(), AtFlags::REMOVEDIR).is_err() {
                return;
            }
        }
    }

    pub(super) fn folder(&self) -> Result<&OwnedFd> {
        self.folders.last().ok_or_else(|| unreachable(&self.path, Errno::NOENT))
    }
}

/// A part of a path that is a name.
fn plain(part: Component<'_>) -> Option<OsString> {
    match part {
        Component::Normal(name) => Some(name.to_owned()),
        _ => None,
    }
}

fn standing(folder: &OwnedFd, name: &OsStr) -> rustix::io::Result<Option<Standing>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(about) => Ok(Some(match FileType::from_raw_mode(about.st_mode) {
            FileType::RegularFile => Standing::File,
            FileType::Directory => Standing::Folder,
            FileType::Symlink => Standing::Link,
            _ => Standing::Other,
        })),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreachable(path: &Path, error: Errno) -> Error {
    Error::local(format!("{} can't be reached", path.display()), error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, UNIX_EPOCH};

    /// A root with a link out of it, to a folder with a file of its own.
    fn tree() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, out) = (folder.path().join("root"), folder.path().join("out"));
        std::fs::create_dir_all(root.join("d/e")).expect("made");
        std::fs::create_dir_all(&out).expect("made");
        std::fs::write(out.join("f"), "x").expect("written");
        std::fs::write(root.join("d/e/f"), "x").expect("written");
        symlink(&out, root.join("link")).expect("linked");
        symlink(out.join("f"), root.join("file")).expect("linked");
        (folder, root, out)
    }

    #[test]
    fn no_way_leads_through_a_link() {
        let (_folder, root, out) = tree();
        for name in ["link/f", "link/new/f", "file/f", "d/e/f/g"] {
            let found = Way::find(&root, &root.join(name)).map(|_| ());
            let made = Way::make(&root, &root.join(name)).map(|_| ());
            for outcome in [found, made] {
                let error = outcome.expect_err(name).to_string();
                assert!(error.contains("where a folder is wanted"), "{name}: {error}");
            }
        }
        assert_eq!(std::fs::read_dir(&out).expect("read").count(), 1);
        assert!(Way::find(&root, &root.join("d/none/f")).expect("looked").is_none());
        assert!(Way::find(&root.join("none"), &root.join("none/f")).expect("looked").is_none());
        for path in [root.join("../out/f"), out.join("f"), root.clone()] {
            assert!(Way::find(&root, &path).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn the_root_may_be_a_link() {
        let (_folder, root, out) = tree();
        let way = Way::make(&root.join("link"), &root.join("link/new/f")).expect("made");
        assert_eq!(way.standing().expect("looked"), None);
        assert!(out.join("new").is_dir());
    }

    #[test]
    fn a_link_at_the_end_is_a_thing_of_its_own() {
        let (_folder, root, out) = tree();
        let before = std::fs::metadata(out.join("f")).and_then(|about| about.modified()).expect("read");
        let way = Way::find(&root, &root.join("file")).expect("looked").expect("there");
        assert_eq!(way.standing().expect("looked"), Some(Standing::Link));
        assert!(way.wants(Standing::File, true).expect_err("a link").to_string().contains("symbolic link"));
        way.set_mtime("5.25".parse().expect("a time")).expect("set");
        way.remove().expect("removed");
        way.remove().expect("gone already");
        assert_eq!(std::fs::metadata(out.join("f")).and_then(|about| about.modified()).expect("there"), before);
        assert!(root.join("file").symlink_metadata().is_err());
    }

    #[test]
    fn times_are_set_and_empty_folders_go() {
        let (_folder, root, _out) = tree();
        let path = root.join("d/e/f");
        let way = Way::find(&root, &path).expect("looked").expect("there");
        for text in ["1700000000.123456789", "-1.25", "0"] {
            way.set_mtime(text.parse().expect("a time")).expect("set");
            let now = std::fs::metadata(&path).and_then(|about| about.modified()).expect("read");
            assert_eq!(Mtime::from(now).to_string(), text);
        }
        assert_eq!(std::fs::metadata(&path).expect("read").modified().expect("read"), UNIX_EPOCH + Duration::ZERO);
        way.remove_empty_folders();
        assert!(path.exists());
        way.remove().expect("removed");
        way.remove_empty_folders();
        assert!(!root.join("d").exists() && root.is_dir());
    }

    #[test]
    fn odd_things_are_no_files() {
        let (_folder, root, _out) = tree();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("bound");
        for (name, what) in [("socket", "socket"), ("d", "a folder")] {
            let way = Way::find(&root, &root.join(name)).expect("looked").expect("there");
            let error = way.wants(Standing::File, true).expect_err(name).to_string();
            assert!(error.contains(what) && error.contains("where a file is wanted"), "{error}");
        }
    }
}
