//! The pipeline, outer to inner, in one place.
//!
//! | | layer | what it does |
//! | --- | --- | --- |
//! | 1 | [`OpSpan`] | one span per operation: id, attempts, status |
//! | 2 | [`Deadline`] | limits a call as a whole; not one whose body streams |
//! | 3 | [`Retry`] | by operation, outcome and replayability, within a budget |
//! | 4 | [`Auth`] | one snapshot of token and catalogue gives URI and `X-Auth-Token`; on 401 one login for all, once |
//! | 5 | [`Headers`] | `User-Agent`, request id, marks of what is secret |
//! | 6 | [`AttemptSpan`] | one span per attempt |
//! | 7 | [`HeadTimeout`] | from the last byte of the request to the head of the answer |
//! | 8 | [`BodyIdle`] | both bodies must make progress while the wire is what is waited for |
//! | 9 | [`Expect`] | large bodies ask first |
//! | 10 | [`Wire`] | hyper's client with its pool, over rustls or plain TCP, direct or by proxy |
//!
//! Retry is outside of Auth, so that each attempt carries the token of its moment. Expect is innermost, so that a refusal
//! comes back as an answer through all the others, with no byte of the body spent.

use crate::layers::{Answering, Attempt, Auth, AttemptSpan, BodyIdle, Deadline, Expect, HeadTimeout, Headers, OpSpan, Resolver, Retry};
use crate::wire::Wire;
use k5_core::retry::{RetryBudget, RetryPolicy};
use k5_core::{Error, Request, Response, Transport, TransportFuture};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_service::Service;

/// The time limits of a client.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For a whole call whose body is a document, all attempts together.
    pub call: Duration,
    /// From the last byte of the request to the head of the answer.
    pub head: Duration,
    /// The same where the server works before it answers: server-side copies, manifests, deletions of many.
    pub slow_head: Duration,
    /// Without a byte moving in either direction while the other side is waited for.
    pub idle: Duration,
    /// For `100 Continue`; then the body goes without it, and this server isn't asked again.
    pub expect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            call: Duration::from_secs(300),
            head: Duration::from_secs(60),
            slow_head: Duration::from_secs(900),
            idle: Duration::from_secs(60),
            expect: Duration::from_secs(1),
        }
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
    W: Service<Attempt, Response = http::Response<B>, Error = Error, Future = Answering<http::Response<B>>> + Clone + Send + Sync + 'static,
    B: http_body::Body<Data = bytes::Bytes, Error = Error> + Unpin + Send + 'static,
{
    ServiceBuilder::new()
        .layer(OpSpan::layer())
        .layer(Deadline::layer(timeouts.call))
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
}
