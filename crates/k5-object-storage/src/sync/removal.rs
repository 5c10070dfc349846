//! The deletions at the end of a sync.

use super::way::Way;
use super::{Side, below};
use crate::ObjectStorage;
use crate::transfer::segments_container;
use k5_core::{Error, Result};
use std::path::Path;

/// Names that go at a time.
pub(crate) const BATCH: usize = 500;
/// Deletions of single objects at a time.
const AT_A_TIME: usize = 8;

/// Removes what is at a side.
pub(crate) struct Removal {
    storage: ObjectStorage,
    side: Side,
    /// Whether one request may take many objects: none of them has segments that would be left.
    bulk: bool,
}

/// The names of a batch, each with what came of it.
pub(crate) type Removed = Vec<(String, Result<()>)>;

impl Removal {
    pub(crate) async fn new(storage: &ObjectStorage, side: &Side) -> Result<Self> {
        let bulk = match side {
            Side::Folder(_) => false,
            Side::Objects { container, .. } => {
                storage.bulk_delete_limit().await.is_some_and(|limit| limit >= BATCH)
                    && match storage.show_container(&segments_container(container)).send().await {
                        Ok(_) => false,
                        Err(error) if error.is_not_found() => true,
                        Err(error) => return Err(error),
                    }
            }
        };
        Ok(Self { storage: storage.clone(), side: side.clone(), bulk })
    }

    /// Removes a batch. What is gone already is fine.
    pub(crate) async fn remove(&self, names: Vec<String>) -> Removed {
        match &self.side {
            Side::Folder(root) => {
                let root = root.clone();
                let removed = tokio::task::spawn_blocking(move || {
                    names.into_iter().map(|name| (name.clone(), remove_file(&root, &name))).collect::<Removed>()
                });
                removed.await.unwrap_or_default()
            }
            Side::Objects { container, prefix } => {
                if self.bulk {
                    let objects: Vec<_> = names.iter().map(|name| format!("{prefix}{name}")).collect();
                    let list = objects.iter().map(|object| (container.as_str(), object.as_str()));
                    if self.storage.delete_many(list).await.is_ok() {
                        return names.into_iter().map(|name| (name, Ok(()))).collect();
                    }
                }
                self.one_by_one(container, prefix, names).await
            }
        }
    }

    /// One request for each, so that each has an outcome of its own.
    async fn one_by_one(&self, container: &str, prefix: &str, names: Vec<String>) -> Removed {
        let mut running = tokio::task::JoinSet::new();
        let mut removed = Removed::new();
        for name in names {
            if running.len() >= AT_A_TIME {
                removed.extend(running.join_next().await.and_then(std::result::Result::ok));
            }
            let (storage, container, object) = (self.storage.clone(), container.to_owned(), format!("{prefix}{name}"));
            running.spawn(async move {
                let outcome = match storage.remove_object(&container, &object).await {
                    Err(error) if error.is_not_found() => Ok(()),
                    outcome => outcome.map(drop),
                };
                (name, outcome)
            });
        }
        while let Some(ended) = running.join_next().await {
            removed.extend(ended);
        }
        removed
    }
}

/// Removes a file, and the folders that it leaves empty. What has become anything else meanwhile is left alone.
fn remove_file(root: &Path, name: &str) -> Result<()> {
    let path = below(root, name).map_err(Error::invalid_input)?;
    let Some(way) = Way::find(root, &path)? else { return Ok(()) };
    way.wants_file(true)?;
    way.remove()?;
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
            assert!(remove_file(&root, name).expect_err(name).to_string().contains("symbolic link"), "{name}");
        }
        assert!(out.join("f").is_file() && root.join("l").is_symlink());
        remove_file(&root, "none/f").expect("gone already");
        remove_file(&root, "d/e/f").expect("removed");
        assert!(!root.join("d").exists() && root.join("a").is_symlink());
        std::fs::create_dir_all(root.join("d/sub")).expect("made");
        assert!(remove_file(&root, "d").expect_err("a folder now").to_string().contains("a folder"));
    }
}
