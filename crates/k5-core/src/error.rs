//! The one error of the SDK.

use crate::operation::OpMeta;
use crate::sent::Sent;
use crate::text::Visible;
use http::StatusCode;
use std::fmt::{self, Display, Write};
use std::sync::Arc;
use std::time::Duration;

/// The SDK's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, broadly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's input breaks a rule of the API; nothing was sent.
    InvalidInput,
    /// The configuration is missing or contradictory; nothing was sent.
    Config,
    /// Keystone refused the login.
    Login,
    /// The catalogue has no such service, region or interface; nothing was sent.
    NoEndpoint,
    /// No connection to the server (name, route, TLS, proxy); nothing was sent.
    Connect,
    /// A time limit ran out.
    Timeout,
    /// The connection broke.
    Transport,
    /// The server answered with a status that is not a success.
    Status,
    /// The answer breaks the contract.
    Decode,
    /// What arrived is not what was stored, or the reverse: length or checksum differs.
    Integrity,
    /// The caller's own source or target of bytes failed.
    Local,
    /// The awaited resource failed on the server's side: a server went to `ERROR`, a task was cancelled.
    Failed,
    /// A search by id or name found nothing.
    NotFound,
    /// A search by name found several; [`Reason::Candidates`] has their ids.
    Ambiguous,
}

/// Why it went wrong, as a value, where a program may want to act on it: a part of what the message says. Most errors have none, as
/// kind, status and code are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Keystone wants a second factor for this login. The first one was correct.
    SecondFactor,
    /// The token supplied for the login was refused: it has expired, was revoked, belongs to another cloud, or its user has no role
    /// in the scope of the new token.
    GivenToken,
    /// The token has a project, but its catalogue is empty.
    EmptyCatalogue,
    /// The object was replaced by another while it was read, so the rest of its bytes can no longer be fetched.
    Replaced,
    /// A request document has a field that is unknown to the operation's type; the message names it.
    UnknownField,
    /// A required parameter is missing.
    #[non_exhaustive]
    MissingParameter {
        /// The parameter's name, as it is on the wire.
        name: &'static str,
    },
    /// The required body is missing.
    MissingBody,
    /// Several resources have the name; these are their ids, in order.
    Candidates(Vec<String>),
}

/// An error of the SDK: what was requested and what came back.
///
/// `Display` is one line: operation, what it was about, status, the server's own message, its request id, how often it was tried.
/// [`std::error::Error::source`] is not repeated in it, except the system's message about a file. Terminal control characters are
/// escaped ([`crate::text::visible`]), and the request's own secrets are replaced by `***`. A configuration error may have
/// more lines.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    reason: Option<Reason>,
    operation: Option<&'static OpMeta>,
    target: Option<String>,
    uri: Option<String>,
    status: Option<StatusCode>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    attempts: u32,
    may_repeat: bool,
    permanent: bool,
    elapsed: Duration,
    excerpt: Option<String>,
    sent: Sent,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that says `message`; nothing was sent.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            reason: None,
            operation: None,
            target: None,
            uri: None,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            attempts: 0,
            may_repeat: false,
            permanent: false,
            elapsed: Duration::ZERO,
            excerpt: None,
            sent: Sent::No,
            retry_after: None,
            source: None,
        }))
    }

    /// The caller's input breaks a rule; nothing was sent.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The caller's own file or stream failed, for the reason in `source`.
    pub fn local(message: impl Display, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Local, format!("{message}: {source}")).with_source(source)
    }

    /// Adds the underlying error.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Adds to the message what is left of a larger job that this error ended, and what to do about it.
    pub fn with_note(mut self, note: &str) -> Self {
        let message = &mut self.0.message;
        if !message.is_empty() {
            message.push_str("; ");
        }
        message.push_str(note);
        self
    }

    /// Says why, as a value, unless that is already set.
    pub fn with_reason(mut self, reason: Reason) -> Self {
        self.0.reason.get_or_insert(reason);
        self
    }

    /// Names the operation.
    pub fn with_operation(mut self, operation: &'static OpMeta) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Says what it was about, such as `swift://container/object`, unless that is already set.
    pub fn with_target(mut self, target: Option<String>) -> Self {
        self.0.target = self.0.target.or(target);
        self
    }

    /// Adds the URI. Possible secrets (signatures in the query) must already be removed from it.
    pub fn with_uri(mut self, uri: impl Into<String>) -> Self {
        self.0.uri = Some(uri.into());
        self
    }

    /// Adds the status of the answer, which also means that the request was sent.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self.0.sent = Sent::Yes;
        self
    }

    /// Adds the service's own error code.
    pub fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    /// Adds the server's id of the request.
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    /// Adds how often it was tried and how long that took.
    pub fn with_attempts(mut self, attempts: u32, elapsed: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self
    }

    /// Says whether an attempt before the last one may have been carried out without an answer.
    pub fn with_may_repeat(mut self, may_repeat: bool) -> Self {
        self.0.may_repeat = may_repeat;
        self
    }

    /// Says that the same call will fail in the same way until something changes, such as a certificate or a setting that the
    /// message names: it is not retried.
    pub fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }

    /// Adds the beginning of the answer's body.
    pub fn with_excerpt(mut self, excerpt: Option<String>) -> Self {
        self.0.excerpt = excerpt;
        self
    }

    /// Says whether the request may have reached the server.
    pub fn with_sent(mut self, sent: Sent) -> Self {
        self.0.sent = sent;
        self
    }

    /// Adds what `Retry-After` asked for.
    pub fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    /// Replaces the kind, keeping everything else.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// What went wrong, broadly.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Why, as a value, where a program may want to act on it.
    pub fn reason(&self) -> Option<&Reason> {
        self.0.reason.as_ref()
    }

    /// The requested operation.
    pub fn operation(&self) -> Option<&'static OpMeta> {
        self.0.operation
    }

    /// What the operation was about: `swift://container/object`, or the path below the service's root.
    pub fn target(&self) -> Option<&str> {
        self.0.target.as_deref()
    }

    /// Where it was sent, without secrets.
    pub fn uri(&self) -> Option<&str> {
        self.0.uri.as_deref()
    }

    /// The status of the answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's own error code, such as `itemNotFound`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The server's own message, or ours if no server answered. The server's may contain anything: `Display` escapes it.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The server's id for the request, to look it up in the operators' logs.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How often it was tried; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long all attempts took together.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Whether the call may have been carried out, by its last attempt or an earlier one, although no answer says so. Then check
    /// the actual state instead of relying on this error: a 412 may be the answer to a second attempt after the first one stored
    /// the object. A call whose only answer was a refusal was certainly not carried out.
    pub fn may_have_been_done(&self) -> bool {
        let last = crate::retry::Outcome {
            status: self.0.status.filter(|_| self.0.kind == ErrorKind::Status).map(|status| status.as_u16()),
            sent: self.0.sent,
            retry_after: None,
        };
        self.0.may_repeat || last.may_have_been_done()
    }

    /// The first 2 KiB of the answer's body, if it was text.
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Whether the request may have reached the server.
    pub fn sent(&self) -> Sent {
        self.0.sent
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    fn has_status(&self, statuses: &[u16]) -> bool {
        self.0.status.is_some_and(|status| statuses.contains(&status.as_u16()))
    }

    /// There is no such thing (404, or a search by id or name that found nothing).
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound || self.has_status(&[404])
    }

    /// It collides with the present state (409, or 412 for a condition).
    pub fn is_conflict(&self) -> bool {
        self.has_status(&[409, 412])
    }

    /// A quota or size limit is reached (413, 507, or a 403 that mentions a quota).
    pub fn is_quota(&self) -> bool {
        self.has_status(&[413, 507]) || (self.has_status(&[403]) && self.0.message.to_ascii_lowercase().contains("quota"))
    }

    /// The server asks to slow down (429, 498).
    pub fn is_throttled(&self) -> bool {
        self.has_status(&[429, 498])
    }

    /// A time limit ran out, here or on the server (408, 504).
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout || self.has_status(&[408, 504])
    }

    /// The login failed or the token may not do this (401, 403).
    pub fn is_auth(&self) -> bool {
        self.0.kind == ErrorKind::Login || self.has_status(&[401, 403])
    }

    /// The awaited resource failed on the server's side.
    pub fn is_failed(&self) -> bool {
        self.0.kind == ErrorKind::Failed
    }

    /// The same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            _ if self.0.permanent => false,
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Status => self.has_status(crate::retry::RETRYABLE_STATUSES),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            // Ours, and of several lines.
            ErrorKind::Config => self.0.message.split('\n').enumerate().try_for_each(|(at, line)| {
                f.write_str(if at > 0 { "\n" } else { "" })?;
                Visible(&mut *f).write_str(line)
            }),
            _ => self.write(&mut Visible(f)),
        }
    }
}

impl Error {
    fn write(&self, f: &mut impl Write) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{}.{}", operation.service.name, operation.id)?;
            if let Some(target) = &inner.target {
                write!(f, " {target}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(status) = inner.status {
            write!(f, "{}", status.as_u16())?;
            if let Some(reason) = status.canonical_reason() {
                write!(f, " {reason}")?;
            }
            if !inner.message.is_empty() {
                f.write_str(": ")?;
            }
        }
        f.write_str(&inner.message)?;
        let mut notes = Vec::new();
        notes.extend(inner.code.clone());
        notes.extend(inner.request_id.as_ref().map(|id| format!("request {id}")));
        notes.extend(inner.retry_after.map(|after| format!("the server asks to wait {} s", after.as_secs())));
        if matches!(inner.kind, ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::Decode) {
            notes.extend(inner.uri.as_deref().and_then(origin));
        }
        match inner.attempts {
            0 => {}
            1 => notes.push("1 attempt".to_owned()),
            n => notes.push(format!("{n} attempts in {:.1} s", inner.elapsed.as_secs_f64())),
        }
        if !notes.is_empty() {
            write!(f, " ({})", notes.join(", "))?;
        }
        Ok(())
    }
}

/// Scheme and host of a URL.
fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    Some(format!("{scheme}://{}", rest.split('/').next()?))
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("reason", &inner.reason)
            .field("operation", &inner.operation.map(OpMeta::full_name))
            .field("target", &inner.target)
            .field("uri", &inner.uri)
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("message", &inner.message)
            .field("request_id", &inner.request_id)
            .field("attempts", &inner.attempts)
            .field("elapsed", &inner.elapsed)
            .field("sent", &inner.sent)
            .field("source", &inner.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
