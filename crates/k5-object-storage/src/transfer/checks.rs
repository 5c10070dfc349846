//! Sections of a download that are written and wait for their comparison: several are hashed abreast, from the file.

use super::abreast::{Abreast, LANES};
use super::parts::Written;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;

/// How long a section waits for others at most: where they come slowly, lanes don't matter, and whoever watches wants to see them.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was compared, and the MD5 of each.
type Compared = Vec<(Written, String)>;

/// Dropped, it stops what is being hashed.
pub(crate) struct Checks {
    file: Arc<File>,
    waiting: VecDeque<(Instant, Written)>,
    running: Option<JoinHandle<io::Result<Compared>>>,
    abreast: Arc<Abreast>,
}

impl Checks {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, waiting: VecDeque::new(), running: None, abreast: Arc::default() }
    }

    pub(crate) fn push(&mut self, written: Written) {
        self.waiting.push_back((Instant::now(), written));
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.running.is_none()
    }

    /// Whether so much waits that no more should come.
    pub(crate) fn is_behind(&self) -> bool {
        self.waiting.len() >= 2 * LANES
    }

    /// Hashes what waits, once there is enough for all lanes, it waited long enough, or no more will come.
    pub(crate) fn start(&mut self, no_more: bool) {
        let Some((since, _)) = self.waiting.front() else { return };
        let is_due = no_more || self.waiting.len() >= LANES || since.elapsed() >= PATIENCE;
        if self.running.is_some() || !is_due {
            return;
        }
        let group = self.waiting.drain(..self.waiting.len().min(LANES));
        let group: Vec<_> = group.map(|(_, written)| written).collect();
        let (file, abreast) = (self.file.clone(), self.abreast.clone());
        self.running = Some(spawn_blocking(move || {
            let parts: Vec<_> = group.iter().map(|written| written.section.range.clone()).collect();
            let sums = abreast.md5_of_parts(&file, &parts)?;
            Ok(group.into_iter().zip(sums.iter().map(k5_md5::hex)).collect())
        }));
    }

    /// Waits for what is being hashed; for ever if nothing is.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Compared>> {
        let Some(running) = &mut self.running else { return Poll::Pending };
        let compared = ready!(Pin::new(running).poll(cx));
        self.running = None;
        Poll::Ready(compared.unwrap_or_else(|_| Err(io::Error::other("interrupted"))))
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.abreast.stop();
    }
}
