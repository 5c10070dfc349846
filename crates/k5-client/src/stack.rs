//! The pipeline, outer to inner, in one place.
//!
//! | | layer | what it does |
//! | --- | --- | --- |
//! | 1 | [`OpSpan`] | one span per operation: id, attempts, status |
//! | 2 | [`Deadline`] | limits a call as a whole, including the body of a document; not the bytes of objects |
//! | 3 | [`Retry`] | by operation, outcome and replayability, within a budget |
//! | 4 | [`Auth`] | one snapshot of token and catalogue provides URI and `X-Auth-Token`; on 401 one login for all, once |
//! | 5 | [`Headers`] | `User-Agent`, request id, `Accept` |
//! | 6 | [`AttemptSpan`] | one span per attempt |
//! | 7 | [`HeadTimeout`] | from the last byte of the request to the head of the answer |
//! | 8 | [`BodyIdle`] | both bodies must make progress while waiting for the wire |
//! | 9 | [`Expect`] | large bodies ask first |
//! | 10 | [`Wire`] | hyper's client with its pool, over rustls or plain TCP, direct or by proxy |
//!
//! Retry is outside Auth, so that each attempt carries the current token. Expect is innermost, so that a refusal
//! comes back as an answer through all the others, with no byte of the body spent.

use crate::layers::{
    Answering, Attempt, AttemptSpan, Auth, BodyIdle, Deadline, Expect, HeadTimeout, Headers, OpSpan, Resolver, Retry,
};
use crate::wire::Wire;
use k5_core::retry::{RetryBudget, RetryPolicy};
use k5_core::{Error, Request, Response, SleepFuture, Transport, TransportFuture};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_service::Service;

/// The time limits of a client.
///
/// ```
/// use k5_client::Timeouts;
/// use std::time::Duration;
/// let hasty = Timeouts::new().connect(Duration::from_secs(3)).call(Duration::from_secs(20));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For a whole call, including all attempts and the body of its answer, if these are documents. For a download it limits the
    /// time before the first byte, for an upload an error's text.
    pub call: Duration,
    /// From the last byte of the request to the head of the answer.
    pub head: Duration,
    /// The same for operations where the server works before it answers: server-side copies, manifests, deletions of many.
    pub slow_head: Duration,
    /// Without a byte moving in either direction while waiting for the other side.
    pub idle: Duration,
    /// For `100 Continue`; after that the body is sent without it, and this server isn't asked again.
    pub expect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new()
    }
}

impl Timeouts {
    /// The usual limits: 15 s for a connection, 300 s for a call, 60 s for a head (900 s for a slow one), 60 s without a byte, 1 s
    /// for `100 Continue`.
    pub const fn new() -> Self {
        Self {
            connect: Duration::from_secs(15),
            call: Duration::from_secs(300),
            head: Duration::from_secs(60),
            slow_head: Duration::from_secs(900),
            idle: Duration::from_secs(60),
            expect: Duration::from_secs(1),
        }
    }

    /// For a connection, TLS included.
    pub const fn connect(self, limit: Duration) -> Self {
        Self { connect: limit, ..self }
    }

    /// For a whole call whose body and answer are documents.
    pub const fn call(self, limit: Duration) -> Self {
        Self { call: limit, ..self }
    }

    /// From the last byte of the request to the head of the answer.
    pub const fn head(self, limit: Duration) -> Self {
        Self { head: limit, ..self }
    }

    /// The same for operations where the server works before it answers.
    pub const fn slow_head(self, limit: Duration) -> Self {
        Self { slow_head: limit, ..self }
    }

    /// Without a byte moving in either direction.
    pub const fn idle(self, limit: Duration) -> Self {
        Self { idle: limit, ..self }
    }

    /// For `100 Continue`.
    pub const fn expect(self, limit: Duration) -> Self {
        Self { expect: limit, ..self }
    }
}

/// What every call of a client shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) wire: Wire,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Arc<RetryBudget>,
    pub(crate) expect: Arc<crate::layers::ExpectMemory>,
}

/// The stack over a client's connections.
pub(crate) fn pipeline(shared: Shared, resolver: Resolver) -> impl Transport {
    let Shared { wire, timeouts, retry, budget, expect } = shared;
    Pipeline(stack(wire, timeouts, retry, budget, expect, resolver))
}

fn stack<W, B>(
    wire: W,
    timeouts: Timeouts,
    retry: RetryPolicy,
    budget: Arc<RetryBudget>,
    expect: Arc<crate::layers::ExpectMemory>,
    resolver: Resolver,
) -> impl Service<Arc<Request>, Response = Response, Error = Error, Future = TransportFuture> + Clone + Send + Sync + 'static
where
    W: Service<Attempt, Response = http::Response<B>, Error = Error, Future = Answering<http::Response<B>>>
        + Clone
        + Send
        + Sync
        + 'static,
    B: http_body::Body<Data = bytes::Bytes, Error = Error> + Unpin + Send + 'static,
{
    ServiceBuilder::new()
        .layer(OpSpan::layer())
        .layer(Deadline::layer(timeouts.call, timeouts.slow_head))
        .layer(Retry::layer(retry, budget))
        .layer(Auth::layer(resolver))
        .layer(Headers::layer())
        .layer(AttemptSpan::layer())
        .layer(HeadTimeout::layer(timeouts.head, timeouts.slow_head))
        .layer(BodyIdle::layer(timeouts.idle))
        .layer(Expect::layer(timeouts.expect, expect))
        .service(wire)
}

struct Pipeline<S>(S);

impl<S> Transport for Pipeline<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Error, Future = TransportFuture> + Clone + Send + Sync + 'static,
{
    fn call(&self, request: Request) -> TransportFuture {
        // Every layer is always ready: none queues, so readiness needs no polling.
        self.0.clone().call(Arc::new(request))
    }

    fn sleep(&self, duration: Duration) -> SleepFuture {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CloudConfig, Overrides, Sources};
    use crate::identity::{Base, Keystone};
    use crate::layers::test_support::{CONTROL, Script, UPLOAD, drain, request};
    use http::{HeaderValue, StatusCode};
    use k5_core::{Body, ErrorKind, Session};
    use std::sync::Mutex;
    use tokio::time::Instant;

    type Log = Arc<Mutex<Vec<String>>>;

    /// What the cloud answers to the calls of a service, in turn; the last one forever.
    #[derive(Clone, Copy)]
    enum Say {
        Status(u16),
        Stalled,
    }

    /// A cloud that numbers its tokens, with a log of what it saw.
    fn cloud(script: &'static [Say], login: StatusCode) -> (impl Transport, Log) {
        let log = Log::default();
        let seen = log.clone();
        let wire = tower::service_fn(move |attempt: Attempt| -> Answering<http::Response<Script>> {
            let log = log.clone();
            Box::pin(async move {
                let headers = attempt.http.headers();
                let token = headers.get("x-auth-token").map_or("none", |token| token.to_str().expect("ASCII")).to_owned();
                let asked = if headers.contains_key("expect") { " asked" } else { "" };
                if attempt.http.uri().path().ends_with("/auth/tokens") {
                    let logins = {
                        let mut log = log.lock().expect("not poisoned");
                        log.push(format!("login, token {token}"));
                        log.iter().filter(|line| line.starts_with("login")).count()
                    };
                    // A login takes its time, so that others come to wait for it.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    let mut answer = http::Response::new(Script::new(&[(0, TOKEN)]));
                    *answer.status_mut() = login;
                    let token = HeaderValue::try_from(format!("t{logins}")).expect("a header");
                    answer.headers_mut().insert("x-subject-token", token);
                    return Ok(answer);
                }
                let turn = {
                    let mut log = log.lock().expect("not poisoned");
                    let turn = log.iter().filter(|line| !line.starts_with("login")).count();
                    log.push(format!("{} {}, token {token}{asked}", attempt.http.method(), attempt.http.uri()));
                    turn
                };
                match script[turn.min(script.len() - 1)] {
                    Say::Stalled => std::future::pending().await,
                    Say::Status(status) => {
                        if status < 300 {
                            if let Some(state) = attempt.http.body().state() {
                                state.open();
                            }
                            drain(attempt, Duration::ZERO).await?;
                        }
                        let mut answer = http::Response::new(Script::default());
                        *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
                        Ok(answer)
                    }
                }
            })
        });
        let sources = Sources::empty()
            .with_variable("OS_AUTH_URL", "http://keystone/v3")
            .with_variable("OS_USERNAME", "u")
            .with_variable("OS_PASSWORD", "hunter2")
            .with_variable("OS_USER_DOMAIN_NAME", "d")
            .with_variable("OS_PROJECT_ID", "p1");
        let config = CloudConfig::resolve(&sources, &Overrides::default()).expect("a configuration");
        let make = |resolver| {
            let retry = RetryPolicy::default();
            Pipeline(stack(wire.clone(), Timeouts::default(), retry, Arc::default(), Arc::default(), resolver))
        };
        let base = Arc::new(Base::parse("http://keystone/v3").expect("a URL"));
        let login = Session::from_transport(make(Resolver::Login(base.clone())));
        let keystone = Arc::new(Keystone::new(config, Some(base), login));
        (make(Resolver::Cloud(keystone)), seen)
    }

    static TOKEN: &str = r#"{"token": {"methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z",
        "user": {"id": "u1", "name": "u"}, "project": {"id": "p1", "name": "p"}, "catalog": [{"type": "object-store",
        "endpoints": [{"interface": "public", "region": "R", "url": "http://swift:8080/v1/AUTH_p1"}]}]}}"#;

    fn lines(log: &Log) -> Vec<String> {
        log.lock().expect("not poisoned").clone()
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_of_the_stack() {
        let (pipeline, log) = cloud(&[Say::Status(401), Say::Status(503), Say::Status(201)], StatusCode::CREATED);
        let mut upload = request(&UPLOAD);
        upload.path = "/c/o".to_owned();
        upload.body = Body::bytes(vec![1; 100_000]);
        let response = pipeline.call(upload).await.expect("stored");
        // Retry is outside of Auth: the repetition after the 503 carries the new token. Expect is inside of both: the 401 was
        // an answer to a question, with no byte of the body spent. A login within an attempt is not an attempt.
        assert_eq!(
            lines(&log),
            [
                "login, token none",
                "PUT http://swift:8080/v1/AUTH_p1/c/o, token t1 asked",
                "login, token none",
                "PUT http://swift:8080/v1/AUTH_p1/c/o, token t2 asked",
                "PUT http://swift:8080/v1/AUTH_p1/c/o, token t2 asked",
            ]
        );
        assert_eq!(response.attempts, 2);
        // Deadline is outside of Retry: it ends all attempts together, though each head could take its 60 seconds.
        let (pipeline, log) = cloud(&[Say::Stalled], StatusCode::CREATED);
        let start = Instant::now();
        let error = pipeline.call(request(&CONTROL)).await.expect_err("too late");
        assert_eq!((error.kind(), start.elapsed()), (ErrorKind::Timeout, Timeouts::default().call));
        assert!(lines(&log).len() > 2, "several attempts had their time");
    }

    #[tokio::test(start_paused = true)]
    async fn any_number_of_calls_share_one_login() {
        let (pipeline, log) = cloud(&[Say::Status(200)], StatusCode::CREATED);
        let pipeline = Arc::new(pipeline);
        let calls: Vec<_> = (0..50).map(|_| tokio::spawn(pipeline.call(request(&CONTROL)))).collect();
        for call in calls {
            assert_eq!(call.await.expect("joined").expect("answered").status, StatusCode::OK);
        }
        assert_eq!(lines(&log).iter().filter(|line| line.starts_with("login")).count(), 1);
        assert_eq!(lines(&log).len(), 51);
    }

    #[tokio::test(start_paused = true)]
    async fn any_number_of_refused_calls_share_one_login() {
        static SCRIPT: [Say; 11] = {
            let mut script = [Say::Status(401); 11];
            script[10] = Say::Status(200);
            script
        };
        let (pipeline, log) = cloud(&SCRIPT, StatusCode::CREATED);
        let pipeline = Arc::new(pipeline);
        let calls: Vec<_> = (0..10).map(|_| tokio::spawn(pipeline.call(request(&CONTROL)))).collect();
        for call in calls {
            assert_eq!(call.await.expect("joined").expect("answered").status, StatusCode::OK);
        }
        assert_eq!(lines(&log).iter().filter(|line| line.starts_with("login")).count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_password_is_tried_once() {
        let (pipeline, log) = cloud(&[Say::Status(200)], StatusCode::UNAUTHORIZED);
        let pipeline = Arc::new(pipeline);
        let calls: Vec<_> = (0..10).map(|_| tokio::spawn(pipeline.call(request(&CONTROL)))).collect();
        for call in calls {
            let error = call.await.expect("joined").expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Login);
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert_eq!(pipeline.call(request(&CONTROL)).await.expect_err("still").kind(), ErrorKind::Login);
        assert_eq!(lines(&log), ["login, token none"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_once() {
        let (pipeline, log) = cloud(&[Say::Status(401)], StatusCode::CREATED);
        let response = pipeline.call(request(&CONTROL)).await.expect("the refusal");
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        assert_eq!(lines(&log).len(), 4, "{:?}", lines(&log));
    }
}
