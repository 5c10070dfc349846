//! Layer 9: large bodies ask first.

use super::{Answering, Attempt, after, always_ready};
use crate::attempt_body::BodyState;
use bytes::Bytes;
use http::header::EXPECT;
use http::{HeaderValue, StatusCode};
use http_body::{Body, Frame, SizeHint};
use k5_core::{Error, ErrorKind, Sent};
use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::Instant;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Bodies up to this size are sent immediately: asking would cost more than sending in vain.
const THRESHOLD: u64 = 64 * 1024;
/// The maximum number of interim answers (1xx) before the answer itself: more are a server fault.
const INTERIM: u32 = 100;

/// The servers that never say `100 Continue`, or refuse the question.
#[derive(Debug, Default)]
pub(crate) struct ExpectMemory(Mutex<HashSet<String>>);

impl ExpectMemory {
    fn knows(&self, host: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(host)
    }

    fn remember(&self, host: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned());
    }
}

/// Sends `Expect: 100-continue` and holds a large body back until the server agrees, answers otherwise, or is silent for too
/// long. Without it, a server that answers 401 and closes makes hyper see a reset instead of the answer, with megabytes spent.
#[derive(Clone)]
pub(crate) struct Expect<S> {
    inner: S,
    limit: Duration,
    memory: Arc<ExpectMemory>,
}

impl Expect<()> {
    pub(crate) fn layer<S>(limit: Duration, memory: Arc<ExpectMemory>) -> impl Layer<S, Service = Expect<S>> + Clone {
        layer_fn(move |inner| Expect { inner, limit, memory: memory.clone() })
    }
}

impl<S, B> Service<Attempt> for Expect<S>
where
    S: Service<Attempt, Response = http::Response<B>, Error = Error, Future = Answering<http::Response<B>>>,
    B: Send + 'static,
{
    type Response = http::Response<Held<B>>;
    type Error = Error;
    type Future = Answering<Self::Response>;

    always_ready!();

    fn call(&mut self, mut attempt: Attempt) -> Self::Future {
        let body = attempt.http.body();
        let large = body.length().is_none_or(|length| length > THRESHOLD);
        let host = attempt.http.uri().authority().map_or("", http::uri::Authority::as_str);
        let state = match body.state() {
            Some(state) if large && !self.memory.knows(host) => state.clone(),
            _ => {
                let flood = Flood::watch(&mut attempt, None);
                let calling = flood.unless_too_many(self.inner.call(attempt));
                return Box::pin(async move { Ok(calling.await?.map(|body| Held { inner: body, asked: None })) });
            }
        };
        let host = host.to_owned();
        state.shut();
        attempt.http.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
        let flood = Flood::watch(&mut attempt, Some(state.clone()));
        let mut calling = flood.unless_too_many(self.inner.call(attempt));
        let (limit, memory) = (self.limit, self.memory.clone());
        Box::pin(async move {
            let mut timer = pin!(tokio::time::sleep(limit));
            let watched = state.clone();
            let outcome = poll_fn(|cx| {
                loop {
                    if let Poll::Ready(outcome) = calling.as_mut().poll(cx) {
                        return Poll::Ready(outcome);
                    }
                    if !watched.is_shut() || timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    // The time counts from when the body was first wanted: a slow connection is not a refusal.
                    match watched.waiting_since() {
                        Some(since) if after(since, limit) <= Instant::now() => {
                            tracing::debug!(%host, "no 100 Continue in time; this server is not asked again");
                            memory.remember(&host);
                            watched.open();
                        }
                        Some(since) => timer.as_mut().reset(after(since, limit)),
                        None => timer.as_mut().reset(after(Instant::now(), limit)),
                    }
                }
            });
            let answer = outcome.await?;
            if answer.status() == StatusCode::EXPECTATION_FAILED {
                memory.remember(&host);
            }
            Ok(answer.map(|body| Held { inner: body, asked: Some(state) }))
        })
    }
}

/// Counts the interim answers to one request.
struct Flood(Arc<(AtomicU32, Mutex<Option<Waker>>)>);

impl Flood {
    /// Counts those to `attempt`, and lets `asked` go at the first that agrees.
    fn watch(attempt: &mut Attempt, asked: Option<Arc<BodyState>>) -> Self {
        let count = Arc::new((AtomicU32::new(0), Mutex::new(None::<Waker>)));
        let counted = count.clone();
        hyper::ext::on_informational(&mut attempt.http, move |answer| {
            if let (StatusCode::CONTINUE, Some(asked)) = (answer.status(), &asked) {
                asked.open();
            }
            if counted.0.fetch_add(1, Ordering::Relaxed) == INTERIM {
                let waker = counted.1.lock().unwrap_or_else(PoisonError::into_inner).take();
                waker.into_iter().for_each(Waker::wake);
            }
        });
        Self(count)
    }

    /// Returns the result of `calling`, and gives up if the server sends too many interim answers first.
    fn unless_too_many<T: Send + 'static>(self, mut calling: Answering<T>) -> Answering<T> {
        Box::pin(poll_fn(move |cx| {
            if let Poll::Ready(outcome) = calling.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            let (count, waker) = &*self.0;
            waker.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&Some(cx.waker().clone()));
            if count.load(Ordering::Relaxed) > INTERIM {
                let message = format!("the server sent more than {INTERIM} interim answers (1xx) and no answer");
                return Poll::Ready(Err(Error::new(ErrorKind::Transport, message).with_sent(Sent::Maybe)));
            }
            Poll::Pending
        }))
    }
}

/// An answer's body. When it is dropped, a request body that the server didn't want is abandoned, which closes the connection;
/// not before, so that the refusal can be read.
pub(crate) struct Held<B> {
    inner: B,
    asked: Option<Arc<BodyState>>,
}

impl<B> Drop for Held<B> {
    fn drop(&mut self) {
        if let Some(state) = &self.asked {
            state.give_up();
        }
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for Held<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::test_support::{Script, UPLOAD, attempt, drain, first_frame};

    const LIMIT: Duration = Duration::from_secs(1);

    fn large() -> k5_core::Body {
        k5_core::Body::bytes(vec![7; 100_000])
    }

    /// A server that takes the body without an interim answer. Returns how long it waited and whether it was asked.
    fn silent() -> impl Service<
        Attempt,
        Response = http::Response<(Duration, bool)>,
        Error = Error,
        Future = Answering<http::Response<(Duration, bool)>>,
    > {
        tower::service_fn(|attempt: Attempt| -> Answering<_> {
            Box::pin(async move {
                let asked = attempt.http.headers().contains_key(EXPECT);
                let start = Instant::now();
                drain(attempt, Duration::ZERO).await?;
                Ok(http::Response::new((start.elapsed(), asked)))
            })
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_asked_once() {
        let memory = Arc::new(ExpectMemory::default());
        let mut service = Expect::layer(LIMIT, memory).layer(silent());
        let (waited, asked) = service.call(attempt(&UPLOAD, large())).await.expect("answers").into_body().inner_for_test();
        assert!(asked && waited >= LIMIT && waited <= 2 * LIMIT, "{waited:?}");
        let (waited, asked) = service.call(attempt(&UPLOAD, large())).await.expect("answers").into_body().inner_for_test();
        assert_eq!((waited, asked), (Duration::ZERO, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_body_is_not_asked_for() {
        let mut service = Expect::layer(LIMIT, Arc::default()).layer(silent());
        let small = k5_core::Body::bytes(vec![7; 64 * 1024]);
        let (waited, asked) = service.call(attempt(&UPLOAD, small)).await.expect("answers").into_body().inner_for_test();
        assert_eq!((waited, asked), (Duration::ZERO, false));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_costs_no_byte_and_can_be_read() {
        let server = tower::service_fn(|attempt: Attempt| -> Answering<http::Response<Script>> {
            Box::pin(async move {
                let state = attempt.http.body().state().expect("a body").clone();
                let mut body = attempt.http.into_body();
                // hyper goes on asking for the body in the background.
                let pumped = tokio::spawn(async move { first_frame(&mut body).await });
                tokio::time::sleep(Duration::from_millis(100)).await;
                assert!(state.is_shut());
                let mut answer = http::Response::new(Script::new(&[(0, "the token is stale")]));
                *answer.status_mut() = StatusCode::UNAUTHORIZED;
                answer.extensions_mut().insert(Arc::new(pumped));
                Ok(answer)
            })
        });
        let mut service = Expect::layer(LIMIT, Arc::default()).layer(server);
        let (parts, mut body) = service.call(attempt(&UPLOAD, large())).await.expect("answers").into_parts();
        let mut pumped =
            parts.extensions.get::<Arc<tokio::task::JoinHandle<Option<Result<Bytes, Error>>>>>().expect("there").clone();
        assert_eq!(first_frame(&mut body).await.expect("text").expect("read"), "the token is stale");
        assert!(!pumped.is_finished(), "the body waits as long as the refusal is read");
        drop((body, parts));
        let pumped = Arc::get_mut(&mut pumped).expect("the only one").await.expect("joined");
        assert!(pumped.expect("an end").is_err(), "and is given up after it");
    }

    impl<B: Clone> Held<B> {
        fn inner_for_test(&self) -> B {
            self.inner.clone()
        }
    }
}
