//! The innermost service: hyper's client over our connector.

use crate::attempt_body::AttemptBody;
use crate::connect::Connector;
use crate::fair::Fair;
use crate::layers::Attempt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use k5_core::{Error, ErrorKind, Sent};
use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// An object with 90 items of metadata has more headers than hyper's default of 100 allows.
const MAX_HEADERS: usize = 256;
/// Chunks of a download are at most this large; it bounds what a slow reader keeps in memory.
const READ_BUFFER: usize = 128 * 1024;
/// Longer than most servers keep a connection open gains nothing and risks a request on a dead one.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Sends one attempt over a pooled connection.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Client<Fair, AttemptBody>>);

impl Wire {
    pub(crate) fn new(connector: Connector) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(READ_BUFFER)
            .build(Fair(connector));
        Self(Arc::new(client))
    }
}

impl Service<Attempt> for Wire {
    type Response = http::Response<AnswerBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let sending = self.0.request(attempt.http);
        Box::pin(async move {
            match sending.await {
                Ok(answer) => Ok(answer.map(AnswerBody)),
                Err(error) => Err(from_hyper(error)),
            }
        })
    }
}

fn from_hyper(error: hyper_util::client::legacy::Error) -> Error {
    let cause = error.source();
    if let Some(own) = find_own(cause) {
        // What the connector says came before any byte of the request. An error of the body's source did not.
        return if error.is_connect() { own.clone() } else { own.clone().with_sent(Sent::Maybe) };
    }
    let (kind, sent, message) = match error.is_connect() {
        true => (ErrorKind::Connect, Sent::No, "no connection"),
        false => (ErrorKind::Transport, Sent::Maybe, "the connection broke"),
    };
    let root = root_text(cause).unwrap_or_else(|| error.to_string());
    Error::new(kind, format!("{message}: {}", malformed(cause).unwrap_or(root))).with_sent(sent)
}

/// An error of ours somewhere below, such as one of the caller's own source of bytes.
fn find_own<'a>(mut error: Option<&'a (dyn std::error::Error + 'static)>) -> Option<&'a Error> {
    while let Some(current) = error {
        if let Some(own) = current.downcast_ref() {
            return Some(own);
        }
        error = current.source();
    }
    None
}

/// What is wrong with the head of an answer that is no HTTP.
fn malformed(mut error: Option<&(dyn std::error::Error + 'static)>) -> Option<String> {
    while let Some(current) = error {
        match current.downcast_ref::<hyper::Error>() {
            // hyper tells these two apart in words alone.
            Some(found) if found.is_parse() && found.to_string().contains("too large") => {
                let room = READ_BUFFER / 1024;
                return Some(format!(
                    "the head of the answer is longer than {room} KiB, has more than {MAX_HEADERS} headers, or promises more bytes than can be"
                ));
            }
            Some(found) if found.is_parse() => return Some(format!("the answer is not HTTP/1.1 ({found})")),
            _ => error = current.source(),
        }
    }
    None
}

/// The innermost cause, which is what an operator can act on.
fn root_text(mut error: Option<&(dyn std::error::Error + 'static)>) -> Option<String> {
    let mut text = None;
    while let Some(current) = error {
        text = Some(current.to_string());
        error = current.source();
    }
    text
}

/// The body of an answer, with hyper's errors turned into ours.
pub(crate) struct AnswerBody(hyper::body::Incoming);

impl http_body::Body for AnswerBody {
    type Data = bytes::Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Error>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(|error| {
            let message = match error.is_incomplete_message() {
                true => "the answer broke off: the server closed the connection before its end".to_owned(),
                false => format!("the answer broke off: {}", root_text(Some(&error)).unwrap_or_default()),
            };
            Error::new(ErrorKind::Transport, message).with_sent(Sent::Yes)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}
