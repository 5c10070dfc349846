//! A download under construction.

use crate::ObjectStorage;
use crate::generated::ObjectInfo;
use crate::transfer::progress::{Meter, Progress, TransferProgress};
use crate::transfer::window::CONCURRENCY;
use k5_core::retry::RetryPolicy;
use k5_core::{Error, ErrorKind, Result, Sent};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The default number of bytes in a part: 32 MiB.
pub const PART_SIZE: u64 = 32 << 20;

/// A download under construction; see [`ObjectStorage::fetch`].
#[derive(Debug)]
#[must_use = "does nothing until a target is chosen"]
pub struct Fetch {
    pub(super) storage: ObjectStorage,
    pub(super) container: String,
    pub(super) object: String,
    pub(super) verify: bool,
    pub(super) resume: bool,
    pub(super) no_clobber: bool,
    pub(super) concurrency: usize,
    pub(super) part_size: u64,
    pub(super) expected: Option<u64>,
    pub(super) retry: RetryPolicy,
    pub(super) progress: Progress,
    /// Of a transfer of many: what its bytes count in as well.
    pub(super) counted_in: Option<Progress>,
}

/// An object that was downloaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// The size of the object in bytes.
    pub bytes: u64,
    /// Bytes that an earlier run had already fetched.
    pub reused: u64,
    /// What the server says about the whole object, however many requests fetched it: size, ETag, time, media type, metadata.
    /// [`ObjectInfo::md5`] is what the bytes were compared with, unless the object is a large one or nothing was to be verified.
    pub info: ObjectInfo,
}

/// A running download. Dropping it stops it: what has been fetched of a large object stays for a later run.
#[derive(Debug)]
#[must_use = "dropped, the download stops"]
pub struct RunningFetch {
    task: JoinHandle<Result<Fetched>>,
    meter: Arc<Meter>,
}

impl ObjectStorage {
    /// Downloads an object of any size and checks it: the MD5 of a plain object, that of each segment of a static large one.
    ///
    /// Whatever breaks on the way, the download resumes at the failed byte, as long as the object is still the same (`If-Match`),
    /// or all segments that its manifest named are: they are requested by their own names if that is allowed. An object larger than
    /// a part (32 MiB) is fetched into a file in parts, several at a time; the file gets its name once all of it is there and
    /// correct. Until then the bytes are in `NAME.k5-HASH.part` with a record beside it, and the same download after an
    /// interruption resumes from them.
    ///
    /// Object storage 9 (Download object).
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let fetched = swift.fetch("backups", "db.dump").to_path("/var/db.dump").await?;
    /// println!("{} bytes, {} of them by an earlier run", fetched.bytes, fetched.reused);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(&self, container: &str, object: &str) -> Fetch {
        Fetch {
            storage: self.clone(),
            container: container.to_owned(),
            object: object.to_owned(),
            verify: true,
            resume: true,
            no_clobber: false,
            concurrency: CONCURRENCY,
            part_size: PART_SIZE,
            expected: None,
            retry: RetryPolicy::default().max_attempts(8),
            progress: Progress::default(),
            counted_in: None,
        }
    }
}

impl RunningFetch {
    /// Watches the progress. The channel closes at the end.
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.meter.subscribe()
    }

    /// Waits for the download to end.
    ///
    /// # Errors
    /// The same as for [`Fetch::to_path`].
    pub async fn join(mut self) -> Result<Fetched> {
        let ended = (&mut self.task).await;
        ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::Local, "the download was interrupted").with_sent(Sent::Maybe)))
    }
}

impl Drop for RunningFetch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fetch {
    /// Whether to hash and compare; on by default.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether to resume what an earlier run left; on by default.
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether to fail if the file already exists.
    pub fn no_clobber(mut self, no_clobber: bool) -> Self {
        self.no_clobber = no_clobber;
        self
    }

    /// How many parts are fetched at a time, 4 by default; fewer if the server asks to slow down.
    pub fn concurrency(mut self, parts: usize) -> Self {
        self.concurrency = parts.max(1);
        self
    }

    /// The number of bytes in a part, 32 MiB by default. Segments of a static large object are never divided between parts.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes.max(1);
        self
    }

    /// The object's size according to a listing: a small object is then requested as a whole. This is a hint, not a condition.
    pub fn expected_size(mut self, bytes: u64) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// How often to try a part without a byte of progress, and how long to pause in between.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
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

    fn meter(&self) -> Meter {
        Meter::new(self.counted_in.iter().chain([&self.progress]))
    }

    /// Starts the download, and returns a handle to watch it and wait for it.
    pub fn start(self, path: impl AsRef<Path>) -> RunningFetch {
        let meter = Arc::new(self.meter());
        let path = path.as_ref().to_owned();
        let task = tokio::spawn(Box::pin(self.into_file(path, meter.clone())));
        RunningFetch { task, meter }
    }

    /// Downloads the object into a file, replacing any file of that name.
    ///
    /// # Errors
    /// Fails if the object does not exist, the file can't be written or the disk is full, the connection breaks too often, or the
    /// bytes are not those that were stored. Any existing file of that name then stays, and the message says what has been fetched
    /// and how to resume.
    pub async fn to_path(self, path: impl AsRef<Path>) -> Result<Fetched> {
        let meter = Arc::new(self.meter());
        let path = path.as_ref().to_owned();
        Box::pin(self.into_file(path, meter)).await
    }

    /// Writes the object to `writer`, in order, on a thread that may block. Bytes written before an error stay written. Also
    /// returns the writer; `what` names it in errors.
    ///
    /// # Errors
    /// Fails if the object does not exist, the writer fails, the connection breaks too often, or the bytes are not those that were
    /// stored.
    pub async fn write_to<W: Write + Send + 'static>(mut self, writer: W, what: &str) -> Result<(W, Fetched)> {
        let meter = Arc::new(self.meter());
        self.part_size = u64::MAX;
        let opened = self.open(&meter).await?;
        self.in_order(opened, writer, what).await
    }
}
