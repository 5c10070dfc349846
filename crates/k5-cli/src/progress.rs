//! The progress bar: files and bytes of all transfers together, in one line that fits the terminal.

mod line;
mod screen;
mod waiting;

pub(crate) use line::bytes_for_people;
pub(crate) use screen::{above, clear};
pub(crate) use waiting::Waiting;

use k5::object_storage::{Progress, TransferProgress};
use line::Moment;
use std::collections::VecDeque;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(120);
/// How far back the rate looks.
const RECENT: Duration = Duration::from_secs(5);

/// A bar on stderr, or nothing where stderr is not a terminal.
#[derive(Clone)]
pub(crate) struct Bar(Option<Arc<Mutex<State>>>);

#[derive(Default)]
struct State {
    /// What ended, and what is known to be wanted.
    files: u64,
    all_files: u64,
    bytes: u64,
    all_bytes: u64,
    /// Whether nothing more will be found to be wanted.
    is_all: bool,
    running: Vec<Progress>,
    /// Bytes that something else than a transfer of object storage moves.
    counters: Vec<Arc<AtomicU64>>,
    watched: Vec<watch::Receiver<TransferProgress>>,
    /// When how much had been moved, for the rate.
    recent: VecDeque<(Instant, u64)>,
}

impl Bar {
    /// A bar where a person can see it and wants it.
    pub(crate) fn new(wanted: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|kind| kind.is_empty() || kind == "dumb");
        if !wanted || is_dumb || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let state = Arc::new(Mutex::new(State::default()));
        let watched = Arc::downgrade(&state);
        screen::begin();
        tokio::spawn(async move {
            // What is done at once needs no bar.
            tokio::time::sleep(TICK * 2).await;
            while let Some(state) = watched.upgrade() {
                let line = locked(&state).now(Instant::now()).line(screen::width());
                drop(state);
                screen::draw(line);
                tokio::time::sleep(TICK).await;
            }
        });
        Self(Some(state))
    }

    /// Whether anybody sees it.
    pub(crate) fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &self.0 {
            change(&mut locked(state));
        }
    }

    /// Announces files that later transfers will move, with their bytes.
    pub(crate) fn expect(&self, files: u64, bytes: u64) {
        self.change(|state| {
            state.all_files += files;
            state.all_bytes += bytes;
        });
    }

    /// Everything that is wanted was announced, so that the totals hold.
    pub(crate) fn expected_all(&self) {
        self.change(|state| state.is_all = true);
    }

    /// A file is done, or has failed.
    pub(crate) fn done(&self) {
        self.change(|state| state.files += 1);
    }

    /// Bytes that were moved by the server, or deleted, so that no counter has them.
    pub(crate) fn done_in_cloud(&self, bytes: u64) {
        self.change(|state| state.bytes += bytes);
    }

    /// A counter to hand to a transfer. It is shown for as long as the transfer holds it, and its bytes stay.
    pub(crate) fn track(&self) -> Progress {
        let progress = Progress::default();
        self.change(|state| state.running.push(progress.clone()));
        progress
    }

    /// A counter of bytes for what is no transfer of object storage. It is shown from now on.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        let counter = Arc::new(AtomicU64::new(0));
        self.change(|state| state.counters.push(counter.clone()));
        counter
    }

    /// Shows the segments of a transfer as well.
    pub(crate) fn watch(&self, progress: watch::Receiver<TransferProgress>) {
        self.change(|state| state.watched.push(progress));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if self.is_shown() {
            clear();
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// How far everything is.
    fn now(&mut self, at: Instant) -> Moment {
        // The channel of a transfer that ended is closed.
        self.watched.retain(|watched| watched.has_changed().is_ok());
        let Self { bytes, running, .. } = self;
        running.retain(|progress| {
            let ended = progress.is_last();
            *bytes += if ended { progress.bytes() } else { 0 };
            !ended
        });
        let counted: u64 = self.counters.iter().map(|counter| counter.load(Ordering::Relaxed)).sum();
        let moved = self.bytes + counted + self.running.iter().map(Progress::bytes).sum::<u64>();
        self.recent.push_back((at, moved));
        while self.recent.len() > 2 && self.recent.front().is_some_and(|(then, _)| at.duration_since(*then) > RECENT) {
            self.recent.pop_front();
        }
        let per_second = self.recent.front().map_or(0.0, |(then, earlier)| {
            // What is sent again is not counted twice, so it may have gone back.
            moved.saturating_sub(*earlier) as f64 / at.duration_since(*then).max(TICK).as_secs_f64()
        });
        Moment {
            files: self.files,
            all_files: self.is_all.then_some(self.all_files.max(self.files)),
            bytes: moved,
            all_bytes: self.is_all.then_some(self.all_bytes.max(moved)),
            segments: line::segments(self.watched.iter().map(|watched| *watched.borrow())),
            per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_hold_once_all_is_found() {
        let bar = Bar(Some(Arc::default()));
        bar.expect(2, 100);
        bar.done();
        bar.done_in_cloud(40);
        let state = bar.0.as_ref().expect("a bar");
        let begun = Instant::now();
        let now = locked(state).now(begun);
        assert_eq!((now.files, now.all_files, now.bytes, now.all_bytes), (1, None, 40, None));
        bar.expected_all();
        bar.done_in_cloud(20);
        let now = locked(state).now(begun + Duration::from_secs(2));
        assert_eq!((now.all_files, now.bytes, now.all_bytes), (Some(2), 60, Some(100)));
        assert!((now.per_second - 10.0).abs() < 0.01, "{}", now.per_second);
        // More than was announced is no more than everything.
        bar.done_in_cloud(100);
        assert_eq!(locked(state).now(begun).all_bytes, Some(160));
    }

    #[test]
    fn other_counters_count_as_well() {
        let bar = Bar(Some(Arc::default()));
        let counter = bar.counter();
        counter.store(7, Ordering::Relaxed);
        bar.done_in_cloud(3);
        let state = bar.0.as_ref().expect("a bar");
        assert_eq!(locked(state).now(Instant::now()).bytes, 10);
    }

    #[test]
    fn the_bytes_of_a_transfer_stay_when_it_ends() {
        let bar = Bar(Some(Arc::default()));
        let progress = bar.track();
        let state = bar.0.as_ref().expect("a bar");
        locked(state).now(Instant::now());
        assert_eq!(locked(state).running.len(), 1);
        drop(progress);
        locked(state).now(Instant::now());
        assert!(locked(state).running.is_empty());
    }
}
