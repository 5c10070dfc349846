//! Says that something is tried again, for whoever watches: the transfers repeat their requests themselves, so the client doesn't.

use k5_core::Error;
use std::time::Duration;

/// An attempt at `object` failed, the next one begins after `wait`. Shown where the client's own repetitions are, under the same target.
pub(crate) fn tell(object: Option<&str>, made: u32, wait: Duration, error: &Error) {
    if !tracing::enabled!(target: "k5::retry", tracing::Level::DEBUG) {
        return;
    }
    let why = match error.status() {
        Some(status) => status.to_string(),
        None => error.message().to_owned(),
    };
    let object = object.or(error.target()).unwrap_or_default();
    tracing::debug!(target: "k5::retry", object, attempt = made, wait_ms = wait.as_millis() as u64, why, "trying again");
}
