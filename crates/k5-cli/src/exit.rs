//! How the program ends: the runtime, signals, exit statuses and what is said on stderr.

use crate::args::Args;
use crate::commands;
use clap::Parser;
use k5::{Error, ErrorKind};
use std::fmt::{Display, Write};
use std::io;
use std::process::ExitCode;
use std::task::Poll;

/// The cloud said no.
pub(crate) const REFUSED: u8 = 1;
/// Wrong usage or input; nothing was sent.
pub(crate) const USAGE: u8 = 2;
/// No usable cloud: configuration, region, connection, login.
pub(crate) const NO_CLOUD: u8 = 3;
/// Some of many failed.
pub(crate) const PARTLY: u8 = 4;
/// Interrupted.
const INTERRUPTED: u8 = 130;
/// Told to end.
const TERMINATED: u8 = 143;

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
}

/// What a command gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Wrong usage or input: nothing was sent.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { status: USAGE, text: text.into() }
    }

    /// Something else, with the status that fits.
    pub(crate) fn new(status: u8, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// A failure that was reported already, item by item.
    pub(crate) fn reported(status: u8) -> Self {
        Self { status, text: String::new() }
    }

    /// What `error` means for somebody who asked for `what`.
    pub(crate) fn cloud(what: impl Display, error: &Error) -> Self {
        if is_broken_pipe(error) {
            return Self::reported(0);
        }
        let mut text = format!("{what}: {}", with_sources(error));
        if let Some(hint) = hint(error) {
            // Writing to a string can't fail.
            let _ = write!(text, "\n{hint}");
        }
        Self { status: status_of(error), text }
    }

    /// The same once a transfer has begun: what fails here now is no wrong input.
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

    /// The output failed. A reader that has seen enough (`| head`) is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::reported(0),
            _ => Self::new(REFUSED, format!("stdout: {error}")),
        }
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
            eprintln!("k5: {}", self.text);
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::output(&error)
    }
}

fn status_of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Local => USAGE,
        ErrorKind::Config | ErrorKind::NoEndpoint | ErrorKind::Connect | ErrorKind::Login => NO_CLOUD,
        _ => REFUSED,
    }
}

/// The error and what caused it, each said once.
fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            let _ = write!(text, ": {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// What the user can do, where that is not in the error's own words.
fn hint(error: &Error) -> Option<&'static str> {
    let operation = error.operation().map_or("", |meta| meta.id);
    Some(match (error.kind(), error.status().map(|status| status.as_u16())) {
        (ErrorKind::Login, _) => {
            "Check user, domain (on K5: the contract), project and password. It was tried once: K5 locks an account after five failures."
        }
        // What will be the same next time says itself what to do.
        (ErrorKind::Connect, _) if !error.is_retryable() => return None,
        (ErrorKind::Connect, _) => "Check OS_AUTH_URL, the region, the network and the proxy variables (HTTPS_PROXY, NO_PROXY).",
        (ErrorKind::Status, Some(401)) => {
            "The token is not accepted (log in again, or unset OS_TOKEN), or none was sent (--anonymous reads only what is public)."
        }
        (ErrorKind::Status, Some(403)) => "The user may lack a role in the project, or the container an ACL (k5 container show).",
        (ErrorKind::Status, Some(404)) if operation.ends_with("_container") || operation == "list_objects" => {
            "There is no such container: k5 container list shows those there are."
        }
        (ErrorKind::Status, Some(404)) if operation.ends_with("_object") => {
            "There is no such object: k5 object ls shows those there are."
        }
        (ErrorKind::Status, Some(409)) if operation == "delete_container" => {
            "It is not empty: k5 container delete -r deletes its objects first."
        }
        (ErrorKind::Status, Some(412)) if operation == "upload_object" => {
            "There is an object of this name already, and it stays as it is."
        }
        (ErrorKind::Status, Some(413 | 507)) => "A quota or a limit of size is reached.",
        _ => return None,
    })
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

/// Reads the arguments and carries them out.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nobody may be there to read the help.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    crate::trace::start(args.globals.verbose);
    let outcome = match commands::without_cloud(&args) {
        Some(outcome) => outcome,
        None => with_runtime(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.status)
        }
    }
}

fn with_runtime(args: Args) -> Outcome {
    let built = match commands::wants_threads(&args) {
        true => tokio::runtime::Builder::new_multi_thread().enable_io().enable_time().build(),
        false => tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build(),
    };
    let runtime = built.map_err(|error| Failure::new(REFUSED, format!("the runtime can't start: {error}")))?;
    let outcome = match commands::wants_threads(&args) {
        // A server ends by a signal, and in its own way.
        true => runtime.block_on(commands::run(args)),
        false => runtime.block_on(until_signal(commands::run(args))),
    };
    // Dropping tasks removes unfinished files; a thread that waits for stdin is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Runs the command to its end, or drops it at Ctrl-C or SIGTERM.
async fn until_signal(command: impl Future<Output = Outcome>) -> Outcome {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::new(REFUSED, format!("signals can't be caught: {error}")));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut command = Box::pin(command);
    std::future::poll_fn(|cx| {
        if let Poll::Ready(outcome) = command.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        if interrupt.poll_recv(cx).is_ready() {
            return Poll::Ready(Err(Failure::new(
                INTERRUPTED,
                "interrupted: what was finished stays, and the same command does the rest",
            )));
        }
        match terminate.poll_recv(cx).is_ready() {
            true => Poll::Ready(Err(Failure::new(TERMINATED, "ended by a signal; what was done stays"))),
            false => Poll::Pending,
        }
    })
    .await
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
    fn a_broken_pipe_is_quiet() {
        let failure = Failure::cloud("cat", &Error::local("stdout can't be written", io::ErrorKind::BrokenPipe.into()));
        assert_eq!((failure.status(), failure.text.as_str()), (0, ""));
    }
}
