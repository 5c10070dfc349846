//! Readers and streams that are sent in one request, hashed on the way.

use crate::transfer::hash::thread::HashThread;
use crate::transfer::hash::{AHEAD, CHUNK};
use crate::transfer::progress::Progress;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use k5_core::{ByteStream, Error, Result};
use std::io::Read;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Where the hash of a stream is left when it ended.
#[derive(Clone, Default)]
pub(crate) struct Sum(Arc<Mutex<Option<Ended>>>);

/// The hash of a stream that ended, unless none was wanted, and its length.
type Ended = (Option<HashThread>, u64);

impl Sum {
    fn set(&self, hashing: Option<HashThread>, bytes: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((hashing, bytes));
    }

    /// MD5 and length, once the stream has ended.
    pub(crate) async fn take(&self) -> (Option<String>, u64) {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match ended {
            Some((Some(hashing), bytes)) => (hashing.finish().await, bytes),
            Some((None, bytes)) => (None, bytes),
            None => (None, 0),
        }
    }
}

/// A reader as a stream: read and hashed on a thread that starts with the first poll.
pub(crate) fn read_stream(
    reader: Box<dyn Read + Send>,
    length: Option<u64>,
    verify: bool,
    sum: Sum,
    progress: Progress,
) -> ByteStream {
    ByteStream::from_body(Lazy {
        ahead: AHEAD,
        start: Some(Box::new(move |sender| {
            tokio::task::spawn_blocking(move || read_all(reader, &sender, verify, &sum, &progress));
        })),
        chunks: None,
        length,
    })
}

/// A reader as a stream that is not hashed and has no limit: read on a thread that starts with the first poll.
pub(crate) fn plain_stream(mut reader: Box<dyn Read + Send>, length: Option<u64>) -> ByteStream {
    ByteStream::from_body(Lazy {
        ahead: 2,
        start: Some(Box::new(move |sender| {
            tokio::task::spawn_blocking(move || {
                loop {
                    let mut chunk = Vec::with_capacity(CHUNK);
                    let chunk = match (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk) {
                        Ok(0) => return,
                        Ok(_) => Ok(Bytes::from(chunk)),
                        Err(error) => Err(Error::local("the source can't be read", error)),
                    };
                    let failed = chunk.is_err();
                    // A closed channel means that nobody is waiting any more.
                    if sender.blocking_send(chunk).is_err() || failed {
                        return;
                    }
                }
            });
        })),
        chunks: None,
        length,
    })
}

/// Chunks in memory as a stream, without a copy.
pub(crate) fn chunk_stream(chunks: &Arc<Vec<Bytes>>, progress: Progress) -> ByteStream {
    let chunks = chunks.clone();
    let mut next = 0;
    progress.set(0);
    ByteStream::from_stream(Polled(move || {
        let chunk = chunks.get(next).cloned();
        next += 1;
        progress.add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
        chunk.map(Ok)
    }))
}

struct Polled<F>(F);

impl<F: FnMut() -> Option<Result<Bytes>> + Unpin> futures_core::Stream for Polled<F> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready((self.0)())
    }
}

fn read_all(mut reader: Box<dyn Read + Send>, sender: &mpsc::Sender<Result<Bytes>>, verify: bool, sum: &Sum, progress: &Progress) {
    let hashing = verify.then(HashThread::start);
    let mut bytes = 0;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        match (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk) {
            Ok(0) => {
                sum.set(hashing, bytes);
                return;
            }
            Ok(read) => {
                let chunk = Bytes::from(chunk);
                if let Some(hashing) = &hashing {
                    hashing.take_blocking(vec![chunk.clone()]);
                }
                bytes += read as u64;
                progress.add(read as u64);
                let outcome = crate::limits::object_size(bytes).map(|()| chunk);
                let failed = outcome.is_err();
                if sender.blocking_send(outcome).is_err() || failed {
                    return;
                }
            }
            Err(error) => {
                // A closed channel means that nobody is waiting any more.
                let _ = sender.blocking_send(Err(Error::local("the source can't be read", error)));
                return;
            }
        }
    }
}

/// A stream that is hashed on another thread.
pub(crate) fn hashed_stream(stream: ByteStream, length: Option<u64>, verify: bool, sum: Sum, progress: Progress) -> ByteStream {
    ByteStream::from_body(Lazy {
        ahead: AHEAD,
        start: Some(Box::new(move |sender| {
            tokio::spawn(pump(stream, sender, verify, sum, progress));
        })),
        chunks: None,
        length,
    })
}

async fn pump(mut stream: ByteStream, sender: mpsc::Sender<Result<Bytes>>, verify: bool, sum: Sum, progress: Progress) {
    let hashing = verify.then(HashThread::start);
    let mut bytes = 0;
    while let Some(chunk) = stream.next_chunk().await {
        let chunk = chunk.and_then(|chunk| {
            bytes += chunk.len() as u64;
            crate::limits::object_size(bytes).map(|()| chunk)
        });
        if let Ok(chunk) = &chunk {
            progress.add(chunk.len() as u64);
            if let Some(hashing) = &hashing {
                hashing.take(vec![chunk.clone()]).await;
            }
        }
        let failed = chunk.is_err();
        if sender.send(chunk).await.is_err() || failed {
            return;
        }
    }
    sum.set(hashing, bytes);
}

type Start = Box<dyn FnOnce(mpsc::Sender<Result<Bytes>>) + Send>;

/// A stream whose producer starts when the first byte is wanted: not before the server agreed to take it.
struct Lazy {
    /// Chunks that wait.
    ahead: usize,
    start: Option<Start>,
    chunks: Option<mpsc::Receiver<Result<Bytes>>>,
    length: Option<u64>,
}

impl http_body::Body for Lazy {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        if let Some(start) = self.start.take() {
            let (sender, receiver) = mpsc::channel(self.ahead);
            start(sender);
            self.chunks = Some(receiver);
        }
        match &mut self.chunks {
            Some(chunks) => chunks.poll_recv(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
