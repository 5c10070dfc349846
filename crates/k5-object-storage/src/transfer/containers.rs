//! Containers that are created if they are missing.

use super::segments::look::is_forbidden;
use crate::ObjectStorage;
use crate::generated::ContainerInfo;
use k5_core::Result;

impl ObjectStorage {
    /// Creates a container unless it exists; an existing one is not changed. Whoever may write objects need not be allowed to
    /// examine the container (403): then it is assumed to exist.
    ///
    /// # Errors
    /// Fails if it can't be examined for another reason, or if it can't be created.
    pub async fn ensure_container(&self, container: &str) -> Result<()> {
        match may_be_there(self, container).await? {
            true => Ok(()),
            false => self.create_container(container).send().await.map(drop),
        }
    }
}

/// Creates the container for segments unless it exists, with the storage policy of the container that it belongs to.
pub(crate) async fn ensure_for_segments(storage: &ObjectStorage, container: &str, segments: &str) -> Result<()> {
    if may_be_there(storage, segments).await? {
        return Ok(());
    }
    let beside = storage.show_container(container).send().await;
    let policy = match beside {
        Ok(ContainerInfo { storage_policy, .. }) => storage_policy,
        Err(error) if error.is_not_found() => {
            return Err(error.with_note(&format!("there is no container {container}: create it first")));
        }
        Err(_) => None,
    };
    let create = storage.create_container(segments);
    let create = match &policy {
        Some(policy) => create.storage_policy(policy),
        None => create,
    };
    let why = || {
        format!(
            "{segments} is for the segments of large objects in {container}: it must be there, or the user be allowed to create it"
        )
    };
    create.send().await.map(drop).map_err(|error| error.with_note(&why()))
}

/// Whether a container exists, as far as the user may know.
async fn may_be_there(storage: &ObjectStorage, container: &str) -> Result<bool> {
    match storage.show_container(container).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) if is_forbidden(&error) => Ok(true),
        Err(error) => Err(error),
    }
}
