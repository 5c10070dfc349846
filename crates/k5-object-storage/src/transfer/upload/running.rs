//! A running upload, which can be watched, awaited, or aborted.

use super::stored::Stored;
use crate::ObjectStorage;
use crate::transfer::progress::{Meter, TransferProgress};
use crate::transfer::segments::look::look_if_allowed;
use crate::transfer::segments::release;
use crate::transfer::segments::store::Store;
use k5_core::{Error, ErrorKind, Result, Sent};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running upload. Dropping it stops it: stored segments stay for a later run.
#[derive(Debug)]
#[must_use = "dropped, the upload stops"]
pub struct RunningUpload {
    task: JoinHandle<Result<Stored>>,
    meter: Arc<Meter>,
    cleanup: Arc<Cleanup>,
    storage: ObjectStorage,
    place: (String, String),
}

/// What to remove if an upload is aborted.
#[derive(Debug, Default)]
pub(crate) struct Cleanup(Mutex<Option<Leftover>>);

#[derive(Debug)]
struct Leftover {
    container: String,
    folder: String,
}

impl Cleanup {
    /// From now on there may be segments.
    pub(crate) fn arm(&self, store: &Store) {
        let leftover = Leftover { container: store.container.clone(), folder: store.folder().to_owned() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(leftover);
    }

    /// They belong to an object now, or have been dealt with.
    pub(crate) fn disarm(&self) {
        self.take();
    }

    fn take(&self) -> Option<Leftover> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl RunningUpload {
    pub(crate) fn new(
        task: JoinHandle<Result<Stored>>,
        meter: Arc<Meter>,
        cleanup: Arc<Cleanup>,
        storage: ObjectStorage,
        place: (String, String),
    ) -> Self {
        Self { task, meter, cleanup, storage, place }
    }

    /// Watches the progress: what it is doing, and the bytes and segments that are under way, stored, or sent again. The channel
    /// closes at the end.
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.meter.subscribe()
    }

    /// Waits for the upload to end.
    ///
    /// # Errors
    /// The same as for [`crate::transfer::Upload::send`].
    pub async fn join(mut self) -> Result<Stored> {
        let ended = (&mut self.task).await;
        ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::Local, "the upload was interrupted").with_sent(Sent::Maybe)))
    }

    /// Aborts the upload, and removes the segments that it or an earlier run of it stored. The previous object stays.
    ///
    /// # Errors
    /// Fails if it had already ended, or if the segments can't be removed; those are then left to a collection of segments.
    pub async fn abort(mut self) -> Result<()> {
        self.task.abort();
        if let Ok(Ok(_)) = (&mut self.task).await {
            return Err(Error::invalid_input("the upload had ended before it was aborted: the object is stored"));
        }
        let Some(leftover) = self.cleanup.take() else { return Ok(()) };
        // A manifest that was in flight is stored, or may still be: the folder was claimed for it, and stays.
        let now = look_if_allowed(&self.storage, &self.place.0, &self.place.1).await?;
        if now.is_some_and(|seen| seen.refers_to(&leftover.container, &leftover.folder)) {
            return Err(Error::invalid_input("the upload had ended before it was aborted: the object is stored"));
        }
        release::discard(&self.storage, &leftover.container, &leftover.folder, false).await
    }
}

impl Drop for RunningUpload {
    fn drop(&mut self) {
        self.task.abort();
    }
}
