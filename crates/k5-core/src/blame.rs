//! What an error says about the answer that caused it.

use crate::error::{Error, ErrorKind};
use crate::operation::OpMeta;
use crate::redact::{Secrets, hide_fields};
use crate::transport;
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// What an error says about the answer that caused it.
pub(crate) struct Blame {
    pub(crate) meta: &'static OpMeta,
    pub(crate) status: StatusCode,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) uri: String,
    pub(crate) path: String,
    pub(crate) secrets: Secrets,
}

impl Blame {
    #[cfg(test)]
    pub(crate) fn test(meta: &'static OpMeta) -> Self {
        Self {
            meta,
            status: StatusCode::OK,
            attempts: 1,
            elapsed: Duration::ZERO,
            uri: String::new(),
            path: String::new(),
            secrets: Secrets::default(),
        }
    }

    pub(crate) fn put(&self, error: Error) -> Error {
        let error = error.with_operation(self.meta).with_status(self.status).with_uri(self.uri.clone());
        error.with_attempts(self.attempts, self.elapsed).with_target(transport::target(self.meta, &self.path))
    }

    /// The document is not what it should be.
    pub(crate) fn decode(&self, message: String, document: &[u8]) -> Error {
        // A secret may reach over the excerpt's end.
        let text = String::from_utf8_lossy(&document[..document.len().min(2 * EXCERPT)]);
        let excerpt = hide_fields(&self.secrets.hide(&text)).chars().take(EXCERPT).collect();
        self.put(Error::new(ErrorKind::Decode, self.secrets.hide(&message)).with_excerpt(Some(excerpt)))
    }
}

/// How much of an answer an error keeps.
const EXCERPT: usize = 2048;

/// What to say about an answer in an encoding that nobody asked for, such as `gzip`; `None` if the encoding is fine.
pub(crate) fn packed(headers: &HeaderMap) -> Option<String> {
    let coding = headers.get(http::header::CONTENT_ENCODING)?;
    let coding = String::from_utf8_lossy(coding.as_bytes()).trim().to_owned();
    (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then(|| {
        format!(
            "the answer is encoded (Content-Encoding: {coding}), which nobody asked for: a proxy or cache on the way may do that"
        )
    })
}
