//! One object in, by one PUT, checked both ways.

use super::source::{HashedFile, Sum, hashed_stream, read_stream};
use super::{Progress, SMALL, md5};
use crate::generated::{UploadObject, Uploaded};
use crate::large::content_md5;
use crate::{ObjectStorage, limits};
use bytes::Bytes;
use k5_core::{Body, ByteStream, Error, ErrorKind, Result, Sent};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An upload under construction; see [`ObjectStorage::upload`].
#[must_use = "nothing is sent before `send`"]
pub struct Upload {
    storage: ObjectStorage,
    container: String,
    object: String,
    source: Source,
    metadata: BTreeMap<String, String>,
    content_type: Option<String>,
    configure: Vec<Box<dyn FnOnce(UploadObject) -> UploadObject + Send>>,
    verify: bool,
    progress: Progress,
}

enum Source {
    Bytes(Bytes),
    Path(PathBuf),
    Reader(Box<dyn Read + Send>, Option<u64>),
    Stream(ByteStream, Option<u64>),
}

/// An object that is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// The MD5 of its bytes as the server has it.
    pub etag: Option<String>,
    /// All that the server said.
    pub answer: Uploaded,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("container", &self.container).field("object", &self.object).finish_non_exhaustive()
    }
}

impl ObjectStorage {
    /// Stores an object of up to 5 GiB from a file, a reader, a stream or memory, in place of what has its name. Without a
    /// source it is empty.
    ///
    /// The bytes are hashed on the way and the sum is compared with what the server stored; up to 64 KiB it is sent ahead, and
    /// the server refuses what differs. An upload that fails or is dropped leaves no object, and what was there before stays.
    /// A file is sent again when the connection breaks; a reader or stream that was begun is not.
    ///
    /// Object storage 10 (Upload object).
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let stored = swift.upload("backups", "db.dump").from_path("/tmp/db.dump").metadata("owner", "ops").send().await?;
    /// println!("{} bytes", stored.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(&self, container: &str, object: &str) -> Upload {
        Upload {
            storage: self.clone(),
            container: container.to_owned(),
            object: object.to_owned(),
            source: Source::Bytes(Bytes::new()),
            metadata: BTreeMap::new(),
            content_type: None,
            configure: Vec::new(),
            verify: true,
            progress: Progress::default(),
        }
    }
}

impl Upload {
    /// Takes the bytes of a file. Its media type is guessed from the object's name unless one is set.
    pub fn from_path(mut self, path: impl AsRef<Path>) -> Self {
        self.source = Source::Path(path.as_ref().to_owned());
        self
    }

    /// Takes bytes in memory.
    pub fn from_bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.source = Source::Bytes(bytes.into());
        self
    }

    /// Takes what a reader gives until it ends, on a thread that may block. `length` in bytes, where it is known; a reader that
    /// gives fewer or more is an error, and nothing is stored.
    pub fn from_reader(mut self, reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        self.source = Source::Reader(Box::new(reader), length);
        self
    }

    /// Takes a stream. `length` in bytes, where it is known.
    pub fn from_stream(mut self, stream: ByteStream, length: Option<u64>) -> Self {
        self.source = Source::Stream(stream, length);
        self
    }

    /// The media type.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.content_type = Some(kind.to_owned());
        self
    }

    /// An item of metadata; `name` without `X-Object-Meta-`.
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Anything else that the operation has a setter for: expiry, encoding, conditions.
    pub fn configure(mut self, set: impl FnOnce(UploadObject) -> UploadObject + Send + 'static) -> Self {
        self.configure.push(Box::new(set));
        self
    }

    /// Whether to hash and compare; on unless told otherwise.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Counts the bytes there.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// Names, metadata or size over a limit and a source that can't be read, before anything is sent; what the server or the
    /// network did; [`ErrorKind::Integrity`] when the server stored other bytes, which are deleted then.
    pub async fn send(mut self) -> Result<Stored> {
        limits::container_name(&self.container)?;
        limits::object_name(&self.object)?;
        limits::metadata(&self.metadata)?;
        let source = std::mem::replace(&mut self.source, Source::Bytes(Bytes::new()));
        let (body, sum) = open(source, self.verify, self.progress.clone()).await?;
        let mut put = self.storage.upload_object(&self.container, &self.object, body);
        if let (true, Summed::Known(md5, _)) = (self.verify, &sum) {
            put = put.etag(md5);
        }
        put = put.content_type(self.content_type.as_deref().unwrap_or_else(|| guess_type(&self.object)));
        for (name, value) in &self.metadata {
            put = put.metadata(name, value);
        }
        for set in std::mem::take(&mut self.configure) {
            put = set(put);
        }
        let answer = put.send().await?;
        let (md5, bytes) = sum.finish().await;
        let is_large = answer.headers.contains_key("x-object-manifest");
        if let (true, Some(md5), Some(stored)) = (self.verify, &md5, content_md5(answer.etag.as_deref(), is_large))
            && !md5.eq_ignore_ascii_case(stored)
        {
            settle(&self.storage, (&self.container, &self.object), (md5, stored)).await?;
        }
        self.progress.set(bytes);
        Ok(Stored { bytes, etag: md5.or_else(|| answer.etag.clone()), answer })
    }
}

async fn open(source: Source, verify: bool, progress: Progress) -> Result<(Body, Summed)> {
    match source {
        Source::Bytes(bytes) => {
            limits::object_size(bytes.len() as u64)?;
            let summed = Summed::Known(md5::hex(&bytes), bytes.len() as u64);
            Ok((Body::bytes(bytes), summed))
        }
        Source::Path(path) => tokio::task::spawn_blocking(move || open_file(&path, verify, progress))
            .await
            .map_err(|_| Error::local("the source can't be read", std::io::Error::other("interrupted")))?,
        Source::Reader(reader, length) => {
            length.map_or(Ok(()), limits::object_size)?;
            let sum = Sum::default();
            Ok((Body::one_shot(length, read_stream(reader, length, verify, sum.clone(), progress)), Summed::Stream(sum)))
        }
        Source::Stream(stream, length) => {
            length.map_or(Ok(()), limits::object_size)?;
            let sum = Sum::default();
            Ok((Body::one_shot(length, hashed_stream(stream, length, verify, sum.clone(), progress)), Summed::Stream(sum)))
        }
    }
}

/// The sums differ. Either the answer was wrong, which a second look shows, or the object is, and then it must not stay.
async fn settle(storage: &ObjectStorage, (container, object): (&str, &str), (sent, stored): (&str, &str)) -> Result<()> {
    let shown = storage.show_object(container, object).send().await;
    if shown.is_ok_and(|info| info.etag.is_some_and(|etag| etag.eq_ignore_ascii_case(sent))) {
        return Ok(());
    }
    let removed = storage.delete_object(container, object).send().await;
    let outcome = match removed {
        Ok(_) => "it was deleted again".to_owned(),
        Err(error) => format!("it could not be deleted ({error}); delete it"),
    };
    let message = format!("{container}/{object} was stored with MD5 {stored}, but {sent} was sent: {outcome}, then upload again");
    Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
}

/// The MD5 and length of what is sent: known before, or once it is sent.
enum Summed {
    Known(String, u64),
    File(Arc<HashedFile>, u64),
    Stream(Sum),
}

impl Summed {
    async fn finish(self) -> (Option<String>, u64) {
        match self {
            Self::Known(md5, bytes) => (Some(md5), bytes),
            Self::File(file, bytes) => (file.md5().await, bytes),
            Self::Stream(sum) => sum.take().await,
        }
    }
}

fn open_file(path: &Path, verify: bool, progress: Progress) -> Result<(Body, Summed)> {
    let unreadable = |error| Error::local(format!("{} can't be read", path.display()), error);
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(Error::invalid_input(format!("{} is a directory", path.display())));
    }
    let length = about.len();
    if !about.is_file() {
        // A pipe or device has no length and no positions.
        let sum = Sum::default();
        let stream = read_stream(Box::new(file), None, verify, sum.clone(), progress);
        return Ok((Body::one_shot(None, stream), Summed::Stream(sum)));
    }
    limits::object_size(length)?;
    if length <= SMALL {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
        (&file).take(SMALL + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 != length {
            return Err(unreadable(std::io::Error::other("it changed while it was read; nothing was stored, so try again")));
        }
        let summed = Summed::Known(md5::hex(&bytes), length);
        return Ok((Body::bytes(bytes), summed));
    }
    let file = Arc::new(HashedFile::new(file, length, about.modified().ok(), verify, progress));
    Ok((Body::read_at(file.clone(), 0, length), Summed::File(file, length)))
}

/// The media type by the end of the name.
fn guess_type(object: &str) -> &'static str {
    mime_guess::from_path(object).first_raw().unwrap_or("application/octet-stream")
}
