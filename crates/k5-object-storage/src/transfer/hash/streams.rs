//! MD5 of all streams of a transfer on one thread, apart from the network.
//!
//! Chunks of every segment in flight come through one queue. The thread takes whatever is waiting, and hashes chunks of different
//! streams together in the lanes of vector registers ([`together`]): four streams take hardly longer than one. So it waits briefly
//! if chunks of other streams are about to come ([`LINGER`]).

use bytes::Bytes;
use k5_md5::Md5;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

/// Messages that wait for the thread. Each holds a chunk, or a batch of 128 KiB and one chunk more: what waits is memory.
const QUEUE: usize = 2;
/// Messages that the thread takes at once, which is how many streams are hashed together at most.
const LANES: usize = 8;
/// Streams that are worth waiting for.
const WORTH: usize = 4;
/// How long to wait at a time for chunks of other streams.
const LINGER: Duration = Duration::from_micros(200);
/// How often at most: 4 ms, in which a gigabyte a second is a chunk or two of what each stream has read ahead, so the network never waits.
const PATIENCE: usize = 20;

/// The thread. It ends when this and all lanes are dropped.
pub(crate) struct Hashers {
    queue: mpsc::Sender<Message>,
    /// Streams in progress that are hashed.
    hashed: Arc<AtomicUsize>,
}

enum Message {
    Chunks(Arc<Stream>, Vec<Bytes>),
    Flush(Arc<Stream>, oneshot::Sender<io::Result<u64>>),
    Finish(Arc<Stream>, oneshot::Sender<io::Result<Sum>>),
}

struct Stream {
    state: Mutex<State>,
    /// Counts this stream while it is hashed.
    hashed: Option<Arc<AtomicUsize>>,
    /// Known without waiting for the hashing thread.
    failed: AtomicBool,
}

/// The result of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// In lower-case hexadecimal; `None` if it wasn't requested.
    pub(crate) md5: Option<String>,
    pub(crate) bytes: u64,
}

struct State {
    md5: Option<Md5>,
    bytes: u64,
    output: Option<Output>,
    failed: Option<io::Error>,
}

/// Where the bytes of a stream are also written, once they are hashed and still in the processor's cache.
struct Output {
    file: Arc<File>,
    at: u64,
}

/// One stream of bytes.
pub(crate) struct Lane {
    stream: Arc<Stream>,
    queue: mpsc::Sender<Message>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(hashed) = &self.hashed {
            hashed.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Stream {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hashers {
    /// Starts it; within tokio's runtime.
    pub(crate) fn start() -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let hashed = Arc::new(AtomicUsize::new(0));
        let counted = hashed.clone();
        spawn_blocking(move || run(receiver, &counted));
        Self { queue, hashed }
    }

    /// A new stream that is hashed, if wanted, and not written.
    pub(crate) fn lane(&self, hash: bool) -> Lane {
        self.with(State { md5: hash.then(Md5::new), bytes: 0, output: None, failed: None })
    }

    /// A new stream that is written to `file` from `at` on, and hashed after what `md5` has already seen.
    pub(crate) fn writer(&self, file: Arc<File>, at: u64, md5: Option<Md5>) -> Lane {
        self.with(State { md5, bytes: 0, output: Some(Output { file, at }), failed: None })
    }

    fn with(&self, state: State) -> Lane {
        let hashed = state.md5.is_some().then(|| self.hashed.clone());
        if let Some(hashed) = &hashed {
            hashed.fetch_add(1, Ordering::Relaxed);
        }
        let stream = Stream { state: Mutex::new(state), hashed, failed: AtomicBool::new(false) };
        Lane { stream: Arc::new(stream), queue: self.queue.clone() }
    }
}

impl Lane {
    /// Takes chunks, and waits while the thread has enough.
    pub(crate) async fn take(&self, chunks: Vec<Bytes>) {
        // The thread ends only after the last lane is gone.
        let _ = self.queue.send(Message::Chunks(self.stream.clone(), chunks)).await;
    }

    /// The same from a thread that may block.
    pub(crate) fn take_blocking(&self, chunk: Bytes) {
        let _ = self.queue.blocking_send(Message::Chunks(self.stream.clone(), vec![chunk]));
    }

    /// Whether it could not be written; [`Lane::finish`] says why.
    pub(crate) fn has_failed(&self) -> bool {
        self.stream.failed.load(Ordering::Relaxed)
    }

    /// Waits until everything it was given is written, and returns the number of bytes.
    ///
    /// # Errors
    /// Fails if they could not be written.
    pub(crate) async fn flush(&self) -> io::Result<u64> {
        let (sender, receiver) = oneshot::channel();
        let interrupted = || io::Error::other("interrupted");
        self.queue.send(Message::Flush(self.stream.clone(), sender)).await.map_err(|_| interrupted())?;
        receiver.await.map_err(|_| interrupted())?
    }

    /// The result of the complete stream.
    ///
    /// # Errors
    /// Fails if it could not be written.
    pub(crate) async fn finish(self) -> io::Result<Sum> {
        let (sender, receiver) = oneshot::channel();
        let interrupted = || io::Error::other("interrupted");
        self.queue.send(Message::Finish(self.stream, sender)).await.map_err(|_| interrupted())?;
        receiver.await.map_err(|_| interrupted())?
    }
}

fn run(mut queue: mpsc::Receiver<Message>, hashed: &AtomicUsize) {
    let mut waiting: Vec<Message> = Vec::with_capacity(LANES);
    while let Some(message) = queue.blocking_recv() {
        waiting.push(message);
        for _ in 0..=PATIENCE {
            while waiting.len() < LANES
                && let Ok(message) = queue.try_recv()
            {
                waiting.push(message);
            }
            if !worth_waiting(&waiting, hashed.load(Ordering::Relaxed)) {
                break;
            }
            std::thread::sleep(LINGER);
        }
        while !waiting.is_empty() {
            round(&mut waiting);
        }
    }
}

/// Whether chunks of more streams are about to come, there is room for them, and nobody waits for an answer.
fn worth_waiting(waiting: &[Message], hashed: usize) -> bool {
    let mut streams: Vec<*const Stream> = Vec::with_capacity(waiting.len());
    for message in waiting {
        match message {
            Message::Chunks(stream, _) if stream.hashed.is_some() => {
                if !streams.contains(&Arc::as_ptr(stream)) {
                    streams.push(Arc::as_ptr(stream));
                }
            }
            _ => return false,
        }
    }
    waiting.len() < LANES && streams.len() < hashed.min(WORTH)
}

/// Serves the first message of each stream.
fn round(waiting: &mut Vec<Message>) {
    let mut seen: Vec<*const Stream> = Vec::with_capacity(waiting.len());
    let mut batch: Vec<(Arc<Stream>, Vec<Bytes>)> = Vec::new();
    let mut others = Vec::new();
    let mut later = Vec::new();
    for message in waiting.drain(..) {
        let (Message::Chunks(stream, _) | Message::Flush(stream, _) | Message::Finish(stream, _)) = &message;
        let stream = Arc::as_ptr(stream);
        if seen.contains(&stream) {
            later.push(message);
            continue;
        }
        seen.push(stream);
        match message {
            Message::Chunks(stream, chunks) => batch.push((stream, chunks)),
            other => others.push(other),
        }
    }
    *waiting = later;
    let mut guards: Vec<_> = batch.iter().map(|(stream, chunks)| (stream.lock(), chunks)).collect();
    together(&mut guards);
    for (state, chunks) in &mut guards {
        state.write(chunks);
    }
    for ((stream, _), (state, _)) in batch.iter().zip(guards) {
        stream.failed.store(state.failed.is_some(), Ordering::Relaxed);
    }
    for message in others {
        // The caller may be gone.
        match message {
            Message::Flush(stream, sender) => drop(sender.send(stream.lock().flushed())),
            Message::Finish(stream, sender) => drop(sender.send(stream.lock().finish())),
            Message::Chunks(..) => {}
        }
    }
}

/// Hashes the chunks of different streams, the first of each together, then the second.
fn together(streams: &mut [(MutexGuard<'_, State>, &Vec<Bytes>)]) {
    let most = streams.iter().map(|(_, chunks)| chunks.len()).max().unwrap_or(0);
    for index in 0..most {
        let of_stream = streams.iter_mut().filter_map(|(state, chunks)| {
            let chunk: &[u8] = chunks.get(index)?;
            Some((state.md5.as_mut()?, chunk))
        });
        k5_md5::update_many(&mut of_stream.collect::<Vec<_>>());
    }
}

impl State {
    fn write(&mut self, chunks: &[Bytes]) {
        for chunk in chunks {
            if self.failed.is_some() {
                return;
            }
            if let Some(output) = &mut self.output {
                match write_at(&output.file, chunk, output.at) {
                    Ok(()) => output.at += chunk.len() as u64,
                    Err(error) => {
                        self.failed = Some(error);
                        return;
                    }
                }
            }
            self.bytes += chunk.len() as u64;
        }
    }

    fn flushed(&mut self) -> io::Result<u64> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(self.bytes),
        }
    }

    fn finish(&mut self) -> io::Result<Sum> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(Sum { md5: self.md5.take().map(|md5| k5_md5::hex(&md5.finish())), bytes: self.bytes }),
        }
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn streams_do_not_mix(streams in proptest::collection::vec(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9_000), 0..9), 1..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let file = Arc::new(tempfile::tempfile().expect("a file"));
            let (sums, starts) = runtime.block_on(async {
                let hashers = Hashers::start();
                let mut start = 0;
                let mut starts = Vec::new();
                let lanes: Vec<_> = streams.iter().map(|chunks| {
                    starts.push(start);
                    start += chunks.iter().map(Vec::len).sum::<usize>() as u64;
                    hashers.writer(file.clone(), starts[starts.len() - 1], Some(Md5::new()))
                }).collect();
                for n in 0..9 {
                    for (lane, chunks) in lanes.iter().zip(&streams) {
                        if let Some(chunk) = chunks.get(n) {
                            lane.take(vec![chunk.clone().into()]).await;
                        }
                    }
                }
                let mut sums = Vec::new();
                for lane in lanes {
                    sums.push(lane.finish().await.expect("written"));
                }
                (sums, starts)
            });
            for ((sum, chunks), start) in sums.iter().zip(&streams).zip(starts) {
                let whole = chunks.concat();
                prop_assert_eq!(&sum.md5, &Some(crate::transfer::md5_hex(&whole)));
                let mut written = vec![0; whole.len()];
                std::os::unix::fs::FileExt::read_exact_at(&*file, &mut written, start).expect("read");
                prop_assert_eq!(written, whole);
            }
        }
    }

    /// Only Linux has a file that is always full.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_told() {
        let hashers = Hashers::start();
        let full = Arc::new(File::options().write(true).open("/dev/full").expect("Linux"));
        let lane = hashers.writer(full, 0, None);
        lane.take(vec![Bytes::from_static(b"x")]).await;
        assert_eq!(lane.finish().await.expect_err("full").kind(), io::ErrorKind::StorageFull);
    }
}
