//! Errors: `<error>` if the request is at fault, `<errors>` if the platform behind the service refuses. The status and code of each
//! refusal are not documented: the statuses are the usual ones, the codes those of the product behind the service.

use super::xml::{Element, reply};
use crate::cloud::{Fail, Outcome, Refusal, bad_request, conflict, not_found, refused, request_id};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Sent;

/// It already exists.
const EXISTS: &str = "67153";
/// It does not exist.
const UNKNOWN: &str = "67154";
/// It is in use or not empty.
const IN_USE: &str = "67167";
/// It is in another state.
const WRONG_STATE: &str = "67178";

pub(super) fn unknown(kind: &str, id: &str) -> Fail {
    not_found(format!("{id}: {kind} not found")).coded(UNKNOWN)
}

/// Something that a body names does not exist.
pub(super) fn unknown_in_body(kind: &str, id: &str) -> Fail {
    bad_request(format!("{id}: {kind} not found")).coded(UNKNOWN)
}

pub(super) fn exists(kind: &str, id: &str) -> Fail {
    conflict(format!("{id}: {kind} already exists")).coded(EXISTS)
}

pub(super) fn in_use(message: String) -> Fail {
    conflict(message).coded(IN_USE)
}

pub(super) fn wrong_state(message: String) -> Fail {
    conflict(message).coded(WRONG_STATE)
}

pub(super) fn no_such_path(wrong_method: bool) -> Fail {
    if wrong_method { refused(405, "The method is not allowed here.") } else { refused(404, "There is no such resource.") }
}

/// A body that belongs to no operation of its path.
pub(super) fn no_such_body(sent: &Sent, request: &Request) -> Fail {
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match sent {
        _ if !kind.ends_with("/xml") && kind != "application/x-www-form-urlencoded" => {
            refused(415, "The body must be application/xml or application/x-www-form-urlencoded.")
        }
        Sent::Xml(root) => bad_request(format!("No operation of this path takes a document {}.", root.name)),
        Sent::Form(_) if kind.ends_with("/xml") => bad_request("The body is not an XML document."),
        Sent::Form(form) => {
            let names: Vec<&str> = form.pairs().map(|(name, _)| name).collect();
            bad_request(format!("No operation of this path takes these arguments: {}", names.join(", ")))
        }
        Sent::Json(_) => bad_request("The body is not a form."),
    }
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
