//! A file that is sent in one request.

use crate::transfer::hash::file::FileSource;
use crate::transfer::hash::thread::HashThread;
use crate::transfer::progress::Progress;
use bytes::Bytes;
use k5_core::ReadAt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// A file that is hashed on the way, and checked again before its last bytes are sent: a file that changed meanwhile gives an
/// error and no object.
pub(crate) struct HashedFile {
    file: Arc<FileSource>,
    verify: bool,
    progress: Progress,
    attempt: Mutex<Attempt>,
}

#[derive(Default)]
struct Attempt {
    hashing: Option<HashThread>,
    sent: u64,
}

impl HashedFile {
    pub(crate) fn new(file: Arc<FileSource>, verify: bool, progress: Progress) -> Self {
        Self { file, verify, progress, attempt: Mutex::default() }
    }

    /// The MD5 of all bytes, once they were all sent.
    pub(crate) async fn md5(&self) -> Option<String> {
        let hashing = self.attempt.lock().unwrap_or_else(PoisonError::into_inner).hashing.take();
        hashing?.finish().await
    }
}

impl ReadAt for HashedFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(offset, buffer)?;
        if offset + read as u64 >= self.file.length && self.file.check().is_err() {
            return Err(io::Error::other("it changed while it was read; nothing was stored, so try again"));
        }
        Ok(read)
    }

    fn passed(&self, offset: u64, chunk: &Bytes) {
        let mut attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        if offset == 0 {
            // The first attempt, or one more after a refusal.
            *attempt = Attempt { hashing: self.verify.then(HashThread::start), sent: 0 };
        }
        // The thread of an abandoned attempt may still deliver a chunk.
        if offset != attempt.sent {
            return;
        }
        attempt.sent += chunk.len() as u64;
        self.progress.set(attempt.sent);
        if let Some(hashing) = &attempt.hashing {
            hashing.take_blocking(vec![chunk.clone()]);
        }
    }
}
