//! The last steps of an upload in segments and of a copy by segments: claim, manifest, and what the object was before.
//!
//! The manifest's PUT is never blindly repeated. After an answer that leaves the outcome uncertain, what is stored under the name
//! decides: the new manifest is there, or nothing has changed and it may be sent again, or somebody else has stored something, and
//! then it may not.

use super::claim::Mark;
use super::look::{Seen, is_forbidden, is_unchanged, look, look_if_allowed};
use super::manifest;
use super::release;
use crate::ObjectStorage;
use crate::generated::{Uploaded, builder::UploadObject};
use crate::transfer::again;
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{Error, ErrorKind, Result, Sent};

/// An object that is about to consist of a folder's segments.
pub(crate) struct Commit<'a> {
    pub(crate) storage: &'a ObjectStorage,
    pub(crate) container: &'a str,
    pub(crate) object: &'a str,
    /// The container of segments, and the folder.
    pub(crate) segments: &'a str,
    pub(crate) folder: &'a str,
    /// When the segments expire.
    pub(crate) delete_at: Option<u64>,
    pub(crate) mark: &'a Mark,
    pub(crate) retry: &'a RetryPolicy,
}

impl Commit<'_> {
    /// Claims the folder; returns `false` if a manifest may already name its segments.
    pub(crate) async fn claim(&self) -> Result<bool> {
        self.mark.claim(self.storage, self.segments, self.folder, self.delete_at).await
    }

    /// What is stored under the name before the manifest is stored.
    pub(crate) async fn before(&self) -> Result<Option<Seen>> {
        look_if_allowed(self.storage, self.container, self.object).await
    }

    /// Stores the manifest.
    pub(crate) async fn put(&self, before: Option<&Seen>, manifest: &UploadObject) -> Result<Uploaded> {
        for made in 1.. {
            let error = match manifest::send_once(manifest).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.sent() == Sent::No && !error.is_retryable() => return Err(error),
                Err(error) => error,
            };
            match look(self.storage, self.container, self.object).await {
                Ok(Some(seen)) if seen.refers_to(self.segments, self.folder) => return seen.answer().ok_or(error),
                Ok(now) if !is_unchanged(before, now.as_ref()) => {
                    return Err(error.with_note("another writer has stored an object of this name meanwhile, which stays"));
                }
                Ok(_) => {}
                // Whoever may write there need not be allowed to read.
                Err(refused) if is_forbidden(&refused) => {}
                // Nothing more is known then.
                Err(_) => return Err(error),
            }
            let status = error.status().map(|status| status.as_u16());
            let outcome = Outcome::new(status, error.sent()).retry_after(error.retry_after());
            let wait = if error.is_retryable() { self.retry.delay(outcome, true, made, fastrand::f64()) } else { None };
            let Some(wait) = wait else { return Err(error) };
            again::tell(None, made, wait, &error);
            tokio::time::sleep(wait).await;
        }
        Err(Error::new(ErrorKind::Transport, "the manifest can't be stored"))
    }

    /// Removes what nobody needs once the manifest is stored: what the object consisted of before, and these segments themselves if
    /// somebody has replaced the object since. What can't be removed is not a failure: it is left to a collection of segments.
    pub(crate) async fn finish(&self, before: Option<&Seen>) {
        let place = (self.container, self.object);
        // From here on, whoever finds that the object no longer consists of them may remove them.
        let settled = self.mark.settle(self.storage, self.segments, self.folder, self.delete_at).await;
        let Ok(now) = look(self.storage, self.container, self.object).await else { return };
        let mut old = before.map(release::segments_of).unwrap_or_default();
        old.retain(|(container, name)| container != self.segments || !name.starts_with(&format!("{}/", self.folder)));
        let is_ours = now.as_ref().is_some_and(|seen| seen.refers_to(self.segments, self.folder));
        let _ = release::release(self.storage, place, old).await;
        // An answer that shows what was there before comes from a replica that lags behind, and proves nothing.
        if is_ours || settled.is_ok() && !is_unchanged(before, now.as_ref()) {
            let _ = release::sweep(self.storage, place, self.segments).await;
        }
    }
}
