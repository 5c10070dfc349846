//! A line that says what is waited for, in what state it is, and for how long already.

use super::screen;
use k5_core::text::visible;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(500);

/// The line; it is gone once this is dropped.
pub(crate) struct Waiting(Option<Arc<State>>);

struct State {
    what: String,
    seen: Mutex<String>,
    since: Instant,
}

impl Waiting {
    /// Says `what` is waited for, where a person can see it and wants it.
    pub(crate) fn new(wanted: bool, what: &str) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let state = Arc::new(State { what: visible(what).to_string(), seen: Mutex::default(), since: Instant::now() });
        let watched = Arc::downgrade(&state);
        screen::begin();
        tokio::spawn(async move {
            while let Some(state) = watched.upgrade() {
                screen::draw(state.line(screen::width()));
                drop(state);
                tokio::time::sleep(TICK).await;
            }
        });
        Self(Some(state))
    }

    /// What takes each state that is seen.
    pub(crate) fn teller(&self) -> impl FnMut(&str) + Send + 'static {
        let state = self.0.as_ref().map(Arc::downgrade);
        move |seen| {
            if let Some(state) = state.as_ref().and_then(std::sync::Weak::upgrade) {
                *state.seen.lock().unwrap_or_else(PoisonError::into_inner) = visible(seen).to_string();
            }
        }
    }
}

impl State {
    /// The line, in at most so many columns.
    fn line(&self, width: usize) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let state = if seen.is_empty() { seen } else { format!(" ({seen})") };
        let end = format!("{state} {} s", self.since.elapsed().as_secs());
        let room = width.saturating_sub(end.chars().count() + 1);
        self.what.chars().take(room).collect::<String>() + &end
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.0.take().is_some() {
            screen::clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_the_terminal() {
        let state = State {
            what: "server create web-1: waiting until active".to_owned(),
            seen: Mutex::new("BUILD".to_owned()),
            since: Instant::now(),
        };
        assert_eq!(state.line(80), "server create web-1: waiting until active (BUILD) 0 s");
        assert_eq!(state.line(30), "server create web (BUILD) 0 s");
        assert!(state.line(5).ends_with("0 s"));
    }
}
