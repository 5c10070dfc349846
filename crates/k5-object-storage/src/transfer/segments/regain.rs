//! Dynamic large objects that have lost their manifest: a POST of metadata removes it unless it repeats it, and the API has no
//! conditions for a POST, so it may hit an object that was stored a moment before.

use super::claim::{self, Mark};
use super::look::is_forbidden;
use super::names::{KEPT_MARK, MARK, MOVED_MARK, object_prefix, segments_container};
use crate::ObjectStorage;
use k5_core::{Result, Timestamp, path};
use std::time::SystemTime;

/// The manifest of an object that is now an empty one, as its header states it: the manifest of an upload in segments that records
/// being stored here, no earlier than `since` by the server's clock.
pub(crate) async fn lost_manifest(
    storage: &ObjectStorage,
    (container, object): (&str, &str),
    since: SystemTime,
) -> Result<Option<String>> {
    let segments = segments_container(container);
    let mut items = storage.list_objects(&segments).prefix(&object_prefix(object, "dlo")).items();
    let (mut marks, mut others) = (Vec::new(), Vec::new());
    loop {
        match items.try_next().await {
            Ok(Some(found)) => {
                let other = found.name.strip_suffix(MOVED_MARK).or_else(|| found.name.strip_suffix(KEPT_MARK));
                others.extend(other.map(str::to_owned));
                let stored = found.last_modified.as_ref().map(Timestamp::to_system_time).filter(|stored| *stored >= since);
                marks.extend(stored.zip(found.name.strip_suffix(MARK).map(str::to_owned)));
            }
            Ok(None) => break,
            Err(error) if error.is_not_found() || is_forbidden(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    marks.sort();
    for (_, folder) in marks.into_iter().rev().filter(|(_, folder)| !others.contains(folder)) {
        let is_of_this =
            |mark: &Mark| mark.stored && mark.of.as_ref().is_some_and(|of| *of == (container.to_owned(), object.to_owned()));
        let found = claim::marks(storage, &segments, &folder).await?;
        if !found.is_empty() && found.iter().all(is_of_this) {
            return Ok(Some(format!("{}/{}", path::segment(&segments), path::name(&format!("{folder}/")))));
        }
    }
    Ok(None)
}
