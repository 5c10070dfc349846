//! MD5 of entire files for a comparison, several at once in vector lanes: as soon as one is done, the next one takes over its lane.
//! Small files are better handled together, by [`SmallFile`](crate::transfer::SmallFile).

use super::walk::entry_of;
use super::{Entry, Fact, broke_off};
use crate::transfer::{LANES, STEP, read_next};
use k5_core::{Error, Result};
use k5_md5::Md5;
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Hashes files as long as there are any to hash.
#[derive(Default)]
pub(crate) struct FileSums(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<Asked>,
    threads: usize,
    /// Buffers of finished threads, which may be short-lived.
    spare: Vec<Vec<u8>>,
}

/// A file whose details somebody is waiting for.
struct Asked {
    path: PathBuf,
    name: String,
    answer: oneshot::Sender<Result<Option<Entry>>>,
}

impl FileSums {
    /// Everything there is to know about a file; `None` if it is not there. Dropping the future stops the hashing.
    pub(crate) async fn entry(self: &Arc<Self>, path: PathBuf, name: String) -> Result<Option<Entry>> {
        let (answer, entry) = oneshot::channel();
        let more = {
            let mut state = self.state();
            state.waiting.push_back(Asked { path, name, answer });
            // Another thread only pays off if the lanes are full.
            let more = state.threads == 0 || state.waiting.len() >= LANES && state.threads < most_threads();
            state.threads += usize::from(more);
            more
        };
        if more {
            let thread = Thread { sums: self.clone(), counts: true };
            spawn_blocking(move || thread.hash_all());
        }
        entry.await.unwrap_or_else(|_| Err(broke_off("the hashing of a file")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn most_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// A thread that hashes.
struct Thread {
    sums: Arc<FileSums>,
    /// Whether it is still counted.
    counts: bool,
}

impl Thread {
    fn hash_all(mut self) {
        let mut lanes: Vec<Lane> = Vec::new();
        let spare = self.sums.state().spare.pop();
        let mut buffers = spare.unwrap_or_else(|| vec![0; STEP * LANES]);
        loop {
            while lanes.len() < LANES
                && let Some(asked) = self.next(lanes.is_empty())
            {
                lanes.extend(Lane::begin(asked));
            }
            if lanes.is_empty() {
                self.sums.state().spare.push(buffers);
                return;
            }
            let step = lanes.iter_mut().zip(buffers.chunks_mut(STEP)).filter_map(|(lane, buffer)| lane.read(buffer));
            k5_md5::update_many(&mut step.collect::<Vec<_>>());
            for at in (0..lanes.len()).rev().filter(|at| lanes[*at].is_done()).collect::<Vec<_>>() {
                lanes.swap_remove(at).end();
            }
        }
    }

    /// The next file. If there is none and nothing else is left to do, this thread is no longer counted.
    fn next(&mut self, last: bool) -> Option<Asked> {
        let mut state = self.sums.state();
        let next = state.waiting.pop_front();
        if next.is_none() && last {
            state.threads -= 1;
            self.counts = false;
        }
        next
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if self.counts {
            let mut state = self.sums.state();
            state.threads -= 1;
            if state.threads == 0 {
                // It was aborted, and no other thread takes what is waiting.
                state.waiting.clear();
            }
        }
    }
}

/// A file that is being hashed.
struct Lane {
    asked: Asked,
    file: File,
    before: Entry,
    left: Range<u64>,
    md5: Md5,
    failed: Option<io::Error>,
}

impl Lane {
    /// Opens a file; one that can't be hashed is answered at once.
    fn begin(asked: Asked) -> Option<Self> {
        // Opening a pipe of this name would block.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let opened = File::options().read(true).custom_flags(flags).open(&asked.path).and_then(|file| {
            let about = file.metadata()?;
            match about.is_file() {
                true => Ok((file, about)),
                false => Err(io::Error::other("it is not a file any more")),
            }
        });
        match opened {
            Ok((file, about)) => {
                let before = entry_of(asked.name.clone(), &about);
                Some(Self { asked, file, before, left: 0..about.len(), md5: Md5::new(), failed: None })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                asked.answer(Ok(None));
                None
            }
            Err(error) => {
                asked.fail(error);
                None
            }
        }
    }

    /// Reads its next bytes.
    fn read<'a>(&'a mut self, buffer: &'a mut [u8]) -> Option<(&'a mut Md5, &'a [u8])> {
        match read_next(&self.file, &self.left, buffer) {
            Ok(read) => {
                self.left.start += read.len() as u64;
                Some((&mut self.md5, read))
            }
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }

    fn is_done(&self) -> bool {
        self.left.is_empty() || self.failed.is_some() || self.asked.answer.is_closed()
    }

    fn end(self) {
        let Self { asked, file, before, md5, failed, .. } = self;
        let after = match failed {
            Some(error) => Err(error),
            None => file.metadata().map(|about| entry_of(asked.name.clone(), &about)),
        };
        match after {
            Ok(after) if after == before => {
                asked.answer(Ok(Some(Entry { md5: Fact::Known(k5_md5::hex(&md5.finish())), ..before })));
            }
            Ok(_) => asked.fail(io::Error::other("it changed while it was read")),
            Err(error) => asked.fail(error),
        }
    }
}

impl Asked {
    fn answer(self, answer: Result<Option<Entry>>) {
        // The caller may be gone.
        let _ = self.answer.send(answer);
    }

    fn fail(self, error: io::Error) {
        let failed = Error::local(format!("{} can't be read", self.path.display()), error);
        self.answer(Err(failed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::md5_hex;

    #[tokio::test]
    async fn each_file_has_its_own_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        let sums = Arc::<FileSums>::default();
        let mut asked = Vec::new();
        for n in 0..100usize {
            let (path, bytes) = (folder.path().join(n.to_string()), vec![n as u8; n * n * 41]);
            if n % 10 != 3 {
                std::fs::write(&path, &bytes).expect("written");
            }
            let sums = sums.clone();
            asked.push((n, bytes, tokio::spawn(async move { sums.entry(path, n.to_string()).await })));
        }
        for (n, bytes, entry) in asked {
            let entry = entry.await.expect("it ended").expect("looked at");
            match n % 10 {
                3 => assert_eq!(entry, None),
                _ => {
                    let entry = entry.expect("there");
                    assert_eq!((&entry.name, entry.size), (&n.to_string(), Fact::Known(bytes.len() as u64)));
                    assert_eq!(entry.md5, Fact::Known(md5_hex(&bytes)), "{n}");
                }
            }
        }
        let error = sums.entry(folder.path().to_owned(), "folder".to_owned()).await.expect_err("a folder");
        assert!(error.to_string().contains("can't be read"), "{error}");
    }

    #[tokio::test]
    async fn a_change_meanwhile_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "before").expect("written");
        let (answer, entry) = oneshot::channel();
        let mut lane = Lane::begin(Asked { path: path.clone(), name: "file".to_owned(), answer }).expect("opened");
        let mut buffer = [0; 100];
        assert_eq!(lane.read(&mut buffer).expect("read").1, b"before");
        assert!(lane.is_done());
        std::fs::write(&path, "after that").expect("written");
        lane.end();
        let error = entry.await.expect("an answer").expect_err("changed");
        let why = std::error::Error::source(&error).expect("a reason").to_string();
        assert!(why.contains("it changed while it was read"), "{why}");
    }

    #[tokio::test]
    async fn nobody_waits_and_nothing_is_hashed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, vec![0; 1 << 20]).expect("written");
        let (answer, entry) = oneshot::channel();
        let lane = Lane::begin(Asked { path, name: "file".to_owned(), answer }).expect("opened");
        assert!(!lane.is_done());
        drop(entry);
        assert!(lane.is_done());
    }
}
