//! Sections of a download that are written and wait to be verified: several are hashed together, from the file.

use super::sections::Section;
use crate::transfer::hash::lanes::{Abreast, LANES};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a section waits for others at most: if they arrive slowly, lanes don't matter, and progress should show them.
const PATIENCE: Duration = Duration::from_secs(1);

/// The maximum number of threads that hash at the end.
const THREADS: usize = 4;

/// A section whose bytes are in the file and not verified yet.
pub(crate) struct Written {
    pub(crate) section: Section,
    /// How often it arrived damaged.
    pub(crate) attempts: u32,
    /// Bytes from an earlier run.
    pub(crate) earlier: u64,
}

/// The hashed sections, and the MD5 of each.
type Compared = Vec<(Written, String)>;

/// Dropping it stops the hashing.
pub(crate) struct Checks {
    file: Arc<File>,
    waiting: VecDeque<(Instant, Written)>,
    running: JoinSet<io::Result<Compared>>,
    abreast: Arc<Abreast>,
}

impl Checks {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, waiting: VecDeque::new(), running: JoinSet::new(), abreast: Arc::default() }
    }

    pub(crate) fn push(&mut self, written: Written) {
        self.waiting.push_back((Instant::now(), written));
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    /// Whether so many sections are waiting that no more should be fetched.
    pub(crate) fn is_behind(&self) -> bool {
        self.waiting.len() >= 2 * LANES
    }

    /// Hashes the waiting sections, once they fill all lanes or have waited long enough: on one thread, so that the network has the
    /// others. Once no more will come, the threads share what is left.
    pub(crate) fn start(&mut self, no_more: bool) {
        let Some((since, _)) = self.waiting.front() else { return };
        if no_more {
            let idle = threads().saturating_sub(self.running.len());
            for left in (1..=idle).rev() {
                self.group(self.waiting.len().div_ceil(left));
            }
        } else if self.running.is_empty() && (self.waiting.len() >= LANES || since.elapsed() >= PATIENCE) {
            self.group(LANES);
        }
    }

    /// Hashes the first of the waiting sections.
    fn group(&mut self, most: usize) {
        let group: Vec<_> = self.waiting.drain(..self.waiting.len().min(most)).map(|(_, written)| written).collect();
        if group.is_empty() {
            return;
        }
        let (file, abreast) = (self.file.clone(), self.abreast.clone());
        self.running.spawn_blocking(move || {
            let parts: Vec<_> = group.iter().map(|written| written.section.range.clone()).collect();
            let sums = abreast.md5_of_parts(&file, &parts)?;
            Ok(group.into_iter().zip(sums.iter().map(k5_md5::hex)).collect())
        });
    }

    /// Waits for the sections being hashed; forever if there are none.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Compared>> {
        match ready!(self.running.poll_join_next(cx)) {
            Some(compared) => Poll::Ready(compared.unwrap_or_else(|_| Err(io::Error::other("interrupted")))),
            None => Poll::Pending,
        }
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get).min(THREADS)
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.abreast.stop();
    }
}
