//! The layers of the pipeline, one file each. Their order is in [`crate::stack`].

mod attempt_span;
mod auth;
mod body_idle;
mod deadline;
mod expect;
mod head_timeout;
mod headers;
mod op_span;
pub(crate) mod progress;
mod retry;
#[cfg(test)]
pub(crate) mod test_support;

pub(crate) use attempt_span::AttemptSpan;
pub(crate) use auth::{Auth, Resolver};
pub(crate) use body_idle::BodyIdle;
pub(crate) use deadline::Deadline;
pub(crate) use expect::{Expect, ExpectMemory};
pub(crate) use head_timeout::HeadTimeout;
pub(crate) use headers::Headers;
pub(crate) use op_span::OpSpan;
pub(crate) use retry::Retry;

use crate::attempt_body::AttemptBody;
use k5_core::{Error, OpMeta};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// One attempt, before it reaches the wire.
pub(crate) struct Attempt {
    /// The operation.
    pub(crate) meta: &'static OpMeta,
    /// The request in the form that hyper accepts.
    pub(crate) http: http::Request<AttemptBody>,
}

/// What the layers' services return.
pub(crate) type Answering<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// `limit` after `start`. What no clock can represent counts as thirty years, as in tokio itself.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    start + limit.min(FAR)
}

/// Every layer is always ready: none of them queues.
macro_rules! always_ready {
    () => {
        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), k5_core::Error>> {
            std::task::Poll::Ready(Ok(()))
        }
    };
}
pub(crate) use always_ready;
