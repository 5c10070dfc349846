//! What happens while a sync runs, and its outcome.

use super::left_out::LeftOut;
use super::plan::{Action, Planned};
use k5_core::Error;

/// What happens while a sync runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// An action was carried out.
    Done(Box<Planned>),
    /// Something in the source was left out, and why: it is not a file, or an object that is listed but no longer there.
    Skipped {
        /// The name below the root.
        name: String,
        /// Why.
        why: LeftOut,
    },
    /// Something failed; the sync continues with the rest.
    Failed {
        /// The name below the root.
        name: String,
        /// Why.
        error: Error,
    },
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Files and objects that were copied.
    pub copied: u64,
    /// Their size in bytes, as far as the listings tell.
    pub bytes: u64,
    /// Files and objects whose time was changed, and nothing else.
    pub times_set: u64,
    /// Files and objects that are the same on both sides.
    pub unchanged: u64,
    /// Files and objects that were deleted.
    pub deleted: u64,
    /// What failed.
    pub failed: u64,
    /// What was left out because it is not a file, or is no longer there.
    pub skipped: u64,
    /// Whether deletions were requested but skipped because something failed, the sync was aborted, or there were too many.
    pub deletions_withheld: bool,
    /// Whether there was more to delete than [`Sync::max_delete`](super::Sync::max_delete) allows.
    pub max_delete_exceeded: bool,
}

impl Summary {
    pub(super) fn count(&mut self, event: &Event) {
        match event {
            Event::Done(planned) => match planned.action {
                Action::Copy(_) => {
                    self.copied += 1;
                    self.bytes += planned.bytes();
                }
                Action::SetTime => self.times_set += 1,
                Action::Delete => self.deleted += 1,
            },
            Event::Skipped { .. } => self.skipped += 1,
            Event::Failed { .. } => self.failed += 1,
        }
    }
}
