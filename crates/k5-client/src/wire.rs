//! The innermost service: hyper's client over our connector.

use crate::attempt_body::AttemptBody;
use crate::connect::{Connector, Proxy, Refusal, wants_tls};
use crate::fair::Fair;
use crate::layers::Attempt;
use http::Uri;
use http::header::{PROXY_AUTHORIZATION, SERVER};
use http::uri::Authority;
use hyper::ext::ReasonPhrase;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use k5_core::{Error, ErrorKind, Sent};
use std::collections::HashSet;
use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// An object with 90 metadata items has more headers than hyper's default of 100 allows.
const MAX_HEADERS: usize = 256;
/// Chunks of a download are at most this large; it bounds what a slow reader keeps in memory.
const READ_BUFFER: usize = 128 * 1024;
/// Keeping a connection longer than most servers do gains nothing and risks sending a request on a dead one.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// Sends one attempt over a pooled connection. Connections are kept by the target's scheme, host and port, even those to a proxy: a
/// forwarding one would serve other hosts as well, but hyper's pool doesn't support that, and one more connection costs little.
#[derive(Clone)]
pub(crate) struct Wire {
    client: Arc<Client<Fair, AttemptBody>>,
    connector: Connector,
    /// Servers that have answered in plain HTTP.
    plain: Arc<RwLock<HashSet<Authority>>>,
}

impl Wire {
    pub(crate) fn new(connector: Connector) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(READ_BUFFER)
            .build(Fair(connector.clone()));
        Self { client: Arc::new(client), connector, plain: Arc::default() }
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
        let mut request = attempt.http;
        let Some(proxy) = self.connector.forwarder(request.uri()) else {
            let uri = request.uri().clone();
            let sending = self.client.request(request);
            if uri.scheme_str() == Some("https") {
                let connector = self.connector.clone();
                return Box::pin(async move {
                    sending
                        .await
                        .map(|answer| answer.map(AnswerBody))
                        .map_err(|error| connector.refused_late(&uri, error.source()).unwrap_or_else(|| from_hyper(error)))
                });
            }
            let wire = self.clone();
            return Box::pin(async move { wire.judge(&uri, sending.await).await });
        };
        if let Some(authorization) = proxy.authorization() {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let target = request.uri().authority().map_or_else(String::new, ToString::to_string);
        let body = request.body().state().cloned();
        let sending = self.client.request(request);
        Box::pin(async move {
            let answer = sending.await.map_err(from_hyper)?;
            match refusal_of_the_proxy(&answer) {
                None => Ok(answer.map(AnswerBody)),
                Some(refusal) => {
                    // Nobody will read the answer, so nobody else ends the wait of a body that the server was asked about.
                    body.inspect(|state| state.give_up());
                    Err(refused(&proxy, &target, &refusal))
                }
            }
        })
    }
}

impl Wire {
    /// The outcome of a request in plain HTTP. If a server has never answered and hangs up, its port may speak TLS.
    async fn judge(&self, uri: &Uri, outcome: Outcome) -> Result<http::Response<AnswerBody>, Error> {
        let Some(authority) = uri.authority() else { return outcome.map(|answer| answer.map(AnswerBody)).map_err(from_hyper) };
        let known = self.plain.read().unwrap_or_else(PoisonError::into_inner).contains(authority);
        match outcome {
            Ok(answer) => {
                if !known {
                    self.plain.write().unwrap_or_else(PoisonError::into_inner).insert(authority.clone());
                }
                Ok(answer.map(AnswerBody))
            }
            Err(error) => {
                let error = from_hyper(error);
                match !known && error.kind() == ErrorKind::Transport && self.connector.speaks_tls(uri).await {
                    true => Err(wants_tls(uri)),
                    false => Err(error),
                }
            }
        }
    }
}

type Outcome = Result<http::Response<hyper::body::Incoming>, hyper_util::client::legacy::Error>;

/// What a forwarding proxy said itself. 407 is always its own; other failures must be marked as its own, because the server's
/// come the same way.
fn refusal_of_the_proxy<B>(answer: &http::Response<B>) -> Option<Refusal> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let header = |name: &str| answer.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let detail = header("x-squid-error").or_else(|| header("proxy-status").filter(|value| value.contains("error=")));
    let server = header(SERVER.as_str()).unwrap_or_default().to_ascii_lowercase();
    let by_proxy = ["squid", "tinyproxy", "privoxy"].iter().any(|name| server.starts_with(name));
    if status.as_u16() != 407 && detail.is_none() && !by_proxy {
        return None;
    }
    let reason = answer.extensions().get::<ReasonPhrase>().map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let reason = reason.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned());
    Some(Refusal { status: status.as_u16(), reason, detail, tunnel: false })
}

/// What it means for the call: as with any gateway's answer, a status of 500 and above leaves open what the server did.
fn refused(proxy: &Proxy, target: &str, refusal: &Refusal) -> Error {
    let error = proxy.refused(target, refusal);
    let detail = refusal.detail.as_deref().unwrap_or_default();
    let unreached = ["ERR_DNS_FAIL", "ERR_CONNECT_FAIL", "ERR_CANNOT_FORWARD"].iter().any(|word| detail.starts_with(word));
    match refusal.status {
        _ if unreached => error,
        500.. | 408 => error.with_kind(ErrorKind::Transport).with_sent(Sent::Maybe),
        _ => error,
    }
}

fn from_hyper(error: hyper_util::client::legacy::Error) -> Error {
    let cause = error.source();
    if let Some(own) = find_own(cause) {
        // What the connector says came before any byte of the request. An error of the body's source did not.
        return match own.kind() {
            ErrorKind::Connect | ErrorKind::Config => own.clone(),
            _ if error.is_connect() => own.clone(),
            _ => own.clone().with_sent(Sent::Maybe),
        };
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
        // An IO error that wraps another names that one's cause as its own.
        let wrapped = current.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()?.downcast_ref());
        if let Some(own) = current.downcast_ref().or(wrapped) {
            return Some(own);
        }
        error = current.source();
    }
    None
}

/// What is wrong with the head of an answer that is not HTTP.
fn malformed(mut error: Option<&(dyn std::error::Error + 'static)>) -> Option<String> {
    while let Some(current) = error {
        match current.downcast_ref::<hyper::Error>() {
            // hyper tells a client these two apart in words alone: `is_parse_too_large` is there for servers only. It decides about no more
            // than the words of the error here.
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
