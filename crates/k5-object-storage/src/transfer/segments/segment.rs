//! A segment: one to be stored, one that is stored, and one that an earlier run left.

use super::sums::Sums;
use crate::transfer::hash::file::FileSource;
use crate::transfer::hash::memory::{Summing, Together};
use bytes::Bytes;
use k5_core::{Error, ErrorKind, Result, Sent};
use std::ops::Range;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// A segment to be stored.
pub(crate) struct Piece {
    pub(crate) index: u64,
    pub(crate) length: u64,
    pub(crate) content: Content,
    /// Where it is known before it is sent.
    pub(crate) md5: Option<String>,
    /// Where the sum of bytes in memory comes from once they are sent.
    pub(crate) summing: Option<Summing>,
    pub(crate) attempts: u32,
    /// Whether it was looked up among the stored segments.
    pub(crate) looked: bool,
    /// Whether its usual name is taken by other bytes.
    pub(crate) taken: bool,
    /// The memory that it occupies.
    _permit: Option<OwnedSemaphorePermit>,
}

/// Where a segment's bytes are.
pub(crate) enum Content {
    Part(Arc<FileSource>, Range<u64>),
    Memory(Arc<Vec<Bytes>>),
}

/// A segment that is stored.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) index: u64,
    /// The complete name in the container of segments.
    pub(crate) name: String,
    pub(crate) etag: String,
    pub(crate) bytes: u64,
    pub(crate) reused: bool,
}

impl Piece {
    pub(crate) fn part(source: &Arc<FileSource>, index: u64, range: Range<u64>) -> Self {
        let length = range.end - range.start;
        Self::new(index, length, Content::Part(source.clone(), range), None, None)
    }

    pub(crate) fn memory(index: u64, chunks: Vec<Bytes>, md5: Option<String>, permit: Option<OwnedSemaphorePermit>) -> Self {
        let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Self::new(index, length, Content::Memory(Arc::new(chunks)), md5, permit)
    }

    fn new(index: u64, length: u64, content: Content, md5: Option<String>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self { index, length, content, md5, summing: None, attempts: 0, looked: false, taken: false, _permit: permit }
    }

    /// The same, hashed together with others once it is sent, if it is in memory.
    pub(crate) fn summed_by(mut self, together: &Arc<Together>) -> Self {
        if let Content::Memory(chunks) = &self.content {
            self.summing = Some(together.add(chunks.clone()));
        }
        self
    }

    /// The same, to be sent whatever a listing says.
    pub(crate) fn without_a_look(mut self) -> Self {
        self.looked = true;
        self
    }

    /// The MD5 of its bytes, which are read just for this if necessary.
    pub(crate) async fn sum(&mut self, sums: Option<&Arc<Sums>>) -> Result<String> {
        if let Some(md5) = &self.md5 {
            return Ok(md5.clone());
        }
        if let Some(summing) = &self.summing {
            let interrupted = || Error::new(ErrorKind::Local, "the hashing of a segment was interrupted").with_sent(Sent::Yes);
            return Ok(self.md5.insert(summing.sum().await.ok_or_else(interrupted)?).clone());
        }
        let md5 = match (&self.content, sums) {
            (Content::Part(..), Some(sums)) => sums.of(self.index).await?,
            (Content::Part(source, range), None) => source.md5_of(range.clone()).await?,
            (Content::Memory(chunks), _) => {
                let mut md5 = k5_md5::Md5::new();
                chunks.iter().for_each(|chunk| md5.update(chunk));
                k5_md5::hex(&md5.finish())
            }
        };
        self.md5 = Some(md5.clone());
        Ok(md5)
    }
}

/// A segment of an earlier run.
pub(crate) struct Earlier {
    pub(crate) name: String,
    pub(crate) hash: Option<String>,
    pub(crate) bytes: u64,
}
