//! Layer 4: where a call goes, and with which token.

use super::{Answering, Attempt, always_ready, progress};
use crate::attempt_body::AttemptBody;
use crate::identity::{Base, Keystone, Snapshot};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, StatusCode, Uri};
use http_body::Body as HttpBody;
use k5_core::{ByteStream, Error, ErrorKind, Request, Response, Sent};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// How a stack finds the target of a call.
#[derive(Clone)]
pub(crate) enum Resolver {
    /// To Keystone, without a token: for login itself.
    Login(Arc<Base>),
    /// By the token's catalogue.
    Cloud(Arc<Keystone>),
}

/// Turns a request into an attempt: absolute URI and token from one snapshot. A 401 from a service means that the token expired
/// early; then all waiting calls share one login, and the call is sent once more, if its body can be sent again.
#[derive(Clone)]
pub(crate) struct Auth<S> {
    inner: S,
    resolver: Resolver,
}

impl Auth<()> {
    pub(crate) fn layer<S>(resolver: Resolver) -> impl Layer<S, Service = Auth<S>> + Clone {
        layer_fn(move |inner| Auth { inner, resolver: resolver.clone() })
    }
}

impl<S, B> Service<Arc<Request>> for Auth<S>
where
    S: Service<Attempt, Response = http::Response<B>, Error = Error, Future = Answering<http::Response<B>>>
        + Clone
        + Send
        + 'static,
    B: HttpBody<Data = Bytes, Error = Error> + Send + 'static,
{
    type Response = Response;
    type Error = Error;
    type Future = Answering<Response>;

    always_ready!();

    fn call(&mut self, request: Arc<Request>) -> Self::Future {
        let (mut inner, resolver) = (self.inner.clone(), self.resolver.clone());
        Box::pin(async move {
            let keystone = match &resolver {
                Resolver::Login(base) => {
                    let (uri, attempt) = attempt(&request, base, None)?;
                    return answer(inner.call(attempt).await, uri, None);
                }
                Resolver::Cloud(keystone) => keystone,
            };
            let wants_token = request.meta.auth.sends_token(request.options.anonymous);
            if !wants_token {
                let base = waiting(Box::pin(keystone.base_without_token(&request))).await?;
                let (uri, attempt) = attempt(&request, &base, None)?;
                return answer(inner.call(attempt).await, uri, None);
            }
            // A login's future is large and rare: boxed, it doesn't make every call's future as large.
            let snapshot = match keystone.current() {
                Some(current) => current,
                None => waiting(Box::pin(keystone.snapshot())).await?,
            };
            let base = keystone.base(&snapshot, &request)?;
            let (uri, first) = attempt(&request, &base, Some(&snapshot))?;
            let outcome = inner.call(first).await;
            if !outcome.as_ref().is_ok_and(|answer| answer.status() == StatusCode::UNAUTHORIZED) {
                return answer(outcome, uri, Some(&snapshot));
            }
            if !keystone.can_renew() || request.body.try_clone().is_none() {
                return answer(outcome, uri, Some(&snapshot));
            }
            // The refusal's connection is given back before the login.
            drop(outcome);
            let snapshot = waiting(Box::pin(keystone.replace(&snapshot))).await?;
            let base = keystone.base(&snapshot, &request)?;
            let (uri, second) = attempt(&request, &base, Some(&snapshot))?;
            answer(inner.call(second).await, uri, Some(&snapshot))
        })
    }
}

/// Waits for a login, its own or another call's, and records that.
async fn waiting<T>(login: Pin<Box<impl Future<Output = Result<T, Error>>>>) -> Result<T, Error> {
    progress::logging_in(true);
    let outcome = login.await;
    progress::logging_in(false);
    outcome
}

fn attempt(request: &Request, base: &Base, snapshot: Option<&Snapshot>) -> Result<(Uri, Attempt), Error> {
    let meta = request.meta;
    let body = AttemptBody::new(&request.body)
        .ok_or_else(|| Error::new(ErrorKind::Transport, "the body was started and can't be sent again").with_sent(Sent::Maybe))?;
    if let Some(name) = request.headers.keys().find(|name| k5_core::is_reserved_header(name.as_str())) {
        return Err(Error::invalid_input(format!("the header {name} belongs to the pipeline and can't be set")));
    }
    let uri = uri_of(base, request)?;
    progress::at(&uri);
    let method = Method::from_bytes(meta.method.as_bytes())
        .map_err(|_| Error::invalid_input(format!("{} is not an HTTP method", meta.method)))?;
    let mut http = http::Request::new(body);
    *http.uri_mut() = uri.clone();
    *http.method_mut() = method;
    *http.headers_mut() = request.headers.clone();
    let length = http.body().length();
    let headers = http.headers_mut();
    match length {
        Some(0) if matches!(meta.method, "GET" | "HEAD" | "DELETE") => {}
        // A write without a body says so, or some servers answer 411.
        Some(length) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        None => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }
    if let Some(snapshot) = snapshot {
        snapshot.sign(headers);
    }
    Ok((uri, Attempt { meta, http }))
}

/// The names come encoded; nothing here joins, decodes or normalises a path.
fn uri_of(base: &Base, request: &Request) -> Result<Uri, Error> {
    let root = match request.meta.root {
        Some(root) => root,
        None => base.path(),
    };
    let mut target = String::with_capacity(root.len() + request.path.len() + request.query.len() + 2);
    target.push_str(root);
    target.push_str(&request.path);
    if target.is_empty() {
        target.push('/');
    }
    if !request.query.is_empty() {
        target.push('?');
        target.push_str(&request.query);
    }
    let target = PathAndQuery::from_maybe_shared(Bytes::from(target))
        .map_err(|error| Error::invalid_input("path and query are too long or not valid in a URI").with_source(error))?;
    base.uri(target)
}

fn answer<B>(outcome: Result<http::Response<B>, Error>, uri: Uri, sent: Option<&Snapshot>) -> Result<Response, Error>
where
    B: HttpBody<Data = Bytes, Error = Error> + Send + 'static,
{
    let shown = || without_query(&uri);
    let answer = outcome.map_err(|error| if error.uri().is_none() { error.with_uri(shown()) } else { error })?;
    let (parts, body) = answer.into_parts();
    let mut response = Response::new(parts.status).with_headers(parts.headers).with_body(ByteStream::from_body(body));
    response.uri = shown();
    if let Some(snapshot) = sent {
        snapshot.secrets().for_each(|value| response.secrets.add_header(value));
    }
    response.elapsed = Duration::ZERO;
    Ok(response)
}

/// The query may contain a signature.
pub(super) fn without_query(uri: &Uri) -> String {
    let (scheme, host, path) = (uri.scheme_str().unwrap_or(""), uri.authority().map_or("", |a| a.as_str()), uri.path());
    let mut text = String::with_capacity(scheme.len() + 3 + host.len() + path.len());
    for part in [scheme, "://", host, path] {
        text.push_str(part);
    }
    text
}
