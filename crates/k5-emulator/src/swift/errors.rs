//! Swift's error answers: a short HTML text for each status.

use http::StatusCode;

use crate::reply::{HTML, PLAIN, Reply};
use crate::request::UploadError;
use crate::store::StoreError;

/// Why a request does not get an ordinary answer.
pub(crate) enum Fail {
    Reply(Box<Reply>),
    Store(StoreError),
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for Fail {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<serde_json::Error> for Fail {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Reply> for Fail {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

impl From<UploadError> for Fail {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Gone => status(499).into(),
            UploadError::Quiet => status(408).into(),
            UploadError::Rejected(reply) => Self::Reply(reply),
        }
    }
}

impl Fail {
    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Reply(reply) => *reply,
            Self::Store(error) => {
                tracing::error!(%error, "a request failed");
                Reply::with_body(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "An error occurred")
            }
        }
    }
}

pub(crate) type Outcome<T = Reply> = Result<T, Fail>;

/// The answer with this status and the text that belongs to it.
pub(crate) fn status(code: u16) -> Reply {
    let (title, text) = match code {
        200 => ("OK", ""),
        202 => ("Accepted", "The request is accepted for processing."),
        400 => ("Bad Request", "The server could not comply with the request since it is either malformed or otherwise incorrect."),
        401 => ("Unauthorized", "This server could not verify that you are authorized to access the document you requested."),
        403 => ("Forbidden", "Access was denied to this resource."),
        404 => ("Not Found", "The resource could not be found."),
        405 => ("Method Not Allowed", "The method is not allowed for this resource."),
        406 => ("Not Acceptable", "The resource is not available in a format acceptable to your browser."),
        408 => ("Request Timeout", "The server has waited too long for the request to be sent by the client."),
        409 => ("Conflict", "There was a conflict when trying to complete your request."),
        411 => ("Length Required", "Content-Length header required."),
        412 => ("Precondition Failed", "A precondition for this request was not met."),
        413 => ("Request Entity Too Large", "The body of your request was too large for this server."),
        416 => ("Requested Range Not Satisfiable", "The Range requested is not available."),
        422 => ("Unprocessable Entity", "Unable to process the contained instructions"),
        499 => ("Client Disconnect", "The client was disconnected during request."),
        503 => ("Service Unavailable", "The server is currently unavailable. Please try again at a later time."),
        _ => ("Internal Error", "The server was unable to process your request."),
    };
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if text.is_empty() {
        return Reply::with_body(status, HTML, "");
    }
    Reply::with_body(status, HTML, format!("<html><h1>{title}</h1><p>{text}</p></html>"))
}

/// The status line's text, as it stands in reports.
pub(crate) fn status_line(code: u16) -> String {
    let reason = StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("Unknown");
    format!("{code} {reason}")
}

pub(crate) fn fail<T>(code: u16) -> Outcome<T> {
    Err(status(code).into())
}

/// An error whose text says what is wrong, with Swift's default type.
pub(crate) fn html<T>(code: u16, text: &str) -> Outcome<T> {
    Err(said(code, HTML, text).into())
}

/// An error whose text says what is wrong, as `text/plain`.
pub(crate) fn plain<T>(code: u16, text: &str) -> Outcome<T> {
    Err(said(code, PLAIN, text).into())
}

fn said(code: u16, content_type: &str, text: &str) -> Reply {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::with_body(status, content_type, text.to_owned())
}
