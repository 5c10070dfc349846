//! What a failed upload in segments leaves.

use super::segmented::Segmented;
use crate::transfer::hash::file::FileSource;
use crate::transfer::segments::claim::{self, Mark};
use crate::transfer::segments::look::look_if_allowed;
use crate::transfer::segments::release;
use crate::transfer::segments::store::Store;
use k5_core::Error;

impl Segmented {
    /// Says what is stored, what is missing, and how to resume.
    pub(super) async fn failed(&self, store: &Store, mark: &Mark, file: Option<&FileSource>, error: Error) -> Error {
        store.meter.publish();
        let now = store.meter.now();
        let changed = file.is_some_and(|file| file.check().is_err());
        let object = format!("{}/{}", self.container, self.object);
        // After the last request there may be something that only the server knows about yet.
        let looked = look_if_allowed(&self.storage, &self.container, &self.object).await;
        let may_be_in = !looked.is_ok_and(|seen| seen.is_none_or(|seen| !seen.refers_to(&store.container, store.folder())));
        let state = if may_be_in { "may already be replaced" } else { "is as it was before" };
        if changed || file.is_none() || !self.resume {
            // Later runs can't use them.
            let claimed = claim::marks(&self.storage, &store.container, store.folder()).await;
            let is_mine = claimed.as_ref().is_ok_and(|marks| marks.iter().any(|found| found.by == mark.by));
            let outcome = match may_be_in {
                true => Err(()),
                false => release::discard(&self.storage, &store.container, store.folder(), is_mine).await.map_err(drop),
            };
            let outcome = match outcome {
                Ok(()) => {
                    self.cleanup.disarm();
                    "its segments were removed".to_owned()
                }
                Err(()) => format!("its segments remain in {} below {}", store.container, store.prefix),
            };
            let next = if changed { "upload what it is now" } else { "begin anew" };
            return error.with_note(&format!("{object} {state}, {outcome}: {next}"));
        }
        let total = now.total.unwrap_or(now.committed);
        let segments = now.segments.unwrap_or(now.segments_done);
        error.with_note(&format!(
            "{} of {segments} segments ({} of {total} bytes) are stored in {} below {}, {} bytes are missing, and {object} {state}: the same upload resumes from there",
            now.segments_done,
            now.committed,
            store.container,
            store.prefix,
            total.saturating_sub(now.committed),
        ))
    }
}
