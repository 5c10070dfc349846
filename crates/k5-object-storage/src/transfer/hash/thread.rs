//! MD5, which is what object storage calls an ETag, hashed on a thread apart from the network.

use super::AHEAD;
use bytes::Bytes;
use k5_md5::Md5;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// The sum of bytes in memory, in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    k5_md5::hex(&k5_md5::md5(bytes))
}

/// A thread that hashes the chunks it is given, in order, while others read and send.
pub(crate) struct HashThread {
    sender: mpsc::Sender<Vec<Bytes>>,
    done: JoinHandle<String>,
}

impl HashThread {
    /// Starts it; within tokio's runtime.
    pub(crate) fn start() -> Self {
        let (sender, mut batches) = mpsc::channel::<Vec<Bytes>>(AHEAD);
        let done = spawn_blocking(move || {
            let mut hasher = Md5::new();
            while let Some(batch) = batches.blocking_recv() {
                batch.iter().for_each(|chunk| hasher.update(chunk));
            }
            k5_md5::hex(&hasher.finish())
        });
        Self { sender, done }
    }

    /// Gives it chunks, and waits while it has enough. It ends only when this is dropped, so there is no failure to report.
    pub(crate) async fn take(&self, batch: Vec<Bytes>) {
        let _ = self.sender.send(batch).await;
    }

    /// The same from a thread that may block.
    pub(crate) fn take_blocking(&self, batch: Vec<Bytes>) {
        let _ = self.sender.blocking_send(batch);
    }

    /// The sum of all chunks, in lower-case hexadecimal; `None` if the runtime shut down.
    pub(crate) async fn finish(self) -> Option<String> {
        drop(self.sender);
        self.done.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn known_sums() {
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        let hashing = HashThread::start();
        hashing.take(vec![Bytes::from_static(b"a"), Bytes::from_static(b"b")]).await;
        hashing.take(vec![Bytes::from_static(b"c")]).await;
        assert_eq!(hashing.finish().await.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
    }
}
