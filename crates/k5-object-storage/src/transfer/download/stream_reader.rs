//! A stream of bytes as a tokio reader.

use bytes::{Buf, Bytes};
use k5_core::ByteStream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// Reads a [`ByteStream`].
pub(crate) struct StreamReader {
    stream: ByteStream,
    chunk: Bytes,
}

impl StreamReader {
    pub(crate) fn new(stream: ByteStream) -> Self {
        Self { stream, chunk: Bytes::new() }
    }
}

impl AsyncRead for StreamReader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.chunk.is_empty() {
            match ready!(this.stream.poll_chunk(cx)) {
                Some(chunk) => this.chunk = chunk.map_err(io::Error::other)?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let take = this.chunk.len().min(buffer.remaining());
        buffer.put_slice(&this.chunk[..take]);
        this.chunk.advance(take);
        Poll::Ready(Ok(()))
    }
}
