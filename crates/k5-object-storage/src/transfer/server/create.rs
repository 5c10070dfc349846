//! A copy or a move to a name that must be free: an upload that the server refuses otherwise.

use super::copy::ServerCopy;
use crate::etag;
use crate::generated::{ObjectInfo, meta::COPY_OBJECT};
use crate::transfer::Stored;
use crate::transfer::segments::look;
use k5_core::{Error, ErrorKind, Result};

/// The size up to which a copy passes through this machine and becomes a plain object: 1 MiB.
const SMALL: u64 = 1 << 20;

impl ServerCopy {
    /// Stores the copy unless the name is taken, and then deletes the source of a move.
    pub(super) async fn create(&self) -> Result<()> {
        let (container, object) = (self.from.0.as_str(), self.from.1.as_str());
        let itself = self.storage.object_itself(container, object, true).await?;
        // The upload checks it again; this finds out before anything is copied.
        self.is_absent().await?;
        let info = match itself.symlink_target {
            Some(_) => self.storage.show_object(container, object).newest(true).send().await?,
            None => itself.clone(),
        };
        match info.content_length {
            Some(size) if size > SMALL => {
                if self.storage.cluster().await.static_objects == Some(false) {
                    return Err(Error::invalid_input(format!(
                        "{container}/{object} has {size} bytes: without static large objects this cluster can't copy more than {SMALL} \
                         bytes to a name that must be free"
                    )));
                }
                self.keep(self.by_segments(&info).await?.etag).await?;
            }
            _ => self.keep(self.through_here(&info).await?.etag).await?,
        }
        if self.moves {
            let removed = self.storage.remove_unchanged(container, object, &itself).await;
            removed.map_err(|error| error.with_note("it is copied, and the source stays"))?;
        }
        Ok(())
    }

    /// A small copy: downloaded, and uploaded under the new name.
    async fn through_here(&self, info: &ObjectInfo) -> Result<Stored> {
        let download = self.storage.download_object(&self.from.0, &self.from.1).newest(true).send().await?;
        if download.info().timestamp != info.timestamp {
            return Err(self.changed("was replaced while it was looked at"));
        }
        let template = self.template(info).if_none_match("*");
        let bytes = download.collect(usize::try_from(SMALL).unwrap_or(usize::MAX)).await?;
        self.storage.upload(&self.to.0, &self.to.1).from_bytes(bytes).configure(move |_| template).send().await
    }

    /// Checks that what was stored was not replaced by a writer who found the name free at the same time.
    async fn keep(&self, etag: Option<String>) -> Result<()> {
        let now = look::head_of(&self.storage, &self.to.0, &self.to.1, true).await;
        let now = now.as_ref().ok().and_then(|seen| seen.as_ref()?.info.etag.as_deref());
        match etag.as_deref().zip(now).is_none_or(|(stored, now)| etag::same(stored, now)) {
            true => Ok(()),
            false => {
                let error = Error::new(ErrorKind::Status, "another writer has stored this object at the same time");
                Err(error.with_operation(&COPY_OBJECT).with_status(http::StatusCode::PRECONDITION_FAILED))
            }
        }
    }
}
