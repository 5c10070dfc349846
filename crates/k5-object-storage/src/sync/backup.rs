//! Where a sync moves what it is about to replace or delete.

use super::place::below;
use super::way::{Standing, Way};
use super::{Scope, Select, Side};
use crate::ObjectStorage;
use k5_core::{Error, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Keeps what is at the destination, under the same names in a place of its own.
#[derive(Clone)]
pub(crate) struct Backup {
    pub(crate) storage: ObjectStorage,
    /// The destination of the sync.
    pub(crate) from: Side,
    /// Where the backup is kept.
    pub(crate) to: Side,
}

impl Backup {
    /// Keeps an object, which is then gone from the destination; an object that is not there needs no backup. A large object is
    /// moved by its manifest, so that whatever replaces it doesn't delete its segments.
    ///
    /// # Errors
    /// Fails if it can't be moved. It is then still at the destination.
    pub(crate) async fn object(&self, name: &str) -> Result<()> {
        let (Side::Objects { container, prefix }, Side::Objects { container: kept, prefix: below }) = (&self.from, &self.to) else {
            return Err(unlike());
        };
        let (from, to) = (format!("{prefix}{name}"), format!("{below}{name}"));
        match self.storage.move_object((container, &from), (kept, &to)).await {
            Err(error) if error.is_not_found() => match self.storage.show_object(container, &from).send().await {
                Err(gone) if gone.is_not_found() => Ok(()),
                _ => Err(failed(error)),
            },
            outcome => outcome.map_err(failed),
        }
    }

    /// Keeps a file, or a link itself. With `goes` it is gone from the destination afterwards; otherwise it stays until it is
    /// replaced.
    ///
    /// # Errors
    /// Fails if it can't be kept. It is then still at the destination.
    pub(crate) fn file(&self, name: &str, is: Standing, goes: bool) -> Result<()> {
        let (Side::Folder(root), Side::Folder(kept)) = (&self.from, &self.to) else { return Err(unlike()) };
        let place = |root: &Path| below(root, name).map_err(Error::invalid_input);
        let Some(way) = Way::find(root, &place(root)?)? else { return Ok(()) };
        match way.standing()? {
            None => return Ok(()),
            Some(there) if there != is => return Err(way.refuse(there, is)),
            Some(_) => {}
        }
        let keep = || {
            let into = Way::make(kept, &place(kept)?)?;
            match into.standing()? {
                None | Some(Standing::File | Standing::Link) => way.keep(&into, is, goes),
                Some(other) => Err(into.refuse(other, is)),
            }
        };
        keep().map_err(failed)
    }
}

fn failed(error: Error) -> Error {
    error.with_note("the backup failed, so it is neither replaced nor deleted")
}

fn unlike() -> Error {
    Error::invalid_input("what a folder loses is kept in a folder, and what a container loses in a container")
}

/// Rejects a place for backups that is inside what is synchronized, or that contains it.
pub(crate) fn check(from: &Side, to: &Side, backup: &Side, scope: &Scope) -> Result<()> {
    match (to, backup) {
        (Side::Folder(to), Side::Folder(backup)) => apart(&real(to), &real(backup), scope),
        (Side::Objects { .. }, Side::Objects { container, prefix }) => {
            crate::limits::container_name(container)?;
            if !prefix.is_empty() {
                crate::limits::object_name(prefix)?;
            }
            if container.ends_with("_segments") {
                return Err(Error::invalid_input(format!(
                    "{container} is for the segments of large objects: keep backups elsewhere"
                )));
            }
            for side in [from, to] {
                let Side::Objects { container: other, prefix: root } = side else { continue };
                if other == container && overlap(root, prefix, scope) {
                    let message = format!(
                        "backups below {container}/{prefix} would be part of {other}/{root}: keep them in another container, or exclude their folder"
                    );
                    return Err(Error::invalid_input(message));
                }
            }
            Ok(())
        }
        _ => Err(unlike()),
    }
}

/// Whether one of two prefixes is below the other, unless it is the backup and nothing in it is synchronized.
fn overlap(root: &str, backup: &str, scope: &Scope) -> bool {
    match backup.strip_prefix(root) {
        Some(below) => below.is_empty() || !below.ends_with('/') || scope.enters(below),
        None => root.starts_with(backup),
    }
}

fn apart(root: &Path, backup: &Path, scope: &Scope) -> Result<()> {
    let overlap = match backup.strip_prefix(root) {
        Ok(below) => below.to_str().is_none_or(|below| below.is_empty() || scope.enters(&format!("{below}/"))),
        Err(_) => root.starts_with(backup),
    };
    match overlap {
        true => Err(Error::invalid_input(format!(
            "backups in {} would be part of {}: keep them elsewhere, or exclude their folder",
            backup.display(),
            root.display()
        ))),
        false => Ok(()),
    }
}

/// Where a path leads, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing: Vec<&OsStr> = Vec::new();
    for there in absolute.ancestors() {
        if let Ok(real) = std::fs::canonicalize(there) {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        missing.extend(there.file_name());
    }
    absolute
}

#[cfg(test)]
mod tests {
    use super::super::{Everything, Links};
    use super::*;
    use std::sync::Arc;

    struct Not(&'static str);

    impl Select for Not {
        fn takes(&self, name: &str) -> bool {
            !name.starts_with(self.0)
        }

        fn enters(&self, folder: &str) -> bool {
            folder != self.0
        }
    }

    fn scope(select: impl Select) -> Scope {
        Scope { select: Arc::new(select), shard: None, links: Links::LeftOut }
    }

    #[test]
    fn backups_are_no_part_of_the_sync() {
        let objects = |container: &str, prefix: &str| Side::Objects { container: container.to_owned(), prefix: prefix.to_owned() };
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        std::fs::create_dir(&root).expect("made");
        std::os::unix::fs::symlink(&root, folder.path().join("link")).expect("linked");
        let local = |name: &str| Side::Folder(folder.path().join(name));
        for (from, to, backup, right, excluded) in [
            (objects("a", ""), objects("b", "p/"), objects("c", ""), true, true),
            (objects("a", ""), objects("b", "p/"), objects("b", "q/"), true, true),
            (objects("a", ""), objects("b", "p/"), objects("b", "p/old/"), false, true),
            (objects("a", ""), objects("b", "p/"), objects("b", "p/older/"), false, false),
            (objects("a", ""), objects("b", "p/"), objects("b", "p/"), false, false),
            (objects("a", ""), objects("b", "p/"), objects("b", ""), false, false),
            (objects("a", ""), objects("b", ""), objects("a", "old/"), false, true),
            (objects("a", ""), objects("b", ""), objects("a", ""), false, false),
            (objects("a", ""), objects("b", ""), objects("c_segments", ""), false, false),
            (objects("a", ""), objects("b", ""), local("x"), false, false),
            (objects("a", ""), local("root"), objects("b", ""), false, false),
            (objects("a", ""), local("root"), local("old"), true, true),
            (objects("a", ""), local("root"), local("root/old"), false, true),
            (objects("a", ""), local("root"), local("link/old"), false, true),
            (objects("a", ""), local("link"), local("root/new/old"), false, false),
            (objects("a", ""), local("root"), local("link"), false, false),
            (objects("a", ""), local("root"), local(""), false, false),
        ] {
            assert_eq!(check(&from, &to, &backup, &scope(Everything)).is_ok(), right, "{to:?} {backup:?}");
            assert_eq!(check(&from, &to, &backup, &scope(Not("old/"))).is_ok(), excluded, "{to:?} {backup:?}, excluded");
        }
    }
}
