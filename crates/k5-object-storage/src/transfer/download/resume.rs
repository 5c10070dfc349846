//! The bytes of an object from one position to another: after any interruption, reading resumes at the failed byte.

use super::version::Version;
use crate::ObjectStorage;
use crate::generated::ObjectInfo;
use crate::transfer::again;
use crate::transfer::progress::Meter;
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{ByteStream, Error, ErrorKind, Reason, Result, Sent, WithOptions};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

/// One object, as long as it is the same.
pub(crate) struct Remote {
    pub(crate) storage: ObjectStorage,
    pub(crate) container: String,
    pub(crate) object: String,
    /// In a container that keeps old versions: which of them, if not the current one.
    pub(crate) old_version: Option<String>,
    /// The content's version; if nothing identifies it, an interrupted answer can't be resumed.
    pub(crate) version: Version,
    pub(crate) retry: RetryPolicy,
    pub(crate) meter: Arc<Meter>,
    /// How often the server asked to slow down.
    pub(crate) throttled: Arc<AtomicUsize>,
}

type Opening = Pin<Box<dyn Future<Output = Result<ByteStream>> + Send>>;

enum State {
    Opening(Opening),
    Reading(ByteStream),
    Ended,
}

/// The bytes of a range.
pub(crate) struct Resuming {
    remote: Arc<Remote>,
    range: Range<u64>,
    state: State,
    attempts: u32,
}

impl Remote {
    /// The bytes of `range`; the first of them may come from an answer that has already arrived.
    pub(crate) fn read(self: &Arc<Self>, range: Range<u64>, answer: Option<ByteStream>) -> Resuming {
        let state = match answer {
            _ if range.is_empty() => State::Ended,
            Some(body) => State::Reading(body),
            None => State::Opening(Box::pin(open(self.clone(), range.clone()))),
        };
        Resuming { remote: self.clone(), range, state, attempts: 0 }
    }

    /// The error for a range that can't be fetched.
    fn explain(&self, error: Error) -> Error {
        match error.status().map(|status| status.as_u16()) {
            Some(412) => Error::new(
                ErrorKind::Integrity,
                format!("{}/{} was replaced while it was read: download it again", self.container, self.object),
            )
            .with_reason(Reason::Replaced)
            .with_sent(Sent::Yes),
            Some(404) => error.with_note("it was deleted while it was read"),
            _ => error,
        }
    }
}

async fn open(remote: Arc<Remote>, range: Range<u64>) -> Result<ByteStream> {
    let text = format!("bytes={}-{}", range.start, range.end - 1);
    let mut get = remote.storage.download_object(&remote.container, &remote.object).range(&text);
    if let Some(etag) = remote.version.condition() {
        get = get.if_match(etag);
    }
    if let Some(version) = &remote.old_version {
        get = get.version_id(version);
    }
    let download = get.with_max_attempts(1).send().await?;
    let info = download.info();
    let same = remote.version.is_of(info);
    let begins = content_range(info).map(|(start, _)| start) == Some(range.start);
    let whole = download.is_whole() && range.start == 0;
    match (same, begins || whole) {
        (true, true) => Ok(download.into_stream()),
        (false, _) => Err(Error::new(ErrorKind::Status, "another object").with_status(http::StatusCode::PRECONDITION_FAILED)),
        (true, false) => Err(download.strange("the server returned other bytes than were requested")),
    }
}

/// First byte and total size, from `Content-Range`.
pub(crate) fn content_range(info: &ObjectInfo) -> Option<(u64, u64)> {
    let (range, total) = info.content_range.as_deref()?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()?))
}

impl Resuming {
    /// After a failure: a pause and another request, or the end.
    fn again(&mut self, error: Error) -> Result<()> {
        let remote = &self.remote;
        if error.is_throttled() || error.status().is_some_and(|status| status == 503) {
            remote.throttled.fetch_add(1, Ordering::Relaxed);
        }
        self.attempts += 1;
        let status = error.status().map(|status| status.as_u16());
        let outcome = Outcome::new(status, error.sent()).retry_after(error.retry_after());
        let wait = match error.is_retryable() && (remote.version.is_known() || status.is_some()) {
            true => remote.retry.delay(outcome, true, self.attempts, fastrand::f64()),
            false => None,
        };
        let Some(wait) = wait else { return Err(remote.explain(error)) };
        again::tell(Some(&format!("swift://{}/{}", remote.container, remote.object)), self.attempts, wait, &error);
        let (remote, range) = (remote.clone(), self.range.clone());
        self.state = State::Opening(Box::pin(async move {
            tokio::time::sleep(wait).await;
            open(remote, range).await
        }));
        Ok(())
    }
}

impl Stream for Resuming {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let failed = match &mut this.state {
                State::Ended => return Poll::Ready(None),
                State::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(body) => {
                        this.state = State::Reading(body);
                        continue;
                    }
                    Err(error) => error,
                },
                State::Reading(body) => match ready!(body.poll_chunk(cx)) {
                    Some(Ok(mut chunk)) => {
                        // An answer longer than requested is cut off together with its connection.
                        let left = this.range.end - this.range.start;
                        chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                        this.range.start += chunk.len() as u64;
                        this.attempts = 0;
                        this.remote.meter.moved(chunk.len() as u64);
                        if this.range.is_empty() {
                            this.state = State::Ended;
                        }
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                    Some(Err(error)) => error,
                    None => {
                        // A part that is shorter than the whole ends before it: the next request brings the rest.
                        if this.attempts == 0 {
                            this.attempts = 1;
                            this.state = State::Opening(Box::pin(open(this.remote.clone(), this.range.clone())));
                            continue;
                        }
                        Error::new(ErrorKind::Transport, "the answer ended early").with_sent(Sent::Yes)
                    }
                },
            };
            if let Err(error) = this.again(failed) {
                this.state = State::Ended;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

/// With its length, so that whoever collects it reserves the right amount of memory at once.
impl Body for Resuming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        self.poll_next(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.range.end - self.range.start)
    }
}

impl From<Resuming> for ByteStream {
    fn from(bytes: Resuming) -> Self {
        Self::from_body(bytes)
    }
}
