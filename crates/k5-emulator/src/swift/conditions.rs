//! `If-Match` and its relatives.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::request::Request;
use crate::time::Ticks;

pub(crate) fn normalize_etag(etag: &str) -> &str {
    match etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')) {
        Some(bare) => bare,
        None => etag,
    }
}

fn any_tag(request: &Request, header: &str, etag: Option<&str>) -> Option<bool> {
    let tags = request.header(header)?;
    Some(
        tags.split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .any(|tag| tag == "*" || etag.is_some_and(|etag| normalize_etag(tag) == normalize_etag(etag))),
    )
}

fn date(request: &Request, header: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(&request.header(header)?).ok()
}

/// The status that takes the place of an answer: 304, 412 or none.
pub(crate) fn check(request: &Request, etag: &str, modified: Ticks) -> Option<u16> {
    if any_tag(request, "if-none-match", Some(etag)) == Some(true) {
        return Some(304);
    }
    if any_tag(request, "if-match", Some(etag)) == Some(false) {
        return Some(412);
    }
    let modified = UNIX_EPOCH + Duration::from_secs(modified.ceil_seconds());
    if date(request, "if-modified-since").is_some_and(|since| modified <= since) {
        return Some(304);
    }
    if date(request, "if-unmodified-since").is_some_and(|since| modified > since) {
        return Some(412);
    }
    None
}

/// `If-Match: *`, which what is missing fails.
pub(crate) fn demands_any(request: &Request) -> bool {
    request.header("if-match").is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == "*"))
}

/// Whether a PUT must not replace anything; an error for what Swift does not support.
pub(crate) fn only_if_absent(request: &Request) -> super::errors::Outcome<bool> {
    match request.header("if-none-match") {
        None => Ok(false),
        Some(tags) if tags.split(',').any(|tag| tag.trim() == "*") => Ok(true),
        Some(_) => super::errors::plain(400, "If-None-Match only supports *"),
    }
}
