//! An answer before it is one of hyper's.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::payload::Payload;
use crate::request::to_bytes;

pub(crate) const HTML: &str = "text/html; charset=UTF-8";
pub(crate) const PLAIN: &str = "text/plain";

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), payload: Payload::default() }
    }

    pub(crate) fn with_body(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::new(status);
        reply.payload = Payload::bytes(body);
        reply.set_length();
        reply.header(CONTENT_TYPE.as_str(), content_type);
        reply
    }

    /// Sets a header. The value's characters are its bytes; what cannot be a header is left out.
    pub(crate) fn header(&mut self, name: &str, value: &str) -> &mut Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&to_bytes(value))) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => tracing::debug!(name, "a stored header cannot be sent"),
        }
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.header(name, value);
        self
    }

    pub(crate) fn headers(&mut self, headers: &BTreeMap<String, String>) -> &mut Self {
        for (name, value) in headers {
            self.header(name, value);
        }
        self
    }

    pub(crate) fn set_length(&mut self) {
        let length = self.payload.length();
        self.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
