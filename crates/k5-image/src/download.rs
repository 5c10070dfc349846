//! An image's data being downloaded.

use crate::generated::ImageDataInfo;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use k5_core::{ByteStream, Error, ErrorKind, Response, Result, Sent};
use k5_md5::Md5;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What the server says about an image's data, and its bytes, not read yet.
#[derive(Debug)]
pub struct ImageDownload {
    info: ImageDataInfo,
    body: ByteStream,
    has_data: bool,
    /// Which image, for error messages.
    target: Option<String>,
}

impl ImageDownload {
    pub(crate) fn new(info: ImageDataInfo, response: Response) -> Self {
        Self {
            info,
            has_data: response.status != http::StatusCode::NO_CONTENT,
            target: response.target(&crate::generated::meta::DOWNLOAD_IMAGE),
            body: response.body,
        }
    }

    /// What the headers say.
    pub fn info(&self) -> &ImageDataInfo {
        &self.info
    }

    /// Whether the image has data; one that is queued has none.
    pub fn has_data(&self) -> bool {
        self.has_data
    }

    /// The length in bytes, if known.
    pub fn length(&self) -> Option<u64> {
        self.body.remaining()
    }

    /// The MD5 that the bytes must have, in lower case; `None` if the server doesn't say.
    pub fn expected_md5(&self) -> Option<String> {
        let sum = self.info.md5.as_deref().filter(|_| self.has_data)?;
        (sum.len() == 32 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| sum.to_ascii_lowercase())
    }

    /// The bytes as they arrive. They are hashed along the way, and the stream ends with an error if their MD5 is not the image's.
    pub fn into_stream(self) -> ByteStream {
        match self.expected_md5() {
            Some(expected) => {
                let check = Check { hash: Md5::new(), expected, target: self.target };
                ByteStream::from_body(Checked { body: self.body, check: Some(check) })
            }
            None => self.body,
        }
    }

    /// Returns all bytes in memory.
    ///
    /// # Errors
    /// Fails if there are more than `limit` bytes, the connection breaks, or the MD5 differs.
    pub async fn collect(self, limit: usize) -> Result<Bytes> {
        self.into_stream().collect(limit).await
    }
}

struct Check {
    hash: Md5,
    expected: String,
    target: Option<String>,
}

impl Check {
    fn finish(self) -> Result<()> {
        let sum = k5_md5::hex(&self.hash.finish());
        if sum == self.expected {
            return Ok(());
        }
        let expected = self.expected;
        let message =
            format!("the bytes that arrived have MD5 {sum}, the image has {expected}: they were damaged on the way, so try again");
        let error = Error::new(ErrorKind::Integrity, message).with_operation(&crate::generated::meta::DOWNLOAD_IMAGE);
        Err(error.with_target(self.target).with_sent(Sent::Yes))
    }
}

/// A stream that compares its MD5 at the end.
struct Checked {
    body: ByteStream,
    check: Option<Check>,
}

impl Body for Checked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        match ready!(self.body.poll_chunk(context)) {
            Some(Ok(chunk)) => {
                if let Some(check) = &mut self.check {
                    check.hash.update(&chunk);
                }
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Some(Err(error)) => {
                self.check = None;
                Poll::Ready(Some(Err(error)))
            }
            None => Poll::Ready(self.check.take().and_then(|check| check.finish().err()).map(Err)),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.body.remaining().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
