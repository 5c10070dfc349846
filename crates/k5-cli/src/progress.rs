//! The progress bar: files and bytes of all transfers together, in one line that fits the terminal.

mod line;

pub(crate) use line::bytes_for_people;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use k5::object_storage::{Progress, TransferProgress};
use line::Moment;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// The bar that is on the screen.
static SHOWN: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// A bar on stderr, or nothing where stderr is not a terminal.
#[derive(Clone)]
pub(crate) struct Bar(Option<Arc<Shared>>);

struct Shared {
    bar: ProgressBar,
    state: Mutex<State>,
}

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
    watched: Vec<watch::Receiver<TransferProgress>>,
}

/// Writes to stderr without tearing the bar that may be there.
pub(crate) fn above(write: impl FnOnce()) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
    match shown {
        Some(shared) => shared.bar.suspend(write),
        None => write(),
    }
}

/// Takes away the bar that may be there.
pub(crate) fn clear() {
    let shown = std::mem::take(&mut *SHOWN.lock().unwrap_or_else(PoisonError::into_inner)).upgrade();
    if let Some(shared) = shown {
        shared.bar.finish_and_clear();
    }
}

impl Bar {
    /// A bar where a person can see it and wants it.
    pub(crate) fn new(wanted: bool) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
        // The template is a constant that parses. The line itself is made to fit, since what does not fit would wrap, and a wrapped
        // line is not cleared as a whole.
        let style = ProgressStyle::with_template("{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let shared = Arc::new(Shared { bar, state: Mutex::default() });
        let watched = Arc::downgrade(&shared);
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = watched.clone();
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

    fn change(&self, change: impl FnOnce(&mut State)) {
        if let Some(shared) = &self.0 {
            change(&mut shared.state());
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

    /// Shows the segments of a transfer as well.
    pub(crate) fn watch(&self, progress: watch::Receiver<TransferProgress>) {
        self.change(|state| state.watched.push(progress));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(shared) = &self.0 {
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Weak::new();
            shared.bar.finish_and_clear();
        }
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) {
        if self.bar.is_finished() {
            return;
        }
        let (mut now, total) = {
            let mut state = self.state();
            // The channel of a transfer that ended is closed.
            state.watched.retain(|watched| watched.has_changed().is_ok());
            let State { bytes, running, .. } = &mut *state;
            running.retain(|progress| {
                let ended = progress.is_last();
                *bytes += if ended { progress.bytes() } else { 0 };
                !ended
            });
            let moved = state.bytes + state.running.iter().map(Progress::bytes).sum::<u64>();
            let now = Moment {
                files: state.files,
                all_files: state.is_all.then_some(state.all_files.max(state.files)),
                bytes: moved,
                all_bytes: state.is_all.then_some(state.all_bytes.max(moved)),
                segments: line::segments(state.watched.iter().map(|watched| *watched.borrow())),
                ..Moment::default()
            };
            (now, state.all_bytes.max(moved))
        };
        self.bar.set_length(total);
        self.bar.set_position(now.bytes);
        now.per_second = self.bar.per_sec();
        now.left = self.bar.eta();
        self.bar.set_message(now.line(width()));
    }
}

/// The columns of the terminal that stderr is.
fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}
