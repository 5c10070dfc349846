//! Removes many objects with as few requests as the cluster allows.

use crate::ObjectStorage;
use k5_core::{Error, Result};
use tokio::task::JoinSet;

/// The maximum number of names in one bulk deletion: the server goes through them one by one while the request waits.
const BULK: usize = 1000;
/// How many single deletions run at a time.
const AT_A_TIME: usize = 8;

impl ObjectStorage {
    /// Removes objects, `(container, name)`: with bulk deletions if the cluster supports them, otherwise one by one, eight at a
    /// time. Objects that are already gone are not errors. Returns how many objects this removed.
    ///
    /// # Errors
    /// Fails if one could not be removed; the others are tried all the same.
    pub async fn remove_objects(&self, names: &[(String, String)]) -> Result<u64> {
        let mut removed = 0;
        if names.len() > 1
            && let Some(limit) = self.bulk_delete_limit().await
        {
            let mut failed = None;
            for names in names.chunks(limit.min(BULK)) {
                let list = names.iter().map(|(container, name)| (container.as_str(), name.as_str()));
                match self.delete_many(list).await {
                    Ok(report) => removed += report.number_deleted,
                    Err(error) => failed = Some(error),
                }
            }
            return failed.map_or(Ok(removed), Err);
        }
        let mut running: JoinSet<Result<bool>> = JoinSet::new();
        let mut failed: Option<Error> = None;
        let mut note = |ended: Option<Result<Result<bool>, _>>| match ended {
            Some(Ok(Ok(gone))) => removed += u64::from(gone),
            Some(Ok(Err(error))) => failed = Some(error),
            Some(Err(_)) | None => {}
        };
        for (container, name) in names {
            if running.len() >= AT_A_TIME {
                note(running.join_next().await);
            }
            let (storage, container, name) = (self.clone(), container.clone(), name.clone());
            running.spawn(async move {
                match storage.delete_object(&container, &name).send().await {
                    Ok(_) => Ok(true),
                    Err(error) if error.is_not_found() => Ok(false),
                    Err(error) => Err(error),
                }
            });
        }
        while !running.is_empty() {
            note(running.join_next().await);
        }
        failed.map_or(Ok(removed), Err)
    }
}
