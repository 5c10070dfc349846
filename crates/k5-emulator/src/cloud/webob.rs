//! Errors as the Python servers' framework writes them: HTML, JSON or plain text, as the client accepts it.

use http::StatusCode;
use serde_json::json;

use super::Refusal;
use crate::reply::{HTML, Reply};
use crate::request::Request;

/// How an error is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Html,
    Json,
    Plain,
}

/// What a client accepts: HTML before JSON, and plain text if it doesn't say.
pub(crate) fn form(request: &Request) -> Form {
    let accept = request.header("accept").unwrap_or_default().to_ascii_lowercase();
    let takes = |media: &[&str]| accept.split([',', ';']).any(|part| media.contains(&part.trim()));
    if takes(&["*/*", "text/*", "text/html"]) {
        Form::Html
    } else if takes(&["application/*", "application/json"]) {
        Form::Json
    } else {
        Form::Plain
    }
}

pub(crate) fn error(refusal: &Refusal, form: Form) -> Reply {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = status.canonical_reason().unwrap_or_default();
    let (code, message) = (status.as_u16(), &refusal.message);
    let (media, text) = match form {
        Form::Plain => ("text/plain; charset=UTF-8", format!("{code} {title}\n\n{message}\n\n   ")),
        Form::Json => {
            let message = format!("{message}<br /><br />\n\n\n");
            let document = json!({"message": message, "code": format!("{code} {title}"), "title": title});
            ("application/json", document.to_string())
        }
        Form::Html => {
            let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let text = format!(
                "<html>\n <head>\n  <title>{code} {title}</title>\n </head>\n <body>\n  <h1>{code} {title}</h1>\n  \
                 {message}<br /><br />\n\n\n\n </body>\n</html>"
            );
            (HTML, text)
        }
    };
    Reply::with_body(status, media, text)
}
