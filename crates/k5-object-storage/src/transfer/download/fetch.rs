//! One object out, checked: into a file by parts, or to a writer in order.

use super::partial::{Identity, Partial};
use super::resume::{Remote, content_range};
use super::sections::{self, Section};
use super::sink::{Check, drain};
use super::version::Version;
use super::{parts, stale};
use crate::ObjectStorage;
use crate::download::Download;
use crate::generated::ObjectInfo;
use crate::large::content_md5;
use crate::transfer::progress::Progress;
use crate::transfer::progress::{Meter, TransferProgress};
use crate::transfer::small::SMALL_FILE;
use crate::transfer::small::write::Keeper;
use crate::transfer::target::{self, Target};
use crate::transfer::upload::upload::CONCURRENCY;
use k5_core::retry::RetryPolicy;
use k5_core::{ByteStream, Error, ErrorKind, Result, Sent};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes of a part, unless told otherwise: 32 MiB.
pub const PART_SIZE: u64 = 32 << 20;

/// Bytes up to which an object is so soon here again that nothing of it is kept.
const KEPT: u64 = 1 << 20;

/// A download under construction; see [`ObjectStorage::fetch`].
#[derive(Debug)]
#[must_use = "nothing is asked for before it is told where to go"]
pub struct Fetch {
    storage: ObjectStorage,
    container: String,
    object: String,
    verify: bool,
    resume: bool,
    no_clobber: bool,
    concurrency: usize,
    part_size: u64,
    expected: Option<u64>,
    retry: RetryPolicy,
    progress: Progress,
}

/// An object that was downloaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// Its size.
    pub bytes: u64,
    /// Bytes that an earlier run had fetched.
    pub reused: u64,
    /// What the headers said of it.
    pub info: ObjectInfo,
}

/// A download that runs. Dropped, it stops: what is there of a large object stays for a later run.
#[derive(Debug)]
#[must_use = "dropped, the download stops"]
pub struct RunningFetch {
    task: JoinHandle<Result<Fetched>>,
    meter: Arc<Meter>,
}

impl ObjectStorage {
    /// Downloads an object of any size and checks it: the MD5 of a plain object, that of each segment of a static large one.
    ///
    /// Whatever breaks on the way, it goes on at the failed byte, as long as the object is the same (`If-Match`), or all segments that
    /// its manifest named are: they are asked for by their own names where that is allowed. Into a file, what
    /// is larger than a part (32 MiB) comes in parts, several at a time; the file has its name once all of it is there and right.
    /// Until then the bytes are in `NAME.k5-HASH.part` with a record beside it, and the same download after an interruption goes on
    /// with them.
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
            retry: RetryPolicy { max_attempts: 8, ..RetryPolicy::default() },
            progress: Progress::default(),
        }
    }
}

impl RunningFetch {
    /// Watches it. The channel closes at the end.
    pub fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.meter.subscribe()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// As [`Fetch::to_path`].
    pub async fn join(mut self) -> Result<Fetched> {
        let ended = (&mut self.task).await;
        ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::Local, "the download broke off").with_sent(Sent::Maybe)))
    }
}

impl Drop for RunningFetch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fetch {
    /// Whether to hash and compare; on unless told otherwise.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether to go on with what an earlier run left; on unless told otherwise.
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether a file that is there already is an error.
    pub fn no_clobber(mut self, no_clobber: bool) -> Self {
        self.no_clobber = no_clobber;
        self
    }

    /// How many parts are fetched at a time, 4 unless told otherwise. Fewer are where the server asks to slow down.
    pub fn concurrency(mut self, parts: usize) -> Self {
        self.concurrency = parts.max(1);
        self
    }

    /// Bytes in a part, 32 MiB unless told otherwise. Segments of a static large object are never divided between parts.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes.max(1);
        self
    }

    /// How large the object is, as a listing says: what is small is then asked for whole. It is a hint, and no condition.
    pub fn expected_size(mut self, bytes: u64) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// How often a part is tried without a byte of progress, and how long the pauses are.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Counts the bytes there.
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// Starts it, and gives a handle to watch it and wait for it.
    pub fn start(self, path: impl AsRef<Path>) -> RunningFetch {
        let meter = Arc::new(Meter::new(self.progress.clone()));
        let path = path.as_ref().to_owned();
        let task = tokio::spawn(Box::pin(self.into_file(path, meter.clone())));
        RunningFetch { task, meter }
    }

    /// Downloads it into a file, in the place of what is there.
    ///
    /// # Errors
    /// When there is no such object, the file or the disk can't take it, the connection breaks too often, or the bytes are not those
    /// that were stored; then what had the name before stays, and the message says what is there and what goes on from it.
    pub async fn to_path(self, path: impl AsRef<Path>) -> Result<Fetched> {
        let meter = Arc::new(Meter::new(self.progress.clone()));
        let path = path.as_ref().to_owned();
        Box::pin(self.into_file(path, meter)).await
    }

    /// Writes it to `writer`, in order, on a thread that may block. What was written before an error stays written. Returns the
    /// writer, too; `what` names it in errors.
    ///
    /// # Errors
    /// When there is no such object, the writer fails, the connection breaks too often, or the bytes are not those that were stored.
    pub async fn write_to<W: Write + Send + 'static>(mut self, writer: W, what: &str) -> Result<(W, Fetched)> {
        let meter = Arc::new(Meter::new(self.progress.clone()));
        self.part_size = u64::MAX;
        let opened = self.open(&meter).await?;
        self.in_order(opened, writer, what).await
    }

    /// Asks for the object, or its first part.
    async fn open(&self, meter: &Arc<Meter>) -> Result<Opened> {
        let get = || self.storage.download_object(&self.container, &self.object);
        let in_parts = self.part_size < u64::MAX && self.expected.is_none_or(|size| size > self.part_size);
        let download = match in_parts {
            false => get().send().await?,
            true => match get().range(&format!("bytes=0-{}", self.part_size - 1)).send().await {
                // No byte to begin with.
                Err(error) if error.status().is_some_and(|status| status == 416) => get().send().await?,
                outcome => outcome?,
            },
        };
        download.check_origin(self.verify)?;
        let info = download.info().clone();
        let size = match (download.is_whole(), content_range(&info)) {
            (true, _) => info.content_length,
            (false, Some((0, total))) => Some(total),
            (false, _) => {
                return Err(
                    Error::new(ErrorKind::Decode, "the server gives other bytes than it was asked for").with_sent(Sent::Yes)
                );
            }
        };
        let remote = Remote {
            storage: self.storage.clone(),
            container: self.container.clone(),
            object: self.object.clone(),
            version: Version::of(&info),
            retry: self.retry.clone(),
            meter: meter.clone(),
            throttled: Arc::default(),
        };
        meter.expect(size, None);
        meter.publish();
        Ok(Opened { remote: Arc::new(remote), info, size, download })
    }

    async fn into_file(self, path: PathBuf, meter: Arc<Meter>) -> Result<Fetched> {
        let (session, container, object) = (self.storage.session.clone(), self.container.clone(), self.object.clone());
        let fetched = self.into_new_file(path.clone(), meter).await?;
        stale::sweep(&session, &path, &container, &object).await;
        Ok(fetched)
    }

    async fn into_new_file(self, path: PathBuf, meter: Arc<Meter>) -> Result<Fetched> {
        let look = || target::place(&path, self.no_clobber);
        // Of what is small the file is looked at when it is made, by the thread that makes files.
        let is_small = |size: u64| size <= SMALL_FILE.min(self.part_size) && !self.no_clobber;
        let place = match self.expected {
            Some(size) if is_small(size) => None,
            _ => Some(look()?),
        };
        let opened = self.open(&meter).await?;
        if let Some(size) = opened.size
            && is_small(size)
            && !is_large(&opened.info)
        {
            return self.small(opened, path, size).await;
        }
        let place = place.map_or_else(look, Ok)?;
        let size = opened.size.unwrap_or(0);
        if let Some(place) = &place
            && let Some(version) = opened.remote.version.identity()
            && size > KEPT.min(self.part_size)
        {
            let identity = Identity { container: &self.container, object: &self.object, version: &version, size };
            if let Some(partial) = Partial::open(place, &identity, self.resume)? {
                let partial = Arc::new(partial);
                let outcome = self.by_parts(opened, &partial, size, place).await;
                return outcome.map_err(|error| self.explain(error, &partial, size));
            }
            // Another run of the same is under way, or the names are taken: this one is on its own.
        }
        if let Some(place) = &place {
            has_room(place, size)?;
        }
        let (target, file) = Target::open(&path, self.no_clobber)?;
        let (file, fetched) = self.in_order(opened, file, &path.display().to_string()).await?;
        drop(file);
        target.finish()?;
        Ok(fetched)
    }

    /// Takes it into memory before its file is made.
    async fn small(&self, opened: Opened, path: PathBuf, size: u64) -> Result<Fetched> {
        let Opened { remote, info, download, .. } = opened;
        let whole = content_md5(info.etag.as_deref(), false).filter(|_| self.verify).map(str::to_owned);
        let stream = ByteStream::from_stream(remote.read(0..size, Some(download.into_stream())));
        let bytes = stream.collect(usize::try_from(SMALL_FILE).unwrap_or(usize::MAX)).await?;
        self.storage.session.remembered::<Keeper>().keep(path, bytes, whole).await?;
        remote.meter.whole(size);
        Ok(Fetched { bytes: size, reused: 0, info })
    }

    async fn by_parts(&self, opened: Opened, partial: &Arc<Partial>, size: u64, place: &Path) -> Result<Fetched> {
        let before = partial.bytes();
        has_room(place, size.saturating_sub(before))?;
        let Opened { remote, info, download, .. } = opened;
        let segments = self.segments(&remote, &info, size).await?;
        let mut whole = content_md5(info.etag.as_deref(), is_large(&info)).map(str::to_owned);
        let mut sections = segments.unwrap_or_else(|| sections::equal(size, self.part_size));
        if let [only] = &mut sections[..]
            && let Some(md5) = whole.take()
        {
            only.md5 = Some(md5);
        }
        // The answer that is there holds the first bytes, unless an earlier run has them.
        let answer = (before == 0).then(|| download.into_stream());
        let how = (self.part_size, self.concurrency);
        parts::fetch(&remote, partial, sections, how, self.verify, whole.as_deref(), answer).await?;
        partial.finish(place, self.no_clobber)?;
        Ok(Fetched { bytes: size, reused: remote.meter.now().reused, info })
    }

    /// The segments of a static large object, if they are wanted for a comparison.
    async fn segments(&self, remote: &Remote, info: &ObjectInfo, size: u64) -> Result<Option<Vec<Section>>> {
        match self.verify && info.static_large_object == Some(true) {
            true => sections::segments(remote, size).await,
            false => Ok(None),
        }
    }

    async fn in_order<W: Write + Send + 'static>(&self, opened: Opened, writer: W, what: &str) -> Result<(W, Fetched)> {
        let Opened { remote, info, size, download } = opened;
        let whole = content_md5(info.etag.as_deref(), is_large(&info)).filter(|_| self.verify).map(str::to_owned);
        let sections = match size {
            Some(size) => self.segments(&remote, &info, size).await?,
            None => None,
        };
        let check = match (&whole, sections) {
            (Some(_), _) => Check::Md5,
            (None, Some(sections)) => Check::Sections(sections),
            (None, None) => Check::None,
        };
        let stream = match size {
            Some(size) => ByteStream::from_stream(remote.read(0..size, Some(download.into_stream()))),
            None => download.into_stream(),
        };
        let drained = drain(stream, writer, what, check, &Progress::default()).await?;
        if let Some(section) = drained.damaged {
            let message = format!(
                "bytes {} to {} are not those of their segment: they were damaged on the way, so try again",
                section.range.start, section.range.end
            );
            return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
        }
        crate::download::compare(whole.as_deref(), drained.md5.as_deref())?;
        remote.meter.whole(drained.bytes);
        Ok((drained.writer, Fetched { bytes: drained.bytes, reused: 0, info }))
    }

    /// Says what is there, what is missing, and what goes on from it.
    fn explain(&self, error: Error, partial: &Partial, size: u64) -> Error {
        // What can't be had any more leaves nothing behind.
        let gone = error.kind() == ErrorKind::Integrity && error.message().contains("replaced") || error.is_not_found();
        let there = partial.bytes();
        if gone || there == 0 {
            partial.discard();
            return error;
        }
        if !partial.path.exists() {
            return error;
        }
        error.with_note(&format!(
            "{there} of {size} bytes are in {}, {} are missing: the same download goes on from there",
            partial.path.display(),
            size.saturating_sub(there)
        ))
    }
}

/// An answer, not read yet.
struct Opened {
    remote: Arc<Remote>,
    info: ObjectInfo,
    /// Of the whole object, where the server says it.
    size: Option<u64>,
    download: Download,
}

fn is_large(info: &ObjectInfo) -> bool {
    info.static_large_object == Some(true) || info.object_manifest.is_some()
}

/// Looks at the disk before it is full.
fn has_room(place: &Path, bytes: u64) -> Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file system that can't say it will say it when it is full.
    let Ok(about) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    match free < bytes {
        true => Err(Error::local(
            format!("{} needs {bytes} bytes and {free} are free", place.display()),
            io::Error::from(io::ErrorKind::StorageFull),
        )
        .with_sent(Sent::Yes)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_looked_at_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("x");
        has_room(&place, 1).expect("a byte is free");
        let error = has_room(&place, u64::MAX).expect_err("nobody has that much");
        assert!(error.message().contains("are free"), "{error}");
        assert!(std::fs::read_dir(folder.path()).expect("listed").next().is_none());
    }
}
