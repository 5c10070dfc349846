//! How far a sync is.

use super::plan::{Action, Planned};
use crate::transfer::{Phase, Progress, TransferProgress};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who is told.
pub(crate) type Tell = Arc<dyn Fn(TransferProgress) + Send + Sync>;

/// What has been done with all names together.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// The bytes of all transfers.
    counter: Progress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: Option<u64>,
    total: Option<u64>,
    files_done: u64,
    committed: u64,
    /// Bytes of what was the same on both sides.
    unchanged: u64,
    /// Bytes that the server has copied.
    by_server: u64,
    ended: bool,
}

impl Totals {
    /// What the transfers count their bytes in.
    pub(crate) fn counter(&self) -> &Progress {
        &self.counter
    }

    /// While this is held, files are read and hashed.
    pub(crate) fn hashing(&self) -> Progress {
        self.counter.part_in(Phase::Hashing)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One is the same on both sides.
    pub(crate) fn unchanged(&self, bytes: u64) {
        let mut state = self.state();
        state.files_done += 1;
        state.committed += bytes;
        state.unchanged += bytes;
    }

    /// An action was carried out, by the server alone or with bytes that the counter has.
    pub(crate) fn done(&self, planned: &Planned, by_server: bool) {
        match planned.action {
            Action::Copy(_) => {
                let bytes = planned.bytes();
                let mut state = self.state();
                state.files_done += 1;
                state.committed += bytes;
                state.by_server += if by_server { bytes } else { 0 };
            }
            Action::SetTime => self.unchanged(planned.source_bytes()),
            Action::Delete => {}
        }
    }

    /// The source has so many files with so many bytes.
    pub(crate) fn expect(&self, files: u64, bytes: u64) {
        let mut state = self.state();
        (state.files, state.total) = (Some(files), Some(bytes));
    }

    /// Nothing is left to do.
    pub(crate) fn end(&self) {
        self.state().ended = true;
    }

    pub(crate) fn now(&self) -> TransferProgress {
        let (moved, state) = (self.counter.together(), self.state());
        let bytes = moved.bytes + state.unchanged + state.by_server;
        TransferProgress {
            phase: if state.ended { Phase::Done } else { moved.phase },
            files: state.files.map(|files| files.max(state.files_done)),
            files_done: state.files_done,
            bytes,
            // A listing shows 0 bytes for a dynamic large object, and a file may grow.
            total: state.total.map(|total| total.max(bytes)),
            committed: state.committed,
            reused: moved.reused + state.unchanged,
            ..moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Fact};
    use super::*;

    #[test]
    fn what_is_there_counts_as_done() {
        let totals = Totals::default();
        let entry = |bytes| Entry::new("a".to_owned()).size(Fact::Known(bytes));
        totals.unchanged(10);
        totals.done(&Planned { action: Action::SetTime, ..Planned::new_at_target(entry(20)) }, false);
        totals.counter().add(15);
        totals.done(&Planned::new_at_target(entry(40)), true);
        totals.done(&Planned::deletion(entry(50)), false);
        let now = totals.now();
        assert_eq!((now.files, now.files_done, now.total, now.bytes), (None, 3, None, 85));
        assert_eq!((now.committed, now.reused, now.sent, now.phase), (70, 30, 15, Phase::Moving));
        totals.expect(2, 80);
        totals.end();
        let now = totals.now();
        assert_eq!((now.files, now.total, now.phase), (Some(3), Some(85), Phase::Done), "never less than what is done");
    }
}
