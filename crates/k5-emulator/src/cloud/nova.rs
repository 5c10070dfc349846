//! The dialect that Nova and Cinder share: faults under one key, links, paging, times in queries.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, Fail, Outcome, Page, Refusal, bad_request, request_id, webob};
use crate::reply::{HTML, Reply};
use crate::request::Request;
use crate::time::Ticks;

const JSON: &str = "application/json";

pub(crate) fn json_reply(status: u16, document: &Value) -> Reply {
    Reply::with_body(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), JSON, document.to_string())
}

/// An answer without a body. A 202 claims to be HTML, as the real one does.
pub(crate) fn empty_reply(status: u16) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if status == StatusCode::NO_CONTENT { Reply::new(status) } else { Reply::with_body(status, HTML, "") }
}

/// The headers of every answer.
pub(crate) fn finish(outcome: Outcome) -> Reply {
    let mut reply = outcome.unwrap_or_else(|fail: Fail| fail.shape(fault));
    let id = request_id();
    reply.header("x-compute-request-id", &id).header("x-openstack-request-id", &id).header("vary", "X-Auth-Token");
    reply
}

/// `{"itemNotFound": {"code": 404, "message": "..."}}`.
pub(crate) fn fault(refusal: Refusal) -> Reply {
    let name = match refusal.status {
        400 => "badRequest",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "itemNotFound",
        405 => "badMethod",
        409 => "conflictingRequest",
        413 | 429 => "overLimit",
        415 => "badMediaType",
        501 => "notImplemented",
        503 => "serviceUnavailable",
        _ => "computeFault",
    };
    let mut inner = json!({"code": refusal.status, "message": refusal.message});
    if name == "overLimit" {
        inner["retryAfter"] = json!("0");
    }
    let reply = json_reply(refusal.status, &json!({ name: inner }));
    if name == "overLimit" { reply.with("retry-after", "0") } else { reply }
}

/// The answer for a path that is not an operation, or not with this method.
pub(crate) fn no_such_path(request: &Request) -> Fail {
    let refusal = Refusal { status: 404, message: "The resource could not be found.".into(), code: None };
    webob::error(&refusal, webob::form(request)).into()
}

/// The answer if the body names no existing action. `hint` follows in Cinder's wording.
pub(crate) fn no_such_action(key: Option<&str>, hint: &str) -> Fail {
    match key {
        Some(key) => bad_request(format!("There is no such action: {key}{hint}")),
        None => bad_request("Malformed request body"),
    }
}

/// The refusal of a marker that is not an item.
pub(crate) fn no_marker(marker: &str) -> Fail {
    bad_request(format!("marker [{marker}] not found"))
}

/// `{"servers": [...]}`, with `servers_links` if a limit was given and reached. As with the real one, a full page has a next page,
/// even if that is empty.
pub(crate) fn list<T>(
    call: &Call<'_>,
    (key, path): (&str, &str),
    page: &Page<T>,
    id: impl Fn(&T) -> &str,
    view: impl Fn(&T) -> Value,
) -> Reply {
    list_linked(call, (key, &format!("{key}_links"), path), page, id, view)
}

/// The same for a list whose links have a name of their own.
pub(crate) fn list_linked<T>(
    call: &Call<'_>,
    (key, links, path): (&str, &str, &str),
    page: &Page<T>,
    id: impl Fn(&T) -> &str,
    view: impl Fn(&T) -> Value,
) -> Reply {
    let mut answer = json!({key: page.items.iter().map(view).collect::<Vec<_>>()});
    if let Some(last) = page.items.last().filter(|_| page.is_full && call.query("limit").is_some()) {
        answer[links] = next_link(call.request, &call.tenant(), path, id(last));
    }
    json_reply(200, &answer)
}

/// The tenant in a path must be the token's project.
pub(crate) fn check_tenant(call: &Call<'_>) -> Outcome<()> {
    if call.parameter("tenant_id") == call.tenant() { Ok(()) } else { Err(bad_request("Malformed request url")) }
}

/// The URL in front of a service's paths, as the client wrote it.
pub(crate) fn root(request: &Request, version: &str, tenant: &str) -> String {
    match &request.root {
        Some(root) => format!("{}{root}", request.base),
        None => format!("{}/{version}/{tenant}", request.base),
    }
}

/// The two links of an item: with the version, and without.
pub(crate) fn links(request: &Request, tenant: &str, path: &str) -> Value {
    json!([
        {"rel": "self", "href": format!("{}/{path}", root(request, "v2", tenant))},
        bookmark(request, tenant, path),
    ])
}

pub(crate) fn bookmark(request: &Request, tenant: &str, path: &str) -> Value {
    json!({"rel": "bookmark", "href": format!("{}/{tenant}/{path}", request.base)})
}

/// The link to the page after the item with this id, with the same filters.
fn next_link(request: &Request, tenant: &str, path: &str, last: &str) -> Value {
    let query = request.query.with("marker", last);
    json!([{"rel": "next", "href": format!("{}/{path}?{query}", root(request, "v2", tenant))}])
}

/// The last segment of a reference, which may be an id or a whole URL.
pub(crate) fn reference(text: &str) -> String {
    text.rsplit('/').next().unwrap_or(text).to_owned()
}

/// A time in a query: ISO 8601, in UTC if it has no zone.
pub(crate) fn time(text: &str) -> Option<Ticks> {
    let text = text.trim();
    let at: jiff::Timestamp = text.parse().or_else(|_| format!("{text}Z").parse()).ok()?;
    u64::try_from(at.as_microsecond() / 10).ok().map(Ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_lack_a_zone() {
        let at = Ticks(179_548_771_700_000);
        assert_eq!(time("2026-11-24T02:35:17Z"), Some(at));
        assert_eq!(time("2026-11-24T02:35:17"), Some(at));
        assert_eq!(time("2026-11-24T03:35:17+01:00"), Some(at));
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn a_fault_has_one_key() {
        let reply = fault(Refusal { status: 413, message: "too much".into(), code: None });
        assert_eq!(reply.headers["retry-after"], "0");
        assert_eq!(reply.status, 413);
    }
}
