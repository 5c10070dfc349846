//! Layer 2: a limit on the whole call.

use super::progress;
use super::{Answering, after, always_ready};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use k5_core::{BodyKind, ByteStream, Error, ErrorKind, OpMeta, Request, Response, Sent};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Ends a call when its time is up: the whole call, including the body, if the answer is a document; only up to the head of the
/// answer if it is an object. Streamed bytes take as long as they take: two well-known clients end every transfer after 30 seconds
/// because of such a limit. An error sent instead of an object is a document again.
#[derive(Clone)]
pub(crate) struct Deadline<S> {
    inner: S,
    limits: Limits,
}

/// The limits of calls that have none of their own.
#[derive(Clone, Copy)]
struct Limits {
    usual: Duration,
    /// For the body of an answer to a slow operation.
    slow: Duration,
}

impl Deadline<()> {
    pub(crate) fn layer<S>(usual: Duration, slow: Duration) -> impl Layer<S, Service = Deadline<S>> + Clone {
        layer_fn(move |inner| Deadline { inner, limits: Limits { usual, slow } })
    }
}

impl Limits {
    /// For the call up to the head of its answer; `None` if only the layers below have a limit.
    fn head(self, meta: &OpMeta, own: Option<Duration>) -> Option<Duration> {
        match meta.request_body == BodyKind::Bytes {
            true => None,
            false => own.or((!meta.slow).then_some(self.usual)),
        }
    }

    /// For the body, which gets what the head left of the call's time, or all of it if the head had no limit.
    fn body(self, meta: &OpMeta, own: Option<Duration>, success: bool) -> Duration {
        own.unwrap_or(if meta.slow && success { self.slow } else { self.usual })
    }
}

impl<S> Service<Arc<Request>> for Deadline<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Error, Future = Answering<Response>>,
{
    type Response = Response;
    type Error = Error;
    type Future = Answering<Response>;

    always_ready!();

    fn call(&mut self, request: Arc<Request>) -> Self::Future {
        let (meta, own, limits) = (request.meta, request.options.timeout, self.limits);
        let calling = self.inner.call(request);
        Box::pin(async move {
            let start = Instant::now();
            let head = limits.head(meta, own);
            let outcome = match head {
                None => calling.await,
                Some(limit) => {
                    let made = progress::current();
                    match tokio::time::timeout(limit, progress::watch(made.clone(), calling)).await {
                        Ok(outcome) => outcome,
                        Err(_) => return Err(made.too_late(meta, limit)),
                    }
                }
            };
            let mut response = outcome?;
            let success = meta.is_success(response.status);
            if response.body.remaining() == Some(0) || success && meta.response_body == BodyKind::Bytes {
                return Ok(response);
            }
            let limit = limits.body(meta, own, success);
            let left = if head.is_some() { limit.saturating_sub(start.elapsed()) } else { limit };
            response.body = ByteStream::from_body(Limited { inner: response.body, limit, left, since: None, timer: None, came: 0 });
            Ok(response)
        })
    }
}

/// The body of a document. Time counts only while waiting for the server, so a slow reader may take as long as it wants.
struct Limited {
    inner: ByteStream,
    limit: Duration,
    left: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    came: u64,
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            if let Some(since) = this.since.take() {
                this.left = this.left.saturating_sub(since.elapsed());
            }
            if let Some(Ok(frame)) = &frame {
                this.came += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return Poll::Ready(frame);
        }
        let due = after(*this.since.get_or_insert_with(Instant::now), this.left);
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        std::task::ready!(timer.as_mut().poll(cx));
        let message = format!(
            "the server began its answer and did not end it within {} s in all ({} bytes of its body came)",
            this.limit.as_secs_f32(),
            this.came
        );
        Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, message).with_sent(Sent::Yes))))
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
    use crate::layers::test_support::{CONTROL, Script, UPLOAD, request};
    use http::StatusCode;

    static DOWNLOAD: OpMeta = OpMeta::new(CONTROL.service, "download", "GET", "/d").response_body(BodyKind::Bytes);
    static SLOW: OpMeta = OpMeta::new(CONTROL.service, "slow", "PUT", "/s").slow();

    const SECOND: Duration = Duration::from_secs(1);

    /// A server whose head and then each of ten pieces of the body takes this long.
    async fn call(meta: &'static OpMeta, status: u16, limit: Option<u32>, head: u32, piece: u64) -> Result<Response, Error> {
        let slow = tower::service_fn(move |_: Arc<Request>| -> Answering<Response> {
            Box::pin(async move {
                tokio::time::sleep(SECOND * head).await;
                let response = Response::new(StatusCode::from_u16(status).expect("a status"));
                Ok(response.with_body(Script::new(&[(piece, "x"); 10]).into_stream()))
            })
        });
        let mut request = request(meta);
        request.options.timeout = limit.map(|limit| SECOND * limit);
        Deadline::layer(SECOND * 30, SECOND * 900).layer(slow).call(Arc::new(request)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_a_limit_unless_a_stream_goes_before_it() {
        let error = call(&CONTROL, 200, None, 31, 0).await.expect_err("too late");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
        assert!(call(&CONTROL, 200, None, 29, 0).await.is_ok());
        assert!(call(&CONTROL, 200, Some(5), 6, 0).await.is_err());
        assert!(call(&DOWNLOAD, 200, Some(5), 6, 0).await.is_err());
        assert!(call(&UPLOAD, 201, None, 86_400, 0).await.is_ok());
        assert!(call(&SLOW, 200, None, 800, 0).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_has_what_is_left_of_the_time_and_a_stream_has_any() {
        for (meta, status, limit, head, piece, all_comes) in [
            (&CONTROL, 200, Some(12), 1, 1, true),
            (&CONTROL, 200, Some(12), 3, 1, false),
            (&CONTROL, 400, Some(3), 0, 1, false),
            (&CONTROL, 200, None, 0, 4, false),
            (&DOWNLOAD, 200, Some(3), 1, 3600, true),
            (&DOWNLOAD, 404, Some(3), 1, 1, false),
            // An upload's answer has its time from the head on, for the upload may have taken a day.
            (&UPLOAD, 201, Some(12), 100, 1, true),
            (&UPLOAD, 201, Some(3), 100, 1, false),
            (&SLOW, 200, None, 0, 60, true),
            (&SLOW, 200, None, 0, 100, false),
            (&SLOW, 400, None, 0, 60, false),
        ] {
            let start = Instant::now();
            let response = call(meta, status, limit, head, piece).await.expect("a head");
            let body = response.body.collect(100).await;
            let case = format!("{} {status} {limit:?} {head} {piece}: {body:?}", meta.id);
            assert_eq!(body.is_ok(), all_comes, "{case}");
            let Err(error) = body else { continue };
            assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Yes), "{case}");
            if let Some(limit) = limit {
                assert!(start.elapsed() <= SECOND * (limit + head), "{case}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_costs_the_server_no_time() {
        let mut body = call(&CONTROL, 200, Some(12), 0, 1).await.expect("a head").body;
        for _ in 0..10 {
            assert!(body.next_chunk().await.expect("a piece").is_ok());
            tokio::time::sleep(SECOND * 60).await;
        }
        assert!(body.next_chunk().await.is_none());
    }
}
