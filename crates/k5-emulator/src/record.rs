//! The last requests, for tests that examine a client from the server's side.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{HeaderMap, Method, Uri};

/// How many requests are remembered.
const REMEMBERED: usize = 10_000;
const SECRETS: &[&str] = &[
    "x-auth-token",
    "x-subject-token",
    "x-storage-token",
    "x-service-token",
    "authorization",
    "x-account-meta-temp-url-key",
    "x-account-meta-temp-url-key-2",
    "x-container-meta-temp-url-key",
    "x-container-meta-temp-url-key-2",
    "x-container-sync-key",
];

/// A request the emulator saw. Values of headers that hold secrets read `***`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The method's token, such as `PUT` or `COPY`.
    pub method: String,
    /// The path as it was sent, still percent-encoded.
    pub path: String,
    /// The query as it was sent; signatures of temporary URLs read `***`.
    pub query: Option<String>,
    /// The headers in the order received, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The operation, by its full name such as `compute.stop_server`; `None` if it was not an operation, or if a fault answered.
    pub operation: Option<&'static str>,
    /// The answer's status; `None` until there is one, and forever if a fault withheld it.
    pub status: Option<u16>,
    /// How many bytes of the body were read.
    pub body_bytes: u64,
}

impl RecordedRequest {
    /// The first value of a header, by case-insensitive name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The live entry of a request that is being served.
#[derive(Debug)]
pub(crate) struct Entry {
    request: RecordedRequest,
    operation: OnceLock<&'static str>,
    status: AtomicU16,
    pub(crate) received: Arc<AtomicU64>,
}

impl Entry {
    pub(crate) fn is_served_by(&self, operation: &'static str) {
        // A request is dispatched once.
        let _ = self.operation.set(operation);
    }

    pub(crate) fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<Arc<Entry>>>);

impl Log {
    pub(crate) fn begin(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Arc<Entry> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let secret = SECRETS.contains(&name.as_str());
                let value = if secret { "***".into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
                (name.as_str().to_owned(), value)
            })
            .collect();
        let entry = Arc::new(Entry {
            request: RecordedRequest {
                method: method.as_str().to_owned(),
                path: uri.path().to_owned(),
                query: uri.query().map(redact),
                headers,
                operation: None,
                status: None,
                body_bytes: 0,
            },
            operation: OnceLock::new(),
            status: AtomicU16::new(0),
            received: Arc::default(),
        });
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == REMEMBERED {
            entries.pop_front();
        }
        entries.push_back(Arc::clone(&entry));
        entry
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .map(|entry| {
                let mut request = entry.request.clone();
                request.operation = entry.operation.get().copied();
                request.status = Some(entry.status.load(Ordering::Relaxed)).filter(|status| *status != 0);
                request.body_bytes = entry.received.load(Ordering::Relaxed);
                request
            })
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn redact(query: &str) -> String {
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name @ ("temp_url_sig" | "signature"), _)) => format!("{name}=***"),
            _ => pair.to_owned(),
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_remembered() {
        let log = Log::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-auth-token", http::HeaderValue::from_static("gAAAA"));
        headers.insert("range", http::HeaderValue::from_static("bytes=0-1"));
        let uri: Uri = "/v1/a/c/o?temp_url_sig=abc&x=1".parse().unwrap();
        let entry = log.begin(&Method::GET, &uri, &headers);
        assert_eq!(log.all()[0].status, None);
        entry.answered(206);
        let seen = log.all().remove(0);
        assert_eq!(seen.status, Some(206));
        assert_eq!(seen.header("X-Auth-Token"), Some("***"));
        assert_eq!(seen.header("Range"), Some("bytes=0-1"));
        assert_eq!(seen.query.as_deref(), Some("temp_url_sig=***&x=1"));
        assert!(!format!("{seen:?}").contains("gAAAA"));
    }
}
