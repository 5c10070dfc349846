//! The body of one attempt: whatever the caller supplied, as frames for hyper.

use crate::file_reader::FileReader;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use k5_core::{Body, BodyContent, ByteStream, Error, ErrorKind, Sent};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::time::Instant;

/// An outgoing request body.
pub(crate) struct AttemptBody {
    source: Source,
    length: Option<u64>,
    sent: u64,
    state: Option<Arc<BodyState>>,
}

enum Source {
    Empty,
    Bytes(Bytes),
    File(FileReader),
    Stream(ByteStream),
    /// Taken out of its cell at the first byte, so that an attempt that never got that far leaves it for the next.
    OneShot(Arc<Mutex<Option<ByteStream>>>),
}

/// What the layers need to know about a body that hyper holds.
pub(crate) struct BodyState {
    start: Instant,
    /// When it last made progress, in milliseconds after `start`, plus one.
    moved: AtomicU64,
    /// Waiting for the source, not for the wire.
    source_waits: AtomicBool,
    ended: AtomicBool,
    gate: Mutex<Gate>,
}

enum Gate {
    Open,
    /// Nothing may be sent before the server agrees.
    Shut(Option<Waker>),
    /// The server answered without wanting the body.
    Refused,
}

impl BodyState {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            moved: AtomicU64::new(0),
            source_waits: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            gate: Mutex::new(Gate::Open),
        }
    }

    fn touch(&self) {
        self.moved.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// When hyper last took something or asked for more.
    pub(crate) fn last_move(&self) -> Instant {
        self.start + std::time::Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    /// Whether all of it went to hyper.
    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Whether a silent wire means a slow server: not while waiting for the caller's source or the server's consent.
    pub(crate) fn wire_is_awaited(&self) -> bool {
        !self.ended() && !self.source_waits.load(Ordering::Relaxed) && matches!(*self.gate(), Gate::Open)
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds the body back until [`BodyState::open`].
    pub(crate) fn shut(&self) {
        *self.gate() = Gate::Shut(None);
    }

    /// Releases the body. `false` if it was already released.
    pub(crate) fn open(&self) -> bool {
        let mut gate = self.gate();
        let Gate::Shut(waker) = &mut *gate else { return false };
        let waker = waker.take();
        *gate = Gate::Open;
        drop(gate);
        self.touch();
        waker.into_iter().for_each(Waker::wake);
        true
    }

    /// Whether it is still held back.
    pub(crate) fn is_shut(&self) -> bool {
        matches!(*self.gate(), Gate::Shut(_))
    }

    /// Since when hyper has been waiting for it.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        matches!(*self.gate(), Gate::Shut(Some(_))).then(|| self.last_move())
    }

    /// Abandons the body if it is still held back: hyper closes the connection.
    pub(crate) fn give_up(&self) {
        let mut gate = self.gate();
        let Gate::Shut(waker) = &mut *gate else { return };
        let waker = waker.take();
        *gate = Gate::Refused;
        drop(gate);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl AttemptBody {
    /// The body of one attempt; `None` if it can't be sent again.
    pub(crate) fn new(body: &Body) -> Option<Self> {
        let body = body.try_clone()?;
        let source = match body.content() {
            BodyContent::Empty => Source::Empty,
            BodyContent::Bytes(bytes) => Source::Bytes(bytes.clone()),
            BodyContent::ReadAt(file, offset) => Source::File(FileReader::new(file.clone(), *offset, body.length().unwrap_or(0))),
            BodyContent::Replayable(make) => Source::Stream(make()),
            BodyContent::OneShot(cell) => Source::OneShot(cell.clone()),
            _ => return None,
        };
        let state = (body.length() != Some(0)).then(|| Arc::new(BodyState::new()));
        Some(Self { source, length: body.length(), sent: 0, state })
    }

    /// What the layers watch and steer; `None` for an empty body.
    pub(crate) fn state(&self) -> Option<&Arc<BodyState>> {
        self.state.as_ref()
    }

    /// The declared length.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        match &mut self.source {
            Source::Empty => Poll::Ready(None),
            Source::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Source::File(file) => file.poll_chunk(cx),
            Source::Stream(stream) => stream.poll_chunk(cx),
            Source::OneShot(cell) => {
                let taken = cell.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some(stream) = taken else {
                    return Poll::Ready(Some(Err(local("the body was sent already and can't be sent again"))));
                };
                self.source = Source::Stream(stream);
                self.poll_source(cx)
            }
        }
    }

    /// Compares what the source delivered with what was promised: hyper must never end a short body as if it were complete.
    fn count(&mut self, frame: Option<Result<Bytes, Error>>) -> Option<Result<Frame<Bytes>, Error>> {
        match (frame, self.length) {
            (Some(Ok(bytes)), length) => {
                self.sent += bytes.len() as u64;
                match length.is_some_and(|length| self.sent > length) {
                    true => Some(Err(local("the source has more bytes than its stated length"))),
                    false => Some(Ok(Frame::data(bytes))),
                }
            }
            (Some(Err(error)), _) => Some(Err(error)),
            (None, Some(length)) if self.sent < length => {
                Some(Err(local(format!("the source ended after {} of {length} bytes", self.sent))))
            }
            (None, _) => None,
        }
    }
}

fn local(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Local, message).with_sent(Sent::Maybe)
}

impl http_body::Body for AttemptBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let Some(state) = this.state.clone() else { return Poll::Ready(None) };
        match &mut *state.gate() {
            Gate::Open => {}
            Gate::Shut(waker) => {
                if waker.replace(cx.waker().clone()).is_none() {
                    state.touch();
                }
                return Poll::Pending;
            }
            Gate::Refused => return Poll::Ready(Some(Err(local("the server refused the body")))),
        }
        state.touch();
        match this.poll_source(cx) {
            Poll::Pending => {
                state.source_waits.store(true, Ordering::Relaxed);
                Poll::Pending
            }
            Poll::Ready(frame) => {
                state.source_waits.store(false, Ordering::Relaxed);
                let frame = this.count(frame);
                if frame.is_none() || this.length == Some(this.sent) {
                    state.ended.store(true, Ordering::Relaxed);
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.length == Some(self.sent)
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length.saturating_sub(self.sent)),
            None => SizeHint::default(),
        }
    }
}

impl Drop for AttemptBody {
    fn drop(&mut self) {
        if let Some(state) = &self.state {
            state.ended.store(true, Ordering::Relaxed);
            state.touch();
        }
    }
}
