//! An image's data on its way to the cloud: counted and hashed as it is sent.

use crate::failure::{Failure, Outcome};
use crate::progress::Bar;
use crate::stdio;
use futures_core::Stream;
use k5::bytes::Bytes;
use k5::transport::{Body, ByteStream, ReadAt};
use k5_md5::Md5;
use std::fs::File;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A file, a pipe or stdin whose content becomes an image.
pub(super) struct Source {
    file: File,
    /// How long it is, where that is known and stays so.
    length: Option<u64>,
}

/// What was sent so far.
#[derive(Clone)]
pub(super) struct Passed {
    md5: Arc<Mutex<Md5>>,
    bytes: Arc<AtomicU64>,
}

impl Source {
    /// Opens it. Nothing is read yet.
    pub(super) fn open(path: &Path) -> Outcome<Self> {
        let unreadable = |error: io::Error| Failure::file(path.display(), &error);
        let is_stdin = path.as_os_str() == "-";
        let file = if is_stdin { stdio::stdin_file()? } else { File::open(path).map_err(unreadable)? };
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(Failure::usage(format!("{} is a directory", path.display())));
        }
        // stdin may have been read by somebody else already, and files of /proc have other lengths than they say.
        let length = (about.is_file() && !is_stdin && about.len() > 0).then_some(about.len());
        Ok(Self { file, length })
    }

    /// Its content as a request's body, and what will have been sent of it.
    pub(super) fn body(self, bar: &Bar) -> (Body, Passed) {
        let passed = Passed { md5: Arc::default(), bytes: bar.counter() };
        let body = match self.length {
            Some(length) => {
                bar.expect(1, length);
                bar.expected_all();
                Body::read_at(Arc::new(Hashed { file: self.file, passed: passed.clone() }), 0, length)
            }
            None => {
                let inner = stdio::stream_of(self.file);
                Body::one_shot(None, ByteStream::from_stream(HashedStream { inner, passed: passed.clone() }))
            }
        };
        (body, passed)
    }
}

impl Passed {
    fn restart(&self) {
        *self.md5.lock().unwrap_or_else(PoisonError::into_inner) = Md5::new();
        self.bytes.store(0, Ordering::Relaxed);
    }

    fn add(&self, chunk: &[u8]) {
        self.md5.lock().unwrap_or_else(PoisonError::into_inner).update(chunk);
        self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }

    /// The MD5 of what was sent.
    pub(super) fn checksum(&self) -> String {
        k5_md5::hex(&self.md5.lock().unwrap_or_else(PoisonError::into_inner).clone().finish())
    }

    /// How many bytes were sent.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

struct Hashed {
    file: File,
    passed: Passed,
}

impl ReadAt for Hashed {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        ReadAt::read_at(&self.file, offset, buffer)
    }

    fn passed(&self, offset: u64, chunk: &Bytes) {
        if offset == 0 {
            self.passed.restart();
        }
        self.passed.add(chunk);
    }
}

struct HashedStream {
    inner: ByteStream,
    passed: Passed,
}

impl Stream for HashedStream {
    type Item = k5::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = std::task::ready!(self.inner.poll_chunk(cx));
        if let Some(Ok(chunk)) = &chunk {
            self.passed.add(chunk);
        }
        Poll::Ready(chunk)
    }
}
