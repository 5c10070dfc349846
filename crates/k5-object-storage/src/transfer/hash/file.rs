//! A file whose parts are read and hashed individually.

use super::CHUNK;
use k5_core::{Error, ReadAt, Result};
use k5_md5::Md5;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A file whose size and time of last change are known, and checked again later.
pub(crate) struct FileSource {
    file: File,
    path: PathBuf,
    pub(crate) length: u64,
    pub(crate) modified: Option<SystemTime>,
}

impl FileSource {
    pub(crate) fn new(file: File, path: &Path, about: &std::fs::Metadata) -> Self {
        Self { file, path: path.to_owned(), length: about.len(), modified: about.modified().ok() }
    }

    /// Checks that it is unchanged.
    pub(crate) fn check(&self) -> io::Result<()> {
        let now = self.file.metadata()?;
        match now.len() == self.length && now.modified().ok() == self.modified {
            true => Ok(()),
            false => Err(io::Error::other("it changed while it was read")),
        }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        ReadAt::read_at(&self.file, offset, buffer)
    }

    pub(crate) fn unreadable(&self, error: io::Error) -> Error {
        Error::local(format!("{} can't be read", self.path.display()), error).with_sent(k5_core::Sent::Maybe)
    }

    /// The MD5 of a part, in lower-case hexadecimal. Parts are hashed in parallel, each on a thread that may block.
    pub(crate) async fn md5_of(self: &Arc<Self>, range: Range<u64>) -> Result<String> {
        let source = self.clone();
        let hashed = tokio::task::spawn_blocking(move || md5_of_range(&source.file, range)).await;
        let hashed = hashed.unwrap_or_else(|_| Err(io::Error::other("interrupted")));
        hashed.map(|md5| k5_md5::hex(&md5.finish())).map_err(|error| self.unreadable(error))
    }
}

/// Hashes a part of a file.
pub(crate) fn md5_of_range(file: &File, range: Range<u64>) -> io::Result<Md5> {
    let mut md5 = Md5::new();
    update_from(&mut md5, file, range, &mut vec![0; CHUNK])?;
    Ok(md5)
}

/// Adds a part of a file to a running MD5.
pub(crate) fn update_from(md5: &mut Md5, file: &File, mut left: Range<u64>, buffer: &mut [u8]) -> io::Result<()> {
    while !left.is_empty() {
        let read = read_next(file, &left, buffer)?;
        left.start += read.len() as u64;
        md5.update(read);
    }
    Ok(())
}

/// The first bytes of a part, as many as fit.
pub(crate) fn read_next<'a>(file: &File, left: &Range<u64>, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let want = usize::try_from(left.end - left.start).unwrap_or(buffer.len()).min(buffer.len());
    let mut filled = 0;
    while filled < want {
        match ReadAt::read_at(file, left.start + filled as u64, &mut buffer[filled..want]) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it has become shorter")),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(&buffer[..want])
}
