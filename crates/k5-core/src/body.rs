//! Bodies: what a request carries, and the bytes of an answer.

use crate::error::{Error, ErrorKind, Result};
use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A source of bytes that can be read at any position, any number of times: a file.
///
/// The pipeline reads from it on a thread that may block, front to back, and from the front again when a request has to be
/// repeated. An implementation may therefore check the file's size again before the last bytes are sent.
pub trait ReadAt: Send + Sync {
    /// Reads at most `buffer.len()` bytes starting at `offset`; 0 means the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Called with each chunk in order, on the same thread, before it is sent: for hashing it along the way. An
    /// `offset` of 0 means that a new attempt begins.
    fn passed(&self, offset: u64, chunk: &Bytes) {
        let _ = (offset, chunk);
    }
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

#[cfg(windows)]
impl ReadAt for std::fs::File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

/// The body of a request. It is never collected in memory.
pub struct Body {
    content: BodyContent,
    length: Option<u64>,
}

type Maker = Arc<dyn Fn() -> ByteStream + Send + Sync>;

/// What a [`Body`] holds: for the pipeline, which turns it into bytes on the wire.
#[non_exhaustive]
pub enum BodyContent {
    /// Nothing.
    Empty,
    /// Bytes in memory.
    Bytes(Bytes),
    /// `length` bytes of a source with positions, from the second field on.
    ReadAt(Arc<dyn ReadAt>, u64),
    /// A function that creates the same stream each time.
    Replayable(Maker),
    /// A stream that exists once. It is taken out when the first byte is wanted, so a request that never got that far can
    /// still be repeated.
    OneShot(Arc<Mutex<Option<ByteStream>>>),
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self { content: BodyContent::Empty, length: Some(0) }
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let length = Some(bytes.len() as u64);
        Self { content: BodyContent::Bytes(bytes), length }
    }

    /// `length` bytes of `source` from `offset` on. A source that ends earlier is an error, never a short body.
    pub fn read_at(source: Arc<dyn ReadAt>, offset: u64, length: u64) -> Self {
        Self { content: BodyContent::ReadAt(source, offset), length: Some(length) }
    }

    /// A stream that `make` can create again from its first byte. `length` in bytes, if known.
    pub fn replayable(length: Option<u64>, make: impl Fn() -> ByteStream + Send + Sync + 'static) -> Self {
        Self { content: BodyContent::Replayable(Arc::new(make)), length }
    }

    /// A stream that exists once: once its body has been started, the call is not repeated.
    pub fn one_shot(length: Option<u64>, stream: ByteStream) -> Self {
        Self { content: BodyContent::OneShot(Arc::new(Mutex::new(Some(stream)))), length }
    }

    /// The length in bytes, if known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// What it holds.
    pub fn content(&self) -> &BodyContent {
        &self.content
    }

    /// The same body for one more attempt; `None` when it can't be sent again.
    pub fn try_clone(&self) -> Option<Self> {
        let content = match &self.content {
            BodyContent::Empty => BodyContent::Empty,
            BodyContent::Bytes(bytes) => BodyContent::Bytes(bytes.clone()),
            BodyContent::ReadAt(source, offset) => BodyContent::ReadAt(source.clone(), *offset),
            BodyContent::Replayable(make) => BodyContent::Replayable(make.clone()),
            BodyContent::OneShot(cell) => {
                let untouched = cell.lock().unwrap_or_else(PoisonError::into_inner).is_some();
                if !untouched {
                    return None;
                }
                BodyContent::OneShot(cell.clone())
            }
        };
        Some(Self { content, length: self.length })
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.content {
            BodyContent::Empty => "Empty",
            BodyContent::Bytes(_) => "Bytes",
            BodyContent::ReadAt(..) => "ReadAt",
            BodyContent::Replayable(_) => "Replayable",
            BodyContent::OneShot(_) => "OneShot",
        };
        f.debug_struct("Body").field("kind", &kind).field("length", &self.length).finish()
    }
}

/// Bytes that arrive over time: an answer's body, or the content of an upload.
///
/// It is a [`Stream`] of `Result<Bytes>` and a [`http_body::Body`]. Nothing is read before it is asked for, and nothing
/// collects it without a limit.
pub struct ByteStream {
    body: Pin<Box<dyn http_body::Body<Data = Bytes, Error = Error> + Send>>,
}

/// The most memory to reserve for bytes that are only announced.
const RESERVED: usize = 256 * 1024 * 1024;

impl ByteStream {
    /// Wraps a body.
    pub fn from_body(body: impl http_body::Body<Data = Bytes, Error = Error> + Send + 'static) -> Self {
        Self { body: Box::pin(body) }
    }

    /// Wraps a stream of chunks.
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self::from_body(StreamBody(Box::pin(stream)))
    }

    /// Bytes in memory as a stream of one chunk.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::from_body(Whole((!bytes.is_empty()).then_some(bytes)))
    }

    /// An empty stream.
    pub fn empty() -> Self {
        Self::from_bytes(Bytes::new())
    }

    /// How many bytes are still to come, if known.
    pub fn remaining(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next chunk; `None` at the end.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Polls for the next chunk; `None` at the end.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            return match self.body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.is_empty() => continue,
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => continue,
                },
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }

    /// Reads it all into memory.
    ///
    /// # Errors
    /// If it breaks off, or is longer than `limit` bytes.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes> {
        let too_long =
            || Error::new(ErrorKind::Decode, format!("the answer is longer than {limit} bytes")).with_sent(crate::Sent::Yes);
        if self.remaining().is_some_and(|length| length > limit as u64) {
            return Err(too_long());
        }
        let Some(first) = self.next_chunk().await.transpose()? else {
            return Ok(Bytes::new());
        };
        if first.len() > limit {
            return Err(too_long());
        }
        let Some(second) = self.next_chunk().await.transpose()? else {
            return Ok(first);
        };
        let mut all = BytesMut::from(first);
        // Where the length is known, it is all the memory that is taken: to grow by doubling would take up to twice as much.
        let left = self.remaining().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        all.reserve(left.saturating_add(second.len()).min(limit).min(RESERVED));
        let mut next = Some(second);
        while let Some(chunk) = next {
            if chunk.len() > limit - all.len() {
                return Err(too_long());
            }
            all.extend_from_slice(&chunk);
            next = self.next_chunk().await.transpose()?;
        }
        Ok(all.freeze())
    }

    /// The first `limit` bytes, or fewer if it ends or breaks off: for the text of an error.
    pub async fn read_prefix(self, limit: usize) -> Bytes {
        self.prefix(limit).await.0
    }

    /// The same, and why it broke off.
    pub(crate) async fn prefix(mut self, limit: usize) -> (Bytes, Option<Error>) {
        let mut all = BytesMut::new();
        while all.len() < limit {
            match self.next_chunk().await {
                Some(Ok(chunk)) => all.extend_from_slice(&chunk[..chunk.len().min(limit - all.len())]),
                Some(Err(error)) => return (all.freeze(), Some(error)),
                None => break,
            }
        }
        (all.freeze(), None)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream").field("remaining", &self.remaining()).finish()
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl http_body::Body for ByteStream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.body.as_mut().poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct StreamBody(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>);

impl http_body::Body for StreamBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.0.as_mut().poll_next(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.remaining() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio_test::block_on;

    fn stream_of(chunks: Vec<Vec<u8>>) -> ByteStream {
        struct Chunks(std::vec::IntoIter<Vec<u8>>);
        impl Stream for Chunks {
            type Item = Result<Bytes>;
            fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                Poll::Ready(self.0.next().map(|chunk| Ok(Bytes::from(chunk))))
            }
        }
        ByteStream::from_stream(Chunks(chunks.into_iter()))
    }

    proptest! {
        #[test]
        fn any_chunking_collects_to_the_same_bytes(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..20)) {
            let whole: Vec<u8> = chunks.concat();
            let collected = block_on(stream_of(chunks.clone()).collect(whole.len())).expect("within the limit");
            prop_assert_eq!(&collected[..], &whole[..]);
            if !whole.is_empty() {
                prop_assert!(block_on(stream_of(chunks.clone()).collect(whole.len() - 1)).is_err());
            }
            let half = whole.len() / 2;
            prop_assert_eq!(&block_on(stream_of(chunks).read_prefix(half))[..], &whole[..half]);
        }
    }

    #[test]
    fn a_one_shot_body_can_be_repeated_until_it_is_touched() {
        let body = Body::one_shot(Some(3), ByteStream::from_bytes("abc"));
        let again = body.try_clone().expect("untouched");
        let BodyContent::OneShot(cell) = again.content() else { panic!("a one-shot body stays one") };
        let stream = cell.lock().expect("not poisoned").take();
        assert!(stream.is_some());
        assert!(body.try_clone().is_none());
        assert!(again.try_clone().is_none());
    }
}
