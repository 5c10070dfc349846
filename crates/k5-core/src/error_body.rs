//! Reads the error documents of every service; what none of them explains stays as text, and the status is never hidden.

use crate::error::{Error, ErrorKind};
use crate::operation::OpMeta;
use crate::transport::Response;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// How much of an error's body is read; the rest is not waited for.
const READ_LIMIT: usize = 64 * 1024;
/// How much of it an error keeps.
const EXCERPT: usize = 2 * 1024;

/// Turns an answer whose status is no success into an error.
pub(crate) async fn into_error(operation: &'static OpMeta, response: Response) -> Error {
    let Response { status, headers, body, attempts, elapsed, uri, .. } = response;
    let bytes = body.read_prefix(READ_LIMIT).await;
    let text = String::from_utf8_lossy(&bytes);
    let (code, message) = explain(&text).unwrap_or_else(|| (None, plain_text(&text)));
    Error::new(ErrorKind::Status, if message.is_empty() { hint(status).to_owned() } else { message })
        .with_operation(operation)
        .with_status(status)
        .with_code(code)
        .with_uri(uri)
        .with_request_id(request_id(&headers))
        .with_attempts(attempts, elapsed)
        .with_retry_after(retry_after(&headers))
        .with_excerpt((!text.is_empty()).then(|| text.chars().take(EXCERPT).collect()))
}

/// The id under which the server's operators find the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-openstack-request-id", "x-compute-request-id", "x-trans-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// `Retry-After` in seconds or as an HTTP date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at: crate::Timestamp = text.parse().ok()?;
    Some(at.after(std::time::SystemTime::now()))
}

/// Code and message of a JSON document in any of the services' dialects.
fn explain(text: &str) -> Option<(Option<String>, String)> {
    let document: Value = serde_json::from_str(text).ok()?;
    let object = document.as_object()?;
    if let Some(message) = object.get("message").and_then(Value::as_str) {
        let code = ["error_code", "code"].iter().find_map(|key| scalar(object.get(*key)?));
        return Some((code, message.to_owned()));
    }
    let (name, inner) = object.iter().find(|(_, value)| value.is_object())?;
    let message = ["message", "faultstring"].iter().find_map(|key| inner.get(*key)?.as_str())?;
    let code = match name.as_str() {
        "error" => inner.get("title").and_then(scalar_of),
        "error_message" => inner.get("faultcode").and_then(scalar_of),
        fault => Some(fault.to_owned()),
    };
    Some((code, message.to_owned()))
}

fn scalar(value: &Value) -> Option<String> {
    scalar_of(value)
}

fn scalar_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text of an HTML or plain answer in one line, without markup or what repeats the status.
fn plain_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    for tag in ["title", "h1"] {
        // Both only repeat the status line.
        if let (Some(start), Some(end)) = (rest.find(&format!("<{tag}>")), rest.find(&format!("</{tag}>")))
            && start < end
        {
            out.push_str(&rest[..start]);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    let mut in_tag = false;
    let mut line = String::new();
    for c in out.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                line.push(' ');
            }
            _ if in_tag => {}
            c if c.is_whitespace() || c.is_control() => line.push(' '),
            c => line.push(c),
        }
    }
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(300).collect()
}

/// What the status alone means, for answers without a body (HEAD) or with one that says nothing.
fn hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "the token was refused",
        403 => "the token's user may not do this",
        404 => "there is no such thing",
        412 => "the condition does not hold",
        413 => "over a size limit or quota",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_dialect_gives_code_and_message() {
        for (text, code, message) in [
            (r#"{"error":{"message":"No.","code":401,"title":"Unauthorized"}}"#, Some("Unauthorized"), "No."),
            (r#"{"itemNotFound":{"code":404,"message":"Gone"}}"#, Some("itemNotFound"), "Gone"),
            (r#"{"error_code":"40035","message":"bad start"}"#, Some("40035"), "bad start"),
            (r#"{"message":"m","code":"404 Not Found","title":"Not Found"}"#, Some("404 Not Found"), "m"),
            (r#"{"error_message":{"debuginfo":null,"faultcode":"Client","faultstring":"f"}}"#, Some("Client"), "f"),
        ] {
            assert_eq!(explain(text), Some((code.map(str::to_owned), message.to_owned())), "{text}");
        }
        assert_eq!(explain("<html>"), None);
        assert_eq!(
            plain_text("<html><h1>Not Found</h1><p>The resource could not be found.</p></html>"),
            "The resource could not be found."
        );
        assert_eq!(plain_text("Authentication required"), "Authentication required");
    }

    proptest! {
        #[test]
        fn decoders_never_panic(text in ".{0,200}") {
            let _ = explain(&text);
            let _ = plain_text(&text);
        }

        #[test]
        fn markup_never_panics(text in "(<|>|/|title|h1|a|é){0,40}") {
            let _ = plain_text(&text);
        }
    }
}
