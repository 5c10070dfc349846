//! Layer 7: how long the server may take to start answering.

use super::{Answering, Attempt, after, always_ready};
use k5_core::{Error, ErrorKind, Sent};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::Instant;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Limits the time from the last byte of the request to the head of the answer.
#[derive(Clone)]
pub(crate) struct HeadTimeout<S> {
    inner: S,
    usual: Duration,
    slow: Duration,
}

impl HeadTimeout<()> {
    pub(crate) fn layer<S>(usual: Duration, slow: Duration) -> impl Layer<S, Service = HeadTimeout<S>> + Clone {
        layer_fn(move |inner| HeadTimeout { inner, usual, slow })
    }
}

impl<S, R> Service<Attempt> for HeadTimeout<S>
where
    S: Service<Attempt, Response = http::Response<R>, Error = Error, Future = Answering<http::Response<R>>>,
    R: Send + 'static,
{
    type Response = http::Response<R>;
    type Error = Error;
    type Future = Answering<Self::Response>;

    always_ready!();

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        let limit = if attempt.meta.slow { self.slow } else { self.usual };
        let state = attempt.http.body().state().cloned();
        let mut calling = self.inner.call(attempt);
        Box::pin(async move {
            let mut timer = pin!(tokio::time::sleep(limit));
            poll_fn(move |cx| {
                loop {
                    if let Poll::Ready(outcome) = calling.as_mut().poll(cx) {
                        return Poll::Ready(outcome);
                    }
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let now = Instant::now();
                    let due = match &state {
                        // While the body is on its way, its progress is another layer's business.
                        Some(body) if !body.ended() => after(now, limit),
                        Some(body) => after(body.last_move(), limit),
                        None => now,
                    };
                    if due <= now {
                        let message = format!("the server gave no answer within {} s", limit.as_secs_f32());
                        return Poll::Ready(Err(Error::new(ErrorKind::Timeout, message).with_sent(Sent::Maybe)));
                    }
                    timer.as_mut().reset(due);
                }
            })
            .await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::test_support::{CONTROL, UPLOAD, attempt, drain};
    use k5_core::Body;

    /// A server that takes the body, each frame after a pause, and then thinks.
    async fn call(body: Body, pause: Duration, thinks: Duration) -> Result<http::Response<()>, Error> {
        let meta = if body.length() == Some(0) { &CONTROL } else { &UPLOAD };
        let server = tower::service_fn(move |attempt: Attempt| -> Answering<http::Response<()>> {
            Box::pin(async move {
                drain(attempt, pause).await?;
                tokio::time::sleep(thinks).await;
                Ok(http::Response::new(()))
            })
        });
        HeadTimeout::layer(Duration::from_secs(60), Duration::from_secs(900)).layer(server).call(attempt(meta, body)).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_counts_from_the_last_byte_sent() {
        let seconds = Duration::from_secs;
        assert!(call(Body::empty(), seconds(0), seconds(59)).await.is_ok());
        let error = call(Body::empty(), seconds(0), seconds(61)).await.expect_err("too late");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
        assert!(call(Body::bytes("abc"), seconds(300), seconds(59)).await.is_ok());
        assert!(call(Body::bytes("abc"), seconds(300), seconds(200)).await.is_err());
    }
}
