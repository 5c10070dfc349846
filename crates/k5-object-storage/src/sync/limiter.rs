//! A limit on the bytes per second of all transfers together.

use bytes::Bytes;
use http_body::Frame;
use k5_core::{Body, BodyContent, ByteStream, Error, ReadAt, Request, Result, Session, Transport, TransportFuture};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Determines when bytes may be sent. Time that was not used is lost: there are no bursts.
pub(crate) struct Limiter {
    per_second: f64,
    free_at: Mutex<Instant>,
}

impl Limiter {
    pub(crate) fn new(bytes_per_second: u64) -> Arc<Self> {
        Arc::new(Self { per_second: bytes_per_second.max(1) as f64, free_at: Mutex::new(Instant::now()) })
    }

    /// Takes this many bytes, and returns how long to wait before sending them.
    fn take(&self, bytes: usize) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let begin = (*free_at).max(now);
        *free_at = begin + Duration::from_secs_f64(bytes as f64 / self.per_second);
        begin - now
    }
}

impl crate::ObjectStorage {
    /// The same object storage with a limit on the bytes per second that all its transfers together move, up and down; at least 1.
    /// Clones share the limit. Copies on the server are not limited.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// swift.with_bandwidth(10 << 20).upload("backups", "db.dump").from_path("/var/db.dump").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_bandwidth(self, bytes_per_second: u64) -> Self {
        Self { session: Limited::session(self.session, Limiter::new(bytes_per_second)) }
    }
}

/// A transport whose bodies obey a limit in both directions.
pub(crate) struct Limited {
    inner: Session,
    limiter: Arc<Limiter>,
}

impl Limited {
    pub(crate) fn session(inner: Session, limiter: Arc<Limiter>) -> Session {
        Session::from_transport(Self { inner, limiter })
    }
}

impl Transport for Limited {
    fn call(&self, mut request: Request) -> TransportFuture {
        let (inner, limiter) = (self.inner.clone(), self.limiter.clone());
        Box::pin(async move {
            let length = request.body.length();
            request.body = match request.body.content() {
                BodyContent::Bytes(bytes) => {
                    tokio::time::sleep(limiter.take(bytes.len())).await;
                    Body::bytes(bytes.clone())
                }
                BodyContent::ReadAt(source, offset) => {
                    let source = Arc::new(LimitedSource { inner: source.clone(), limiter: limiter.clone() });
                    // A source with positions always has a known length.
                    Body::read_at(source, *offset, length.unwrap_or(0))
                }
                BodyContent::Replayable(make) => {
                    let (make, limiter) = (make.clone(), limiter.clone());
                    Body::replayable(length, move || limited(make(), limiter.clone()))
                }
                BodyContent::OneShot(cell) => {
                    let stream = cell.lock().unwrap_or_else(PoisonError::into_inner).take();
                    match stream {
                        Some(stream) => Body::one_shot(length, limited(stream, limiter.clone())),
                        None => return Err(Error::invalid_input("the body was sent already")),
                    }
                }
                _ => request.body,
            };
            let mut response = inner.call(request).await?;
            response.body = limited(std::mem::replace(&mut response.body, ByteStream::empty()), limiter);
            Ok(response)
        })
    }

    fn sleep(&self, duration: Duration) -> k5_core::SleepFuture {
        self.inner.sleep(duration)
    }
}

struct LimitedSource {
    inner: Arc<dyn ReadAt>,
    limiter: Arc<Limiter>,
}

impl ReadAt for LimitedSource {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read_at(offset, buffer)?;
        // This is a thread that may block.
        std::thread::sleep(self.limiter.take(read));
        Ok(read)
    }

    fn passed(&self, offset: u64, chunk: &Bytes) {
        self.inner.passed(offset, chunk);
    }
}

fn limited(stream: ByteStream, limiter: Arc<Limiter>) -> ByteStream {
    ByteStream::from_body(LimitedStream { inner: stream, limiter, waiting: None })
}

struct LimitedStream {
    inner: ByteStream,
    limiter: Arc<Limiter>,
    waiting: Option<(Pin<Box<tokio::time::Sleep>>, Frame<Bytes>)>,
}

impl http_body::Body for LimitedStream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        loop {
            if let Some((sleep, _)) = &mut self.waiting {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                return Poll::Ready(self.waiting.take().map(|(_, frame)| Ok(frame)));
            }
            let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => frame,
                other => return other,
            };
            let wait = self.limiter.take(frame.data_ref().map_or(0, Bytes::len));
            if wait.is_zero() {
                return Poll::Ready(Some(Ok(frame)));
            }
            self.waiting = Some((Box::pin(tokio::time::sleep(wait)), frame));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match &self.waiting {
            None => self.inner.size_hint(),
            Some(_) => http_body::SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_wait_for_those_before_them() {
        let limiter = Limiter::new(1000);
        assert_eq!(limiter.take(500), Duration::ZERO);
        let wait = limiter.take(1);
        assert!(wait > Duration::from_millis(400) && wait <= Duration::from_millis(500), "{wait:?}");
    }

    #[tokio::test]
    async fn a_stream_keeps_its_bytes() {
        let limiter = Limiter::new(100);
        limiter.take(3);
        let stream = limited(ByteStream::from_bytes(Bytes::from_static(b"abc")), limiter);
        assert_eq!(stream.collect(10).await.expect("whole"), Bytes::from_static(b"abc"));
    }
}
