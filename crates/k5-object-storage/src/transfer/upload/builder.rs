//! An upload under construction, and the decision whether it is sent in one request or in segments.

use super::running::{Cleanup, RunningUpload};
use super::segmented::Segmented;
use super::source::opening::{Large, Opened, Source, Whole, open};
use super::stored::Stored;
use crate::generated::{builder::UploadObject, meta::UPLOAD_OBJECT};
use crate::mtime::Mtime;
use crate::transfer::progress::{Meter, Progress};
use crate::transfer::segments::Layout;
use crate::transfer::segments::sizes::SEGMENTS_FROM;
use crate::transfer::small::read::SmallFile;
use crate::transfer::window::CONCURRENCY;
use crate::{ObjectStorage, limits};
use bytes::Bytes;
use k5_core::retry::RetryPolicy;
use k5_core::{Body, ByteStream, Error, ErrorKind, Pairs, Result};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// How many bytes of a source without positions are held in memory by default: 64 MiB.
pub const BUFFER_LIMIT: u64 = 64 << 20;
/// An upload under construction; see [`ObjectStorage::upload`].
#[must_use = "nothing is sent before `send`"]
pub struct Upload {
    pub(super) storage: ObjectStorage,
    pub(super) container: String,
    pub(super) object: String,
    pub(super) source: Source,
    pub(super) metadata: Pairs<String>,
    pub(super) content_type: Option<String>,
    pub(super) configure: Vec<Box<dyn FnOnce(UploadObject) -> UploadObject + Send>>,
    pub(super) verify: bool,
    pub(super) keep_mtime: bool,
    pub(super) progress: Progress,
    /// Of a transfer of many: what its bytes count in as well.
    pub(super) counted_in: Option<Progress>,
    pub(super) segments: Segments,
}

/// How segments are to be stored.
pub(super) struct Segments {
    pub(super) container: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) layout: Layout,
    pub(super) concurrency: usize,
    pub(super) buffer_limit: u64,
    pub(super) resume: bool,
    pub(super) replace: bool,
    pub(super) retry: RetryPolicy,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("container", &self.container).field("object", &self.object).finish_non_exhaustive()
    }
}

impl ObjectStorage {
    /// Stores an object of any size from a file, a reader, a stream or memory, replacing any object of that name. Without a source
    /// the object is empty.
    ///
    /// The bytes are hashed on the way and the sum is compared with what the server stored; a small object is sent with its sum in
    /// advance, and the server rejects it if it differs. An upload that fails or is dropped leaves no object behind, and an
    /// existing object stays.
    ///
    /// Anything larger than 128 MiB ([`Upload::segment_size`] changes that) is sent in segments, several at a time, to the
    /// container `{container}_segments`, and becomes an object with the manifest, which is sent last. A file's segments are read by
    /// position; the same upload after an interruption finds those that are already stored, compares size and MD5, and sends the
    /// rest. A reader or stream is held in memory segment by segment, within [`Upload::buffer_limit`], so that a segment can be
    /// sent again; but if its length is known and below the threshold, it is not held, and is sent once.
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
            metadata: Pairs::new(),
            content_type: None,
            configure: Vec::new(),
            verify: true,
            keep_mtime: false,
            progress: Progress::default(),
            counted_in: None,
            segments: Segments {
                container: None,
                size: None,
                layout: Layout::Static,
                concurrency: CONCURRENCY,
                buffer_limit: BUFFER_LIMIT,
                resume: true,
                replace: false,
                retry: RetryPolicy::default().max_attempts(8),
            },
        }
    }
}

impl Upload {
    /// Reads the bytes from a file. Its media type is guessed from the object's name unless one is set.
    pub fn from_path(mut self, path: impl AsRef<Path>) -> Self {
        self.source = Source::Path(path.as_ref().to_owned());
        self
    }

    /// Uses bytes in memory.
    pub fn from_bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.source = Source::Bytes(bytes.into());
        self
    }

    /// Uses chunks in memory, without copying them together.
    pub fn from_chunks(mut self, chunks: Vec<Bytes>) -> Self {
        self.source = Source::Chunks(chunks);
        self
    }

    /// Uses a file that was read and hashed together with others: see [`SmallFile::read_all`].
    pub fn from_small_file(mut self, file: SmallFile) -> Self {
        self.source = Source::Small(file);
        self
    }

    /// Reads from a reader until it ends, on a thread that may block. `length` is in bytes, if known; if the reader returns fewer
    /// or more, the upload fails and nothing is stored.
    pub fn from_reader(mut self, reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        self.source = Source::Reader(Box::new(reader), length);
        self
    }

    /// Reads from a stream. `length` is in bytes, if known.
    pub fn from_stream(mut self, stream: ByteStream, length: Option<u64>) -> Self {
        self.source = Source::Stream(stream, length);
        self
    }

    /// Sets the media type.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.content_type = Some(kind.to_owned());
        self
    }

    /// Sets an item of metadata; `name` without `X-Object-Meta-`.
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name, value.to_owned());
        self
    }

    /// Sets when it expires, in seconds since 1970; its segments expire with it.
    pub fn delete_at(self, seconds: u64) -> Self {
        self.configure(move |put| put.delete_at(seconds))
    }

    /// Sets after how many seconds it expires; its segments expire a week after that, since they are stored before it.
    pub fn delete_after(self, seconds: u64) -> Self {
        self.configure(move |put| put.delete_after(seconds))
    }

    /// Sets anything else that the operation has a setter for: encoding, conditions.
    pub fn configure(mut self, set: impl FnOnce(UploadObject) -> UploadObject + Send + 'static) -> Self {
        self.configure.push(Box::new(set));
        self
    }

    /// Whether to store the time of a file's last change with the object, as `X-Object-Meta-Mtime` in seconds since 1970 with a
    /// fraction; off by default.
    pub fn keep_mtime(mut self, keep: bool) -> Self {
        self.keep_mtime = keep;
        self
    }

    /// Whether to hash and compare; on by default.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Counts the bytes there. Several transfers may share one.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Counts the bytes there as well.
    pub(crate) fn counted_in(mut self, whole: &Progress) -> Self {
        self.counted_in = Some(whole.clone());
        self
    }

    /// The number of bytes in a segment, except for the last one; anything larger is sent in segments. By default, segments have 64
    /// MiB or a thousandth of the total size, whichever is more, and anything larger than 128 MiB is sent in segments. At most 5
    /// GiB, and within the cluster's own limits.
    pub fn segment_size(mut self, bytes: u64) -> Self {
        self.segments.size = Some(bytes);
        self
    }

    /// The container for segments, `{container}_segments` by default.
    pub fn segments_container(mut self, container: &str) -> Self {
        self.segments.container = Some(container.to_owned());
        self
    }

    /// How many segments are sent at a time, 4 by default; fewer if the server asks to slow down.
    pub fn concurrency(mut self, segments: usize) -> Self {
        self.segments.concurrency = segments.max(1);
        self
    }

    /// The maximum number of bytes of a source without positions (a reader, a stream, a pipe) that are held in memory: 64 MiB by
    /// default, plus up to 1 MiB that a reader is ahead. It also limits the size of their segments.
    pub fn buffer_limit(mut self, bytes: u64) -> Self {
        self.segments.buffer_limit = bytes.max(1);
        self
    }

    /// Whether to use segments that an earlier run stored; on by default. Otherwise every byte is sent, under new names.
    pub fn resume(mut self, resume: bool) -> Self {
        self.segments.resume = resume;
        self
    }

    /// How a large object is composed of its segments; static by default.
    pub fn layout(mut self, layout: Layout) -> Self {
        self.segments.layout = layout;
        self
    }

    /// Whether an object that is sent by one request also removes the segments of a large object that it replaces; off by default,
    /// because it has to examine the existing object first. Uploads in segments always do so.
    pub fn remove_old_segments(mut self, remove: bool) -> Self {
        self.segments.replace = remove;
        self
    }

    /// How often to try a segment, and how long to pause in between. Requests without segments follow the client's own rules.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.segments.retry = policy;
        self
    }

    /// Sends the object.
    ///
    /// # Errors
    /// Fails if names, metadata or size exceed a limit or the source can't be read, before anything is sent; if the server or the
    /// network fails; and with [`ErrorKind::Integrity`] if the server stored different bytes, which are then deleted. After
    /// segments were sent, the message says what is stored, what is missing and how to resume.
    pub async fn send(self) -> Result<Stored> {
        let meter = Arc::new(Meter::new(self.counted_in.iter().chain([&self.progress])));
        Box::pin(self.run(meter, Arc::default())).await
    }

    /// Starts it, and returns a handle to watch it, wait for it or abort it.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let upload = swift.upload("backups", "db.dump").from_path("/var/db.dump").start().await?;
    /// let mut progress = upload.progress();
    /// tokio::spawn(async move {
    ///     while progress.changed().await.is_ok() {
    ///         let now = *progress.borrow_and_update();
    ///         println!("{:?}: {} of {:?} bytes", now.phase, now.bytes, now.total);
    ///     }
    /// });
    /// let stored = upload.join().await?;
    /// println!("{} segments", stored.segments);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Fails if names or metadata exceed a limit. [`RunningUpload::join`] reports what else can fail.
    pub async fn start(self) -> Result<RunningUpload> {
        self.check()?;
        let meter = Arc::new(Meter::watched(self.counted_in.iter().chain([&self.progress])));
        let cleanup = Arc::<Cleanup>::default();
        let (storage, place) = (self.storage.clone(), (self.container.clone(), self.object.clone()));
        let task = tokio::spawn(Box::pin(self.run(meter.clone(), cleanup.clone())));
        Ok(RunningUpload::new(task, meter, cleanup, storage, place))
    }

    fn check(&self) -> Result<()> {
        limits::container_name(&self.container)?;
        limits::object_name(&self.object)?;
        self.segments.container.as_deref().map_or(Ok(()), limits::container_name)?;
        limits::metadata(&self.metadata)
    }

    async fn run(mut self, meter: Arc<Meter>, cleanup: Arc<Cleanup>) -> Result<Stored> {
        self.check()?;
        let source = std::mem::replace(&mut self.source, Source::Bytes(Bytes::new()));
        let threshold = self.segments.size.unwrap_or(SEGMENTS_FROM);
        let (opened, modified) = open(source, threshold, self.segments.buffer_limit / 4).await?;
        if let Some(at) = modified.filter(|_| self.keep_mtime) {
            self.metadata.insert("mtime", Mtime::from(at).to_string());
        }
        let template = self.template();
        let source = match opened {
            Opened::Whole(source) => return self.single(template, source, &meter).await,
            Opened::Large(source) => source,
        };
        let cluster = self.storage.cluster().await;
        if self.segments.layout == Layout::Static && cluster.static_objects == Some(false) {
            match source {
                Large::File(file) if file.length <= cluster.bounds.object => {
                    return self.single(template, Whole::File(file), &meter).await;
                }
                _ => {
                    return Err(Error::invalid_input(format!(
                        "this cluster has no static large objects, so more than {} bytes need a file of at most {} bytes, or \
                         Layout::Dynamic",
                        threshold.min(cluster.bounds.object),
                        cluster.bounds.object
                    )));
                }
            }
        }
        if template.0.headers().contains_key("if-none-match") {
            // The manifest request checks it again at the end; this finds out before terabytes are sent.
            match self.storage.show_object(&self.container, &self.object).send().await {
                Ok(_) => {
                    let error = Error::new(ErrorKind::Status, "this object already exists").with_operation(&UPLOAD_OBJECT);
                    return Err(error.with_status(http::StatusCode::PRECONDITION_FAILED));
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let segmented = Segmented {
            storage: self.storage,
            container: self.container,
            object: self.object,
            segments_container: self.segments.container,
            template,
            segment_size: self.segments.size,
            layout: self.segments.layout,
            concurrency: self.segments.concurrency,
            buffer_limit: self.segments.buffer_limit,
            retry: self.segments.retry,
            bounds: cluster.bounds,
            verify: self.verify,
            resume: self.segments.resume,
            meter,
            cleanup,
        };
        Box::pin(segmented.run(source)).await
    }

    /// The request for the object, or for its manifest, without the body.
    fn template(&mut self) -> UploadObject {
        let mut put = self.storage.upload_object(&self.container, &self.object, Body::empty());
        put = put.content_type(self.content_type.as_deref().unwrap_or_else(|| guess_type(&self.object)));
        for (name, value) in &self.metadata {
            put = put.metadata(name, value);
        }
        std::mem::take(&mut self.configure).into_iter().fold(put, |put, set| set(put))
    }
}

/// The media type by the extension of the name.
pub(super) fn guess_type(object: &str) -> &'static str {
    mime_guess::from_path(object).first_raw().unwrap_or("application/octet-stream")
}
