//! The bytes of a segment being sent, counted, and hashed if requested; as often as its request is repeated.

use super::segment::Content;
use crate::transfer::hash::file::FileSource;
use crate::transfer::hash::streams::{Hashers, Lane};
use crate::transfer::progress::Meter;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use k5_core::{Body, ByteStream, Error, ReadAt, Result};
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// The body of a segment's request. What is read from a file is hashed while it is sent, if there are `hashers`.
pub(crate) fn of(content: &Content, length: u64, hashers: Option<Arc<Hashers>>, meter: &Arc<Meter>) -> (Body, Moving) {
    match content {
        Content::Part(source, range) => {
            let part = Arc::new(FilePart::new(source.clone(), range.clone(), hashers, meter.clone()));
            (Body::read_at(part.clone(), range.start, length), Moving::Part(part))
        }
        Content::Memory(chunks) => {
            let sent = Arc::<AtomicU64>::default();
            let (chunks, meter, counter) = (chunks.clone(), meter.clone(), sent.clone());
            let make = move || {
                meter.wasted(counter.swap(0, Ordering::Relaxed));
                let chunks = Chunks { chunks: chunks.clone(), next: 0, meter: meter.clone(), sent: counter.clone(), length };
                ByteStream::from_body(chunks)
            };
            (Body::replayable(Some(length), make), Moving::Memory(sent))
        }
    }
}

/// The bytes of one attempt.
pub(crate) enum Moving {
    Part(Arc<FilePart>),
    Memory(Arc<AtomicU64>),
}

impl Moving {
    /// What was sent is lost.
    pub(crate) fn waste(&self, meter: &Meter) {
        match self {
            Self::Part(body) => body.waste(),
            Self::Memory(sent) => meter.wasted(sent.swap(0, Ordering::Relaxed)),
        }
    }

    /// The MD5 of what was sent, if it was hashed along the way.
    pub(crate) async fn md5(&self) -> Option<String> {
        match self {
            Self::Part(body) => body.md5().await,
            Self::Memory(_) => None,
        }
    }
}

/// A part of a file being sent, as often as its request is repeated.
pub(crate) struct FilePart {
    source: Arc<FileSource>,
    range: Range<u64>,
    hashers: Option<Arc<Hashers>>,
    meter: Arc<Meter>,
    attempt: Mutex<Attempt>,
}

#[derive(Default)]
struct Attempt {
    lane: Option<Lane>,
    sent: u64,
}

impl FilePart {
    fn new(source: Arc<FileSource>, range: Range<u64>, hashers: Option<Arc<Hashers>>, meter: Arc<Meter>) -> Self {
        Self { source, range, hashers, meter, attempt: Mutex::default() }
    }

    fn attempt(&self) -> MutexGuard<'_, Attempt> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The MD5 of what was sent; `None` if it wasn't requested or not everything was seen.
    async fn md5(&self) -> Option<String> {
        let lane = self.attempt().lane.take()?;
        let sum = lane.finish().await.ok()?;
        sum.md5.filter(|_| sum.bytes == self.range.end - self.range.start)
    }

    /// What was sent is lost.
    fn waste(&self) {
        let attempt = std::mem::take(&mut *self.attempt());
        self.meter.wasted(attempt.sent);
    }
}

impl ReadAt for FilePart {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(offset, buffer)?;
        if offset + read as u64 >= self.range.end {
            self.source.check()?;
        }
        match read {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it changed while it was read")),
            _ => Ok(read),
        }
    }

    fn passed(&self, offset: u64, chunk: &Bytes) {
        let mut attempt = self.attempt();
        if offset == self.range.start {
            self.meter.wasted(attempt.sent);
            *attempt = Attempt { lane: self.hashers.as_ref().map(|hashers| hashers.lane(true)), sent: 0 };
        }
        // The thread of an abandoned attempt may still deliver a chunk.
        if offset != self.range.start + attempt.sent {
            return;
        }
        attempt.sent += chunk.len() as u64;
        self.meter.moved(chunk.len() as u64);
        if let Some(lane) = &attempt.lane {
            lane.take_blocking(chunk.clone());
        }
    }
}

/// Chunks in memory as a body, without a copy.
struct Chunks {
    chunks: Arc<Vec<Bytes>>,
    next: usize,
    meter: Arc<Meter>,
    sent: Arc<AtomicU64>,
    length: u64,
}

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let chunk = self.chunks.get(self.next).cloned();
        self.next += 1;
        if let Some(chunk) = &chunk {
            let bytes = chunk.len() as u64;
            self.length = self.length.saturating_sub(bytes);
            self.sent.fetch_add(bytes, Ordering::Relaxed);
            self.meter.moved(bytes);
        }
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
