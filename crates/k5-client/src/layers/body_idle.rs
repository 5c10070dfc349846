//! Layer 8: bodies must make progress while waiting for the wire.

use super::{Answering, Attempt, after, always_ready};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use k5_core::{Error, ErrorKind, Sent};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Ends an attempt whose body makes no progress: the server takes no more bytes, or sends none. A slow source and a slow reader on
/// this side may take as long as they like.
#[derive(Clone)]
pub(crate) struct BodyIdle<S> {
    inner: S,
    limit: Duration,
}

impl BodyIdle<()> {
    pub(crate) fn layer<S>(limit: Duration) -> impl Layer<S, Service = BodyIdle<S>> + Clone {
        layer_fn(move |inner| BodyIdle { inner, limit })
    }
}

fn stalled(limit: Duration, what: &str, sent: Sent) -> Error {
    Error::new(ErrorKind::Timeout, format!("the server {what} for {} s", limit.as_secs_f32())).with_sent(sent)
}

impl<S, B> Service<Attempt> for BodyIdle<S>
where
    S: Service<Attempt, Response = http::Response<B>, Error = Error, Future = Answering<http::Response<B>>>,
    B: Send + 'static,
{
    type Response = http::Response<IdleBody<B>>;
    type Error = Error;
    type Future = Answering<Self::Response>;

    always_ready!();

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let limit = self.limit;
        let state = attempt.http.body().state().cloned();
        let mut calling = self.inner.call(attempt);
        let wrap = move |answer: http::Response<B>| answer.map(|body| IdleBody::new(body, limit));
        let Some(state) = state else {
            return Box::pin(async move { calling.await.map(wrap) });
        };
        Box::pin(async move {
            let mut timer = pin!(tokio::time::sleep(limit));
            let outcome = poll_fn(move |cx| {
                loop {
                    if let Poll::Ready(outcome) = calling.as_mut().poll(cx) {
                        return Poll::Ready(outcome);
                    }
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let now = Instant::now();
                    let due = if state.wire_is_awaited() { after(state.last_move(), limit) } else { after(now, limit) };
                    if due <= now {
                        return Poll::Ready(Err(stalled(limit, "took no byte of the body", Sent::Maybe)));
                    }
                    timer.as_mut().reset(due);
                }
            });
            outcome.await.map(wrap)
        })
    }
}

/// The body of an answer that must make progress while it is being read.
pub(crate) struct IdleBody<B> {
    inner: B,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// Since when it has been waiting for the wire.
    waiting: Option<Instant>,
}

impl<B> IdleBody<B> {
    fn new(inner: B, limit: Duration) -> Self {
        Self { inner, limit, timer: None, waiting: None }
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for IdleBody<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            this.waiting = None;
            return Poll::Ready(frame);
        }
        let since = *this.waiting.get_or_insert_with(Instant::now);
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(after(since, this.limit))));
        while timer.as_mut().poll(cx).is_ready() {
            // The timer may be of an earlier wait: it is set anew only when it fires, not with each chunk.
            let due = after(since, this.limit);
            if due <= Instant::now() {
                return Poll::Ready(Some(Err(stalled(this.limit, "sent no byte of the body", Sent::Yes))));
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
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
    use crate::layers::test_support::{Script, UPLOAD, attempt, drain};

    const LIMIT: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_nothing_ends_the_attempt() {
        let stuck = tower::service_fn(|attempt: Attempt| -> Answering<http::Response<Script>> {
            Box::pin(async move {
                let _held = attempt;
                std::future::pending().await
            })
        });
        let start = Instant::now();
        let error = BodyIdle::layer(LIMIT).layer(stuck).call(attempt(&UPLOAD, k5_core::Body::bytes("abc"))).await;
        assert_eq!(error.err().expect("stalled").kind(), ErrorKind::Timeout);
        assert!(start.elapsed() >= LIMIT && start.elapsed() < 2 * LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_source_is_not_the_servers_fault() {
        let server = tower::service_fn(|attempt: Attempt| -> Answering<http::Response<Script>> {
            Box::pin(async move {
                drain(attempt, Duration::ZERO).await?;
                Ok(http::Response::new(Script::default()))
            })
        });
        let slow = k5_core::Body::one_shot(None, Script::new(&[(300, "a"), (300, "b")]).into_stream());
        assert!(BodyIdle::layer(LIMIT).layer(server).call(attempt(&UPLOAD, slow)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_download_may_pause_less_than_the_limit_and_its_reader_for_ever() {
        let mut body = IdleBody::new(Script::new(&[(0, "a"), (59, "b"), (59, "c"), (61, "d")]), LIMIT);
        let mut next = async || poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        assert!(next().await.expect("a").is_ok());
        tokio::time::sleep(10 * LIMIT).await;
        assert!(next().await.expect("b").is_ok());
        assert!(next().await.expect("c").is_ok());
        let error = next().await.expect("an error").expect_err("61 seconds of silence");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Yes));
    }
}
