//! A source without positions, cut into segments that are held in memory until they are stored.

use crate::transfer::cluster::Bounds;
use crate::transfer::hash::streams::{Hashers, Lane};
use crate::transfer::segments::segment::Piece;
use crate::transfer::segments::sizes::growing;
use bytes::Bytes;
use k5_core::{ByteStream, Error, ErrorKind, Result, Sent};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

/// The unit in which memory is counted: a permit is for 4 KiB.
const UNIT: u64 = 4096;

/// Reads a stream in pieces.
pub(crate) struct Cutter {
    stream: ByteStream,
    /// What was read beyond the last piece.
    rest: Option<Bytes>,
    read: u64,
    length: Option<u64>,
}

impl Cutter {
    pub(crate) fn new(stream: ByteStream, length: Option<u64>) -> Self {
        Self { stream, rest: None, read: 0, length }
    }

    /// The next `size` bytes, or what is left of them; `lane` gets every chunk as it comes.
    pub(crate) async fn next(&mut self, size: u64, lane: Option<&Lane>) -> Result<Vec<Bytes>> {
        let mut chunks = Vec::new();
        let mut held = 0;
        while held < size {
            let mut chunk = match self.rest.take() {
                Some(rest) => rest,
                None => match self.stream.next_chunk().await.transpose()? {
                    Some(chunk) => chunk,
                    None => break,
                },
            };
            let room = size - held;
            if chunk.len() as u64 > room {
                self.rest = Some(chunk.split_off(usize::try_from(room).unwrap_or(usize::MAX)));
            }
            held += chunk.len() as u64;
            if let Some(lane) = lane {
                lane.take(vec![chunk.clone()]).await;
            }
            chunks.push(chunk);
        }
        self.read += held;
        self.check(held < size)?;
        Ok(chunks)
    }

    /// Puts back what was read first, to be cut again.
    pub(crate) fn put_back(&mut self, chunks: &[Bytes]) {
        let bytes: u64 = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        self.read -= bytes;
        let rest = self.rest.take();
        let stream = std::mem::replace(&mut self.stream, ByteStream::empty());
        let again = chunks.iter().cloned().chain(rest).collect::<Vec<_>>().into_iter();
        self.stream = ByteStream::from_stream(Again { again, stream });
    }

    /// A source with a stated length must have exactly that length.
    fn check(&self, ended: bool) -> Result<()> {
        let wrong = |message: String| Error::new(ErrorKind::Local, message).with_sent(Sent::Maybe);
        match self.length {
            Some(length) if self.read > length => Err(wrong("the source has more bytes than its stated length".to_owned())),
            Some(length) if ended && self.read < length => {
                Err(wrong(format!("the source ended after {} of {length} bytes", self.read)))
            }
            _ => Ok(()),
        }
    }
}

/// Chunks that were read before, and then the rest.
struct Again {
    again: std::vec::IntoIter<Bytes>,
    stream: ByteStream,
}

impl futures_core::Stream for Again {
    type Item = Result<Bytes>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        match self.again.next() {
            Some(chunk) => std::task::Poll::Ready(Some(Ok(chunk))),
            None => self.stream.poll_chunk(cx),
        }
    }
}

/// The task that cuts, and the pieces that come from it.
pub(crate) struct Pieces {
    pub(crate) receiver: mpsc::Receiver<Result<Piece>>,
    task: JoinHandle<()>,
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pieces {
    /// Starts to cut: `memory` bytes are held at most, and taken before they are read.
    pub(crate) fn start(cutter: Cutter, wish: Option<u64>, memory: u64, bounds: Bounds, hashers: Arc<Hashers>) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            if let Err(error) = cut(cutter, wish, memory, bounds, &hashers, &sender).await {
                // Nobody may want it any more.
                let _ = sender.send(Err(error)).await;
            }
        });
        Self { receiver, task }
    }
}

async fn cut(
    mut cutter: Cutter,
    wish: Option<u64>,
    memory: u64,
    bounds: Bounds,
    hashers: &Hashers,
    sender: &mpsc::Sender<Result<Piece>>,
) -> Result<()> {
    let units = |bytes: u64| u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
    let capacity = units(memory.max(wish.unwrap_or(0)));
    let room = Arc::new(Semaphore::new(capacity as usize));
    for index in 0.. {
        let size = wish.unwrap_or_else(|| growing(index, memory, bounds));
        let permit = room.clone().acquire_many_owned(units(size).min(capacity)).await;
        // Nobody closes the semaphore.
        let Ok(permit) = permit else { return Ok(()) };
        if index >= bounds.segments.saturating_mul(bounds.segments) {
            let message = format!("the source is longer than two levels of manifests hold ({index} segments)");
            return Err(Error::new(ErrorKind::Local, message).with_sent(Sent::Maybe));
        }
        let lane = hashers.lane(true);
        let chunks = cutter.next(size, Some(&lane)).await?;
        if chunks.is_empty() {
            return Ok(());
        }
        let sum = lane.finish().await.map_err(|error| Error::local("the source can't be hashed", error))?;
        let piece = Piece::memory(index, chunks, sum.md5, Some(permit));
        let last = piece.length < size;
        if sender.send(Ok(piece)).await.is_err() || last {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stream_of(chunks: &[Vec<u8>]) -> ByteStream {
        let again = chunks.iter().cloned().map(Bytes::from).collect::<Vec<_>>().into_iter();
        ByteStream::from_stream(Again { again, stream: ByteStream::empty() })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_pieces_are_the_source(
            chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50_000), 0..12),
            size in 1_000u64..60_000,
            first in 0u64..100_000,
        ) {
            let whole = chunks.concat();
            let length = Some(whole.len() as u64);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            let pieces = runtime.block_on(async {
                let mut cutter = Cutter::new(stream_of(&chunks), length);
                let began = cutter.next(first, None).await.expect("read");
                cutter.put_back(&began);
                let mut pieces = Pieces::start(cutter, Some(size), 3 * size, Bounds::default(), Arc::new(Hashers::start()));
                let mut all = Vec::new();
                while let Some(piece) = pieces.receiver.recv().await {
                    let piece = piece.expect("cut");
                    let crate::transfer::segments::segment::Content::Memory(chunks) = &piece.content else { panic!("in memory") };
                    all.push((piece.index, chunks.concat(), piece.md5.clone()));
                }
                all
            });
            for (n, (index, bytes, md5)) in pieces.iter().enumerate() {
                prop_assert_eq!(*index, n as u64);
                prop_assert!(bytes.len() as u64 == size || n + 1 == pieces.len());
                prop_assert_eq!(md5, &Some(crate::transfer::md5_hex(bytes)));
            }
            let joined: Vec<u8> = pieces.into_iter().flat_map(|(_, bytes, _)| bytes).collect();
            prop_assert_eq!(joined, whole);
        }
    }

    #[tokio::test]
    async fn a_length_is_a_promise() {
        for (length, right) in [(9, false), (10, true), (11, false)] {
            let mut cutter = Cutter::new(stream_of(&[vec![0; 4], vec![0; 6]]), Some(length));
            assert_eq!(cutter.next(100, None).await.is_ok(), right, "{length}");
        }
    }
}
