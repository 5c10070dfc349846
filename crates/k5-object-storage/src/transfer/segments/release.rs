//! The deletion of segments that an object consisted of, after another check of whatever may refer to them now.

use super::claim::{self, Mark};
use super::look::{Kind, Names, Seen, is_forbidden, look};
use super::names::{self, KEPT_MARK, MARK, object_prefix};
use super::versions::{Versions, keeps_versions};
use crate::ObjectStorage;
use k5_core::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The outcome for segments that nobody should need any more.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Released {
    /// Objects that were deleted.
    pub(crate) removed: u64,
    /// Objects that stay, and why the first of them stays.
    pub(crate) left: u64,
    pub(crate) why: Option<Left>,
}

/// Why segments of an object that is gone are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Left {
    /// The container keeps old versions of its objects, or did so when one was replaced, and those consist of them.
    Versions,
    /// Another object refers to them.
    InUse,
    /// They begin as a dynamic large object's segments do, but have no names of segments.
    OtherNames,
    /// It can't be determined whether they are in use, because a container or object can't be examined.
    Unknown,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Versions => "old versions consist of them",
            Self::InUse => "another object refers to them",
            Self::OtherNames => "their names begin as those of its segments, but are none",
            Self::Unknown => "it can't be told whether another object refers to them",
        })
    }
}

impl Released {
    fn left(names: &Names, why: Left) -> Self {
        Self { removed: 0, left: names.len() as u64, why: (!names.is_empty()).then_some(why) }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { removed: self.removed + other.removed, left: self.left + other.left, why: self.why.or(other.why) }
    }
}

/// The segments of an object that is replaced: what was stored as such, for a manifest may name any object.
pub(crate) fn segments_of(seen: &Seen) -> Names {
    let mut names = seen.names();
    match &seen.kind {
        Kind::Dynamic(_, prefix) => names.retain(|(_, name)| names::is_below(prefix, name)),
        _ => names.retain(|(container, name)| container.ends_with("_segments") || names::is_segment(name)),
    }
    names
}

/// Deletes segments that an object of this place consisted of, with the marks beside them, unless the object itself, the one that made
/// them, or one that they were handed over to or by consists of them now, or an old version of these may.
///
/// # Errors
/// Fails if something can't be examined or deleted.
pub(crate) async fn release(storage: &ObjectStorage, place: (&str, &str), segments: Names) -> Result<Released> {
    if segments.is_empty() {
        return Ok(Released::default());
    }
    let mut owners = BTreeSet::from([(place.0.to_owned(), place.1.to_owned())]);
    let mut folders: BTreeMap<(String, String), Vec<Mark>> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for (container, name) in &segments {
        let Some(named) = names::read(name) else { continue };
        let folder = (container.clone(), named.folder.to_owned());
        if folders.contains_key(&folder) {
            continue;
        }
        if claim::is_kept(storage, container, named.folder).await? {
            kept.insert(folder.clone());
        }
        let marks = claim::marks(storage, container, named.folder).await?;
        owners.extend(marks.iter().flat_map(Mark::owners).cloned());
        owners.extend(container.strip_suffix("_segments").map(|container| (container.to_owned(), named.object.to_owned())));
        folders.insert(folder, marks);
    }
    let mut keeping = BTreeMap::new();
    let mut used = Names::new();
    for (container, object) in &owners {
        let keeps = match keeping.get(container) {
            Some(known) => *known,
            None => {
                let known = kept_reason(storage, container).await?;
                keeping.insert(container.clone(), known);
                known
            }
        };
        if let Some(why) = keeps {
            if why == Left::Versions {
                // The container may stop keeping versions, and those that there are stay all the same.
                for (container, folder) in folders.keys().filter(|folder| !kept.contains(*folder)) {
                    claim::keep(storage, container, folder).await?;
                }
            }
            return Ok(Released::left(&segments, why));
        }
        match look(storage, container, object).await {
            Ok(seen) => used.extend(seen.map(|seen| seen.names()).unwrap_or_default()),
            Err(error) if is_forbidden(&error) => return Ok(Released::left(&segments, Left::Unknown)),
            Err(error) => return Err(error),
        }
    }
    let mut left = Released::default();
    let (mut gone, mut marks) = (Vec::new(), Vec::new());
    let mut listed = BTreeSet::new();
    for (container, name) in segments {
        let folder = names::read(&name).map(|named| (container.clone(), named.folder.to_owned()));
        let known = folder.as_ref().and_then(|folder| folders.get(folder));
        if folder.as_ref().is_some_and(|folder| kept.contains(folder)) {
            left = left.and(Released { removed: 0, left: 1, why: Some(Left::Versions) });
            continue;
        }
        // Where earlier versions left a mark, the manifest is anywhere.
        let is_elsewhere = known.is_some_and(|marks| {
            marks.iter().any(|mark| mark.of.is_none())
                && folder.as_ref().and_then(|folder| names::object_of_folder(&folder.1)) == Some(place.1)
        });
        if is_elsewhere || used.contains(&(container.clone(), name.clone())) {
            left = left.and(Released { removed: 0, left: 1, why: Some(Left::InUse) });
            continue;
        }
        if let (Some(folder), Some(known)) = (folder, known)
            && listed.insert(folder.clone())
        {
            let is_used = used.iter().any(|(container, name)| *container == folder.0 && is_in(&folder.1, name));
            if !is_used && !known.is_empty() {
                // Nobody may ever name what else an upload has left in a folder that was claimed.
                gone.extend(rest_of(storage, &folder.0, &folder.1).await?);
                marks.extend(claim::names_of(&folder.1).map(|name| (folder.0.clone(), name)));
            }
        }
        gone.push((container, name));
    }
    gone.sort_unstable();
    gone.dedup();
    let removed = storage.remove_objects(&gone).await?;
    storage.remove_objects(&marks).await?;
    Ok(left.and(Released { removed, ..Released::default() }))
}

/// Deletes the segments of an object's earlier uploads whose manifests were stored and are there no more: what a writer leaves who
/// did not see what he replaced.
pub(crate) async fn sweep(storage: &ObjectStorage, place: (&str, &str), segments: &str) -> Result<Released> {
    let mut swept = Released::default();
    if keeps_versions(storage, place.0).await? != Versions::None {
        return Ok(swept);
    }
    for kind in ["slo", "dlo"] {
        let mut folders = BTreeSet::new();
        let names = below(storage, segments, &object_prefix(place.1, kind)).await?;
        for (_, name) in &names {
            folders.extend(name.strip_suffix(MARK));
        }
        // Of many old versions, each would be asked for otherwise.
        for (_, name) in &names {
            name.strip_suffix(KEPT_MARK).map(|folder| folders.remove(folder));
        }
        for folder in folders {
            let marks = claim::marks(storage, segments, folder).await?;
            let of_this = |mark: &Mark| {
                mark.stored && mark.of.as_ref().is_some_and(|(container, object)| (container.as_str(), object.as_str()) == place)
            };
            if marks.is_empty() || !marks.iter().all(of_this) {
                continue;
            }
            // Checked again for each folder, since a manifest may have been stored in the meantime.
            if look(storage, place.0, place.1).await?.is_some_and(|seen| seen.refers_to(segments, folder)) {
                continue;
            }
            let mut names: Names = rest_of(storage, segments, folder).await?.into_iter().collect();
            names.insert((segments.to_owned(), format!("{folder}{MARK}")));
            swept = swept.and(release(storage, place, names).await?);
        }
    }
    Ok(swept)
}

/// Deletes an upload's segments that no manifest has named. Unless the caller has claimed the folder it is claimed first, so that none
/// will.
pub(crate) async fn discard(storage: &ObjectStorage, container: &str, folder: &str, is_claimed: bool) -> Result<()> {
    if !is_claimed && !Mark::anonymous().claim(storage, container, folder, None).await? {
        return Err(Error::new(ErrorKind::Status, "they are claimed for a manifest"));
    }
    let rest = rest_of(storage, container, folder).await?;
    storage.remove_objects(&rest).await?;
    let marks = claim::names_of(folder).map(|name| (container.to_owned(), name));
    storage.remove_objects(&marks[..1]).await.map(drop)
}

/// Marks the segments of an object that is about to be deleted from a container that keeps old versions.
pub(crate) async fn keep_version(storage: &ObjectStorage, container: &str, seen: &Seen) -> Result<()> {
    let folders: BTreeSet<_> =
        seen.names().into_iter().filter_map(|(container, name)| Some((container, names::read(&name)?.folder.to_owned()))).collect();
    if !folders.is_empty() && keeps_versions(storage, container).await? == Versions::Kept {
        for (container, folder) in folders {
            claim::keep(storage, &container, &folder).await?;
        }
    }
    Ok(())
}

/// Why segments of a container's objects must stay, if they must.
async fn kept_reason(storage: &ObjectStorage, container: &str) -> Result<Option<Left>> {
    Ok(match keeps_versions(storage, container).await? {
        Versions::None => None,
        Versions::Kept => Some(Left::Versions),
        Versions::Unknown => Some(Left::Unknown),
    })
}

/// Everything in an upload's folder that an upload makes.
async fn rest_of(storage: &ObjectStorage, container: &str, folder: &str) -> Result<Vec<(String, String)>> {
    let mut names = below(storage, container, &format!("{folder}/")).await?;
    names.retain(|(_, name)| names::read(name).is_some());
    Ok(names)
}

fn is_in(folder: &str, name: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

async fn below(storage: &ObjectStorage, container: &str, prefix: &str) -> Result<Vec<(String, String)>> {
    let mut items = storage.list_objects(container).prefix(prefix).items();
    let mut names = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(object)) => names.push((container.to_owned(), object.name)),
            Ok(None) => return Ok(names),
            Err(error) if error.is_not_found() || is_forbidden(&error) => return Ok(names),
            Err(error) => return Err(error),
        }
    }
}
