//! Reads a file for a body on a blocking thread, a few chunks ahead of the wire.

use bytes::Bytes;
use k5_core::{Error, ReadAt};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Bytes in a chunk. Several of them are in flight at once: one being read, [`AHEAD`] waiting, one or two in hyper.
const CHUNK: usize = 128 * 1024;
/// Chunks that are waiting for the wire.
const AHEAD: usize = 2;
/// Buffers that are kept for later bodies: 4 MiB.
const SPARE: usize = 32;

/// The bytes of a [`ReadAt`], front to back. The thread starts at the first poll.
pub(crate) struct FileReader {
    file: Arc<dyn ReadAt>,
    offset: u64,
    length: u64,
    chunks: Option<mpsc::Receiver<Result<Bytes, Error>>>,
}

impl FileReader {
    pub(crate) fn new(file: Arc<dyn ReadAt>, offset: u64, length: u64) -> Self {
        Self { file, offset, length, chunks: None }
    }

    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let chunks = self.chunks.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(AHEAD);
            let (file, offset, length) = (self.file.clone(), self.offset, self.length);
            tokio::task::spawn_blocking(move || read_all(&*file, offset, length, &sender));
            receiver
        });
        chunks.poll_recv(cx)
    }
}

fn read_all(file: &dyn ReadAt, mut offset: u64, length: u64, sender: &mpsc::Sender<Result<Bytes, Error>>) {
    let end = offset.saturating_add(length);
    while offset < end {
        let mut buffer = spare().pop().unwrap_or_else(|| vec![0; CHUNK]);
        let want = usize::try_from(end - offset).unwrap_or(CHUNK).min(CHUNK);
        let chunk = match fill(file, offset, &mut buffer[..want]) {
            Ok(0) => return,
            Ok(read) => {
                let chunk = Bytes::from_owner(Loan { buffer, filled: read });
                file.passed(offset, &chunk);
                offset += read as u64;
                Ok(chunk)
            }
            Err(error) => Err(Error::local("the source can't be read", error).with_sent(k5_core::Sent::Maybe)),
        };
        let failed = chunk.is_err();
        // A closed channel means that the attempt is over.
        if sender.blocking_send(chunk).is_err() || failed {
            return;
        }
    }
}

fn fill(file: &dyn ReadAt, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(offset + filled as u64, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) if read > buffer.len() - filled => {
                return Err(io::Error::other(format!(
                    "the source gave {read} bytes where {} were asked for",
                    buffer.len() - filled
                )));
            }
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Buffers that came back from the wire, of any body. New ones would have to be cleared and faulted in each time, and would leave
/// holes in the heap that grow with every thread that took part.
fn spare() -> MutexGuard<'static, Vec<Vec<u8>>> {
    static BUFFERS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A buffer on its way through hyper; it becomes available again when the last reference is dropped.
struct Loan {
    buffer: Vec<u8>,
    filled: usize,
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut spare = spare();
        if spare.len() < SPARE {
            spare.push(std::mem::take(&mut self.buffer));
        }
    }
}
