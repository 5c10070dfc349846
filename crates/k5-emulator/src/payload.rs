//! The body of an answer: bytes at hand, parts of stored bodies, and what a fault does to them.

use std::collections::VecDeque;
use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use crate::connection::Control;
use crate::store::bodies::READ_CHUNK;
use crate::store::{BodyRef, Store};

/// A piece of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Bytes(Bytes),
    Stored {
        body: BodyRef,
        offset: u64,
        length: u64,
    },
    /// A segment that is gone: the answer has begun, so all that is left is to break it off.
    Missing {
        length: u64,
    },
}

/// The bytes from `start` up to but not including `end`.
pub(crate) fn slice(parts: &[Part], start: u64, end: u64) -> Vec<Part> {
    let mut sliced = Vec::new();
    let mut at = 0;
    for part in parts {
        let length = part.length();
        let (from, to) = (start.clamp(at, at + length) - at, end.clamp(at, at + length) - at);
        at += length;
        if from >= to {
            continue;
        }
        sliced.push(match part {
            Part::Bytes(bytes) => {
                let index = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                Part::Bytes(bytes.slice(index(from)..index(to)))
            }
            Part::Stored { body, offset, .. } => Part::Stored { body: *body, offset: offset + from, length: to - from },
            Part::Missing { .. } => Part::Missing { length: to - from },
        });
    }
    sliced
}

impl Part {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stored { length, .. } | Self::Missing { length } => *length,
        }
    }
}

/// What happens to an answer's bytes on their way out.
#[derive(Debug, Default)]
pub(crate) struct AnswerFaults {
    /// Breaks off after this many bytes; with a reset instead of a close.
    pub(crate) cut: Option<(u64, bool)>,
    pub(crate) stall: Option<(u64, Duration)>,
    /// The byte that gets all its bits flipped.
    pub(crate) corrupt: Option<u64>,
}

/// Long enough for hyper to flush what it holds before the connection is cut.
const FLUSH: Duration = Duration::from_millis(20);

#[derive(Default)]
pub(crate) struct Payload {
    parts: VecDeque<Part>,
    left: u64,
    store: Option<Arc<Store>>,
    /// What `prime` has read ahead.
    first: Option<Bytes>,
    reading: Option<Reading>,
    faults: Option<Box<Faulty>>,
    /// An error that waits until what was sent before it is out.
    breaking: Option<(io::Error, Pin<Box<Sleep>>)>,
}

struct Reading {
    task: JoinHandle<io::Result<(File, Bytes)>>,
    body: u64,
    /// Where the next read begins, and how much is left of this part after it.
    next: u64,
    left: u64,
}

struct Faulty {
    faults: AnswerFaults,
    control: Arc<Control>,
    sent: u64,
    held: Option<Bytes>,
    pause: Option<Pin<Box<Sleep>>>,
    cutting: bool,
}

impl Payload {
    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { left: bytes.len() as u64, parts: VecDeque::from([Part::Bytes(bytes)]), ..Self::default() }
    }

    pub(crate) fn parts(parts: Vec<Part>, store: Arc<Store>) -> Self {
        let left = parts.iter().map(Part::length).sum();
        Self { parts: parts.into(), left, store: Some(store), ..Self::default() }
    }

    pub(crate) fn with_faults(mut self, faults: AnswerFaults, control: Arc<Control>) -> Self {
        self.faults = Some(Box::new(Faulty { faults, control, sent: 0, held: None, pause: None, cutting: false }));
        self
    }

    pub(crate) fn length(&self) -> u64 {
        self.left
    }

    pub(crate) fn first_part(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.length() > 0)
    }

    /// The whole of it, for those inside who need it as one piece.
    pub(crate) async fn collect(mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all)
    }

    /// Reads the first chunk, so that a body that is not there is noticed while another answer can be given.
    pub(crate) async fn prime(&mut self) -> io::Result<()> {
        self.first = self.next().await.transpose()?;
        Ok(())
    }

    pub(crate) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        std::future::poll_fn(|context| self.poll_parts(context)).await
    }

    fn poll_parts(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(Pin::new(&mut reading.task).poll(context));
                let Some(reading) = self.reading.take() else { continue };
                let (file, chunk) = match read {
                    Ok(Ok(read)) => read,
                    Ok(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Err(_) => return Poll::Ready(Some(Err(io::Error::other("the reader stopped")))),
                };
                if reading.left > 0 {
                    // The next chunk is read while this one is sent.
                    self.read(reading.body, Some(file), reading.next, reading.left);
                }
                return Poll::Ready(Some(Ok(chunk)));
            }
            let Some(part) = self.parts.pop_front() else { return Poll::Ready(None) };
            match part {
                Part::Bytes(bytes) if bytes.is_empty() => {}
                Part::Bytes(bytes) => return Poll::Ready(Some(Ok(bytes))),
                Part::Missing { .. } => {
                    return Poll::Ready(Some(Err(io::Error::other("a segment of a large object is missing"))));
                }
                Part::Stored { length: 0, .. } | Part::Stored { body: BodyRef::Empty, .. } => {}
                Part::Stored { body: BodyRef::File(id), offset, length } => self.read(id, None, offset, length),
                Part::Stored { body: BodyRef::Small(id), offset, length } => {
                    return Poll::Ready(Some(self.small(id, offset, length)));
                }
            }
        }
    }

    fn small(&self, id: u64, offset: u64, length: u64) -> io::Result<Bytes> {
        let store = self.store.as_ref().ok_or_else(|| io::Error::other("no store"))?;
        let body =
            store.reader().small_body(id).map_err(io::Error::other)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let range =
            usize::try_from(offset).unwrap_or(usize::MAX)..usize::try_from(offset.saturating_add(length)).unwrap_or(usize::MAX);
        let body = Bytes::from(body);
        if range.end > body.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(body.slice(range))
    }

    fn read(&mut self, body: u64, file: Option<File>, offset: u64, left: u64) {
        let Some(store) = &self.store else { return };
        let bodies = Arc::clone(&store.bodies);
        let length = left.min(READ_CHUNK as u64);
        let task = tokio::task::spawn_blocking(move || {
            let mut file = match file {
                // It stands where the last read ended.
                Some(file) => file,
                None => {
                    let mut file = bodies.file(body)?;
                    file.seek(SeekFrom::Start(offset))?;
                    file
                }
            };
            // `read_to_end` fills the spare capacity without zeroing it first.
            let mut chunk = Vec::with_capacity(usize::try_from(length).unwrap_or(READ_CHUNK));
            (&mut file).take(length).read_to_end(&mut chunk)?;
            if chunk.len() as u64 == length { Ok((file, Bytes::from(chunk))) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
        });
        self.reading = Some(Reading { task, body, next: offset + length, left: left - length });
    }

    fn poll_faulty(&mut self, mut faulty: Box<Faulty>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let outcome = loop {
            if let Some(pause) = &mut faulty.pause {
                if pause.as_mut().poll(context).is_pending() {
                    break Poll::Pending;
                }
                faulty.pause = None;
                if faulty.cutting {
                    if faulty.faults.cut.is_some_and(|(_, reset)| reset) {
                        faulty.control.reset();
                    } else {
                        faulty.control.close();
                    }
                    break Poll::Ready(Some(Err(io::Error::other("cut by a fault"))));
                }
            }
            let wait = |pause: Duration| Some(Box::pin(tokio::time::sleep(pause)));
            if let Some((at, _)) = faulty.faults.cut
                && at <= faulty.sent
            {
                faulty.cutting = true;
                faulty.pause = wait(FLUSH);
                continue;
            }
            if let Some((at, pause)) = faulty.faults.stall
                && at <= faulty.sent
            {
                faulty.faults.stall = None;
                faulty.pause = wait(pause);
                continue;
            }
            let mut chunk = match faulty.held.take() {
                Some(chunk) => chunk,
                None => match self.poll_parts(context) {
                    Poll::Ready(Some(Ok(chunk))) => chunk,
                    other => break other,
                },
            };
            let stops = [faulty.faults.cut.map(|(at, _)| at), faulty.faults.stall.map(|(at, _)| at)];
            if let Some(stop) = stops.into_iter().flatten().min() {
                let room = usize::try_from(stop - faulty.sent).unwrap_or(usize::MAX);
                if room < chunk.len() {
                    faulty.held = Some(chunk.split_off(room));
                }
            }
            if let Some(at) = faulty.faults.corrupt
                && let Some(index) = at.checked_sub(faulty.sent).and_then(|index| usize::try_from(index).ok())
                && index < chunk.len()
            {
                let mut bytes = chunk.to_vec();
                bytes[index] = !bytes[index];
                chunk = Bytes::from(bytes);
            }
            faulty.sent += chunk.len() as u64;
            break Poll::Ready(Some(Ok(chunk)));
        };
        self.faults = Some(faulty);
        outcome
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some((_, pause)) = &mut self.breaking {
            ready!(pause.as_mut().poll(context));
            return Poll::Ready(self.breaking.take().map(|(error, _)| Err(error)));
        }
        let next = match self.faults.take() {
            Some(faulty) => ready!(self.poll_faulty(faulty, context)),
            None => ready!(self.poll_parts(context)),
        };
        match next {
            None => Poll::Ready(None),
            Some(Ok(chunk)) => {
                self.left = self.left.saturating_sub(chunk.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Some(Err(error)) => {
                let mut pause = Box::pin(tokio::time::sleep(FLUSH));
                // Asked once, so that it wakes this task.
                let _ = pause.as_mut().poll(context);
                self.breaking = Some((error, pause));
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && self.faults.is_none() && self.parts.iter().all(|part| part.length() == 0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
