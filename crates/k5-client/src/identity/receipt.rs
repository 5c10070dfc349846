//! Receipts: what Keystone issues for one factor while it waits for another.

use http::{HeaderName, HeaderValue, StatusCode};
use k5_core::{Error, ErrorKind, OpMeta, Reason, Request, Session, SleepFuture, Transport, TransportFuture};
use serde::Deserialize;
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
        // What can't be read leaves the rules unknown, and the receipt is as good.
        let document = refusal.excerpt().and_then(|text| serde_json::from_str::<Document>(text).ok()).unwrap_or_default();
        Some(Receipt { value, document })
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
            // It is half a login: who has it needs the second factor alone.
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

#[derive(Default, Deserialize)]
struct Document {
    #[serde(default)]
    receipt: Given,
    #[serde(default)]
    required_auth_methods: Vec<Vec<String>>,
}

#[derive(Default, Deserialize)]
struct Given {
    #[serde(default)]
    methods: Vec<String>,
}

/// A receipt, and which methods would complete the login.
pub(crate) struct Receipt {
    value: HeaderValue,
    document: Document,
}

impl Receipt {
    /// What each rule still requires.
    fn missing(&self) -> Vec<Vec<&str>> {
        let done = &self.document.receipt.methods;
        let rules = self.document.required_auth_methods.iter();
        rules.map(|rule| rule.iter().filter(|method| !done.contains(method)).map(String::as_str).collect()).collect()
    }

    /// Whether these methods complete the login, as far as the receipt says.
    pub(crate) fn is_answered_by(&self, methods: Vec<&str>) -> bool {
        let rules = self.missing();
        rules.is_empty() || rules.iter().any(|rule| rule.iter().all(|method| methods.contains(method)))
    }

    /// The error that says what Keystone wants.
    pub(crate) fn wanted(&self, refusal: &Error, operation: &'static OpMeta) -> Error {
        let rules: Vec<_> = self.missing().iter().map(|rule| rule.join(" and ")).filter(|rule| !rule.is_empty()).collect();
        let rules = if rules.is_empty() { "Keystone does not say which".to_owned() } else { rules.join(", or ") };
        let done = self.document.receipt.methods.join(" and ");
        let done = if done.is_empty() { String::new() } else { format!(" beside {done}") };
        let message = format!("the login wants a second factor{done}: {rules}; a one-time passcode (totp) goes into OS_PASSCODE");
        let error = Error::new(ErrorKind::Login, message).with_reason(Reason::SecondFactor);
        let error = error.with_operation(operation).with_status(StatusCode::UNAUTHORIZED);
        let error = error.with_request_id(refusal.request_id().map(str::to_owned));
        error.with_uri(refusal.uri().unwrap_or_default()).with_attempts(refusal.attempts(), refusal.elapsed())
    }
}
