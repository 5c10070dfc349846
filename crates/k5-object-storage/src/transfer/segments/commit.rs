//! The last steps of an upload in segments and of a copy by segments: claim, manifest, and what the object was before.
//!
//! The manifest's PUT is never repeated on trust. After an answer that says nothing certain, what stands at the name decides: the new
//! manifest is there, or nothing has changed and it may be sent again, or somebody else has stored something, and then it may not.

use super::claim::Mark;
use super::look::{Kind, Names, Seen, is_unchanged, look};
use super::release;
use super::store::is_forbidden;
use super::{manifest, names};
use crate::ObjectStorage;
use crate::generated::{UploadObject, Uploaded};
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{Error, ErrorKind, HeaderModel, Result, Sent};

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
    /// Claims the folder; `false` if a manifest may name its segments already.
    pub(crate) async fn claim(&self) -> Result<bool> {
        self.mark.claim(self.storage, self.segments, self.folder, self.delete_at).await
    }

    /// What stands at the name before the manifest is stored.
    pub(crate) async fn before(&self) -> Result<Option<Seen>> {
        seen(self.storage, self.container, self.object).await
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
                Ok(Some(seen)) if seen.refers_to(self.segments, self.folder) => return stored(&seen).ok_or(error),
                Ok(now) if !is_unchanged(before, now.as_ref()) => {
                    return Err(error.with_note("another writer has stored an object of this name meanwhile, which stays"));
                }
                Ok(_) => {}
                // Who may write there need not be allowed to look.
                Err(refused) if is_forbidden(&refused) => {}
                // Nothing more is known then.
                Err(_) => return Err(error),
            }
            let outcome = Outcome {
                status: error.status().map(|status| status.as_u16()),
                sent: error.sent(),
                retry_after: error.retry_after(),
            };
            let wait = if error.is_retryable() { self.retry.delay(outcome, true, made, fastrand::f64()) } else { None };
            let Some(wait) = wait else { return Err(error) };
            tokio::time::sleep(wait).await;
        }
        Err(Error::new(ErrorKind::Transport, "the manifest can't be stored"))
    }

    /// Removes what nobody needs once the manifest is in: what the object consisted of before, and these segments themselves if
    /// somebody has replaced the object since. What can't be removed is no failure: it is for a collection of segments.
    pub(crate) async fn finish(&self, before: Option<&Seen>) {
        let place = (self.container, self.object);
        // From here on, whoever finds that the object does not consist of them any more may remove them.
        let settled = self.mark.settle(self.storage, self.segments, self.folder, self.delete_at).await;
        let Ok(now) = look(self.storage, self.container, self.object).await else { return };
        let mut old = before.map(old_segments).unwrap_or_default();
        old.retain(|(container, name)| container != self.segments || !name.starts_with(&format!("{}/", self.folder)));
        let is_ours = now.as_ref().is_some_and(|seen| seen.refers_to(self.segments, self.folder));
        let _ = release::release(self.storage, place, old).await;
        // An answer that shows what was there before comes from a replica that lags behind, and says nothing.
        if is_ours || settled.is_ok() && !is_unchanged(before, now.as_ref()) {
            let _ = release::sweep(self.storage, place, self.segments).await;
        }
    }
}

/// What stands at a name, as far as the user may know: who may write there need not be allowed to look.
pub(crate) async fn seen(storage: &ObjectStorage, container: &str, object: &str) -> Result<Option<Seen>> {
    match look(storage, container, object).await {
        Err(error) if is_forbidden(&error) => Ok(None),
        outcome => outcome,
    }
}

/// The segments of an object that is replaced: what was stored as such, for a manifest may name any object.
pub(crate) fn old_segments(seen: &Seen) -> Names {
    let mut names = seen.names();
    match &seen.kind {
        Kind::Dynamic(_, prefix) => names.retain(|(_, name)| names::is_below(prefix, name)),
        _ => names.retain(|(container, name)| container.ends_with("_segments") || names::is_segment(name)),
    }
    names
}

/// What the server would have said of an object that is there.
pub(crate) fn stored(seen: &Seen) -> Option<Uploaded> {
    Uploaded::from_headers(seen.info.headers.clone()).ok()
}
