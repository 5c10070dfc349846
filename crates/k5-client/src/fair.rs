//! Connections that yield to others.

use crate::connect::Connector;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use k5_core::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// How often a connection is read before its task yields; each read brings at most 128 KiB.
///
/// hyper reads as long as there is data, which on a single thread keeps every timer from running: a server that floods its client
/// with interim answers would block it beyond all time limits.
const TURN: u8 = 4;

/// Opens connections that are read in turns.
#[derive(Clone)]
pub(crate) struct Fair(pub(crate) Connector);

impl Service<Uri> for Fair {
    type Response = Turns<<Connector as Service<Uri>>::Response>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move { Ok(Turns { inner: connecting.await?, taken: 0 }) })
    }
}

/// A connection, and how often it was read in this turn.
pub(crate) struct Turns<S> {
    inner: S,
    taken: u8,
}

impl<S: Connection> Connection for Turns<S> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}

impl<S: Read + Unpin> Read for Turns<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if self.taken >= TURN {
            self.taken = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.inner).poll_read(cx, buffer);
        self.taken = if outcome.is_ready() { self.taken + 1 } else { 0 };
        outcome
    }
}

impl<S: Write + Unpin> Write for Turns<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bytes)
    }
}
