//! The bytes of a part of a download, in order, from whatever source.

use super::resume::{Remote, Resuming};
use super::sections::{Origin, Section};
use super::version::Version;
use bytes::Bytes;
use futures_core::Stream;
use k5_core::{ByteStream, Error, ErrorKind, Result, Sent};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// The number of bytes of a segment that are requested separately from the rest. Swift's object server hashes what it reads from an
/// object's beginning, only for its own audit, at the speed of one core: a range that begins later arrives twice as fast.
const HEAD: u64 = 64 * 1024;

pub(crate) struct Reader {
    remote: Arc<Remote>,
    /// The position of the remote's first byte in the complete object.
    base: u64,
    end: u64,
    /// The number of bytes from the base on that have a request of their own.
    head: u64,
    at: u64,
    /// Where the stream ends.
    stop: u64,
    stream: Option<Resuming>,
    rest: Bytes,
}

impl Reader {
    /// Requests the object, up to `end`.
    pub(crate) fn of_object(remote: Arc<Remote>, end: u64) -> Self {
        Self { remote, base: 0, end, head: 0, at: 0, stop: 0, stream: None, rest: Bytes::new() }
    }

    /// Requests a section's segment, without the manifest.
    pub(crate) fn of_segment(remote: &Remote, section: &Section, origin: &Origin) -> Self {
        let remote = Remote {
            storage: remote.storage.clone(),
            container: origin.container.clone(),
            object: origin.object.clone(),
            old_version: None,
            version: Version::of_segment(section.md5.as_deref()),
            retry: remote.retry.clone(),
            meter: remote.meter.clone(),
            throttled: remote.throttled.clone(),
        };
        let base = section.range.start;
        Self { base, head: HEAD, ..Self::of_object(Arc::new(remote), section.range.end) }
    }

    /// Takes the first bytes from an answer that has already arrived.
    pub(crate) fn begin(&mut self, at: u64, answer: ByteStream) {
        self.stream = Some(self.remote.read(at - self.base..self.end - self.base, Some(answer)));
        (self.at, self.stop) = (at, self.end);
    }

    /// Returns the next bytes from `at` on, at most `most` and at least one.
    pub(crate) async fn next(&mut self, at: u64, most: u64) -> Result<Bytes> {
        if self.stream.is_none() || self.at != at || self.at == self.stop {
            let is_head = at < self.base + self.head;
            let stop = if is_head { self.end.min(self.base + self.head) } else { self.end };
            self.stream = Some(self.remote.read(at - self.base..stop - self.base, None));
            (self.at, self.stop, self.rest) = (at, stop, Bytes::new());
        }
        while self.rest.is_empty() {
            let Some(stream) = &mut self.stream else { break };
            match poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await.transpose()? {
                Some(chunk) => self.rest = chunk,
                None => return Err(Error::new(ErrorKind::Transport, "the answer ended early").with_sent(Sent::Yes)),
            }
        }
        let take = self.rest.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        self.at += take as u64;
        Ok(self.rest.split_to(take))
    }
}
