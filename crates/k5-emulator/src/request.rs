//! A request as the services see it: decoded path and query, and a body that is pulled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::connection::Control;
use crate::reply::Reply;

/// How long a client may keep the server waiting for its next byte; Swift's `client_timeout`.
const IDLE: Duration = Duration::from_secs(60);

pub(crate) struct Request {
    pub(crate) method: String,
    /// Percent-decoded once, never normalised.
    pub(crate) path: Vec<u8>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) upload: Upload,
    /// `http://host:port` as the client reached us.
    pub(crate) base: String,
    /// The body, once somebody needed it as one piece.
    pub(crate) body: Option<Vec<u8>>,
    /// What the client's path had in the place of a documented root, such as `/compute/v2.1`.
    pub(crate) root: Option<String>,
    /// The most entries of a listing, whatever `limit` says.
    pub(crate) page_limit: Option<usize>,
}

impl Request {
    /// A header's value; its characters are its bytes.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|value| latin1(value.as_bytes()))
    }

    /// Swift's idea of a true flag.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.header(name).is_some_and(|value| is_true(&value))
    }
}

pub(crate) fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y")
}

/// Bytes as characters, so that any header value survives a document.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The way back from [`latin1`].
pub(crate) fn to_bytes(latin1: &str) -> Vec<u8> {
    latin1.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// A percent-decoded header or query value as text; `None` if it is not UTF-8.
pub(crate) fn unquote(value: &str) -> Option<String> {
    String::from_utf8(percent_encoding::percent_decode(&to_bytes(value)).collect()).ok()
}

/// Decoded query parameters, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        Self(
            raw.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The query as text, with this value in the place of what the parameter had.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut text: String = self.without(name);
        if !text.is_empty() {
            text.push('&');
        }
        text + &format!("{name}={}", encode(value))
    }

    /// The query as text, without this parameter.
    pub(crate) fn without(&self, name: &str) -> String {
        let others: Vec<String> = self
            .pairs()
            .filter(|(known, _)| *known != name)
            .map(|(known, value)| format!("{}={}", encode(known), encode(value)))
            .collect();
        others.join("&")
    }
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string().replace("%2D", "-")
}

/// Headers as a WSGI server hands them on: `_` is a `-`, and what comes twice is joined.
pub(crate) fn merge(headers: HeaderMap) -> HeaderMap {
    if headers.len() == headers.keys_len() && headers.keys().all(|name| !name.as_str().contains('_')) {
        return headers;
    }
    let mut merged = HeaderMap::with_capacity(headers.len());
    for (name, value) in &headers {
        let dashed = name.as_str().replace('_', "-");
        let Ok(name) = http::HeaderName::from_bytes(dashed.as_bytes()) else { continue };
        let joined = match merged.get(&name) {
            Some(first) => {
                let first: &http::HeaderValue = first;
                http::HeaderValue::from_bytes(&[first.as_bytes(), b",", value.as_bytes()].concat())
            }
            None => Ok(value.clone()),
        };
        if let Ok(value) = joined {
            merged.insert(name, value);
        }
    }
    merged
}

pub(crate) fn decode_path(uri: &Uri) -> Vec<u8> {
    percent_encoding::percent_decode_str(uri.path()).collect()
}

/// Why a body did not arrive whole.
pub(crate) enum UploadError {
    /// The client closed or broke its connection: 499, which nobody will read.
    Gone,
    /// The client went quiet: 408.
    Quiet,
    /// A fault says so.
    Rejected(Box<Reply>),
}

/// What happens while a body is read.
#[derive(Debug, Default)]
pub(crate) struct UploadFaults {
    /// Wait so long before the first byte is asked for, and so before `100 Continue` is sent.
    pub(crate) no_continue: Option<Duration>,
    pub(crate) stall: Option<(u64, Duration)>,
    pub(crate) reject: Option<(u64, crate::faults::StatusFault)>,
    pub(crate) close: Option<u64>,
}

/// The body of a request. hyper sends `100 Continue` when the first chunk is asked for, so whatever can be
/// refused from the head alone has to be refused before that.
pub(crate) struct Upload {
    body: Incoming,
    received: Arc<AtomicU64>,
    /// What `Content-Length` says.
    pub(crate) declared: Option<u64>,
    pub(crate) chunked: bool,
    faults: Option<Box<(UploadFaults, Arc<Control>)>>,
}

impl Upload {
    pub(crate) fn new(body: Incoming, headers: &HeaderMap, received: Arc<AtomicU64>) -> Self {
        let declared =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
        let chunked =
            headers.get(header::TRANSFER_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
        Self { body, received, declared, chunked, faults: None }
    }

    pub(crate) fn set_faults(&mut self, faults: UploadFaults, control: Arc<Control>) {
        self.faults = Some(Box::new((faults, control)));
    }

    /// Neither a length nor chunks.
    pub(crate) fn without_length(&self) -> bool {
        self.declared.is_none() && !self.chunked
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, UploadError> {
        if self.faults.is_some() {
            self.misbehave().await?;
        }
        loop {
            let frame = match tokio::time::timeout(IDLE, self.body.frame()).await {
                Err(_) => return Err(UploadError::Quiet),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(UploadError::Gone),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(data) = frame.into_data() {
                self.received.fetch_add(data.len() as u64, Ordering::Relaxed);
                return Ok(Some(data));
            }
        }
    }

    async fn misbehave(&mut self) -> Result<(), UploadError> {
        let received = self.received.load(Ordering::Relaxed);
        let Some(active) = &mut self.faults else { return Ok(()) };
        let (faults, control) = active.as_mut();
        if let Some(pause) = faults.no_continue.take() {
            tokio::time::sleep(pause).await;
        }
        if let Some((after, pause)) = faults.stall
            && received >= after
        {
            faults.stall = None;
            tokio::time::sleep(pause).await;
        }
        if let Some((after, status)) = &faults.reject
            && received >= *after
        {
            return Err(UploadError::Rejected(Box::new(status.reply())));
        }
        if faults.close.is_some_and(|after| received >= after) {
            control.close();
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// A body that has to fit into memory; `None` when it is longer than `most`.
    pub(crate) async fn collect(&mut self, most: usize) -> Result<Option<Vec<u8>>, UploadError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if all.len() + chunk.len() > most {
                return Ok(None);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(Some(all))
    }
}
