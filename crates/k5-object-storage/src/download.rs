//! An object being downloaded.

use crate::generated::ObjectInfo;
use crate::transfer::{Check, Progress, Target, drain};
use k5_core::{ByteStream, Error, ErrorKind, Response, Result, Sent};
use std::io::Write;
use std::path::Path;
use tokio::io::AsyncRead;

/// What the server says about an object, and its bytes, not read yet.
#[derive(Debug)]
pub struct Download {
    info: ObjectInfo,
    body: ByteStream,
    whole: bool,
    /// Which object, for error messages.
    target: Option<String>,
    verify: bool,
    progress: Progress,
}

impl Download {
    pub(crate) fn new(info: ObjectInfo, response: Response) -> Self {
        Self {
            info,
            whole: response.status == http::StatusCode::OK,
            target: response.target(&crate::generated::meta::DOWNLOAD_OBJECT),
            body: response.body,
            verify: true,
            progress: Progress::default(),
        }
    }

    /// The metadata from the headers of this answer: of a range, `content_length` is that of the range.
    pub fn info(&self) -> &ObjectInfo {
        &self.info
    }

    /// What the headers say about the whole object: of a range too, `content_length` is the object's size, and there is no
    /// `content_range`.
    pub fn object_info(&self) -> ObjectInfo {
        let mut info = self.info.clone();
        if !self.whole {
            info.content_length = self.size();
            info.content_range = None;
            info.headers.remove(http::header::CONTENT_RANGE);
            match info.content_length {
                Some(size) => drop(info.headers.insert(http::header::CONTENT_LENGTH, size.into())),
                None => drop(info.headers.remove(http::header::CONTENT_LENGTH)),
            }
        }
        info
    }

    /// The size of the whole object in bytes, if the server tells it, also where this is a range of it.
    pub fn size(&self) -> Option<u64> {
        match self.whole {
            true => self.info.content_length,
            false => crate::transfer::content_range(&self.info).map(|(_, size)| size),
        }
    }

    /// Whether this is the entire object and not a range of it.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The length of the body in bytes, if known.
    pub fn length(&self) -> Option<u64> {
        self.body.remaining()
    }

    /// Whether to hash and compare what [`Download::to_path`] and [`Download::write_to`] write; on by default.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Counts the bytes there.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// The MD5 that the complete content must have; `None` for a range and for a large object, whose ETag is not the MD5 of its
    /// content.
    pub fn expected_md5(&self) -> Option<&str> {
        self.info.md5().filter(|_| self.whole)
    }

    /// What to compare with, if anything. A proxy's page (a network login, say) must not pass for an object: object storage never
    /// omits all of these headers.
    fn checked_md5(&self) -> Result<Option<String>> {
        self.check_origin(self.verify)?;
        Ok(self.expected_md5().filter(|_| self.verify).map(str::to_owned))
    }

    /// Whether object storage answered.
    pub(crate) fn check_origin(&self, verify: bool) -> Result<()> {
        if verify && self.info.etag.is_none() && self.info.timestamp.is_none() && self.info.trans_id.is_none() {
            let kind = self.info.content_type.as_deref().unwrap_or("something");
            let message =
                format!("the answer is {kind} without an ETag: not object storage but a proxy on the way may have answered");
            return Err(self.strange(message));
        }
        Ok(())
    }

    /// The error for an answer that did not come from object storage.
    pub(crate) fn strange(&self, message: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Decode, message).with_operation(&crate::generated::meta::DOWNLOAD_OBJECT);
        error.with_target(self.target.clone()).with_sent(Sent::Yes)
    }

    /// The bytes as they arrive, with their length checked but not their MD5.
    pub fn into_stream(self) -> ByteStream {
        self.body
    }

    /// The bytes as a tokio reader, with their length checked but not their MD5.
    pub fn into_async_read(self) -> impl AsyncRead + Send + Unpin {
        crate::transfer::StreamReader::new(self.body)
    }

    /// Returns all bytes in memory.
    ///
    /// # Errors
    /// Fails if there are more than `limit` bytes, the connection breaks, or the MD5 differs.
    pub async fn collect(self, limit: usize) -> Result<bytes::Bytes> {
        let expected = self.checked_md5()?;
        let bytes = self.body.collect(limit).await?;
        compare(expected.as_deref(), expected.as_ref().map(|_| crate::transfer::md5_hex(&bytes)).as_deref())?;
        self.progress.set(bytes.len() as u64);
        Ok(bytes)
    }

    /// Writes the bytes to `writer`, on a thread that may block, and compares their MD5. Bytes written before an error stay
    /// written. Returns the writer and the number of bytes.
    ///
    /// # Errors
    /// Fails if the connection breaks, the writer fails, or the MD5 differs.
    pub async fn write_to<W: Write + Send + 'static>(self, writer: W, what: &str) -> Result<(W, u64)> {
        let expected = self.checked_md5()?;
        let check = if expected.is_some() { Check::Md5 } else { Check::None };
        let drained = drain(self.body, writer, what, check, &self.progress).await?;
        compare(expected.as_deref(), drained.md5.as_deref())?;
        Ok((drained.writer, drained.bytes))
    }

    /// Writes the bytes to a file, replacing any file of that name. They are first written to `NAME.k5-XXXXXXXX.part`, which is
    /// renamed once all bytes are there and their MD5 is right; until then the old file stays. Returns the number of bytes.
    ///
    /// # Errors
    /// Fails if the connection breaks, the file can't be written, or the MD5 differs; no new file is then left behind.
    pub async fn to_path(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let (target, file) = Target::open(path, false)?;
        let (file, bytes) = self.write_to(file, &path.display().to_string()).await?;
        drop(file);
        target.finish()?;
        Ok(bytes)
    }
}

pub(crate) fn compare(expected: Option<&str>, got: Option<&str>) -> Result<()> {
    match (expected, got) {
        (Some(expected), Some(got)) if !expected.eq_ignore_ascii_case(got) => Err(Error::new(
            ErrorKind::Integrity,
            format!("the bytes that arrived have MD5 {got}, the object has {expected}: they were damaged on the way, so try again"),
        )
        .with_sent(Sent::Yes)),
        _ => Ok(()),
    }
}
