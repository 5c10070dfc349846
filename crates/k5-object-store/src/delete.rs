//! Deleting many objects, each with the segments that it consists of.

use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use k5_object_storage::k5_core::{self, Error};
use k5_object_storage::transfer::Removed;
use std::collections::HashMap;

impl SwiftStore {
    /// Deletes what comes, a batch at a time, and returns the paths in the same order. What is gone already counts as deleted; an
    /// error that comes instead of a path is passed on in its place.
    pub(crate) fn delete<E: Send + 'static>(
        &self,
        paths: impl Stream<Item = Result<String, E>> + Send + 'static,
    ) -> BoxStream<'static, Result<String, Undeleted<E>>> {
        let store = self.clone();
        let batches = paths.chunks(self.0.limits.deletions);
        batches
            .then(move |batch| {
                let store = store.clone();
                async move { stream::iter(store.delete_batch(batch).await) }
            })
            .flatten()
            .boxed()
    }

    async fn delete_batch<E>(&self, batch: Vec<Result<String, E>>) -> Vec<Result<String, Undeleted<E>>> {
        let names: Vec<_> = batch.iter().flatten().map(|path| self.name(path)).collect();
        let mut outcomes: HashMap<String, k5_core::Result<Removed>> =
            self.0.storage.remove_many(&self.0.container, names).await.into_iter().collect();
        let found_nothing = outcomes.values().all(|outcome| outcome.as_ref().is_ok_and(|removed| removed.objects == 0));
        let missing = match found_nothing && !outcomes.is_empty() {
            // Where there is no container there are no objects either, but whoever deletes them should know.
            true => self.0.storage.show_container(&self.0.container).send().await.err().filter(Error::is_not_found),
            false => None,
        };
        let outcome = |path: Result<String, E>| {
            let path = path.map_err(Undeleted::Input)?;
            if let Some(missing) = &missing {
                return Err(Undeleted::Failed(Failure::of(&path, missing.clone())));
            }
            match outcomes.remove(&self.name(&path)) {
                Some(Err(error)) => Err(Undeleted::Failed(Failure::of(&path, error))),
                // A path that came twice was deleted once.
                Some(Ok(_)) | None => Ok(path),
            }
        };
        batch.into_iter().map(outcome).collect()
    }
}

/// Why something was not deleted.
#[derive(Debug)]
pub(crate) enum Undeleted<E> {
    /// There was an error in the place of its path.
    Input(E),
    Failed(Failure),
}
