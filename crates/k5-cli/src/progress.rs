//! The progress bar: bytes of all transfers together, with rate and time left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use k5::object_storage::{Progress, TransferProgress};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A bar on stderr, or nothing where stderr is not a terminal.
#[derive(Clone)]
pub(crate) struct Bar(Option<Arc<Shared>>);

struct Shared {
    bar: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Bytes of the transfers that ended.
    done: u64,
    /// Bytes that are known to be wanted.
    total: u64,
    running: Vec<Progress>,
    /// Bytes that something else than a transfer of object storage has moved.
    counters: Vec<Arc<AtomicU64>>,
    watched: Vec<watch::Receiver<TransferProgress>>,
}

/// A transfer that the bar shows, until this is dropped.
pub(crate) struct Tracked {
    bar: Bar,
    progress: Progress,
}

impl Bar {
    /// A bar where a person can see it and wants it.
    pub(crate) fn new(wanted: bool) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
        // The template is a constant that parses.
        let style = ProgressStyle::with_template("{bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let shared = Arc::new(Shared { bar, state: Mutex::default() });
        let watched = Arc::downgrade(&shared);
        tokio::spawn(async move {
            while let Some(shared) = watched.upgrade() {
                shared.draw();
                drop(shared);
                tokio::time::sleep(Duration::from_millis(120)).await;
            }
        });
        Self(Some(shared))
    }

    /// Whether anybody sees it.
    pub(crate) fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// Announces bytes that a later transfer will move.
    pub(crate) fn expect(&self, bytes: u64) {
        if let Some(shared) = &self.0 {
            shared.state().total += bytes;
        }
    }

    /// Counts a transfer that was not shown and has ended.
    pub(crate) fn done(&self, bytes: u64) {
        if let Some(shared) = &self.0 {
            shared.state().done += bytes;
        }
    }

    /// Shows bytes that something else than a transfer of object storage moves and counts.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        let counter = Arc::new(AtomicU64::new(0));
        if let Some(shared) = &self.0 {
            shared.state().counters.push(counter.clone());
        }
        counter
    }

    /// Shows a transfer.
    pub(crate) fn track(&self) -> Tracked {
        let progress = Progress::default();
        if let Some(shared) = &self.0 {
            shared.state().running.push(progress.clone());
        }
        Tracked { bar: self.clone(), progress }
    }

    /// Writes to stderr without tearing the bar.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(shared) => shared.bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(shared) = &self.0 {
            shared.bar.finish_and_clear();
        }
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) {
        let (moved, total, segments) = {
            let mut state = self.state();
            // The channel of a transfer that ended is closed.
            state.watched.retain(|watched| watched.has_changed().is_ok());
            let segments = segments(state.watched.iter().map(|watched| *watched.borrow()));
            let counted: u64 = state.counters.iter().map(|counter| counter.load(Ordering::Relaxed)).sum();
            (state.done + counted + state.running.iter().map(Progress::bytes).sum::<u64>(), state.total, segments)
        };
        self.bar.set_message(segments);
        self.bar.set_length(total.max(moved));
        self.bar.set_position(moved);
    }
}

/// How many segments of how many, and what had to be sent again.
fn segments(transfers: impl Iterator<Item = TransferProgress>) -> String {
    let (mut done, mut all, mut again) = (0, 0, 0);
    for now in transfers.filter(|now| now.segments.is_none_or(|segments| segments > 0)) {
        done += now.segments_done;
        all += now.segments.unwrap_or(now.segments_done);
        again += now.sent_again;
    }
    match (all, again) {
        (0, _) => String::new(),
        (all, 0) => format!("{done}/{all} segments"),
        (all, again) => format!("{done}/{all} segments, {} again", indicatif::HumanBytes(again)),
    }
}

impl Tracked {
    /// Shows the segments of the transfer as well.
    pub(crate) fn watch(&self, progress: watch::Receiver<TransferProgress>) {
        if let Some(shared) = &self.bar.0 {
            shared.state().watched.push(progress);
        }
    }

    /// The counter to hand to the transfer.
    pub(crate) fn counter(&self) -> Progress {
        self.progress.clone()
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if let Some(shared) = &self.bar.0 {
            let mut state = shared.state();
            let bytes = self.progress.bytes();
            // Two counters of the same number of bytes do for one another.
            if let Some(at) = state.running.iter().position(|progress| progress.bytes() == bytes) {
                state.running.swap_remove(at);
            }
            state.done += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_told_where_there_are_some() {
        assert_eq!(segments(std::iter::empty()), "");
        assert_eq!(segments(std::iter::once(TransferProgress::default())), "");
    }
}
