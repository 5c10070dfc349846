//! What a transfer has moved so far, for display.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How often whoever watches is told about bytes under way.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// What a transfer is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// It waits for the server: for a listing, for the first byte, or for what follows the last one, such as the manifest of a large
    /// object.
    #[default]
    Waiting,
    /// It reads and hashes bytes that are here: files to compare, or what an earlier run has left.
    Hashing,
    /// It sends or receives bytes.
    Moving,
    /// Everything is stored and checked.
    Done,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Waiting, Self::Hashing, Self::Moving, Self::Done];
}

/// Counts the bytes of a transfer, or of several together, for a progress bar. Cloning it shares the count.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counter>);

#[derive(Debug)]
struct Counter {
    bytes: AtomicU64,
    /// Of those, what an earlier run had moved.
    reused: AtomicU64,
    /// What was moved in vain.
    again: AtomicU64,
    /// Once there are so many bytes, only the server's answer is missing.
    expected: AtomicU64,
    /// Its own phase, a place in [`Phase::ALL`].
    phase: AtomicU8,
    /// How many of its parts are in each phase.
    parts: [AtomicUsize; 4],
    /// What it is a part of.
    wholes: Vec<Progress>,
}

impl Default for Counter {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            again: AtomicU64::new(0),
            expected: AtomicU64::new(u64::MAX),
            phase: AtomicU8::new(0),
            parts: Default::default(),
            wholes: Vec::new(),
        }
    }
}

impl Progress {
    /// Returns the bytes moved so far, including those that an earlier run had moved. The count goes back when a transfer starts over.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// What the transfer is doing; of several, what says most about them: that one moves bytes, or else that one is hashed.
    pub fn phase(&self) -> Phase {
        let has = |phase: Phase| self.0.parts[phase as usize].load(Ordering::Relaxed) > 0;
        let of_parts = [Phase::Moving, Phase::Hashing].into_iter().find(|phase| has(*phase));
        of_parts.unwrap_or(Phase::ALL[usize::from(self.0.phase.load(Ordering::Relaxed))])
    }

    /// Whether nobody else holds it, so that the transfer it was handed to has ended.
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// A counter of one transfer, whose bytes count in each of `wholes` too.
    pub(crate) fn part_of<'a>(wholes: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut counter = Counter::default();
        counter.wholes = wholes.into_iter().cloned().collect();
        let part = Self(Arc::new(counter));
        part.0.wholes.iter().for_each(|whole| whole.0.count(Phase::Waiting, true));
        part
    }

    /// A part that is in this phase until it is dropped.
    pub(crate) fn part_in(&self, phase: Phase) -> Self {
        let part = Self::part_of([self]);
        part.enter(phase);
        part
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let before = self.0.phase.swap(phase as u8, Ordering::Relaxed);
        if before != phase as u8 {
            for whole in &self.0.wholes {
                whole.0.count(Phase::ALL[usize::from(before)], false);
                whole.0.count(phase, true);
            }
        }
    }

    /// How many bytes it will have.
    pub(crate) fn expect(&self, bytes: Option<u64>) {
        self.0.expected.store(bytes.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn reused(&self) -> u64 {
        self.0.reused.load(Ordering::Relaxed)
    }

    fn again(&self) -> u64 {
        self.0.again.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.each(|counter| &counter.bytes, bytes, 0);
        self.moving();
    }

    pub(crate) fn set(&self, bytes: u64) {
        let before = self.0.bytes.swap(bytes, Ordering::Relaxed);
        for whole in &self.0.wholes {
            whole.0.each(|counter| &counter.bytes, bytes.saturating_sub(before), before.saturating_sub(bytes));
        }
        self.moving();
    }

    fn moving(&self) {
        let all = self.bytes() >= self.0.expected.load(Ordering::Relaxed);
        self.enter(if all { Phase::Waiting } else { Phase::Moving });
    }

    fn add_reused(&self, bytes: u64) {
        self.0.each(|counter| &counter.bytes, bytes, 0);
        self.0.each(|counter| &counter.reused, bytes, 0);
    }

    fn sub_reused(&self, bytes: u64) {
        self.0.each(|counter| &counter.bytes, 0, bytes);
        self.0.each(|counter| &counter.reused, 0, bytes);
    }

    fn add_again(&self, bytes: u64) {
        self.0.each(|counter| &counter.bytes, 0, bytes);
        self.0.each(|counter| &counter.again, bytes, 0);
    }

    /// What is known of several transfers from their counts alone.
    pub(crate) fn together(&self) -> TransferProgress {
        let (bytes, reused, sent_again) = (self.bytes(), self.reused(), self.again());
        let sent = bytes.saturating_sub(reused) + sent_again;
        TransferProgress { phase: self.phase(), bytes, reused, sent, sent_again, ..TransferProgress::default() }
    }
}

impl Counter {
    /// Changes a number here, and in everything that this is a part of. It never goes below zero.
    fn each(&self, number: fn(&Self) -> &AtomicU64, more: u64, less: u64) {
        let change = |now: u64| Some(now.saturating_add(more).saturating_sub(less));
        // This can't fail, since a change is always wanted.
        let _ = number(self).fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        self.wholes.iter().for_each(|whole| whole.0.each(number, more, less));
    }

    /// One more or one less of its parts is in this phase.
    fn count(&self, phase: Phase, more: bool) {
        let parts = &self.parts[phase as usize];
        let _ = if more { parts.fetch_add(1, Ordering::Relaxed) } else { parts.fetch_sub(1, Ordering::Relaxed) };
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let phase = Phase::ALL[usize::from(*self.phase.get_mut())];
        self.wholes.iter().for_each(|whole| whole.0.count(phase, false));
    }
}

/// The state of a transfer: of one object, or of all files and objects of a sync or a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// What it is doing.
    pub phase: Phase,
    /// The number of files and objects, if known: 1 for a single transfer. Of a folder it is known once all of its names are.
    pub files: Option<u64>,
    /// Those that are done: they were moved, or were the same on both sides. A failed one never is.
    pub files_done: u64,
    /// Bytes that are done or under way, out of `total`. The count goes back when an attempt fails and starts over.
    pub bytes: u64,
    /// The total number of bytes, if known.
    pub total: Option<u64>,
    /// Bytes that are stored and checked, which another run need not move again.
    pub committed: u64,
    /// Of those, the bytes that an earlier run had already stored.
    pub reused: u64,
    /// Bytes that were sent or received in this run.
    pub sent: u64,
    /// Of those, the bytes that were lost in a failed attempt and had to be moved again.
    pub sent_again: u64,
    /// The total number of segments, if known; 0 for a transfer by a single request. Segments of several objects are not counted.
    pub segments: Option<u64>,
    /// Segments that are stored and checked.
    pub segments_done: u64,
}

/// Counts, and notifies whoever is watching.
#[derive(Debug)]
pub(crate) struct Meter {
    state: Mutex<TransferProgress>,
    watch: watch::Sender<TransferProgress>,
    counter: Progress,
    /// Whether somebody may be watching.
    is_watched: bool,
}

impl Meter {
    /// Of a transfer whose bytes count in each of `wholes`.
    pub(crate) fn new<'a>(wholes: impl IntoIterator<Item = &'a Progress>) -> Self {
        let state = TransferProgress { files: Some(1), ..TransferProgress::default() };
        Self { state: Mutex::new(state), watch: watch::Sender::new(state), counter: Progress::part_of(wholes), is_watched: false }
    }

    /// The same, to be watched from the start.
    pub(crate) fn watched<'a>(wholes: impl IntoIterator<Item = &'a Progress>) -> Self {
        Self { is_watched: true, ..Self::new(wholes) }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<TransferProgress> {
        self.watch.subscribe()
    }

    /// What counts its bytes.
    pub(crate) fn counter(&self) -> &Progress {
        &self.counter
    }

    pub(crate) fn now(&self) -> TransferProgress {
        let (state, bytes) = (*self.state(), self.counter.bytes());
        // What one request moves is counted by its body alone.
        let sent = if state.segments == Some(0) { state.sent.max(bytes) } else { state.sent };
        TransferProgress { phase: self.counter.phase(), bytes, sent, ..state }
    }

    fn state(&self) -> MutexGuard<'_, TransferProgress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies whoever is watching. Chunks alone don't, because there are thousands of them per second.
    pub(crate) fn publish(&self) {
        let now = self.now();
        self.watch.send_if_modified(|seen| std::mem::replace(seen, now) != now);
    }

    /// Carries out a request, and notifies whoever is watching until it ends.
    pub(crate) async fn during<F: Future>(&self, request: F) -> F::Output {
        match self.is_watched {
            true => ticking(request, || self.publish()).await,
            false => request.await,
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.counter.enter(phase);
        self.publish();
    }

    pub(crate) fn expect(&self, total: Option<u64>, segments: Option<u64>) {
        let mut state = self.state();
        state.total = total;
        state.segments = segments;
    }

    /// One request moves everything.
    pub(crate) fn expect_whole(&self, total: Option<u64>) {
        self.expect(total, Some(0));
        self.counter.expect(total);
    }

    /// Bytes on the wire.
    pub(crate) fn moved(&self, bytes: u64) {
        self.state().sent += bytes;
        self.counter.add(bytes);
    }

    /// Bytes that were sent or received in vain.
    pub(crate) fn wasted(&self, bytes: u64) {
        self.state().sent_again += bytes;
        self.counter.add_again(bytes);
    }

    /// A segment is stored; `reused` if an earlier run did that.
    pub(crate) fn committed(&self, bytes: u64, reused: bool) {
        let mut state = self.state();
        state.committed += bytes;
        state.segments_done += 1;
        if reused {
            state.reused += bytes;
            self.counter.add_reused(bytes);
        }
        drop(state);
        self.publish();
    }

    /// Bytes of a section that is now stored came from an earlier run.
    pub(crate) fn earlier(&self, bytes: u64) {
        self.state().reused += bytes;
        self.counter.add_reused(bytes);
    }

    /// A segment turned out not to be stored after all.
    pub(crate) fn lost(&self, bytes: u64, reused: bool) {
        let mut state = self.state();
        state.committed = state.committed.saturating_sub(bytes);
        state.segments_done = state.segments_done.saturating_sub(1);
        if reused {
            state.reused = state.reused.saturating_sub(bytes);
            self.counter.sub_reused(bytes);
        } else {
            state.sent_again += bytes;
            self.counter.add_again(bytes);
        }
    }

    /// A complete object that was transferred by one request.
    pub(crate) fn whole(&self, bytes: u64) {
        let mut state = self.state();
        *state = TransferProgress { total: Some(bytes), committed: bytes, segments: Some(0), ..*state };
        state.sent = state.sent.max(bytes);
        drop(state);
        self.counter.set(bytes);
        self.done();
    }

    /// All of it is stored and checked.
    pub(crate) fn done(&self) {
        self.state().files_done = 1;
        self.enter(Phase::Done);
    }
}

/// Awaits `future`, and calls `tell` from time to time until it ends.
pub(crate) async fn ticking<F: Future>(future: F, mut tell: impl FnMut()) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    std::future::poll_fn(|cx| {
        if let ready @ std::task::Poll::Ready(_) = future.as_mut().poll(cx) {
            return ready;
        }
        while tick.poll_tick(cx).is_ready() {
            tell();
        }
        std::task::Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_in_all_that_they_are_parts_of() {
        let (all, bar) = (Progress::default(), Progress::default());
        let (one, other) = (Meter::new([&all, &bar]), Meter::new([&all]));
        one.moved(70);
        one.wasted(20);
        other.counter().set(30);
        other.counter().set(10);
        other.earlier(5);
        assert_eq!((all.bytes(), bar.bytes(), all.is_last()), (65, 50, false));
        let now = all.together();
        assert_eq!((now.bytes, now.sent, now.sent_again, now.reused), (65, 80, 20, 5));
        // What is counted stays when a transfer ends.
        drop((one, other));
        assert_eq!((all.bytes(), bar.bytes(), all.is_last()), (65, 50, true));
    }

    #[test]
    fn several_are_in_the_phase_that_says_most() {
        let all = Progress::default();
        let (one, other) = (Meter::new([&all]), Meter::new([&all]));
        assert_eq!(all.phase(), Phase::Waiting);
        one.enter(Phase::Hashing);
        assert_eq!(all.phase(), Phase::Hashing);
        other.expect_whole(Some(10));
        other.counter().set(4);
        assert_eq!((all.phase(), other.now().phase, one.now().phase), (Phase::Moving, Phase::Moving, Phase::Hashing));
        other.counter().set(10);
        assert_eq!((all.phase(), other.now().phase), (Phase::Hashing, Phase::Waiting));
        other.whole(10);
        assert_eq!((other.now().phase, other.now().files_done), (Phase::Done, 1));
        drop(one);
        assert_eq!(all.phase(), Phase::Waiting);
        let hashing = all.part_in(Phase::Hashing);
        assert_eq!(all.phase(), Phase::Hashing);
        drop(hashing);
        assert_eq!(all.phase(), Phase::Waiting);
    }

    #[test]
    fn bytes_of_one_request_are_counted_as_they_go() {
        let meter = Meter::watched([]);
        meter.expect_whole(Some(100));
        meter.counter().set(40);
        let now = meter.now();
        assert_eq!((now.files, now.bytes, now.sent, now.committed, now.total), (Some(1), 40, 40, 0, Some(100)));
        meter.whole(100);
        let now = *meter.subscribe().borrow();
        assert_eq!((now.phase, now.bytes, now.sent, now.committed), (Phase::Done, 100, 100, 100));
    }
}
