//! Large objects that go with their segments, and segments that no object has any more.

use super::manifest::segments_of;
use super::piece::{MOVED, index_of};
use super::plan::segments_container;
use crate::ObjectStorage;
use crate::generated::{Container, Object};
use k5_core::model::Entry;
use k5_core::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;

/// Objects that are looked at at a time.
const AT_A_TIME: usize = 16;

type Looking = JoinSet<Result<BTreeSet<(String, String)>>>;

impl ObjectStorage {
    /// Deletes an object, and the segments of a large one with it: of a static one by the server's own deletion, of a dynamic one
    /// all that its manifest stands for, after the manifest. Returns how many objects that were.
    ///
    /// # Errors
    /// When there is no such object, and when not all could be deleted; then the message says so.
    pub async fn remove_object(&self, container: &str, object: &str) -> Result<u64> {
        let info = self.show_object(container, object).send().await?;
        if info.static_large_object == Some(true) {
            return Ok(self.delete_with_segments(container, object).await?.number_deleted);
        }
        let segments = match info.object_manifest {
            Some(_) => segments_of(self, container, object).await?,
            None => BTreeSet::new(),
        };
        self.delete_object(container, object).send().await?;
        let segments: Vec<_> = segments.into_iter().collect();
        let removed = self.remove_objects(&segments).await;
        let note = |error: Error| error.with_note(&format!("{container}/{object} is gone, but not all of its segments"));
        Ok(1 + removed.map_err(note)?)
    }

    /// Marks the segments of a large object as going with a manifest of another name, before that is copied there
    /// (`multipart-manifest=get`) and this one deleted. No later upload of this name uses or removes them then. Segments that no
    /// upload of this name made need no mark.
    ///
    /// # Errors
    /// When the manifest can't be read or a mark not be stored.
    pub async fn mark_segments_moved(&self, container: &str, object: &str) -> Result<()> {
        let segments = segments_of(self, container, object).await?;
        let own = segments.iter().filter(|(_, name)| owner(name).is_some());
        let folders: BTreeSet<_> = own.filter_map(|(container, name)| Some((container, name.rsplit_once('/')?.0))).collect();
        for (container, folder) in folders {
            self.upload(container, &format!("{folder}{MOVED}")).send().await?;
        }
        Ok(())
    }

    /// The segments in `{container}_segments` that no manifest of the account refers to, and that were stored longer than
    /// `older_than` ago: of uploads that were never finished, and of objects whose manifests alone were deleted.
    ///
    /// Every object of the account is asked for (HEAD), since any may be a manifest: that takes a request for each. Only names that
    /// an upload in segments makes (`{object}/slo/{time}/{size}/{segment size}/{index}`) are ever given. Segments of an upload that
    /// is still under way look like those of one that was not finished: `older_than` must be longer than any upload takes.
    ///
    /// # Errors
    /// When an object can't be looked at: then nothing is known for certain.
    pub async fn orphaned_segments(&self, container: &str, older_than: Duration) -> Result<Vec<Object>> {
        let segments = segments_container(container);
        let now = SystemTime::now();
        let mut found: BTreeMap<String, Object> = BTreeMap::new();
        let mut items = self.list_objects(&segments).items();
        while let Some(entry) = items.try_next().await? {
            let Entry::Item(object) = entry else { continue };
            if owner(&object.name).is_some() {
                found.insert(object.name.clone(), object);
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut running: Looking = JoinSet::new();
        let mut containers = self.list_containers().items();
        while let Some(entry) = containers.try_next().await? {
            let Entry::Item(Container { name: place, .. }) = entry else { continue };
            let mut objects = self.list_objects(&place).items();
            loop {
                let object = match objects.try_next().await {
                    Ok(Some(Entry::Item(object))) => object,
                    Ok(Some(Entry::Subdir(_))) => continue,
                    Ok(None) => break,
                    // The container went away meanwhile, and all manifests in it.
                    Err(error) if error.is_not_found() => break,
                    Err(error) => return Err(error),
                };
                // What is a segment by name counts only where a manifest leads to it.
                if place == segments && found.contains_key(&object.name) {
                    continue;
                }
                if running.len() >= AT_A_TIME {
                    take(&mut running, &segments, &mut used).await?;
                }
                let (storage, place) = (self.clone(), place.clone());
                running.spawn(async move { segments_of(&storage, &place, &object.name).await });
            }
        }
        while !running.is_empty() {
            take(&mut running, &segments, &mut used).await?;
        }
        let folders: BTreeSet<_> = used.iter().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
        let is_old = |object: &Object| {
            let stored = object.last_modified.as_ref().map(|at| at.to_system_time());
            stored.is_some_and(|stored| now.duration_since(stored).is_ok_and(|age| age >= older_than))
        };
        let orphaned = found.into_values().filter(|object| {
            // The mark of segments that were moved away goes when they do.
            let folder = object.name.strip_suffix(MOVED);
            !used.contains(&object.name) && !folder.is_some_and(|folder| folders.contains(folder)) && is_old(object)
        });
        Ok(orphaned.collect())
    }

    /// Removes what [`ObjectStorage::orphaned_segments`] found, but for what the object of its name has got since. Returns how many
    /// that were.
    ///
    /// # Errors
    /// When an object can't be looked at, and when one could not be removed.
    pub async fn remove_orphaned_segments(&self, container: &str, orphaned: &[Object]) -> Result<u64> {
        let segments = segments_container(container);
        let mut by_owner: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
        for object in orphaned {
            if let Some(owner) = owner(&object.name) {
                by_owner.entry(owner).or_default().push((segments.clone(), object.name.clone()));
            }
        }
        let mut removed = 0;
        for (owner, names) in by_owner {
            let used = segments_of(self, container, owner).await?;
            let names: Vec<_> = names.into_iter().filter(|name| !used.contains(name)).collect();
            removed += self.remove_objects(&names).await?;
        }
        Ok(removed)
    }
}

async fn take(running: &mut Looking, segments: &str, used: &mut BTreeSet<String>) -> Result<()> {
    match running.join_next().await {
        Some(Ok(found)) => {
            used.extend(found?.into_iter().filter(|(container, _)| container == segments).map(|(_, name)| name));
            Ok(())
        }
        Some(Err(_)) => Err(Error::new(k5_core::ErrorKind::Local, "the search for manifests broke off")),
        None => Ok(()),
    }
}

/// The object whose upload made this segment; `None` for a name that no upload makes.
fn owner(name: &str) -> Option<&str> {
    let (folder, last) = name.rsplit_once('/')?;
    let (folder, segment) = folder.rsplit_once('/')?;
    let (folder, size) = folder.rsplit_once('/')?;
    let (folder, generation) = folder.rsplit_once('/')?;
    let (object, kind) = folder.rsplit_once('/')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_manifest = last.strip_prefix("manifest-").is_some_and(|n| n.len() == 8 && number(n));
    let known = index_of(last).is_some() || of_manifest || Some(last) == MOVED.strip_prefix('/');
    let time = generation.trim_start_matches('-').split(['.', '-']).next().is_some_and(number);
    (known && time && number(size) && number(segment) && matches!(kind, "slo" | "dlo")).then_some(object)
}

/// Whether an upload in segments gives such a name to a segment: this one's, or python-swiftclient's.
pub(crate) fn is_segment(name: &str) -> bool {
    if owner(name).is_some() {
        return true;
    }
    // `{object}/{time}/{size}/{segment size}/{index}`, with `slo` before the time where it was told so.
    let mut parts = name.rsplit('/');
    let number = |text: Option<&str>| text.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let index = parts.next().is_some_and(|index| index.len() == 8 && number(Some(index)));
    let sizes = number(parts.next()) && number(parts.next());
    let time = parts
        .next()
        .and_then(|time| time.split_once('.'))
        .is_some_and(|(seconds, rest)| number(Some(seconds)) && number(Some(rest)));
    index && sizes && time && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_an_upload_makes_are_segments() {
        for name in [
            "a/b/slo/1.500000000/10/4/00000002",
            "a/b/slo/1.500000000-x99/10/4/00000002-0a1b2c3d",
            "a/b/dlo/-1.500000000/10/4/00000002",
            "a/b/slo/1.500000000-0a1b2c3d/10/4/manifest-00000000",
            "a/b/slo/1.5/10/4/moved",
        ] {
            assert_eq!(owner(name), Some("a/b"), "{name}");
        }
        for name in [
            "a",
            "a/slo/x/10/4/00000002",
            "a/slo/1.5/10/4/2",
            "a/1.5/10/4/00000002",
            "a/slo/1.5/10/4/notes.txt",
            "slo/1.5/10/4/00000002",
        ] {
            assert_eq!(owner(name), None, "{name}");
        }
    }
}
