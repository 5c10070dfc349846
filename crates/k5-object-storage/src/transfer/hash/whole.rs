//! The MD5 of a whole file while others write it out of order.

use super::file::update_from;
use k5_md5::Md5;
use std::fs::File;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Hashes a file from its beginning, following the writers, in the order that the sum of the whole needs.
pub(crate) struct Follower {
    reached: mpsc::UnboundedSender<u64>,
    done: JoinHandle<io::Result<String>>,
}

impl Follower {
    pub(crate) fn start(file: Arc<File>) -> Self {
        let (reached, mut receiver) = mpsc::unbounded_channel::<u64>();
        let done = spawn_blocking(move || {
            let mut md5 = Md5::new();
            let mut at = 0;
            let mut buffer = vec![0; super::CHUNK];
            while let Some(reach) = receiver.blocking_recv() {
                let reach = reach.max(at);
                update_from(&mut md5, &file, at..reach, &mut buffer)?;
                at = reach;
            }
            Ok(k5_md5::hex(&md5.finish()))
        });
        Self { reached, done }
    }

    /// All bytes up to here are written.
    pub(crate) fn reach(&self, at: u64) {
        // If the thread has ended, the reason is reported at the end.
        let _ = self.reached.send(at);
    }

    pub(crate) async fn finish(self, size: u64) -> io::Result<String> {
        self.reach(size);
        drop(self.reached);
        self.done.await.unwrap_or_else(|_| Err(io::Error::other("interrupted")))
    }
}
