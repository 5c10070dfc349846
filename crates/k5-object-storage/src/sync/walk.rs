//! The files below a folder, in the byte order of their names as objects. Of the tree, only the folders on the current path are
//! held.

use super::left_out::LeftOut;
use super::{Entry, Fact, Links, Mtime, Select, links};
use crate::transfer::{SmallFile, is_unfinished, md5_hex};
use k5_core::Error;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a walk finds.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file, or an object.
    Entry(Entry),
    /// Something that is neither compared nor copied, and why.
    Skipped(String, LeftOut),
    /// Something that can't be examined: what else exists is not known for certain.
    Failed(String, Error),
}

/// Walks a folder.
pub(crate) struct Walk {
    root: PathBuf,
    select: Arc<dyn Select>,
    links: Links,
    levels: Vec<Level>,
    /// Device and inode of the folders on the current path, if links are followed: one that leads back would never end.
    way: Vec<(u64, u64)>,
}

struct Level {
    prefix: String,
    names: std::vec::IntoIter<Name>,
}

/// The name of an entry in a folder; a folder's own name ends in `/`, because that is how it sorts among complete names.
struct Name(String, Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
    Other,
    /// No object can have this name.
    Unnamed,
}

impl Walk {
    /// Starts the walk.
    pub(crate) fn new(root: &Path, select: Arc<dyn Select>, links: Links) -> io::Result<Self> {
        let mut walk = Self { root: root.to_owned(), select, links, levels: Vec::new(), way: Vec::new() };
        walk.enter(String::new())?;
        Ok(walk)
    }

    fn enter(&mut self, prefix: String) -> io::Result<()> {
        let path = self.root.join(&prefix);
        if self.follows() {
            let this = identity(&std::fs::metadata(&path)?);
            if self.way.contains(&this) {
                return Err(io::Error::other("a symbolic link leads back to a folder on the way"));
            }
            self.way.push(this);
        }
        let names = match self.names(&path) {
            Ok(names) => names,
            Err(error) => {
                if self.follows() {
                    self.way.pop();
                }
                return Err(error);
            }
        };
        self.levels.push(Level { prefix, names: names.into_iter() });
        Ok(())
    }

    fn names(&self, path: &Path) -> io::Result<Vec<Name>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                names.push(Name(entry.file_name().to_string_lossy().into_owned(), Kind::Unnamed));
                continue;
            };
            let kind = entry.file_type()?;
            let kind = match kind.is_symlink() && self.follows() {
                false if kind.is_symlink() => Kind::Link,
                false => Kind::of(kind),
                // A link that leads nowhere is noticed again when it is examined.
                true => std::fs::metadata(entry.path()).map_or(Kind::File, |about| Kind::of(about.file_type())),
            };
            names.push(match kind {
                Kind::Folder => Name(name + "/", kind),
                Kind::Link if self.links == Links::Stored => Name(Links::stored(&name), kind),
                _ => Name(name, kind),
            });
        }
        names.sort_unstable_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        Ok(names)
    }

    fn look(&mut self, name: String, kind: Kind) -> Option<Found> {
        match kind {
            Kind::Folder => {
                if !self.select.enters(&name) {
                    return None;
                }
                let entered = self.enter(name.clone());
                entered.err().map(|error| self.failed(&name, error))
            }
            _ if !self.select.takes(&name) || is_unfinished(&name) => None,
            Kind::Link if self.links == Links::Stored => match self.link(&name) {
                Ok(entry) => Some(Found::Entry(entry)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => Some(self.failed(&name, error)),
            },
            Kind::Link => Some(Found::Skipped(name, LeftOut::SymbolicLink)),
            _ if self.links.is_link(&name) => {
                Some(self.failed(&name, io::Error::other("its name is that of a stored link, and it is none: rename it")))
            }
            Kind::Other => Some(Found::Skipped(name, LeftOut::NotAFile)),
            Kind::Unnamed => Some(self.failed(&name, io::Error::other("names in the cloud are UTF-8, and this one is not"))),
            Kind::File => match self.about(&name) {
                // It has become a link, pipe or folder since the folder was read.
                Ok(about) if !about.is_file() => Some(Found::Skipped(name, LeftOut::NotAFile)),
                Ok(about) => Some(Found::Entry(entry_of(name, &about))),
                // It was removed since the folder was read, so it is not there. If links are followed it may be one that leads
                // nowhere.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !self.follows() => None,
                Err(error) => Some(self.failed(&name, error)),
            },
        }
    }

    fn follows(&self) -> bool {
        self.links == Links::Followed
    }

    /// A link by the name of its object. Everything about it is known at once.
    fn link(&self, name: &str) -> io::Result<Entry> {
        let path = self.root.join(self.links.here(name).0);
        let (about, text) = (std::fs::symlink_metadata(&path)?, links::read(&path)?);
        Ok(Entry { size: Fact::Known(text.len() as u64), md5: Fact::Known(md5_hex(&text)), ..entry_of(name.to_owned(), &about) })
    }

    fn about(&self, name: &str) -> io::Result<Metadata> {
        let path = self.root.join(name);
        if self.follows() { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }
    }

    fn failed(&self, name: &str, error: io::Error) -> Found {
        let message = format!("{} can't be read", self.root.join(name).display());
        Found::Failed(name.to_owned(), Error::local(message, error))
    }
}

impl Kind {
    fn of(kind: std::fs::FileType) -> Self {
        match kind {
            kind if kind.is_dir() => Self::Folder,
            kind if kind.is_file() => Self::File,
            _ => Self::Other,
        }
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let level = self.levels.last_mut()?;
            let Some(Name(name, kind)) = level.names.next() else {
                self.levels.pop();
                self.way.pop();
                continue;
            };
            let name = format!("{}{name}", level.prefix);
            if let Some(found) = self.look(name, kind) {
                return Some(found);
            }
        }
    }
}

/// What is known about a file without reading it.
pub(crate) fn entry_of(name: String, about: &Metadata) -> Entry {
    Entry {
        name,
        size: Fact::Known(about.len()),
        modified: about.modified().map_or(Fact::Absent, |at| Fact::Known(Mtime::from(at))),
        md5: Fact::Unknown,
    }
}

/// Everything there is to know about a small file.
pub(crate) fn entry_of_small(name: String, file: &SmallFile) -> Entry {
    Entry {
        name,
        size: Fact::Known(file.bytes.len() as u64),
        modified: file.modified.map_or(Fact::Absent, |at| Fact::Known(Mtime::from(at))),
        md5: Fact::Known(file.md5.clone()),
    }
}

fn identity(about: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

#[cfg(test)]
mod tests {
    use super::super::Everything;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn names(walk: Walk) -> Vec<String> {
        walk.filter_map(|found| match found {
            Found::Entry(entry) => Some(entry.name),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn links_and_others_are_told_and_loops_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir_all(root.join("d/empty")).expect("made");
        std::fs::write(root.join("d/f"), "x").expect("written");
        std::fs::write(root.join("f.k5-0123456789abcdef.part"), "x").expect("written");
        std::os::unix::fs::symlink("d/f", root.join("link")).expect("linked");
        std::os::unix::fs::symlink("..", root.join("d/up")).expect("linked");
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("bound");
        let plain: Vec<_> = Walk::new(root, Arc::new(Everything), Links::LeftOut).expect("begun").collect();
        let skipped = plain.iter().filter(|found| matches!(found, Found::Skipped(..))).count();
        assert_eq!((plain.len(), skipped), (4, 3), "{plain:?}");
        let followed: Vec<_> = Walk::new(root, Arc::new(Everything), Links::Followed).expect("begun").collect();
        assert!(followed.iter().any(|found| matches!(found, Found::Entry(entry) if entry.name == "link")), "{followed:?}");
        assert!(followed.iter().any(|found| matches!(found, Found::Failed(name, _) if name == "d/up/")), "{followed:?}");
    }

    #[test]
    fn stored_links_have_names_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir_all(root.join("a")).expect("made");
        std::fs::write(root.join("a-b"), "x").expect("written");
        std::fs::write(root.join("false.rclonelink"), "x").expect("written");
        for name in ["a/up", "a.b", "dir"] {
            std::os::unix::fs::symlink("..", root.join(name)).expect("linked");
        }
        let found: Vec<_> = Walk::new(root, Arc::new(Everything), Links::Stored).expect("begun").collect();
        assert!(matches!(&found[4], Found::Failed(name, _) if name == "false.rclonelink"), "{found:?}");
        let named: Vec<_> =
            found.iter().filter_map(|found| if let Found::Entry(entry) = found { Some(entry) } else { None }).collect();
        let names: Vec<_> = named.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a-b", "a.b.rclonelink", "a/up.rclonelink", "dir.rclonelink"]);
        assert_eq!((&named[3].size, &named[3].md5), (&Fact::Known(2), &Fact::Known(md5_hex(b".."))));
    }

    /// Other systems refuse to make such a file.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_an_error_for_itself() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"gro\xdf")), "x").expect("written");
        std::fs::write(folder.path().join("z"), "x").expect("written");
        let found: Vec<_> = Walk::new(folder.path(), Arc::new(Everything), Links::LeftOut).expect("begun").collect();
        assert!(matches!(&found[..], [Found::Failed(name, _), Found::Entry(_)] if name == "gro\u{fffd}"), "{found:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_order_is_that_of_whole_names(parts in prop::collection::vec(prop::collection::vec("[a-b.!0é-]{1,3}", 1..4), 1..30)) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut there = BTreeSet::new();
            for parts in parts {
                if parts.iter().any(|part| part == "." || part == "..") {
                    continue;
                }
                let path = folder.path().join(parts.join("/"));
                // There may be a file where a folder is needed.
                let made = std::fs::create_dir_all(path.parent().expect("below")).and_then(|()| std::fs::write(&path, "x"));
                if made.is_ok() {
                    there.insert(parts.join("/"));
                }
            }
            let found = names(Walk::new(folder.path(), Arc::new(Everything), Links::LeftOut).expect("begun"));
            prop_assert_eq!(found, there.into_iter().collect::<Vec<_>>());
        }
    }
}
