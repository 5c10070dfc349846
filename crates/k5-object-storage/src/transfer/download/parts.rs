//! A large download into a file: several parts at a time, each checked and recorded.

use super::checks::{Checks, Written};
use super::partial::Partial;
use super::reader::Reader;
use super::resume::Remote;
use super::sections::{Section, grouped};
use crate::transfer::hash::file::md5_of_range;
use crate::transfer::hash::lanes::LARGEST;
use crate::transfer::hash::streams::{Hashers, Lane};
use crate::transfer::hash::whole::Follower;
use crate::transfer::progress::Phase;
use crate::transfer::window::Window;
use k5_core::{ByteStream, Error, ErrorKind, Result, Sent};
use k5_md5::Md5;
use std::collections::VecDeque;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::task::{JoinSet, spawn_blocking};

/// Bytes that are handed on together: waking another thread costs as much as hashing a few kilobytes.
const BATCH: usize = 128 * 1024;
/// Bytes of a section after which they are recorded.
const RECORDED: u64 = 32 << 20;
/// How many times a section that arrives damaged is fetched.
const ATTEMPTS: u32 = 3;
/// How often progress is reported.
const TICK: Duration = Duration::from_millis(100);

/// A section to fetch.
struct Wanted {
    section: Section,
    /// How often it arrived damaged.
    attempts: u32,
}

/// The state that all parts of a download share.
struct Work {
    remote: Arc<Remote>,
    partial: Arc<Partial>,
    hashers: Hashers,
    verify: bool,
    /// Whether segments are requested by their own names.
    by_name: AtomicBool,
}

/// What happened.
enum Event {
    Fetched(Result<Vec<Written>>),
    Compared(io::Result<Vec<(Written, String)>>),
    Tick,
}

/// Fetches all sections. `answer` holds the first bytes, if they have already been requested. `whole` is the MD5 of all bytes, if
/// it is known.
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
    if verify && partial.bytes() > 0 {
        meter.enter(Phase::Hashing);
    }
    let work = Arc::new(Work {
        remote: remote.clone(),
        partial: partial.clone(),
        hashers: Hashers::start(),
        verify,
        by_name: AtomicBool::new(true),
    });
    let follower = whole.filter(|_| verify).map(|_| Follower::start(partial.file.clone()));
    let mut window = Window::new(concurrency);
    let wanted = |section| Wanted { section, attempts: 0 };
    let parts = grouped(sections, part).into_iter();
    let mut waiting: VecDeque<Vec<Wanted>> = parts.map(|part| part.into_iter().map(wanted).collect()).collect();
    let mut checks = Checks::new(partial.file.clone());
    let mut answer = answer;
    let mut refusals = 0;
    let mut running: JoinSet<Result<Vec<Written>>> = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        while running.len() < window.limit() && !checks.is_behind() {
            let Some(part) = waiting.pop_front() else { break };
            let (work, answer) = (work.clone(), answer.take());
            running.spawn(async move { work.part(part, answer).await });
        }
        checks.start(running.is_empty());
        if running.is_empty() && checks.is_idle() {
            break;
        }
        let event = poll_fn(|cx| {
            if let Poll::Ready(Some(ended)) = running.poll_join_next(cx) {
                let broken = |_| Err(Error::new(ErrorKind::Local, "a part of the download was interrupted").with_sent(Sent::Maybe));
                return Poll::Ready(Event::Fetched(ended.unwrap_or_else(broken)));
            }
            if let Poll::Ready(compared) = checks.poll(cx) {
                return Poll::Ready(Event::Compared(compared));
            }
            tick.poll_tick(cx).map(|_| Event::Tick)
        })
        .await;
        let seen = remote.throttled.load(Ordering::Relaxed);
        if seen > refusals {
            refusals = seen;
            window.throttled(running.len());
        }
        meter.publish();
        match event {
            Event::Tick => {}
            Event::Fetched(written) => {
                written?.into_iter().for_each(|written| checks.push(written));
                window.succeeded();
                if let Some(follower) = &follower {
                    follower.reach(partial.done_from(0, size));
                }
            }
            Event::Compared(compared) => {
                for (written, md5) in compared.map_err(|error| unwritable(partial, error))? {
                    waiting.extend(work.compared(written, &md5)?.map(|wanted| vec![wanted]));
                }
            }
        }
    }
    let (Some(follower), Some(whole)) = (follower, whole) else { return Ok(()) };
    meter.enter(Phase::Hashing);
    let md5 = follower.finish(size).await.map_err(|error| unwritable(partial, error))?;
    match md5.eq_ignore_ascii_case(whole) {
        true => Ok(()),
        false => {
            partial.discard();
            let message = format!(
                "the bytes that arrived have MD5 {md5}, the object has {whole}: they were damaged on the way, so download it again"
            );
            Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
        }
    }
}

fn unwritable(partial: &Partial, error: io::Error) -> Error {
    Error::local(format!("{} can't be written", partial.path.display()), error).with_sent(Sent::Yes)
}

impl Work {
    /// Fetches a part; returns the sections that are not verified yet.
    async fn part(&self, part: Vec<Wanted>, answer: Option<ByteStream>) -> Result<Vec<Written>> {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { return Ok(Vec::new()) };
        let mut written = Vec::new();
        if let ([wanted], Some(origin), None) = (&part[..], &first.section.origin, &answer)
            && wanted.attempts == 0
            && self.by_name.load(Ordering::Relaxed)
        {
            // This way the server need not read the manifest or hash what k5 hashes. A damaged section is requested through the
            // object, so that the server looks for the damage there.
            let mut reader = Reader::of_segment(&self.remote, &wanted.section, origin);
            match self.section(wanted, &mut reader).await {
                Ok(section) => return Ok(section.into_iter().collect()),
                // A caller who may read an object may not be allowed to read its segments, and only the object itself shows its
                // fate.
                Err(error)
                    if error.status().is_some_and(|status| status.is_client_error()) || error.kind() == ErrorKind::Integrity =>
                {
                    self.by_name.store(false, Ordering::Relaxed);
                }
                Err(error) => return Err(error),
            }
        }
        let mut reader = Reader::of_object(self.remote.clone(), last.section.range.end);
        if let Some(answer) = answer {
            reader.begin(first.section.range.start, answer);
        }
        for wanted in &part {
            written.extend(self.section(wanted, &mut reader).await?);
        }
        Ok(written)
    }

    /// Fetches a section, of which an earlier run may have fetched some bytes; verifies it if it is so large that its bytes are
    /// hashed on their way.
    async fn section(&self, wanted: &Wanted, reader: &mut Reader) -> Result<Option<Written>> {
        let Range { start, end } = wanted.section.range.clone();
        let failed = |error| unwritable(&self.partial, error);
        let meter = &self.remote.meter;
        let compare = wanted.section.md5.is_some() && self.verify;
        let from = self.partial.done_from(start, end);
        let written = Written { section: wanted.section.clone(), attempts: wanted.attempts, earlier: from - start };
        if compare && end - start > LARGEST {
            return self.large(written, reader).await.map(|()| None);
        }
        if from < end {
            self.receive(from..end, None, reader).await?;
            self.partial.record(start..end).map_err(failed)?;
        }
        if compare {
            return Ok(Some(written));
        }
        meter.committed(end - start, from == end);
        if from < end {
            meter.earlier(from - start);
        }
        Ok(None)
    }

    /// A section has this sum: it is complete, or it is fetched again.
    fn compared(&self, written: Written, md5: &str) -> Result<Option<Wanted>> {
        let Written { section, attempts, earlier } = written;
        let length = section.range.end - section.range.start;
        let meter = &self.remote.meter;
        if section.md5.as_ref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(md5)) {
            meter.committed(length, earlier == length);
            if earlier < length {
                meter.earlier(earlier);
            }
            return Ok(None);
        }
        self.partial.forget(section.range.clone()).map_err(|error| unwritable(&self.partial, error))?;
        meter.wasted(length - earlier);
        // A section that an earlier run wrote entirely does not count as an attempt.
        let attempts = attempts + u32::from(earlier < length);
        if attempts >= ATTEMPTS {
            let message = format!(
                "bytes {} to {} arrived damaged {attempts} times: their MD5 is not that of the segment",
                section.range.start, section.range.end
            );
            return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
        }
        Ok(Some(Wanted { section, attempts }))
    }

    /// Fetches a section and hashes its bytes as they arrive, until they are right.
    async fn large(&self, mut written: Written, reader: &mut Reader) -> Result<()> {
        let failed = |error| unwritable(&self.partial, error);
        let Range { start, end } = written.section.range.clone();
        loop {
            let from = start + written.earlier;
            let file = self.partial.file.clone();
            // Bytes from an earlier run count only if they are hashed.
            let before = hash_part(file, start..from).await.map_err(failed)?;
            let md5 = match from < end {
                true => self.receive(from..end, Some(before), reader).await?.unwrap_or_default(),
                false => k5_md5::hex(&before.finish()),
            };
            self.partial.record(start..end).map_err(failed)?;
            match self.compared(written, &md5)? {
                None => return Ok(()),
                Some(Wanted { section, attempts }) => written = Written { section, attempts, earlier: 0 },
            }
        }
    }

    /// Receives and writes bytes; returns the sum of what `md5` has seen and these.
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
