//! Layer 1: one span per operation.

use super::{Answering, always_ready};
use k5_core::{Error, Request, Response};
use std::sync::Arc;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;
use tracing::{Instrument, field};

/// Opens a span for the operation and records how it ended.
#[derive(Clone)]
pub(crate) struct OpSpan<S>(S);

impl OpSpan<()> {
    pub(crate) fn layer<S>() -> impl Layer<S, Service = OpSpan<S>> + Clone {
        layer_fn(OpSpan)
    }
}

impl<S> Service<Arc<Request>> for OpSpan<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Error, Future = Answering<Response>>,
{
    type Response = Response;
    type Error = Error;
    type Future = Answering<Response>;

    always_ready!();

    fn call(&mut self, request: Arc<Request>) -> Self::Future {
        let meta = request.meta;
        let calling = self.0.call(request);
        if !tracing::enabled!(tracing::Level::INFO) {
            return calling;
        }
        let span = tracing::info_span!(
            "k5.operation",
            operation = meta.id,
            service = meta.service.name,
            attempts = field::Empty,
            status = field::Empty,
            trans_id = field::Empty,
        );
        let inner = span.clone();
        Box::pin(
            async move {
                let outcome = calling.await;
                match &outcome {
                    Ok(response) => {
                        inner.record("attempts", response.attempts).record("status", response.status.as_u16());
                        if let Some(id) = response.headers.get("x-trans-id").and_then(|id| id.to_str().ok()) {
                            inner.record("trans_id", id);
                        }
                        tracing::info!(elapsed_ms = response.elapsed.as_millis() as u64, "answered");
                    }
                    Err(error) => {
                        inner.record("attempts", error.attempts());
                        tracing::info!(kind = ?error.kind(), "failed");
                    }
                }
                outcome
            }
            .instrument(span),
        )
    }
}
