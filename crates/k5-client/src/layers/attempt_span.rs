//! Layer 6: one span per attempt.

use super::{Answering, Attempt, always_ready};
use k5_core::Error;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;
use tracing::Instrument;

/// Opens a span for the attempt. It names host and path; the query may hold a signature and is left out.
#[derive(Clone)]
pub(crate) struct AttemptSpan<S>(S);

impl AttemptSpan<()> {
    pub(crate) fn layer<S>() -> impl Layer<S, Service = AttemptSpan<S>> + Clone {
        layer_fn(AttemptSpan)
    }
}

impl<S, R> Service<Attempt> for AttemptSpan<S>
where
    S: Service<Attempt, Response = http::Response<R>, Error = Error, Future = Answering<http::Response<R>>>,
    R: Send + 'static,
{
    type Response = http::Response<R>;
    type Error = Error;
    type Future = Answering<Self::Response>;

    always_ready!();

    fn call(&mut self, attempt: Attempt) -> Self::Future {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return self.0.call(attempt);
        }
        let uri = attempt.http.uri();
        let span = tracing::debug_span!(
            "k5.attempt",
            method = %attempt.http.method(),
            host = uri.authority().map(http::uri::Authority::as_str),
            path = uri.path(),
        );
        span.in_scope(|| {
            let names: Vec<_> = attempt.http.headers().keys().map(http::HeaderName::as_str).collect();
            tracing::trace!(headers = ?names, length = ?attempt.http.body().length(), "sending");
        });
        let calling = self.0.call(attempt);
        Box::pin(
            async move {
                let outcome = calling.await;
                match &outcome {
                    Ok(answer) => tracing::debug!(status = answer.status().as_u16(), "head"),
                    Err(error) => tracing::debug!(%error, "failed"),
                }
                outcome
            }
            .instrument(span),
        )
    }
}
