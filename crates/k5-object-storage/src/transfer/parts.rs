//! A large download into a file: parts beside one another, each checked and recorded.

use super::file::md5_of_range;
use super::hashing::{Hashers, Lane};
use super::layout::{Section, grouped};
use super::partial::Partial;
use super::resuming::{Remote, Resuming};
use super::window::Window;
use bytes::Bytes;
use futures_core::Stream;
use k5_core::{ByteStream, Error, ErrorKind, Result, Sent};
use k5_md5::Md5;
use std::collections::VecDeque;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};

/// Bytes that are handed on together: a wake-up of another thread costs as much as hashing a few kilobytes.
const BATCH: usize = 128 * 1024;
/// Bytes of a section after which the record says that they are there.
const RECORDED: u64 = 32 << 20;
/// How often a section that arrived damaged is fetched.
const ATTEMPTS: u32 = 3;
/// How often who watches is told.
const TICK: Duration = Duration::from_millis(100);

/// What all parts of a download share.
struct Work {
    remote: Arc<Remote>,
    partial: Arc<Partial>,
    hashers: Hashers,
    verify: bool,
}

/// Fetches all sections. `answer` holds the first bytes, where they were asked for already. `whole` is the MD5 of all bytes, where
/// there is one.
pub(crate) async fn fetch(
    remote: &Arc<Remote>,
    partial: &Arc<Partial>,
    sections: Vec<Section>,
    (part, concurrency): (u64, usize),
    verify: bool,
    whole: Option<&str>,
    answer: Option<ByteStream>,
) -> Result<()> {
    let size = sections.last().map_or(0, |section| section.range.end);
    let meter = &remote.meter;
    meter.expect(Some(size), Some(sections.len() as u64));
    let work = Arc::new(Work { remote: remote.clone(), partial: partial.clone(), hashers: Hashers::start(), verify });
    let follower = whole.filter(|_| verify).map(|_| Follower::start(partial.file.clone()));
    let mut window = Window::new(concurrency);
    let mut waiting: VecDeque<_> = grouped(sections, part).into();
    let mut answer = answer;
    let mut refusals = 0;
    let mut running: JoinSet<Result<()>> = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        while running.len() < window.limit() {
            let Some(sections) = waiting.pop_front() else { break };
            let (work, answer) = (work.clone(), answer.take());
            running.spawn(async move { work.part(sections, answer).await });
        }
        if running.is_empty() {
            break;
        }
        let ended = poll_fn(|cx| match running.poll_join_next(cx) {
            Poll::Ready(ended) => Poll::Ready(ended),
            Poll::Pending => tick.poll_tick(cx).map(|_| None),
        })
        .await;
        let seen = remote.throttled.load(Ordering::Relaxed);
        if seen > refusals {
            refusals = seen;
            window.throttled(running.len());
        }
        meter.publish();
        match ended {
            None => continue,
            Some(Ok(outcome)) => outcome?,
            Some(Err(_)) => return Err(Error::new(ErrorKind::Local, "a part of the download broke off").with_sent(Sent::Maybe)),
        }
        window.succeeded();
        if let Some(follower) = &follower {
            follower.reach(partial.done_from(0, size));
        }
    }
    let (Some(follower), Some(whole)) = (follower, whole) else { return Ok(()) };
    let md5 = follower.finish(size).await.map_err(|error| unwritable(partial, error))?;
    match md5.eq_ignore_ascii_case(whole) {
        true => Ok(()),
        false => {
            partial.discard();
            let message = format!(
                "what arrived has MD5 {md5}, the object has {whole}: the bytes were damaged on the way, so download it again"
            );
            Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
        }
    }
}

fn unwritable(partial: &Partial, error: io::Error) -> Error {
    Error::local(format!("{} can't be written", partial.path.display()), error).with_sent(Sent::Yes)
}

impl Work {
    /// Fetches neighbouring sections by one request, unless it breaks.
    async fn part(&self, sections: Vec<Section>, answer: Option<ByteStream>) -> Result<()> {
        let Some(end) = sections.last().map(|section| section.range.end) else { return Ok(()) };
        let mut reader = Reader::new(self.remote.clone(), end);
        if let (Some(answer), Some(first)) = (answer, sections.first()) {
            reader.begin(first.range.start, answer);
        }
        for section in &sections {
            self.section(section, &mut reader).await?;
        }
        Ok(())
    }

    async fn section(&self, section: &Section, reader: &mut Reader) -> Result<()> {
        let Range { start, end } = section.range.clone();
        let failed = |error| unwritable(&self.partial, error);
        let wanted = section.md5.as_ref().filter(|_| self.verify);
        let meter = &self.remote.meter;
        let mut from = self.partial.done_from(start, end);
        let mut md5 = wanted.map(|_| Md5::new());
        if let (Some(wanted), true) = (wanted, from > start) {
            // What an earlier run wrote counts only with its hash.
            let found = hash_part(self.partial.file.clone(), start..from).await.map_err(failed)?;
            match from < end || k5_md5::hex(&found.clone().finish()).eq_ignore_ascii_case(wanted) {
                true => md5 = Some(found),
                false => {
                    self.partial.forget(section.range.clone()).map_err(failed)?;
                    from = start;
                }
            }
        }
        if from == end {
            meter.committed(end - start, true);
            return Ok(());
        }
        let mut reused = from - start;
        for attempt in 1.. {
            let sum = self.receive(from..end, md5, reader).await?;
            let right = match (wanted, &sum) {
                (Some(wanted), Some(sum)) => wanted.eq_ignore_ascii_case(sum),
                _ => true,
            };
            if right {
                break;
            }
            meter.wasted(end - from);
            self.partial.forget(section.range.clone()).map_err(failed)?;
            if attempt >= ATTEMPTS {
                let message =
                    format!("bytes {start} to {end} arrived damaged {attempt} times: their MD5 is not that of the segment");
                return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
            }
            (from, reused, md5) = (start, 0, wanted.map(|_| Md5::new()));
        }
        self.partial.record(start..end).map_err(failed)?;
        meter.committed(end - start, false);
        meter.earlier(reused);
        Ok(())
    }

    /// Receives and writes bytes; the sum of them and of what `md5` has seen.
    async fn receive(&self, range: Range<u64>, md5: Option<Md5>, reader: &mut Reader) -> Result<Option<String>> {
        let failed = |error| unwritable(&self.partial, error);
        let lane: Lane = self.hashers.writer(self.partial.file.clone(), range.start, md5);
        let (mut at, mut recorded) = (range.start, range.start);
        let mut batch = Vec::new();
        let mut held = 0;
        while at < range.end {
            let chunk = reader.next(at, range.end - at).await?;
            at += chunk.len() as u64;
            held += chunk.len();
            batch.push(chunk);
            if held < BATCH && at < range.end {
                continue;
            }
            held = 0;
            lane.take(std::mem::take(&mut batch)).await;
            if lane.has_failed() {
                break;
            }
            if at - recorded >= RECORDED && at < range.end {
                lane.flush().await.map_err(failed)?;
                self.partial.record(recorded..at).map_err(failed)?;
                recorded = at;
            }
        }
        lane.finish().await.map(|sum| sum.md5).map_err(failed)
    }
}

async fn hash_part(file: Arc<File>, range: Range<u64>) -> io::Result<Md5> {
    spawn_blocking(move || md5_of_range(&file, range)).await.unwrap_or_else(|_| Err(io::Error::other("interrupted")))
}

/// The bytes of a part, in order, from wherever they are wanted.
struct Reader {
    remote: Arc<Remote>,
    end: u64,
    at: u64,
    stream: Option<Resuming>,
    rest: Bytes,
}

impl Reader {
    fn new(remote: Arc<Remote>, end: u64) -> Self {
        Self { remote, end, at: 0, stream: None, rest: Bytes::new() }
    }

    fn begin(&mut self, at: u64, answer: ByteStream) {
        self.stream = Some(self.remote.read(at..self.end, Some(answer)));
        self.at = at;
    }

    /// The next bytes from `at` on, at most `most` and at least one.
    async fn next(&mut self, at: u64, most: u64) -> Result<Bytes> {
        if self.stream.is_none() || self.at != at {
            self.stream = Some(self.remote.read(at..self.end, None));
            (self.at, self.rest) = (at, Bytes::new());
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

/// Hashes a file from its beginning behind those who write it, in the order that the sum of the whole needs.
struct Follower {
    reached: mpsc::UnboundedSender<u64>,
    done: JoinHandle<io::Result<String>>,
}

impl Follower {
    fn start(file: Arc<File>) -> Self {
        let (reached, mut receiver) = mpsc::unbounded_channel();
        let done = spawn_blocking(move || {
            let mut md5 = Md5::new();
            let mut at = 0;
            let mut buffer = vec![0; super::CHUNK];
            while let Some(reach) = receiver.blocking_recv() {
                while at < reach {
                    let want = usize::try_from(reach - at).unwrap_or(buffer.len()).min(buffer.len());
                    match k5_core::ReadAt::read_at(&*file, at, &mut buffer[..want]) {
                        Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it was cut off")),
                        Ok(read) => {
                            md5.update(&buffer[..read]);
                            at += read as u64;
                        }
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            Ok(k5_md5::hex(&md5.finish()))
        });
        Self { reached, done }
    }

    /// All bytes up to here are written.
    fn reach(&self, at: u64) {
        // A thread that ended says why at the end.
        let _ = self.reached.send(at);
    }

    async fn finish(self, size: u64) -> io::Result<String> {
        self.reach(size);
        drop(self.reached);
        self.done.await.unwrap_or_else(|_| Err(io::Error::other("interrupted")))
    }
}
