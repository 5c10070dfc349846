//! A call under construction: what every generated builder holds.

use crate::answer::Answer;
use crate::body::{Body, ByteStream};
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::model::{self, Model};
use crate::operation::{AuthNeed, Dialect, OpMeta, ParamPlace};
use crate::path;
use crate::redact::{Secrets, is_secret};
use crate::secret::{self, Secret};
use crate::transport::{self, CallOptions, Request, Response, Session};
use crate::{document, error_body};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::fmt::{Display, Write};
use std::time::Duration;

/// An operation with its arguments, ready to be sent.
///
/// A setter never fails: the first bad value is remembered and returned by [`Call::send`] before anything is sent.
#[derive(Debug)]
pub struct Call {
    session: Session,
    request: Request,
    /// Secrets in the body.
    secrets: Secrets,
    fault: Option<Error>,
}

impl Call {
    /// A call of `meta`; `arguments` are the path parameters in the order of the path.
    pub fn new(session: &Session, meta: &'static OpMeta, arguments: &[&str]) -> Self {
        let mut call = Self { session: session.clone(), request: Request::new(meta), secrets: Secrets::default(), fault: None };
        call.fill_path(arguments);
        call
    }

    fn fill_path(&mut self, arguments: &[&str]) {
        let meta = self.request.meta;
        let mut out = String::with_capacity(meta.path.len() + arguments.iter().map(|a| a.len() + 8).sum::<usize>());
        let mut arguments = arguments.iter();
        let mut rest = meta.path;
        for param in meta.params {
            if !matches!(param.place, ParamPlace::Path | ParamPlace::PathRest) {
                continue;
            }
            let (Some((before, after)), Some(argument)) = (rest.split_once('{'), arguments.next()) else {
                let missing = Error::invalid_input(format!("the path parameter {} is missing", param.name));
                self.refuse(missing.with_reason(Reason::MissingParameter { name: param.name }));
                break;
            };
            out.push_str(before);
            rest = after.split_once('}').map_or("", |(_, after)| after);
            if argument.is_empty() {
                // An empty segment would address the level above: a deletion of the wrong thing.
                self.refuse(Error::invalid_input(format!("the path parameter {} is empty", param.name)));
            }
            if matches!(*argument, "." | "..") && meta.service.dialect != Dialect::Swift {
                // The same where a proxy resolves dots in paths. Only Swift's names may be dots.
                let message =
                    format!("the {} {argument:?} is not a valid name: a proxy may take it for a step in the path", param.name);
                self.refuse(Error::invalid_input(message));
            }
            if let Some(check) = param.check {
                self.check(check(argument));
            }
            match param.place {
                ParamPlace::PathRest => path::push_name(&mut out, argument),
                _ => path::push_segment(&mut out, argument),
            }
        }
        if arguments.next().is_some() {
            self.refuse(Error::invalid_input(format!("the path {} has fewer parameters than were given", meta.path)));
        }
        out.push_str(rest);
        self.request.path = out;
        for param in meta.params {
            match (param.fixed, param.place) {
                (Some(value), ParamPlace::Query) => self.query(param.name, value),
                (Some(value), ParamPlace::Header) => self.header(param.name, value),
                _ => {}
            }
        }
    }

    /// The session that it goes through.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The operation.
    pub fn meta(&self) -> &'static OpMeta {
        self.request.meta
    }

    /// The target, such as `swift://container/object`, for its errors.
    pub fn target(&self) -> Option<String> {
        transport::target(self.request.meta, &self.request.path)
    }

    /// The caller's wishes for this call.
    pub fn options_mut(&mut self) -> &mut CallOptions {
        &mut self.request.options
    }

    /// Remembers `error` as the outcome, unless there already is one.
    pub fn refuse(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// Remembers the failure of a check as the outcome.
    pub fn check(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.refuse(error);
        }
    }

    /// Adds `name=value` to the query.
    pub fn query(&mut self, name: &str, value: impl Display) {
        let query = &mut self.request.query;
        if !query.is_empty() {
            query.push('&');
        }
        path::push_segment(query, name);
        query.push('=');
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = write!(text, "{value}");
        path::push_segment(query, &text);
    }

    /// Sets `name=value` in the query, replacing an earlier value.
    pub fn set_query(&mut self, name: &str, value: impl Display) {
        self.remove_query(name);
        self.query(name, value);
    }

    /// The current value of `name` in the query, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        let encoded = path::segment(name);
        let mut pairs = self.request.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == encoded).map(|(_, value)| path::decode(value))
    }

    /// Removes `name` from the query.
    pub fn remove_query(&mut self, name: &str) {
        let encoded = path::segment(name);
        let pairs = self.request.query.split('&');
        let kept: Vec<&str> = pairs.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(encoded.as_str())).collect();
        self.request.query = kept.join("&");
    }

    /// Sets a header.
    pub fn header(&mut self, name: &'static str, value: impl Display) {
        self.named_header(name, &value.to_string());
    }

    fn named_header(&mut self, name: &str, value: &str) {
        match HeaderName::try_from(name) {
            Ok(name) => self.insert_header(name, value),
            Err(_) => self.refuse(Error::invalid_input(format!("{name:?} is not a header's name"))),
        }
    }

    /// Sets a header that holds a secret: it is marked, so that no log shows it.
    pub fn secret_header(&mut self, name: &'static str, value: &Secret) {
        self.header(name, value.expose());
        if let Some(value) = self.request.headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }

    /// Notes a secret in the body, so that no error shows it even if the server echoes the request. What a document writes as a
    /// [`Secret`] is noted automatically.
    pub fn note_secret(&mut self, secret: &Secret) {
        self.secrets.add(secret.clone());
    }

    /// Sets a header of a family such as `x-object-meta-`.
    pub fn header_of(&mut self, prefix: &'static str, name: &str, value: impl Display) {
        match HeaderName::try_from(format!("{prefix}{name}")) {
            Ok(full) if !name.is_empty() => self.insert_header(full, &value.to_string()),
            _ => {
                self.refuse(Error::invalid_input(format!("{name:?} can't be part of a header's name: use letters, digits and '-'")))
            }
        }
    }

    fn insert_header(&mut self, name: HeaderName, value: &str) {
        if let Some(why) = reserved(name.as_str()) {
            return self.refuse(Error::invalid_input(format!("the header {name} can't be set: {why}")));
        }
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(mut value) => {
                value.set_sensitive(is_secret(name.as_str()));
                self.request.headers.insert(name, value);
            }
            Err(_) => self.refuse(Error::invalid_input(format!("the value of {name} holds a control character"))),
        }
    }

    /// The headers set so far.
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// Sets the body.
    pub fn body(&mut self, body: Body) {
        self.request.body = body;
    }

    /// Sets a JSON body with its content type.
    pub fn json(&mut self, document: &impl Serialize) {
        match self.noting(|| serde_json::to_vec(document)) {
            Ok(bytes) => self.set_document(bytes, "application/json"),
            Err(error) => self.refuse(Error::invalid_input("the request can't be written as JSON").with_source(error)),
        }
    }

    /// Sets the operation's document, in its format and under its key. The call fails if a value is over a limit of the API.
    pub fn document<T: Model + ?Sized>(&mut self, document: &T) {
        let mut faults = Vec::new();
        document.faults("", &mut faults);
        if !faults.is_empty() {
            return self.refuse(Error::invalid_input(faults.join("; ")));
        }
        let meta = self.request.meta;
        match self.noting(|| document::encode(meta, document)) {
            Ok(bytes) => self.set_document(bytes, meta.media_type().unwrap_or("application/json")),
            Err(why) => self.refuse(Error::invalid_input(format!("the request can't be written: {why}"))),
        }
    }

    /// The same for a document that must pass `check` as a whole.
    pub fn checked_document<T: Model>(&mut self, document: &T, check: fn(&T) -> Result<()>) {
        let mut faults = Vec::new();
        let key = self.request.meta.body_key.unwrap_or_default();
        model::check(document, check, key, &mut faults);
        match faults.pop() {
            Some(fault) => self.refuse(Error::invalid_input(fault)),
            None => self.document(document),
        }
    }

    /// Remembers the secrets that `write` writes.
    pub(crate) fn noting<T>(&mut self, write: impl FnOnce() -> T) -> T {
        let (written, secrets) = secret::written(write);
        secrets.into_iter().for_each(|secret| self.secrets.add(secret));
        written
    }

    /// Sets the document of an action without arguments: `{"key": null}`.
    pub fn null_document(&mut self) {
        let key = self.request.meta.body_key.unwrap_or_default();
        self.json(&std::collections::BTreeMap::from([(key, ())]));
    }

    fn set_document(&mut self, bytes: Vec<u8>, kind: &'static str) {
        match HeaderValue::try_from(kind) {
            Ok(kind) => drop(self.request.headers.insert(http::header::CONTENT_TYPE, kind)),
            Err(_) => self.refuse(Error::invalid_input(format!("{kind:?} is not a media type"))),
        }
        self.request.body = Body::bytes(bytes);
    }

    /// The same call once more, for another page; `None` if its body can't be sent again.
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            session: self.session.clone(),
            request: self.request.try_clone()?,
            secrets: self.secrets.clone(),
            fault: self.fault.clone(),
        })
    }

    /// Sends it and checks the status. A deletion whose first answer was lost and whose second one says that there is nothing to
    /// delete, is a success.
    ///
    /// # Errors
    /// If a setter refused a value (nothing was sent), the pipeline failed, or the server answered with an error.
    pub async fn send(self) -> Result<Answer> {
        let meta = self.request.meta;
        self.respond().await.map(|response| Answer::new(meta, response))
    }

    async fn respond(self) -> Result<Response> {
        let meta = self.request.meta;
        if let Some(fault) = self.fault {
            return Err(fault.with_operation(meta).with_target(transport::target(meta, &self.request.path)));
        }
        if self.request.options.anonymous && meta.auth == AuthNeed::Required {
            return Err(Error::invalid_input("this operation needs a token").with_operation(meta));
        }
        let path = self.request.path.clone();
        let mut secrets = self.secrets;
        for value in self.request.headers.values().filter(|value| value.is_sensitive()) {
            secrets.add_header(value);
        }
        for (name, value) in self.request.query.split('&').filter_map(|pair| pair.split_once('=')) {
            if matches!(name, "temp_url_sig" | "signature") {
                secrets.add(Secret::new(path::decode(value)));
            }
        }
        let mut response = self.session.call(self.request).await.map_err(|error| {
            // A login within the call has another target.
            let own = error.operation().is_none_or(|operation| std::ptr::eq(operation, meta));
            let target = if own { transport::target(meta, &path) } else { None };
            error.with_operation(meta).with_target(target)
        })?;
        response.path = path;
        response.secrets.extend(secrets);
        for (name, value) in &mut response.headers {
            // A new token, or a key that was stored: whoever prints the answer must not print it.
            if is_secret(name.as_str()) {
                value.set_sensitive(true);
                response.secrets.add_header(value);
            }
        }
        if response.may_repeat && response.status == StatusCode::NOT_FOUND && meta.method == "DELETE" {
            // It is gone, most likely because of an attempt whose answer was lost, and that is what was asked for. The answer's
            // body is not a document of this operation.
            response.status = StatusCode::NO_CONTENT;
            response.body = ByteStream::empty();
            return Ok(response);
        }
        match meta.is_success(response.status) {
            true => Ok(response),
            false if response.status.is_success() => Err(Error::new(
                ErrorKind::Decode,
                format!("a success status other than the expected ({:?}): a proxy may have answered", meta.success),
            )
            .with_operation(meta)
            .with_status(response.status)
            .with_target(transport::target(meta, &response.path))
            .with_uri(response.uri)),
            // Boxed, because a rare case must not make every call's future large.
            false => Err(Box::pin(error_body::into_error(meta, response)).await),
        }
    }
}

/// Why a caller can't set a header with this name: it belongs to the connection, or the pipeline sets it.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    Some(match name {
        "content-length" | "transfer-encoding" => "it follows from the body",
        "host" => "it follows from the service's URL",
        "expect" => "the client itself decides whether to ask before it sends a body",
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "upgrade" | "http2-settings" => {
            "it belongs to the connection, which the client manages"
        }
        "proxy-authorization" | "proxy-authenticate" => "a proxy's password belongs in the proxy's URL",
        "x-auth-token" | "x-service-token" => "the token comes from the login or the configuration",
        _ => return None,
    })
}

/// Whether a request may not set the header with this (lower-case) name: those of the connection, of the body's length and
/// of the token, which the pipeline sets itself.
pub fn is_reserved_header(name: &str) -> bool {
    reserved(name).is_some()
}

/// Methods of the SDK rather than the API: every generated builder has these.
pub trait WithOptions: Sized {
    /// The call under construction.
    fn call_mut(&mut self) -> &mut Call;

    /// Limits the whole call, including all attempts. Streamed bodies have no total limit.
    fn with_timeout(mut self, limit: Duration) -> Self {
        self.call_mut().options_mut().timeout = Some(limit);
        self
    }

    /// The maximum number of attempts; 1 means no retries.
    fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.call_mut().options_mut().max_attempts = Some(attempts);
        self
    }

    /// Sends no token: for public containers and temporary URLs. Operations that need a token fail.
    fn with_no_token(mut self) -> Self {
        self.call_mut().options_mut().anonymous = true;
        self
    }

    /// Adds a header that has no setter; `name` must be a valid header name.
    fn with_header(mut self, name: &str, value: &str) -> Self {
        self.call_mut().named_header(name, value);
        self
    }

    /// Adds a query parameter that has no setter.
    fn with_query(mut self, name: &str, value: &str) -> Self {
        self.call_mut().query(name, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_of_the_pipeline_are_refused_by_name() {
        let session = Session::from_transport(crate::answer::tests::Fixed("{}"));
        for name in ["Content-Length", "X-Auth-Token", "host", "Transfer-Encoding", "connection", "Expect", "TE"] {
            let mut call = Call::new(&session, &crate::answer::tests::SHOW, &["x"]);
            if let Ok(name) = HeaderName::try_from(name) {
                call.insert_header(name, "5");
            }
            let error = tokio_test::block_on(call.send()).expect_err(name);
            assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, crate::Sent::No));
            assert!(error.message().contains(&name.to_ascii_lowercase()), "{error}");
        }
    }

    crate::model! {
        /// A login.
        pub(crate) struct Login {
            /// Who.
            pub user: String = "user",
            /// The proof.
            pub password: Option<Secret> = "password",
        }
    }

    #[test]
    fn a_document_leaves_its_secrets_with_the_call() {
        let session = Session::from_transport(crate::answer::tests::Fixed("{}"));
        let mut call = Call::new(&session, &crate::answer::tests::SHOW, &["x"]);
        let login = Login { user: "u".to_owned(), password: Some(Secret::new("hunter2")), extra: Default::default() };
        call.document(&login);
        assert_eq!(call.secrets.hide("user u, password hunter2"), "user u, password ***");
        assert!(!format!("{call:?}").contains("hunter2"));
        let response = tokio_test::block_on(call.send()).expect("an answer");
        assert_eq!(response.response().secrets.hide("hunter2"), "***");
    }

    struct Dynamic(Call);

    impl WithOptions for Dynamic {
        fn call_mut(&mut self) -> &mut Call {
            &mut self.0
        }
    }

    proptest! {
        #[test]
        fn whatever_a_caller_gives_is_sent_or_refused(
            arguments in proptest::collection::vec("\\PC{0,12}|[\0-\x7f]{0,4}", 0..3),
            name in "\\PC{0,12}|[\0-\x7f]{0,6}|[A-Z-]{1,8}",
            value in "\\PC{0,12}|[\0-\x7f]{0,6}",
            seconds in any::<u64>(),
        ) {
            // A caller's literal.
            let literal: &'static str = Box::leak(name.clone().into_boxed_str());
            let meta: &'static OpMeta =
                Box::leak(Box::new(OpMeta::new(crate::answer::tests::SHOW.service, "do", "POST", "/{a").content_type(literal)));
            for meta in [meta, &crate::answer::tests::SHOW] {
                let session = Session::from_transport(crate::answer::tests::Fixed("{}"));
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let mut call = Call::new(&session, meta, &arguments);
                call.header(literal, &value);
                call.secret_header(literal, &Secret::new(value.clone()));
                call.header_of(literal, &value, &value);
                call.query(&name, &value);
                call.set_query(&value, &name);
                let _ = (call.query_value(&name), call.target(), format!("{call:?}"));
                call.document(&Login { user: value.clone(), password: None, extra: Default::default() });
                let limit = Duration::from_secs(seconds);
                let call = Dynamic(call).with_header(&name, &value).with_query(&name, &value).with_timeout(limit);
                let _ = tokio_test::block_on(call.0.send()).map_err(|error| error.to_string());
            }
        }
    }

    #[test]
    fn secrets_are_known_by_name() {
        for name in ["x-auth-token", "x-account-meta-temp-url-key", "x-container-meta-temp-url-key-2", "authorization"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("x-object-meta-color"));
    }
}
