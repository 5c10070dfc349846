//! The progress bar: bytes of all transfers together, with rate and time left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use k5::object_storage::Progress;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A bar on stderr, or nothing where stderr is no terminal.
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
        let (moved, total) = {
            let state = self.state();
            (state.done + state.running.iter().map(Progress::bytes).sum::<u64>(), state.total)
        };
        self.bar.set_length(total.max(moved));
        self.bar.set_position(moved);
    }
}

impl Tracked {
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
