//! JSON.

use crate::failure::{Failure, Outcome, REFUSED};
use serde::Serialize;

/// A document as text, on lines of their own or in one.
pub(super) fn json(value: &impl Serialize, pretty: bool) -> Outcome<String> {
    match pretty {
        true => serde_json::to_string_pretty(value),
        false => serde_json::to_string(value),
    }
    .map_err(unwritable)
}

/// What could not be written.
pub(super) fn unwritable(error: serde_json::Error) -> Failure {
    Failure::new(REFUSED, format!("the answer can't be written as JSON: {error}"))
}
