//! Reads the error documents of every service; anything unrecognized stays as text, and the status is never hidden.

use crate::blame::packed;
use crate::error::{Error, ErrorKind, Reason};
use crate::operation::OpMeta;
use crate::transport::{Response, target};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// How much of an error's body is read; the rest is not waited for.
const READ_LIMIT: usize = 64 * 1024;
/// How much of it an error keeps.
const EXCERPT: usize = 2 * 1024;

/// Turns an answer whose status is not a success into an error.
pub(crate) async fn into_error(operation: &'static OpMeta, response: Response) -> Error {
    let Response { status, headers, body, attempts, may_repeat, elapsed, uri, secrets, path, .. } = response;
    let (bytes, broken) = body.prefix(READ_LIMIT).await;
    // The request's secrets go before anything is cut out of the text, and once more from what JSON and XML made of it.
    let text = String::from_utf8_lossy(&bytes);
    let text = secrets.hide(&text);
    let hidden = |text: String| secrets.hide(&text).into_owned();
    let packed = packed(&headers);
    let Explained { code, message, request_id: named } = match &packed {
        Some(packed) => Explained::new(None, packed.clone()),
        None => explain(&text).unwrap_or_else(|| Explained::new(None, plain_text(&text))),
    };
    let mut error = Error::new(ErrorKind::Status, if message.is_empty() { hint(status).to_owned() } else { hidden(message) });
    if let Some(target) = redirection(status, &headers) {
        error = error.with_note(&hidden(format!(
            "the server redirects to {target}, which is not followed, for the token would go there as well"
        )));
    }
    let wants_tls = status == StatusCode::BAD_REQUEST && uri.starts_with("http://") && speaks_of_tls(&text);
    if wants_tls {
        error = error
            .with_note("the port speaks TLS: its URL begins with https://, not http://")
            .with_kind(ErrorKind::Connect)
            .permanent();
    }
    if headers.contains_key("openstack-auth-receipt") {
        error = error
            .with_note("a second factor is wanted: what was given so far is right (Openstack-Auth-Receipt)")
            .with_reason(Reason::SecondFactor);
    }
    if let Some(broken) = broken {
        error = error.with_note(broken.message());
    }
    error
        .with_operation(operation)
        .with_target(target(operation, &path))
        .with_status(status)
        .with_code(code.map(hidden))
        .with_uri(uri)
        .with_request_id(request_id(&headers).or(named).map(hidden))
        .with_attempts(attempts, elapsed)
        .with_may_repeat(may_repeat)
        .with_retry_after(retry_after(&headers))
        .with_excerpt((!text.is_empty() && packed.is_none()).then(|| text.chars().take(EXCERPT).collect()))
}

/// Whether a TLS server says that it was asked in plain HTTP: nginx, Apache, Go, Tomcat. Only their error pages show it.
fn speaks_of_tls(text: &str) -> bool {
    let known = [
        "plain HTTP request was sent to HTTPS port",
        "plain HTTP to an SSL-enabled server port",
        "HTTP request to an HTTPS server",
        "combination of host and port requires TLS",
    ];
    known.iter().any(|words| text.contains(words))
}

/// The target of a redirect, without its query.
fn redirection(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let moved = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = headers.get(http::header::LOCATION).filter(|_| moved)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    Some(location.split(['?', '#']).next()?.chars().take(300).collect())
}

/// The id by which the server's operators can find the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-openstack-request-id", "x-compute-request-id", "x-trans-id", "x-fcx-endpoint-request"]
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

/// What an error document says.
#[derive(Debug, PartialEq, Eq)]
struct Explained {
    code: Option<String>,
    message: String,
    /// The request's id, if the document has it and the headers don't.
    request_id: Option<String>,
}

impl Explained {
    fn new(code: Option<String>, message: String) -> Self {
        Self { code, message, request_id: None }
    }
}

/// Code and message of a document in any of the services' dialects.
fn explain(text: &str) -> Option<Explained> {
    #[cfg(feature = "xml")]
    if text.trim_start().starts_with('<') {
        return explain_xml(text);
    }
    let document: Value = serde_json::from_str(text).ok()?;
    let object = document.as_object()?;
    if let Some(message) = object.get("message").and_then(Value::as_str) {
        let code = ["error_code", "code"].iter().find_map(|key| scalar(object.get(*key)?));
        // Glance ends its messages with line breaks of HTML.
        return Some(Explained::new(code, message.replace("<br />", " ").trim().to_owned()));
    }
    // OAuth 2.0, RFC 6749.
    if let Some(code) = object.get("error").and_then(Value::as_str) {
        let message = object.get("error_description").and_then(Value::as_str).unwrap_or_default();
        return Some(Explained::new(Some(code.to_owned()), message.to_owned()));
    }
    let (name, inner) = object.iter().find(|(_, value)| value.is_object())?;
    let message = ["message", "faultstring"].iter().find_map(|key| inner.get(*key)?.as_str())?;
    let code = match name.as_str() {
        "error" => inner.get("title").and_then(scalar_of),
        "NeutronError" => inner.get("type").and_then(scalar_of),
        "error_message" => inner.get("faultcode").and_then(scalar_of),
        fault => Some(fault.to_owned()),
    };
    // `details` is a traceback in some faults, and repeats the message in others.
    Some(Explained::new(code, message.to_owned()))
}

/// One `<error>` from the front end, or the `<errors>` from the back end, which may be several.
#[cfg(feature = "xml")]
fn explain_xml(text: &str) -> Option<Explained> {
    let root = crate::xml::Element::parse(text).ok()?;
    let errors: Vec<_> = match root.name.as_str() {
        "error" => vec![&root],
        "errors" => root.children.iter().filter(|child| child.name == "error").collect(),
        _ => return None,
    };
    let inner = |name: &str| errors.iter().find_map(|error| error.child(name)).map(|child| child.text.clone());
    let messages: Vec<String> = errors
        .iter()
        .map(|error| {
            let message = error.child("message").map_or("", |message| message.text.as_str());
            let arguments = error.children.iter().filter(|child| child.name == "arg" && !message.contains(&child.text));
            let arguments: Vec<&str> = arguments.map(|child| child.text.as_str()).collect();
            if arguments.is_empty() { message.to_owned() } else { format!("{message} [{}]", arguments.join(", ")) }
        })
        .collect();
    if messages.iter().all(String::is_empty) {
        return None;
    }
    Some(Explained { code: inner("code"), message: messages.join("; "), request_id: inner("request_id") })
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

/// The text of an HTML or plain answer in one line, without markup and without a repetition of the status.
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

/// What the status alone means, for answers without a body (HEAD) or with an uninformative one.
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
            (r#"{"message":"m < x<br /><br />\n\n","code":"404 Not Found","title":"Not Found"}"#, Some("404 Not Found"), "m < x"),
            (
                r#"{"overLimit":{"code":413,"message":"Too many","retryAfter":"0","details":"quota"}}"#,
                Some("overLimit"),
                "Too many",
            ),
            (r#"{"computeFault":{"message":"Broken","code":500}}"#, Some("computeFault"), "Broken"),
            (r#"{"error":"invalid_client","error_description":"Bad secret"}"#, Some("invalid_client"), "Bad secret"),
            (r#"{"error":"invalid_grant"}"#, Some("invalid_grant"), ""),
            (r#"{"error_code":40036,"message":"bad limit"}"#, Some("40036"), "bad limit"),
            (r#"{"error":{"message":"m","code":"E1","title":"T","item":{"id":1}}}"#, Some("T"), "m"),
            (r#"{"error_message":{"debuginfo":null,"faultcode":"Client","faultstring":"f"}}"#, Some("Client"), "f"),
        ] {
            assert_eq!(explain(text), Some(Explained::new(code.map(str::to_owned), message.to_owned())), "{text}");
        }
        assert_eq!(explain("<html>"), None);
        assert_eq!(
            plain_text("<html><h1>Not Found</h1><p>The resource could not be found.</p></html>"),
            "The resource could not be found."
        );
        assert_eq!(plain_text("Authentication required"), "Authentication required");
    }

    #[cfg(feature = "xml")]
    #[test]
    fn both_roots_of_xml() {
        let error = explain("<error><message>The request is invalid.</message><arg>name</arg><request_id>r-1</request_id></error>");
        let expected =
            Explained { code: None, message: "The request is invalid. [name]".to_owned(), request_id: Some("r-1".to_owned()) };
        assert_eq!(error, Some(expected));
        let errors = explain(
            "<?xml version='1.0'?><errors><error><code>67210</code><message>No such server: a</message><arg>a</arg><rest/></error>\
             <error><code>1</code><message>Second</message></error></errors>",
        );
        assert_eq!(errors, Some(Explained::new(Some("67210".to_owned()), "No such server: a; Second".to_owned())));
        for other in ["<html><body>Bad Gateway</body></html>", "<error/>", "<errors><error>"] {
            assert_eq!(explain(other), None, "{other}");
        }
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
