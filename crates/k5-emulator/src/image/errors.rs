//! Glance's errors: HTML, or JSON for those who accept nothing but that.

use http::StatusCode;
use serde_json::json;

use crate::cloud::nova::json_reply;
use crate::cloud::{Fail, Outcome, Refusal, not_found, refused, request_id};
use crate::reply::{HTML, Reply};
use crate::request::Request;

/// Whether an error is to be HTML: unless JSON is asked for and HTML is not.
pub(super) fn wants_html(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default().to_ascii_lowercase();
    accept.is_empty() || accept.contains("*/*") || accept.contains("text/html") || !accept.contains("application/json")
}

pub(super) fn finish(outcome: Outcome, html: bool) -> Reply {
    let mut reply = outcome.unwrap_or_else(|fail| fail.shape(|refusal| shape(&refusal, html)));
    reply.header("x-openstack-request-id", &request_id());
    reply
}

fn shape(refusal: &Refusal, html: bool) -> Reply {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = status.canonical_reason().unwrap_or_default();
    let (code, message) = (refusal.status, &refusal.message);
    if !html {
        let document =
            json!({"message": format!("{message}<br /><br />\n\n\n"), "code": format!("{code} {title}"), "title": title});
        return json_reply(code, &document);
    }
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let text = format!(
        "<html>\n <head>\n  <title>{code} {title}</title>\n </head>\n <body>\n  <h1>{code} {title}</h1>\n  \
         {message}<br /><br />\n\n\n\n </body>\n</html>"
    );
    Reply::with_body(status, HTML, text)
}

pub(super) fn no_such_path(wrong_method: bool) -> Fail {
    if wrong_method {
        return refused(405, "The method is not allowed for this resource.");
    }
    not_found("The resource could not be found.")
}
