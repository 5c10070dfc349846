//! Layer 3: retries if that is safe and may help.

use super::{Answering, always_ready, progress};
use k5_core::retry::{Outcome, RetryBudget, RetryPolicy};
use k5_core::{Error, OpMeta, Request, Response, Sent};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Repeats a call according to [`RetryPolicy`], within the client's budget, and never one whose body can't be sent again.
#[derive(Clone)]
pub(crate) struct Retry<S> {
    inner: S,
    rules: Arc<(RetryPolicy, Arc<RetryBudget>)>,
}

impl Retry<()> {
    pub(crate) fn layer<S>(policy: RetryPolicy, budget: Arc<RetryBudget>) -> impl Layer<S, Service = Retry<S>> + Clone {
        let rules = Arc::new((policy, budget));
        layer_fn(move |inner| Retry { inner, rules: rules.clone() })
    }
}

/// `417 Expectation Failed`: the layer that asked knows not to ask again, so the repetition needs no pause.
const EXPECTATION_FAILED: u16 = 417;

impl<S> Service<Arc<Request>> for Retry<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Error, Future = Answering<Response>> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Error;
    type Future = Answering<Response>;

    always_ready!();

    fn call(&mut self, request: Arc<Request>) -> Self::Future {
        let (mut inner, rules) = (self.inner.clone(), self.rules.clone());
        let first = self.inner.call(request.clone());
        Box::pin(async move {
            let (policy, budget) = &*rules;
            let start = Instant::now();
            let mut trying = first;
            let mut made = 1;
            let mut may_repeat = false;
            loop {
                let outcome = trying.await;
                let Some(seen) = failure(&outcome, request.meta) else {
                    budget.refund(if made == 1 { RetryBudget::REFUND } else { RetryBudget::COST });
                    return finish(outcome, made, may_repeat, start);
                };
                let policy = policy.clone().max_attempts(request.options.max_attempts.unwrap_or(policy.max_attempts));
                let wait = match seen.status {
                    Some(EXPECTATION_FAILED) if made == 1 => Some(Duration::ZERO),
                    _ => policy.delay(seen, request.meta.idempotent, made, fastrand::f64()),
                };
                let Some(wait) = wait else { return finish(outcome, made, may_repeat, start) };
                if request.body.try_clone().is_none() || !budget.pay() {
                    return finish(outcome, made, may_repeat, start);
                }
                may_repeat |= seen.may_have_been_done();
                tell(&request, &outcome, made, wait);
                progress::attempt_failed(&outcome);
                // The connection goes back to the pool before the pause.
                drop(outcome);
                tokio::time::sleep(wait).await;
                made += 1;
                trying = inner.call(request.clone());
            }
        })
    }
}

/// Says that the call is tried again after `wait`, under a target that a program can show by itself: what it is about, and why.
fn tell(request: &Request, outcome: &Result<Response, Error>, made: u32, wait: Duration) {
    if !tracing::enabled!(target: "k5::retry", tracing::Level::DEBUG) {
        return;
    }
    let why = match outcome {
        Ok(response) => response.status.to_string(),
        Err(error) => error.message().to_owned(),
    };
    let object = request.target().unwrap_or_else(|| request.meta.full_name());
    tracing::debug!(target: "k5::retry", object, attempt = made, wait_ms = wait.as_millis() as u64, why, "trying again");
}

/// The input for the decision; `None` if it is not a failure of the transport or the server.
fn failure(outcome: &Result<Response, Error>, meta: &'static OpMeta) -> Option<Outcome> {
    match outcome {
        Ok(response) if response.status.is_success() || response.status.is_redirection() => None,
        Ok(response) => Some(Outcome::new(Some(response.status.as_u16()), Sent::Yes).retry_after(retry_after(response))),
        // A login that failed and what the caller's own side did are not for repetition.
        Err(error) if !error.is_retryable() => None,
        // The login within this call went through its own repetitions.
        Err(error) if error.operation().is_some_and(|operation| !std::ptr::eq(operation, meta)) => None,
        Err(error) => Some(Outcome::new(None, error.sent())),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(text.parse::<k5_core::Timestamp>().ok()?.after(std::time::SystemTime::now())),
    }
}

fn finish(outcome: Result<Response, Error>, made: u32, may_repeat: bool, start: Instant) -> Result<Response, Error> {
    let elapsed = start.elapsed();
    match outcome {
        Ok(mut response) => {
            response.attempts = made;
            response.may_repeat = may_repeat;
            response.elapsed = elapsed;
            Ok(response)
        }
        Err(error) if made == 1 && (error.attempts() > 0 || error.sent() == Sent::No && !error.is_retryable()) => Err(error),
        Err(error) => Err(error.with_attempts(made, elapsed).with_may_repeat(may_repeat)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::test_support::{ACTION, CONTROL, UPLOAD, request};
    use http::{HeaderMap, HeaderValue, StatusCode};
    use k5_core::{Body, ByteStream, ErrorKind};
    use proptest::prelude::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Clone, Copy, Debug)]
    enum Answer {
        Status(u16),
        RetryAfter(u16, &'static str),
        Broken(Sent),
    }

    /// Returns `script`'s answers in turn, the last one forever. A body is touched when the answer says that it was sent.
    async fn run(request: Request, script: &'static [Answer], budget: u32) -> (Result<Response, Error>, u32, Duration) {
        let calls = Arc::new(AtomicU32::new(0));
        let counter = calls.clone();
        let service = tower::service_fn(move |request: Arc<Request>| -> Answering<Response> {
            let n = counter.fetch_add(1, Ordering::Relaxed) as usize;
            let answer = script[n.min(script.len() - 1)];
            Box::pin(async move {
                if let k5_core::BodyContent::OneShot(cell) = request.body.content() {
                    cell.lock().expect("not poisoned").take();
                }
                let status = |code| StatusCode::from_u16(code).expect("a status");
                match answer {
                    Answer::Status(code) => Ok(Response::new(status(code))),
                    Answer::RetryAfter(code, text) => {
                        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static(text))]);
                        Ok(Response::new(status(code)).with_headers(headers))
                    }
                    Answer::Broken(sent) => Err(Error::new(ErrorKind::Transport, "reset").with_sent(sent)),
                }
            })
        });
        let start = Instant::now();
        let layer = Retry::layer(RetryPolicy::default(), Arc::new(RetryBudget::new(budget)));
        let outcome = layer.layer(service).call(Arc::new(request)).await;
        (outcome, calls.load(Ordering::Relaxed), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn it_recovers_and_says_how_often_it_tried() {
        let (outcome, calls, _) =
            run(request(&CONTROL), &[Answer::Status(503), Answer::Broken(Sent::Maybe), Answer::Status(200)], 500).await;
        assert_eq!((outcome.expect("recovered").attempts, calls), (3, 3));
        let (outcome, calls, _) = run(request(&CONTROL), &[Answer::Status(503)], 500).await;
        assert_eq!((outcome.expect("the answer itself").status.as_u16(), calls), (503, 5));
        let (outcome, calls, _) = run(request(&CONTROL), &[Answer::Status(404)], 500).await;
        assert_eq!((outcome.expect("the answer itself").attempts, calls), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_says_whether_an_earlier_attempt_may_have_been_carried_out() {
        for (script, expected) in [
            (&[Answer::Status(404)] as &[_], false),
            (&[Answer::Broken(Sent::Maybe), Answer::Status(404)], true),
            (&[Answer::Broken(Sent::No), Answer::Status(404)], false),
            (&[Answer::Status(503), Answer::Status(404)], true),
            (&[Answer::Status(429), Answer::Status(404)], false),
            (&[Answer::Broken(Sent::Maybe), Answer::Broken(Sent::No), Answer::Status(404)], true),
        ] {
            let (outcome, _, _) = run(request(&CONTROL), script, 500).await;
            assert_eq!(outcome.expect("an answer").may_repeat, expected, "{script:?}");
        }
        let (outcome, _, _) = run(request(&ACTION), &[Answer::Broken(Sent::No), Answer::Broken(Sent::Maybe)], 500).await;
        assert!(outcome.expect_err("broken").may_have_been_done(), "the last attempt may have been");
        let (outcome, _, _) = run(request(&CONTROL), &[Answer::Broken(Sent::No)], 500).await;
        assert!(!outcome.expect_err("broken").may_have_been_done());
    }

    #[tokio::test(start_paused = true)]
    async fn an_unsafe_operation_is_repeated_only_when_nothing_happened() {
        for (script, expected) in [
            (&[Answer::Broken(Sent::Maybe)] as &[_], 1),
            (&[Answer::Status(503)], 1),
            (&[Answer::Broken(Sent::No), Answer::Status(202)], 2),
            (&[Answer::Status(429), Answer::Status(202)], 2),
        ] {
            assert_eq!(run(request(&ACTION), script, 500).await.1, expected, "{script:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_waited_for() {
        let (_, calls, took) = run(request(&CONTROL), &[Answer::RetryAfter(503, "7"), Answer::Status(200)], 500).await;
        assert_eq!(calls, 2);
        assert!(took >= Duration::from_secs(7) && took < Duration::from_secs(8), "{took:?}");
        let (_, calls, _) = run(request(&CONTROL), &[Answer::RetryAfter(503, "86400")], 500).await;
        assert_eq!(calls, 1, "a day is not a pause");
    }

    #[tokio::test(start_paused = true)]
    async fn a_one_shot_body_that_was_begun_is_never_sent_again() {
        let mut upload = request(&UPLOAD);
        upload.body = Body::one_shot(Some(3), ByteStream::from_bytes("abc"));
        assert_eq!(run(upload, &[Answer::Status(503)], 500).await.1, 1);
        let mut upload = request(&UPLOAD);
        upload.body = Body::bytes("abc");
        assert_eq!(run(upload, &[Answer::Status(503), Answer::Status(201)], 500).await.1, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_expectation_is_repeated_at_once() {
        let (_, calls, took) = run(request(&UPLOAD), &[Answer::Status(417), Answer::Status(201)], 500).await;
        assert_eq!((calls, took), (2, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_that_failed_inside_of_the_call_is_not_repeated_around_it() {
        let service = tower::service_fn(|_: Arc<Request>| -> Answering<Response> {
            let inside = Error::new(ErrorKind::Connect, "no connection").with_operation(&ACTION).with_attempts(5, Duration::ZERO);
            Box::pin(async { Err(inside) })
        });
        let layer = Retry::layer(RetryPolicy::default(), Arc::default());
        let start = Instant::now();
        let error = layer.layer(service).call(Arc::new(request(&CONTROL))).await.expect_err("no connection");
        assert_eq!((error.attempts(), start.elapsed()), (5, Duration::ZERO));
    }

    proptest! {
        #[test]
        fn retries_stay_within_the_budget(budget in 0u32..40, calls in 1usize..12) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
            let total = runtime.block_on(async {
                let count = Arc::new(AtomicU32::new(0));
                let counter = count.clone();
                let service = tower::service_fn(move |_: Arc<Request>| -> Answering<Response> {
                    counter.fetch_add(1, Ordering::Relaxed);
                    Box::pin(async { Ok(Response::new(StatusCode::SERVICE_UNAVAILABLE)) })
                });
                let mut retry = Retry::layer(RetryPolicy::default(), Arc::new(RetryBudget::new(budget))).layer(service);
                for _ in 0..calls {
                    let answer = retry.call(Arc::new(request(&CONTROL))).await.expect("an answer");
                    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
                }
                count.load(Ordering::Relaxed)
            });
            prop_assert!(total - calls as u32 <= budget / RetryBudget::COST);
        }
    }
}
