//! The seam between services and the pipeline.

use crate::body::{Body, ByteStream};
use crate::error::Result;
use crate::operation::{Dialect, OpMeta};
use crate::path;
use crate::redact::Secrets;
use http::{HeaderMap, StatusCode};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A call for the pipeline: everything but host, token and root path. Its `Debug` shows no query values, because one may be a
/// signature.
#[non_exhaustive]
pub struct Request {
    /// The operation.
    pub meta: &'static OpMeta,
    /// The path below the root, percent-encoded; empty or beginning with `/`.
    pub path: String,
    /// The query without `?`, percent-encoded.
    pub query: String,
    /// The operation's own headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// The caller's options for this call.
    pub options: CallOptions,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        f.debug_struct("Request")
            .field("operation", &self.meta.full_name())
            .field("path", &self.path)
            .field("query", &query)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("options", &self.options)
            .finish()
    }
}

impl Request {
    /// A request of this operation, with an empty path, no query, no headers and no body: for a test of a transport to fill.
    /// Services build a [`crate::Call`].
    pub fn new(meta: &'static OpMeta) -> Self {
        Self {
            meta,
            path: String::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Body::empty(),
            options: CallOptions::default(),
        }
    }

    /// What it is about, such as `swift://container/object`; `None` if its operation has no parameter in its path.
    pub fn target(&self) -> Option<String> {
        target(self.meta, &self.path)
    }

    /// The same request once more; `None` if its body can't be sent again.
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            meta: self.meta,
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.try_clone()?,
            options: self.options.clone(),
        })
    }
}

/// The caller's options for one call; unset ones use the client's defaults.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// Limit on the whole call, including all attempts. It does not apply to streamed bodies.
    pub timeout: Option<Duration>,
    /// The maximum number of attempts; 1 means no retries.
    pub max_attempts: Option<u32>,
    /// Send no token, if the operation allows that.
    pub anonymous: bool,
    /// Use this for `{account}` in the root instead of the token's own account.
    pub account: Option<Arc<str>>,
}

impl CallOptions {
    /// Limits the whole call, including all attempts.
    pub fn timeout(self, limit: Duration) -> Self {
        Self { timeout: Some(limit), ..self }
    }

    /// Sets the maximum number of attempts; 1 means no retries.
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: Some(attempts), ..self }
    }

    /// Sends no token, if the operation allows that.
    pub fn anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// Uses this for `{account}` in the root instead of the token's own account.
    pub fn account(self, account: impl Into<Arc<str>>) -> Self {
        Self { account: Some(account.into()), ..self }
    }
}

/// An answer with any status: [`crate::Call::send`] turns one that is not a success into an error.
#[derive(Debug)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, not read yet.
    pub body: ByteStream,
    /// How many attempts it took.
    pub attempts: u32,
    /// Whether an earlier attempt of this call may have been carried out without an answer, so that this one may be about what that
    /// one did: a 404 after a deletion, a 412 after an upload that wanted the name to be free.
    pub may_repeat: bool,
    /// How long it took until the head arrived.
    pub elapsed: Duration,
    /// Where it came from, without secrets in the query.
    pub uri: String,
    /// The secrets of the request: whoever turns this answer into an error removes them from its text.
    pub secrets: Secrets,
    /// The request's path, which says what the answer is about.
    pub(crate) path: String,
}

impl Response {
    /// An answer with this status, no headers and no body: for a fake transport to fill.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: ByteStream::empty(),
            attempts: 1,
            may_repeat: false,
            elapsed: Duration::ZERO,
            uri: String::new(),
            secrets: Secrets::default(),
            path: String::new(),
        }
    }

    /// What it is about, such as `swift://container/object`, for an error created from it.
    pub fn target(&self, meta: &OpMeta) -> Option<String> {
        target(meta, &self.path)
    }

    /// Sets the body.
    pub fn with_body(mut self, body: ByteStream) -> Self {
        self.body = body;
        self
    }

    /// Sets the headers.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }
}

/// What a call is about, for its errors: `swift://container/object`, or the path if the operation has parameters in it.
pub(crate) fn target(meta: &OpMeta, path: &str) -> Option<String> {
    if path.is_empty() || !meta.path.contains('{') {
        return None;
    }
    Some(match (meta.service.dialect, path.strip_prefix('/')) {
        (Dialect::Swift, Some(name)) => format!("swift://{}", path::decode(name)),
        _ => path.to_owned(),
    })
}

/// What [`Transport::call`] returns.
pub type TransportFuture = Pin<Box<dyn Future<Output = Result<Response>> + Send>>;

/// What [`Transport::sleep`] returns.
pub type SleepFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Carries calls out: the pipeline of `k5-client`, or a fake.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and returns the answer's head; whoever wants the body reads it.
    fn call(&self, request: Request) -> TransportFuture;

    /// Waits, between two polls of a waiter. Unless a transport uses a runtime's timer, a thread waits; a fake may be ready at
    /// once.
    fn sleep(&self, duration: Duration) -> SleepFuture {
        Box::pin(ThreadSleep { until: Instant::now().checked_add(duration), started: false })
    }
}

/// A timer without a runtime.
struct ThreadSleep {
    /// `None` for a time that no clock can represent: it never comes.
    until: Option<Instant>,
    started: bool,
}

impl Future for ThreadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(until) = self.until else { return Poll::Pending };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut self.started, true) {
            let waker = cx.waker().clone();
            // Without a thread there is nobody to wait for it: asking again at once is the wait.
            if std::thread::Builder::new().spawn(move || (std::thread::sleep(left), waker.wake())).is_err() {
                self.started = false;
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}

/// A shared handle on a [`Transport`]; what every service is built from. Cloning it is cheap.
#[derive(Clone)]
pub struct Session {
    transport: Arc<dyn Transport>,
    notes: Notes,
}

/// What services remember about a cloud, one value of each type.
type Notes = Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>;

impl Session {
    /// A session over any transport.
    pub fn from_transport(transport: impl Transport) -> Self {
        Self::from_shared(Arc::new(transport))
    }

    /// A session over a transport that is already shared.
    pub fn from_shared(transport: Arc<dyn Transport>) -> Self {
        Self { transport, notes: Notes::default() }
    }

    /// What a service remembers about the cloud, such as limits that it asked for: one value of each type, created on first use and
    /// shared by all clones of this session.
    ///
    /// ```
    /// # use k5_core::{Request, Session, TransportFuture};
    /// # fn f(session: &Session) {
    /// let limits = session.remembered::<std::sync::OnceLock<u64>>();
    /// limits.get_or_init(|| 1000);
    /// assert_eq!(session.clone().remembered::<std::sync::OnceLock<u64>>().get(), Some(&1000));
    /// # }
    /// ```
    pub fn remembered<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let note = notes.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // The key is the value's own type.
        note.downcast().unwrap_or_default()
    }

    /// Waits using the transport's timer.
    pub fn sleep(&self, duration: Duration) -> SleepFuture {
        self.transport.sleep(duration)
    }

    /// Sends a request as is. Services use [`crate::Call`], which also checks the status.
    pub fn call(&self, request: Request) -> TransportFuture {
        self.transport.call(request)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}
