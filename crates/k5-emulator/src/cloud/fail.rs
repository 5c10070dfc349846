//! Why a request does not get an ordinary answer, before a service turns it into one of its own errors.

use crate::reply::Reply;
use crate::request::UploadError;
use crate::store::StoreError;

pub(crate) enum Fail {
    Refused(Refusal),
    /// An answer that is the same for all services.
    Reply(Box<Reply>),
    Store(StoreError),
}

#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// The service's own number or name of the error, if it has one.
    pub(crate) code: Option<&'static str>,
}

pub(crate) type Outcome<T = Reply> = Result<T, Fail>;

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
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
            UploadError::Gone | UploadError::Quiet => refused(408, "The body of the request did not arrive."),
            UploadError::Rejected(reply) => Self::Reply(reply),
        }
    }
}

impl Fail {
    /// Sets the service's own code on the refusal.
    pub(crate) fn coded(mut self, code: &'static str) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.code = Some(code);
        }
        self
    }

    /// The refusal to be shaped, unless the answer needs no shape; a failure of the store is a 500.
    pub(crate) fn shape(self, shape: impl FnOnce(Refusal) -> Reply) -> Reply {
        match self {
            Self::Reply(reply) => *reply,
            Self::Refused(refusal) => shape(refusal),
            Self::Store(error) => {
                tracing::error!(%error, "a request failed");
                shape(Refusal { status: 500, message: "An unexpected error occurred.".into(), code: None })
            }
        }
    }
}

pub(crate) fn refused(status: u16, message: impl Into<String>) -> Fail {
    Fail::Refused(Refusal { status, message: message.into(), code: None })
}

pub(crate) fn bad_request(message: impl Into<String>) -> Fail {
    refused(400, message)
}

pub(crate) fn forbidden(message: impl Into<String>) -> Fail {
    refused(403, message)
}

pub(crate) fn not_found(message: impl Into<String>) -> Fail {
    refused(404, message)
}

/// The answer if no route fits, in a service whose own wording is not known.
pub(crate) fn no_such_path(wrong_method: bool) -> Fail {
    if wrong_method { refused(405, "The method is not allowed here.") } else { not_found("The resource could not be found.") }
}

pub(crate) fn conflict(message: impl Into<String>) -> Fail {
    refused(409, message)
}

/// The refusal if a quota is exhausted.
pub(crate) fn over_limit(message: impl Into<String>) -> Fail {
    refused(413, message)
}
