//! What happens while a sync runs, and what came of it.

use super::left_out::LeftOut;
use super::plan::{Action, Planned};
use k5_core::Error;

/// What happens while a sync runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// This was done.
    Done(Box<Planned>),
    /// This is left out of the source, and why: it is not a file, or an object that is listed and not there any more.
    Skipped {
        /// The name below the root.
        name: String,
        /// Why.
        why: LeftOut,
    },
    /// This could not be done; the others go on.
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
    /// Their bytes, as far as listings tell.
    pub bytes: u64,
    /// Files and objects that got another time alone.
    pub times_set: u64,
    /// Files and objects that were deleted.
    pub deleted: u64,
    /// What failed.
    pub failed: u64,
    /// What is not a file, or not there any more, and was left out.
    pub skipped: u64,
    /// Whether deletions were asked for and left out, since something failed, the sync was broken off, or there were too many.
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
