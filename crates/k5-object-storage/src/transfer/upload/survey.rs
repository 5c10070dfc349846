//! What earlier runs of an upload have stored: folders that it resumes, and folders that it may only copy from.

use crate::etag;
use crate::transfer::segments::look::{Seen, is_forbidden};
use crate::transfer::segments::names::{self, object_prefix};
use crate::transfer::segments::segment::Earlier;
use crate::transfer::segments::sizes::Sizes;
use crate::transfer::segments::store::Store;
use k5_core::Result;
use std::collections::BTreeMap;

/// The folders of one generation of a source, by the whole generation in their names.
#[derive(Default)]
pub(crate) struct Survey {
    container: String,
    folders: BTreeMap<String, Folder>,
}

#[derive(Default)]
struct Folder {
    name: String,
    is_claimed: bool,
    segments: Vec<(u64, Earlier)>,
}

impl Survey {
    /// Lists them. A listing may lag behind: what it lacks is requested by name, and claiming a folder shows the truth.
    pub(crate) async fn of(store: &Store, object: &str, kind: &str, generation: &str, sizes: Sizes) -> Result<Self> {
        let mut survey = Self { container: store.container.clone(), folders: BTreeMap::new() };
        let prefix = object_prefix(object, kind) + generation;
        let mut items = store.storage.list_objects(&store.container).prefix(&prefix).items();
        loop {
            let found = match items.try_next().await {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(survey),
                // A caller who may write there may not be allowed to list.
                Err(error) if error.is_not_found() || is_forbidden(&error) => return Ok(survey),
                Err(error) => return Err(error),
            };
            let Some((of, size, segment, last)) = names::in_folder(object, kind, &found.name) else { continue };
            if (size, segment) != (sizes.size, sizes.segment) || !is_of(generation, of) {
                continue;
            }
            let folder = survey.folders.entry(of.to_owned()).or_default();
            if folder.name.is_empty() {
                folder.name = names::read(&found.name).map(|named| named.folder.to_owned()).unwrap_or_default();
            }
            if last.is_empty() {
                folder.is_claimed = true;
            } else if let Some(index) = names::index_of(last)
                && store.is_young(&found)
            {
                folder.segments.push((index, Earlier { name: found.name, hash: found.hash, bytes: found.bytes }));
            }
        }
    }

    /// Whether this is the name of something in one of the folders.
    pub(crate) fn is_in_folder(&self, name: &str) -> bool {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.folders.values().any(|known| known.name == folder)
    }

    /// Whether a segment is listed with this ETag.
    pub(crate) fn has(&self, name: &str, etag: &str) -> bool {
        let mut segments = self.folders.values().flat_map(|folder| &folder.segments);
        segments.any(|(_, stored)| stored.name == name && stored.hash.as_ref().is_some_and(|hash| etag::same(hash, etag)))
    }

    /// The generation to resume, whose folder nobody has claimed and that the object does not consist of.
    pub(crate) fn free(&self, generation: &str, now: Option<&Seen>) -> Option<String> {
        let is_taken = |folder: &Folder| folder.is_claimed || now.is_some_and(|seen| seen.refers_to(&self.container, &folder.name));
        let free = self.folders.iter().filter(|(_, folder)| !is_taken(folder));
        // The one that had progressed furthest when its run was interrupted.
        let furthest = free.max_by_key(|(_, folder)| folder.segments.len()).map(|(generation, _)| generation.clone());
        furthest.or_else(|| (!self.folders.contains_key(generation)).then(|| generation.to_owned()))
    }

    /// Tells a store what already exists.
    pub(crate) fn fill(self, store: &mut Store, chosen: &str) {
        for (generation, folder) in self.folders {
            let stored = if generation == chosen { &mut store.stored } else { &mut store.copies };
            for (index, segment) in folder.segments {
                stored.entry(index).or_default().push(segment);
            }
        }
    }
}

/// An alternative to `generation`, in case that one is taken.
pub(crate) fn beside(generation: &str) -> String {
    format!("{generation}-n{:08x}", fastrand::u32(..))
}

/// Whether a folder's generation is this one or an alternative to it.
pub(crate) fn is_of(generation: &str, folder: &str) -> bool {
    let Some(rest) = folder.strip_prefix(generation) else { return false };
    let nonce = rest.strip_prefix("-n");
    rest.is_empty() || nonce.is_some_and(|nonce| nonce.len() == 8 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_apart() {
        assert!(is_of("1.5", "1.5") && is_of("1.5", &beside("1.5")) && is_of("1.5-x99", &beside("1.5-x99")));
        for other in ["1.50", "1.5-x99", "1.5-a1234567", "1.5-0a1b2c3d", "1.5-n0a1b2c3", "1"] {
            assert!(!is_of("1.5", other), "{other}");
        }
    }
}
