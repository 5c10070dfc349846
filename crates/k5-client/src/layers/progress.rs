//! How far a call has got, so that the error for one that took too long says where it got stuck.

use super::Answering;
use http::Uri;
use k5_core::{Error, ErrorKind, OpMeta, Response, Sent};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

tokio::task_local! {
    static WATCHED: Arc<Progress>;
}

/// What a call is doing, recorded by the layers that it goes through.
#[derive(Default)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    logging_in: bool,
    shaking_hands: bool,
    failed: u32,
    last: Option<String>,
    at: Option<Uri>,
}

/// Polls `calling`, in which the functions of this module write to `progress`.
pub(crate) fn watch(progress: Arc<Progress>, calling: Answering<Response>) -> impl Future<Output = Result<Response, Error>> {
    WATCHED.scope(progress, calling)
}

/// The progress of the call that this one is part of, such as a login; or a new one.
pub(crate) fn current() -> Arc<Progress> {
    WATCHED.try_with(Arc::clone).unwrap_or_default()
}

fn write(change: impl FnOnce(&mut State)) {
    // Calls without a limit are not watched.
    let _ = WATCHED.try_with(|progress| change(&mut progress.0.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// The call is waiting for a login, or no longer is.
pub(crate) fn logging_in(now: bool) {
    write(|state| state.logging_in = now);
}

/// A TLS handshake is in progress, or no longer is.
pub(crate) fn shaking_hands(now: bool) {
    write(|state| state.shaking_hands = now);
}

/// An attempt goes to `uri`.
pub(crate) fn at(uri: &Uri) {
    write(|state| state.at = Some(uri.clone()));
}

/// An attempt failed, and there will be another.
pub(crate) fn attempt_failed(outcome: &Result<Response, Error>) {
    write(|state| {
        state.failed += 1;
        state.shaking_hands = false;
        state.last = Some(match outcome {
            Ok(response) => response.status.to_string(),
            Err(error) => error.message().to_owned(),
        });
    });
}

impl Progress {
    /// The error for a call that got no further than this within `limit`.
    pub(crate) fn too_late(&self, meta: &'static OpMeta, limit: Duration) -> Error {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = if state.logging_in { "the login did not end" } else { "no answer" };
        let mut message = format!("{waited} within {} s in all", limit.as_secs_f32());
        if state.shaking_hands {
            message.push_str("; the server did not end the TLS handshake");
        }
        if let Some(last) = &state.last {
            message.push_str(&format!("; the attempt before this one ended with: {last}"));
        }
        // During the first attempt's login, the operation itself is yet to be sent.
        let sent = if state.logging_in && state.failed == 0 { Sent::No } else { Sent::Maybe };
        let error = Error::new(ErrorKind::Timeout, message).with_operation(meta).with_sent(sent);
        let error = error.with_attempts(state.failed + 1, limit);
        match &state.at {
            Some(uri) => error.with_uri(super::auth::without_query(uri)),
            None => error,
        }
    }
}
