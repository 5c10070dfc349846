//! The deletions at the end of a sync.

use super::backup::Backup;
use super::way::Way;
use super::{Links, Side};
use crate::ObjectStorage;
use k5_core::Result;
use std::path::Path;
use tokio::task::JoinSet;

/// How many names are removed at once.
pub(crate) const BATCH: usize = 500;
/// How many objects are moved to their backup at once.
const AT_A_TIME: usize = 8;

/// Removes items from a side.
pub(crate) struct Removal {
    pub(crate) storage: ObjectStorage,
    pub(crate) side: Side,
    pub(crate) links: Links,
    pub(crate) backup: Option<Backup>,
}

/// The names of a batch, each with its outcome.
pub(crate) type Removed = Vec<(String, Result<()>)>;

impl Removal {
    /// Removes a batch. Items that are already gone don't count as failures.
    pub(crate) async fn remove(&self, names: Vec<String>) -> Removed {
        match (&self.side, &self.backup) {
            (Side::Folder(root), backup) => {
                let (root, links, backup) = (root.clone(), self.links, backup.clone());
                let remove = move |name: String| {
                    let outcome = remove_file(&root, &name, links, backup.as_ref());
                    (name, outcome)
                };
                tokio::task::spawn_blocking(|| names.into_iter().map(remove).collect()).await.unwrap_or_default()
            }
            (Side::Objects { .. }, Some(backup)) => keep_all(backup, names).await,
            (Side::Objects { container, prefix }, None) => {
                let objects = names.iter().map(|name| format!("{prefix}{name}")).collect();
                let removed = self.storage.remove_many(container, objects).await;
                let name = |object: String| object.strip_prefix(prefix.as_str()).map(str::to_owned).unwrap_or(object);
                removed.into_iter().map(|(object, outcome)| (name(object), outcome.map(drop))).collect()
            }
        }
    }
}

/// Moves objects to their backup, and so removes them from here.
async fn keep_all(backup: &Backup, names: Vec<String>) -> Removed {
    let mut running = JoinSet::new();
    let mut removed = Removed::new();
    for name in names {
        if running.len() >= AT_A_TIME {
            removed.extend(running.join_next().await.and_then(std::result::Result::ok));
        }
        let backup = backup.clone();
        running.spawn(async move {
            let outcome = backup.object(&name).await;
            (name, outcome)
        });
    }
    while let Some(ended) = running.join_next().await {
        removed.extend(ended);
    }
    removed
}

/// Removes a file or link, and the folders that are then empty. Anything that has changed its kind in the meantime is left alone.
fn remove_file(root: &Path, name: &str, links: Links, backup: Option<&Backup>) -> Result<()> {
    let (path, is) = links.place(root, name)?;
    let Some(way) = Way::find(root, &path)? else { return Ok(()) };
    match backup {
        Some(backup) => backup.file(links.here(name).0, is, true)?,
        None => {
            way.wants(is, true)?;
            way.remove()?;
        }
    }
    way.remove_empty_folders();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, out) = (folder.path().join("root"), folder.path().join("out"));
        std::fs::create_dir_all(root.join("d/e")).expect("made");
        std::fs::create_dir_all(&out).expect("made");
        std::fs::write(out.join("f"), "x").expect("written");
        std::fs::write(root.join("d/e/f"), "x").expect("written");
        std::os::unix::fs::symlink(&out, root.join("a")).expect("linked");
        std::os::unix::fs::symlink(out.join("f"), root.join("l")).expect("linked");
        for name in ["a/f", "l", "a"] {
            assert!(
                remove_file(&root, name, Links::LeftOut, None).expect_err(name).to_string().contains("symbolic link"),
                "{name}"
            );
        }
        assert!(out.join("f").is_file() && root.join("l").is_symlink());
        remove_file(&root, "none/f", Links::LeftOut, None).expect("gone already");
        remove_file(&root, "d/e/f", Links::LeftOut, None).expect("removed");
        assert!(!root.join("d").exists() && root.join("a").is_symlink());
        std::fs::create_dir_all(root.join("d/sub")).expect("made");
        assert!(remove_file(&root, "d", Links::LeftOut, None).expect_err("a folder now").to_string().contains("a folder"));
        // A stored link is removed only if it is still a link.
        remove_file(&root, "l.rclonelink", Links::Stored, None).expect("removed");
        assert!(!root.join("l").is_symlink() && out.join("f").is_file());
        std::fs::write(root.join("l"), "x").expect("written");
        assert!(remove_file(&root, "l.rclonelink", Links::Stored, None).expect_err("a file now").to_string().contains("a file"));
    }
}
