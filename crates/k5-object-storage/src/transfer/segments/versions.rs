//! Whether old versions may consist of segments.

use super::look::is_forbidden;
use crate::ObjectStorage;
use k5_core::Result;

/// Whether a container has old versions of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    None,
    Kept,
    /// The user may not look at the container.
    Unknown,
}

/// Whether a container keeps old versions or has kept some, so that what they consist of must stay; or that this can't be
/// determined.
pub(crate) async fn keeps_versions(storage: &ObjectStorage, container: &str) -> Result<Versions> {
    match storage.show_container(container).newest(true).send().await {
        Ok(info) => {
            // A container that has stopped keeping them still has those that it kept.
            let keeps = info.versions_enabled.is_some() || info.versions_location.is_some() || info.history_location.is_some();
            Ok(if keeps { Versions::Kept } else { Versions::None })
        }
        Err(error) if error.is_not_found() => Ok(Versions::None),
        Err(error) if is_forbidden(&error) => Ok(Versions::Unknown),
        Err(error) => Err(error),
    }
}
