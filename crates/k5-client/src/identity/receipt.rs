//! Receipts: what Keystone issues for one factor while it waits for another.

use http::{HeaderName, HeaderValue, StatusCode};
use k5_core::{Error, ErrorKind, OpMeta, Reason, Request, Session, SleepFuture, Transport, TransportFuture};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

static HEADER: HeaderName = HeaderName::from_static("openstack-auth-receipt");

/// The session of one login: it sends an earlier receipt, and keeps the one that comes back.
pub(crate) struct Receipts(Arc<Inner>);

struct Inner {
    session: Session,
    earlier: Option<HeaderValue>,
    given: Mutex<Option<HeaderValue>>,
}

impl Receipts {
    pub(crate) fn new(session: Session, earlier: Option<&Receipt>) -> Self {
        let earlier = earlier.map(|receipt| receipt.value.clone());
        Self(Arc::new(Inner { session, earlier, given: Mutex::default() }))
    }

    /// What the login's call goes through.
    pub(crate) fn session(&self) -> Session {
        Session::from_transport(Through(self.0.clone()))
    }

    /// The receipt that came with this refusal.
    pub(crate) fn receipt(&self, refusal: &Error) -> Option<Receipt> {
        let value = self.0.given.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // If this can't be read, the rules are unknown, but the receipt is still usable.
        let document: Value = refusal.excerpt().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (done, rules) = (list(&document["receipt"]["methods"]), list(&document["required_auth_methods"]));
        Some(Receipt { value, done, rules })
    }
}

struct Through(Arc<Inner>);

impl Transport for Through {
    fn call(&self, mut request: Request) -> TransportFuture {
        let inner = self.0.clone();
        if let Some(receipt) = &inner.earlier {
            request.headers.insert(HEADER.clone(), receipt.clone());
        }
        Box::pin(async move {
            let mut answer = inner.session.call(request).await?;
            // It is half a login: whoever has it needs only the second factor.
            for receipt in inner.earlier.iter().chain(answer.headers.get(&HEADER)) {
                answer.secrets.add_header(receipt);
            }
            if let (StatusCode::UNAUTHORIZED, Some(value)) = (answer.status, answer.headers.get(&HEADER)) {
                let mut value = value.clone();
                value.set_sensitive(true);
                *inner.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            }
            Ok(answer)
        })
    }

    fn sleep(&self, duration: Duration) -> SleepFuture {
        self.0.session.sleep(duration)
    }
}

/// A list in the answer; empty if the answer has no such list.
fn list<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    Vec::deserialize(value).unwrap_or_default()
}

/// A receipt, and which methods would complete the login.
pub(crate) struct Receipt {
    value: HeaderValue,
    /// The methods that were accepted.
    done: Vec<String>,
    /// The methods that are wanted, each rule by itself enough.
    rules: Vec<Vec<String>>,
}

impl Receipt {
    /// What each rule still requires.
    fn missing(&self) -> Vec<Vec<&str>> {
        let rules = self.rules.iter();
        rules.map(|rule| rule.iter().filter(|method| !self.done.contains(method)).map(String::as_str).collect()).collect()
    }

    /// Whether these methods complete the login, as far as the receipt says.
    pub(crate) fn is_answered_by(&self, methods: Vec<&str>) -> bool {
        let rules = self.missing();
        rules.is_empty() || rules.iter().any(|rule| rule.iter().all(|method| methods.contains(method)))
    }

    /// The error that says what Keystone requires.
    pub(crate) fn wanted(&self, refusal: &Error, operation: &'static OpMeta) -> Error {
        let rules: Vec<_> = self.missing().iter().map(|rule| rule.join(" and ")).filter(|rule| !rule.is_empty()).collect();
        let rules = if rules.is_empty() { "Keystone does not say which one".to_owned() } else { rules.join(", or ") };
        let done = self.done.join(" and ");
        let done = if done.is_empty() { String::new() } else { format!(" in addition to {done}") };
        let message = format!("the login needs a second factor{done}: {rules}; set OS_PASSCODE for a one-time passcode (totp)");
        let error = Error::new(ErrorKind::Login, message).with_reason(Reason::SecondFactor);
        let error = error.with_operation(operation).with_status(StatusCode::UNAUTHORIZED);
        let error = error.with_request_id(refusal.request_id().map(str::to_owned));
        error.with_uri(refusal.uri().unwrap_or_default()).with_attempts(refusal.attempts(), refusal.elapsed())
    }
}
