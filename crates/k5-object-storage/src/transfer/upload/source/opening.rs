//! Opening an upload's source, and how it is sent: in one request, or in segments.

use super::cutter::Cutter;
use super::file::HashedFile;
use super::hashed::{self, Sum, hashed_stream, read_stream};
use crate::limits;
use crate::transfer::hash::file::FileSource;
use crate::transfer::hash::thread as md5;
use crate::transfer::progress::Progress;
use crate::transfer::small::SMALL_FILE;
use crate::transfer::small::read::{self, SmallFile};
use bytes::Bytes;
use k5_core::{Body, ByteStream, Error, Result};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// How many bytes are hashed on the thread of the caller: 1 MiB, which takes one or two milliseconds.
const AT_ONCE: usize = 1 << 20;

/// Where an upload's bytes come from.
pub(crate) enum Source {
    Bytes(Bytes),
    Chunks(Vec<Bytes>),
    Small(SmallFile),
    Path(PathBuf),
    Reader(Box<dyn Read + Send>, Option<u64>),
    Stream(ByteStream, Option<u64>),
}

/// A source that is sent in one request, or in segments.
pub(crate) enum Opened {
    Whole(Whole),
    Large(Large),
}

/// A source that is sent in segments.
pub(crate) enum Large {
    File(Arc<FileSource>),
    Stream(Box<Cutter>, Option<u64>),
}

/// A source that is sent in one request.
pub(crate) enum Whole {
    Bytes(Bytes),
    /// The same with its MD5.
    Hashed(Bytes, String),
    /// Chunks in memory, which can be sent again.
    Chunks(Vec<Bytes>),
    File(Arc<FileSource>),
    Reader(Box<dyn Read + Send>, Option<u64>),
    Stream(ByteStream, Option<u64>),
}

impl Whole {
    /// Chunks, or the only one.
    fn of(chunks: Vec<Bytes>) -> Self {
        match chunks.len() {
            0 | 1 => Self::Bytes(chunks.into_iter().next().unwrap_or_default()),
            _ => Self::Chunks(chunks),
        }
    }

    /// How many bytes it has, if that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) | Self::Hashed(bytes, _) => Some(bytes.len() as u64),
            Self::Chunks(chunks) => Some(chunks.iter().map(|chunk| chunk.len() as u64).sum()),
            Self::File(file) => Some(file.length),
            Self::Reader(_, length) | Self::Stream(_, length) => *length,
        }
    }

    /// Whether it has so many bytes to hash in advance that others would have to wait on the same thread.
    pub(crate) fn takes_time(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.len() > AT_ONCE,
            Self::Chunks(chunks) => chunks.iter().map(Bytes::len).sum::<usize>() > AT_ONCE,
            _ => false,
        }
    }

    pub(crate) fn into_body(self, verify: bool, progress: Progress) -> Result<(Body, Summed)> {
        match self {
            Self::Bytes(bytes) => {
                limits::object_size(bytes.len() as u64)?;
                let summed = Summed::Known(md5::hex(&bytes), bytes.len() as u64);
                Ok((Body::bytes(bytes), summed))
            }
            Self::Hashed(bytes, md5) => {
                let summed = Summed::Known(md5, bytes.len() as u64);
                Ok((Body::bytes(bytes), summed))
            }
            Self::Chunks(chunks) => {
                limits::object_size(chunks.iter().map(|chunk| chunk.len() as u64).sum())?;
                let mut md5 = k5_md5::Md5::new();
                chunks.iter().for_each(|chunk| md5.update(chunk));
                let bytes = chunks.iter().map(|chunk| chunk.len() as u64).sum();
                let chunks = Arc::new(chunks);
                let body = Body::replayable(Some(bytes), move || hashed::chunk_stream(&chunks, progress.clone()));
                Ok((body, Summed::Known(k5_md5::hex(&md5.finish()), bytes)))
            }
            Self::File(file) => {
                let length = file.length;
                limits::object_size(length)?;
                let file = Arc::new(HashedFile::new(file, verify, progress));
                Ok((Body::read_at(file.clone(), 0, length), Summed::File(file, length)))
            }
            Self::Reader(reader, length) => {
                length.map_or(Ok(()), limits::object_size)?;
                let sum = Sum::default();
                let stream = read_stream(reader, length, verify, sum.clone(), progress);
                Ok((Body::one_shot(length, stream), Summed::Stream(sum)))
            }
            Self::Stream(stream, length) => {
                length.map_or(Ok(()), limits::object_size)?;
                let sum = Sum::default();
                let stream = hashed_stream(stream, length, verify, sum.clone(), progress);
                Ok((Body::one_shot(length, stream), Summed::Stream(sum)))
            }
        }
    }
}

/// Decides how a source is sent: `threshold` bytes and fewer in one request. A stream of unknown length is read up to `first` bytes
/// for that. A file's modification time is included.
pub(crate) async fn open(source: Source, threshold: u64, first: u64) -> Result<(Opened, Option<SystemTime>)> {
    let (stream, length) = match source {
        Source::Bytes(bytes) if bytes.len() as u64 <= threshold => return Ok((Opened::Whole(Whole::Bytes(bytes)), None)),
        Source::Small(SmallFile { bytes, md5, modified, .. }) if bytes.len() as u64 <= threshold => {
            return Ok((Opened::Whole(Whole::Hashed(bytes, md5)), modified));
        }
        Source::Chunks(chunks) => {
            let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
            if length <= threshold {
                return Ok((Opened::Whole(Whole::of(chunks)), None));
            }
            (hashed::chunk_stream(&Arc::new(chunks), Progress::default()), Some(length))
        }
        Source::Bytes(bytes) => {
            let length = bytes.len() as u64;
            (ByteStream::from_bytes(bytes), Some(length))
        }
        // Segments are this small only on request. They are sent like those of a file.
        Source::Path(path) | Source::Small(SmallFile { path, .. }) => {
            let opened = tokio::task::spawn_blocking(move || open_file(&path, threshold)).await;
            match opened.map_err(|_| Error::local("the source can't be read", std::io::Error::other("interrupted")))?? {
                OpenedFile::Whole(whole, modified) => return Ok((Opened::Whole(whole), modified)),
                OpenedFile::Large(file) => {
                    let modified = file.modified;
                    return Ok((Opened::Large(Large::File(file)), modified));
                }
                // A pipe or device has no length and no positions.
                OpenedFile::Pipe(file) => (hashed::plain_stream(Box::new(file), None), None),
            }
        }
        Source::Reader(reader, Some(length)) if length <= threshold => {
            return Ok((Opened::Whole(Whole::Reader(reader, Some(length))), None));
        }
        Source::Stream(stream, Some(length)) if length <= threshold => {
            return Ok((Opened::Whole(Whole::Stream(stream, Some(length))), None));
        }
        Source::Reader(reader, length) => (hashed::plain_stream(reader, length), length),
        Source::Stream(stream, length) => (stream, length),
    };
    let mut cutter = Cutter::new(stream, length);
    if length.is_none() {
        let first = threshold.min(first).max(1);
        let chunks = cutter.next(first + 1, None).await?;
        if chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>() <= first {
            return Ok((Opened::Whole(Whole::of(chunks)), None));
        }
        cutter.put_back(&chunks);
    }
    Ok((Opened::Large(Large::Stream(Box::new(cutter), length)), None))
}

/// The MD5 and length of what is sent: known before, or once it is sent.
pub(crate) enum Summed {
    Known(String, u64),
    File(Arc<HashedFile>, u64),
    Stream(Sum),
}

impl Summed {
    pub(crate) async fn finish(self) -> (Option<String>, u64) {
        match self {
            Self::Known(md5, bytes) => (Some(md5), bytes),
            Self::File(file, bytes) => (file.md5().await, bytes),
            Self::Stream(sum) => sum.take().await,
        }
    }
}

enum OpenedFile {
    Whole(Whole, Option<SystemTime>),
    Large(Arc<FileSource>),
    Pipe(File),
}

fn open_file(path: &Path, threshold: u64) -> Result<OpenedFile> {
    let unreadable = |error| Error::local(format!("{} can't be read", path.display()), error);
    let mut file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(Error::invalid_input(format!("{} is a directory", path.display())));
    }
    if !about.is_file() {
        return Ok(OpenedFile::Pipe(file));
    }
    let length = about.len();
    if length > threshold {
        return Ok(OpenedFile::Large(Arc::new(FileSource::new(file, path, &about))));
    }
    if length <= SMALL_FILE {
        if let Some(bytes) = read::read_whole(&file, &about).map_err(unreadable)? {
            return Ok(OpenedFile::Whole(Whole::Bytes(bytes.into()), about.modified().ok()));
        }
        // It has more bytes than its reported length, so neither its length nor positions mean anything.
        file.rewind().map_err(unreadable)?;
        return Ok(OpenedFile::Pipe(file));
    }
    let modified = about.modified().ok();
    Ok(OpenedFile::Whole(Whole::File(Arc::new(FileSource::new(file, path, &about))), modified))
}
