//! Symbolic links: objects that lead to others. Reading one returns the other; deleting, replacing or moving one affects the link.

use crate::ObjectStorage;
use crate::generated::ObjectInfo;
use k5_core::Result;

/// The mark on the target of Swift's own links, by which a container that keeps old versions finds the current one. In a target
/// that a user set, the question mark is percent-encoded.
const OF_VERSION: &str = "?version-id=";

impl ObjectStorage {
    /// Returns what the server says about an object itself: about a symbolic link, not about what it leads to. `symlink_target`
    /// tells the two apart.
    ///
    /// In a container that keeps old versions, each object is found through a link of Swift's own. Such a link doesn't count as a
    /// link here: it is followed, with a second request, and the object of the newest version is returned.
    ///
    /// Object storage 13 (Retrieve object metadata).
    ///
    /// # Errors
    /// Fails if there is no such object. A link that leads nowhere counts as an object.
    pub async fn show_object_itself(&self, container: &str, object: &str) -> Result<ObjectInfo> {
        self.object_itself(container, object, false).await
    }

    /// The same; with `newest`, from the newest of all replicas.
    pub(crate) async fn object_itself(&self, container: &str, object: &str, newest: bool) -> Result<ObjectInfo> {
        let show = || match newest {
            true => self.show_object(container, object).newest(true),
            false => self.show_object(container, object),
        };
        let mut info = show().symlink("get").send().await?;
        if !is_of_version(&info) {
            return Ok(info);
        }
        if let Some(version) = &info.version_id {
            let shown = show().version_id(version).symlink("get").send().await;
            match shown {
                Ok(shown) => info = shown,
                // A newer version has replaced it in the meantime, and this one was deleted.
                Err(error) if error.is_not_found() => info = show().send().await?,
                Err(error) => return Err(error),
            }
        }
        info.symlink_target = info.symlink_target.filter(|target| !target.contains(OF_VERSION));
        Ok(info)
    }
}

fn is_of_version(info: &ObjectInfo) -> bool {
    info.symlink_target.as_ref().is_some_and(|target| target.contains(OF_VERSION))
}
