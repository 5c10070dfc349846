//! What a transfer has moved so far, for display.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Counts the bytes of a transfer, for a progress bar. Cloning it shares the count.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Returns the bytes moved so far. The count goes back when a transfer starts over.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether nobody else holds it, so that the transfer it was handed to has ended.
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, bytes: u64) {
        // An update of a count can't fail; it never goes below zero.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(bytes)));
    }

    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

/// The state of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// The total number of bytes, if known.
    pub total: Option<u64>,
    /// Bytes that are stored and checked, which another run need not move again.
    pub committed: u64,
    /// Of those, the bytes that an earlier run had already stored.
    pub reused: u64,
    /// Bytes that were sent or received in this run.
    pub sent: u64,
    /// Of those, the bytes that were lost in a failed attempt and had to be moved again.
    pub sent_again: u64,
    /// The total number of segments, if known; 0 for a transfer by a single request.
    pub segments: Option<u64>,
    /// Segments that are stored and checked.
    pub segments_done: u64,
}

/// Counts, and notifies whoever is watching.
#[derive(Debug)]
pub(crate) struct Meter {
    state: Mutex<TransferProgress>,
    watch: watch::Sender<TransferProgress>,
    counter: Progress,
}

impl Meter {
    pub(crate) fn new(counter: Progress) -> Self {
        Self { state: Mutex::default(), watch: watch::Sender::default(), counter }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<TransferProgress> {
        self.watch.subscribe()
    }

    pub(crate) fn now(&self) -> TransferProgress {
        *self.state()
    }

    fn state(&self) -> MutexGuard<'_, TransferProgress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies whoever is watching. Chunks alone don't, because there are thousands of them per second.
    pub(crate) fn publish(&self) {
        let now = self.now();
        self.watch.send_if_modified(|seen| std::mem::replace(seen, now) != now);
    }

    pub(crate) fn expect(&self, total: Option<u64>, segments: Option<u64>) {
        let mut state = self.state();
        state.total = total;
        state.segments = segments;
    }

    /// Bytes on the wire.
    pub(crate) fn moved(&self, bytes: u64) {
        self.state().sent += bytes;
        self.counter.add(bytes);
    }

    /// Bytes that were sent or received in vain.
    pub(crate) fn wasted(&self, bytes: u64) {
        self.state().sent_again += bytes;
        self.counter.sub(bytes);
    }

    /// A segment is stored; `reused` if an earlier run did that.
    pub(crate) fn committed(&self, bytes: u64, reused: bool) {
        let mut state = self.state();
        state.committed += bytes;
        state.segments_done += 1;
        if reused {
            state.reused += bytes;
            self.counter.add(bytes);
        }
        drop(state);
        self.publish();
    }

    /// Bytes of a section that is now stored came from an earlier run.
    pub(crate) fn earlier(&self, bytes: u64) {
        self.state().reused += bytes;
        self.counter.add(bytes);
    }

    /// A segment turned out not to be stored after all.
    pub(crate) fn lost(&self, bytes: u64, reused: bool) {
        let mut state = self.state();
        state.committed = state.committed.saturating_sub(bytes);
        state.segments_done = state.segments_done.saturating_sub(1);
        if reused {
            state.reused = state.reused.saturating_sub(bytes);
        } else {
            state.sent_again += bytes;
        }
        self.counter.sub(bytes);
    }

    /// A complete object that was transferred by one request.
    pub(crate) fn whole(&self, bytes: u64) {
        let mut state = self.state();
        *state = TransferProgress { total: Some(bytes), committed: bytes, segments: Some(0), ..*state };
        state.sent = state.sent.max(bytes);
        drop(state);
        self.counter.set(bytes);
        self.publish();
    }
}
