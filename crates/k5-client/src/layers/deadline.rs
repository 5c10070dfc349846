//! Layer 2: a limit on the whole call.

use super::{Answering, always_ready};
use k5_core::{Error, ErrorKind, Request, Response, Sent};
use std::sync::Arc;
use std::time::Duration;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

/// Ends a call whose answer is a document when its time is up. A body that streams takes as long as it takes: two well-known
/// clients end every transfer after 30 seconds by such a limit.
#[derive(Clone)]
pub(crate) struct Deadline<S> {
    inner: S,
    default: Duration,
}

impl Deadline<()> {
    pub(crate) fn layer<S>(default: Duration) -> impl Layer<S, Service = Deadline<S>> + Clone {
        layer_fn(move |inner| Deadline { inner, default })
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
        let meta = request.meta;
        let limit = request.options.timeout.unwrap_or(if meta.slow { Duration::MAX } else { self.default });
        let calling = self.inner.call(request);
        if meta.streams() || limit == Duration::MAX {
            return calling;
        }
        Box::pin(async move {
            match tokio::time::timeout(limit, calling).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::new(ErrorKind::Timeout, format!("no answer within {} s in all", limit.as_secs_f32()))
                    .with_operation(meta)
                    .with_sent(Sent::Maybe)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::test_support::{CONTROL, UPLOAD, request};
    use http::StatusCode;

    async fn call(meta: &'static k5_core::OpMeta, limit: Option<Duration>, takes: Duration) -> Result<Response, Error> {
        let slow = tower::service_fn(move |_: Arc<Request>| -> Answering<Response> {
            Box::pin(async move {
                tokio::time::sleep(takes).await;
                Ok(Response::new(StatusCode::OK))
            })
        });
        let mut request = request(meta);
        request.options.timeout = limit;
        Deadline::layer(Duration::from_secs(30)).layer(slow).call(Arc::new(request)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_document_has_a_limit_and_a_stream_has_none() {
        let error = call(&CONTROL, None, Duration::from_secs(31)).await.expect_err("too late");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
        assert!(call(&CONTROL, None, Duration::from_secs(29)).await.is_ok());
        assert!(call(&CONTROL, Some(Duration::from_secs(5)), Duration::from_secs(6)).await.is_err());
        assert!(call(&UPLOAD, None, Duration::from_secs(86_400)).await.is_ok());
    }
}
