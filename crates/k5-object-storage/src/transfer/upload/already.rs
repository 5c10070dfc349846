//! An object that already is what an upload would store: then there is nothing to do.

use super::segmented::Segmented;
use super::stored::Stored;
use super::survey::Survey;
use super::wanted;
use crate::etag;
use crate::transfer::hash::file::FileSource;
use crate::transfer::segments::Layout;
use crate::transfer::segments::look::{Kind, Seen};
use crate::transfer::segments::segment::Done;
use crate::transfer::segments::sizes::Sizes;
use crate::transfer::segments::store::Store;
use k5_core::Result;
use std::collections::BTreeMap;

impl Segmented {
    /// Whether the object is what this upload would store, including everything stored with its bytes: then there is nothing to
    /// do.
    pub(super) async fn is_there_already(
        &self,
        store: &Store,
        now: &Seen,
        file: &FileSource,
        sizes: Sizes,
        survey: &Survey,
    ) -> Result<Option<Stored>> {
        let is_static = self.layout == Layout::Static;
        if !now.is_large() || (now.kind == Kind::Static) != is_static || !wanted::has_all(self.template.0.headers(), &now.info) {
            return Ok(None);
        }
        let mut done = BTreeMap::new();
        for (index, part) in (0..).zip(now.parts.iter().filter(|part| !part.is_manifest)) {
            let (Some((container, name)), Some(etag)) = (&part.place, &part.etag) else { return Ok(None) };
            let range = sizes.range(index);
            let fits = part.is_whole && index < sizes.count() && part.bytes == Some(range.end - range.start);
            if !fits || *container != store.container || !survey.is_in_folder(name) {
                return Ok(None);
            }
            // The manifest describes the segments as they were when it was stored; one may have been lost or replaced since.
            if !survey.has(name, etag) && !store.has(name, etag, range.end - range.start).await? {
                return Ok(None);
            }
            let bytes = range.end - range.start;
            done.insert(index, Done { index, name: name.clone(), etag: etag.clone(), bytes, reused: true });
        }
        if done.len() as u64 != sizes.count() {
            return Ok(None);
        }
        let Some(sums) = &store.sums else { return Ok(None) };
        for part in done.values() {
            if !etag::same(&sums.of(part.index).await?, &part.etag) {
                return Ok(None);
            }
        }
        file.check().map_err(|error| file.unreadable(error))?;
        let Some(answer) = now.answer() else { return Ok(None) };
        done.values().for_each(|part| self.meter.committed(part.bytes, true));
        self.meter.publish();
        Ok(Some(self.outcome(answer, &done)))
    }
}
