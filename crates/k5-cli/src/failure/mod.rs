//! Why a command did not do what it was asked to: what is said on stderr, and the exit status.

mod hint;
mod login;
mod proof;
mod status;
mod storage;
mod usage;
mod wording;

pub(crate) use proof::{Proof, proves_by};
pub(crate) use status::{INTERRUPTED, NO_CLOUD, PARTLY, REFUSED, TERMINATED, USAGE};
pub(crate) use wording::by_options;

use crate::progress::above;
use k5::{Error, ErrorKind};
use k5_core::text::visible;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use wording::with_sources;

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
    /// What to do, and what else stands on lines of its own.
    more: Vec<String>,
}

/// What a command gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Wrong usage or input: nothing was sent.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(USAGE, text)
    }

    /// A command line that clap does not understand.
    pub(crate) fn command_line(error: &clap::Error) -> Self {
        let (text, more) = usage::of(error);
        Self { more, ..Self::usage(text) }
    }

    /// Something else, with the status that fits.
    pub(crate) fn new(status: u8, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), more: Vec::new() }
    }

    /// A failure that was reported already, item by item.
    pub(crate) fn reported(status: u8) -> Self {
        Self::new(status, String::new())
    }

    /// What `error` means for somebody who asked for `what`.
    pub(crate) fn cloud(what: impl Display, error: &Error) -> Self {
        if is_broken_pipe(error) {
            return Self::reported(0);
        }
        let what = what.to_string();
        let mut said = with_sources(error);
        if let Some(target) = error.target().filter(|target| what.contains(*target)) {
            // What the command is about is said once.
            said = said.replacen(&format!(" {}: ", visible(target)), ": ", 1);
        }
        Self { more: hint::of(error).into_iter().collect(), ..Self::new(status::of(error), format!("{what}: {said}")) }
    }

    /// The configuration is missing or contradictory. What is wrong may take several lines.
    pub(crate) fn config(error: &Error) -> Self {
        let said = by_options(&error.to_string());
        let mut lines = said.split('\n').map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        Self { more: lines.collect(), ..Self::new(NO_CLOUD, format!("configuration: {first}")) }
    }

    /// The same of an object that was not found, once it is known whether its container is there.
    pub(crate) fn not_found(self, container: &str, object: Option<&str>) -> Self {
        let hint = match object {
            Some(object) => storage::no_object(container, object),
            None => storage::no_container(container),
        };
        Self { more: vec![hint], ..self }
    }

    /// The same failure with one more line that says what to do.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.more.push(hint.into());
        self
    }

    /// The same once a transfer has begun: what fails here now is not a wrong input.
    pub(crate) fn transfer(what: impl Display, error: &Error) -> Self {
        let failure = Self::cloud(what, error);
        match error.kind() {
            ErrorKind::Local if failure.status != 0 => Self { status: REFUSED, ..failure },
            _ => failure,
        }
    }

    /// The same of a download: what failed before a byte arrived is wrong input.
    pub(crate) fn fetch(what: impl Display, error: &Error) -> Self {
        match error.sent() == k5::Sent::No {
            true => Self::cloud(what, error),
            false => Self::transfer(what, error),
        }
    }

    /// A file or stream of this machine failed, before anything was sent.
    pub(crate) fn file(what: impl Display, error: &io::Error) -> Self {
        Self::usage(format!("{what}: {error}"))
    }

    /// The output failed. A reader that has seen enough (`| head`) is not a failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::reported(0),
            _ => Self::new(REFUSED, format!("stdout: {error}")),
        }
    }

    /// What went wrong.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> String {
        self.more.join(" ")
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        self.status
    }

    /// Whether every further item of the command would fail in the same way.
    pub(crate) fn is_fatal(&self) -> bool {
        self.status == NO_CLOUD || self.status == 0
    }

    /// Says it on stderr.
    pub(crate) fn report(&self) {
        if !self.text.is_empty() {
            say(&self.text);
            self.more.iter().filter(|line| is_new(line)).for_each(|line| print(visible(line)));
        }
    }
}

/// Whether a hint was not given yet. What a hundred failures have in common is said once.
fn is_new(hint: &str) -> bool {
    static GIVEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(hint.to_owned())
}

/// Says something on stderr, in one line whatever names and servers' messages are in it.
pub(crate) fn say(text: impl AsRef<str>) {
    print(format_args!("k5: {}", visible(text.as_ref())));
}

/// A line on stderr, if that is still open: `eprintln!` would panic where a pipe has ended.
fn print(line: impl Display) {
    above(|| {
        let _ = writeln!(io::stderr(), "{line}");
    });
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::output(&error)
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe) {
            // Pipes of ours; a broken connection has another kind of error.
            return error.kind() == ErrorKind::Local;
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_statuses() {
        let status = |kind| Failure::cloud("x", &Error::new(kind, "why")).status();
        assert_eq!(status(ErrorKind::InvalidInput), 2);
        assert_eq!(status(ErrorKind::Local), 2);
        for kind in [ErrorKind::Config, ErrorKind::NoEndpoint, ErrorKind::Connect, ErrorKind::Login] {
            assert_eq!(status(kind), 3, "{kind:?}");
        }
        for kind in [ErrorKind::Status, ErrorKind::Decode, ErrorKind::Integrity, ErrorKind::Timeout, ErrorKind::Transport] {
            assert_eq!(status(kind), 1, "{kind:?}");
        }
    }

    #[test]
    fn the_cause_is_said_once() {
        let cause = io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::cloud("a -> b", &Error::local("a can't be read", cause));
        assert_eq!(failure.text, "a -> b: a can't be read: permission denied");
    }

    #[test]
    fn no_line_is_forged() {
        let error = Error::new(ErrorKind::Status, "a\nk5: all is well\u{1b}[2J\u{9b}2J\r\u{202e}").with_status(http_status(500));
        let failure = Failure::cloud("swift://c/a\nb", &error);
        assert_eq!(
            visible(&failure.text).lines().collect::<Vec<_>>(),
            [r"swift://c/a\nb: 500 Internal Server Error: a\nk5: all is well\u{1b}[2J\u{9b}2J\r\u{202e}"]
        );
    }

    fn http_status(code: u16) -> k5_core::private::http::StatusCode {
        k5_core::private::http::StatusCode::from_u16(code).expect("a status")
    }

    #[test]
    fn a_broken_pipe_is_quiet() {
        let failure = Failure::cloud("cat", &Error::local("stdout can't be written", io::ErrorKind::BrokenPipe.into()));
        assert_eq!((failure.status(), failure.text.as_str()), (0, ""));
    }
}
