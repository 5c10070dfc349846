//! Errors: `<error>` where the request is at fault, `<errors>` where the platform behind refuses.

use super::xml::{Element, reply};
use crate::cloud::{Fail, Outcome, Refusal, conflict, not_found, refused, request_id};
use crate::reply::Reply;

/// There is no such thing.
const UNKNOWN: &str = "67154";
/// It is in another state.
const WRONG_STATE: &str = "67178";

pub(super) fn unknown(kind: &str, id: &str) -> Fail {
    not_found(format!("{id}: {kind} not found")).coded(UNKNOWN)
}

pub(super) fn wrong_state(message: String) -> Fail {
    conflict(message).coded(WRONG_STATE)
}

pub(super) fn no_such_path(wrong_method: bool) -> Fail {
    if wrong_method { refused(405, "The method is not allowed here.") } else { refused(404, "There is no such resource.") }
}

pub(super) fn finish(outcome: Outcome) -> Reply {
    let id = request_id();
    let shape = |refusal: Refusal| {
        let error = Element::new("error");
        let document = match refusal.code {
            Some(code) => {
                let arg = refusal.message.split(':').next().unwrap_or_default().to_owned();
                let error = error.leaf("code", code).leaf("message", &refusal.message).leaf("arg", &arg);
                Element::new("errors").child(error.leaf("request_id", &id))
            }
            None => error.leaf("message", &refusal.message).leaf("request_id", &id),
        };
        reply(refusal.status, &document)
    };
    outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &id)
}
