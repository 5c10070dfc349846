//! Carries out a download: small objects at once, large ones in parts, and in order if the target has no positions.

use super::fetch::{Fetch, Fetched};
use super::partial::{Identity, Partial};
use super::resume::{Remote, content_range};
use super::sections::{self, Section};
use super::sink::{Check, drain};
use super::version::Version;
use super::{parts, stale};
use crate::download::Download;
use crate::generated::ObjectInfo;
use crate::transfer::progress::{Meter, Progress};
use crate::transfer::small::SMALL_FILE;
use crate::transfer::small::write::Keeper;
use crate::transfer::target::{self, Target};
use k5_core::{ByteStream, Error, ErrorKind, Reason, Result, Sent};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Up to this number of bytes, an object is fetched again so quickly that nothing of it is kept.
const KEPT: u64 = 1 << 20;

impl Fetch {
    /// Requests the object, or its first part.
    pub(super) async fn open(&self, meter: &Arc<Meter>) -> Result<Opened> {
        let get = || self.storage.download_object(&self.container, &self.object);
        let in_parts = self.part_size < u64::MAX && self.expected.is_none_or(|size| size > self.part_size);
        let download = match in_parts {
            false => get().send().await?,
            true => match get().range(&format!("bytes=0-{}", self.part_size - 1)).send().await {
                // There is no first byte.
                Err(error) if error.status().is_some_and(|status| status == 416) => get().send().await?,
                outcome => outcome?,
            },
        };
        download.check_origin(self.verify)?;
        if !download.is_whole() && content_range(download.info()).is_none_or(|(start, _)| start > 0) {
            return Err(download.strange("the server returned other bytes than were requested"));
        }
        let (info, size) = (download.object_info(), download.size());
        let remote = Remote {
            storage: self.storage.clone(),
            container: self.container.clone(),
            object: self.object.clone(),
            old_version: None,
            version: Version::of(&info),
            retry: self.retry.clone(),
            meter: meter.clone(),
            throttled: Arc::default(),
        };
        meter.expect(size, None);
        meter.publish();
        Ok(Opened { remote: Arc::new(remote), info, size, download })
    }

    /// Downloads it into a file, and removes any other unfinished downloads of the object.
    pub(super) async fn into_file(self, path: PathBuf, meter: Arc<Meter>) -> Result<Fetched> {
        let (session, container, object) = (self.storage.session.clone(), self.container.clone(), self.object.clone());
        let fetched = self.into_new_file(path.clone(), meter).await?;
        stale::sweep(&session, &path, &container, &object).await;
        Ok(fetched)
    }

    async fn into_new_file(self, path: PathBuf, meter: Arc<Meter>) -> Result<Fetched> {
        let look = || target::place(&path, self.no_clobber);
        // For a small object the file is checked when it is created, by the thread that creates files.
        let is_small = |size: u64| size <= SMALL_FILE.min(self.part_size) && !self.no_clobber;
        let place = match self.expected {
            Some(size) if is_small(size) => None,
            _ => Some(look()?),
        };
        let opened = self.open(&meter).await?;
        if let Some(size) = opened.size
            && is_small(size)
            && !opened.info.is_large()
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
            // Another run of the same download is in progress, or the names are taken: this one runs on its own.
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

    /// Takes it into memory before its file is created.
    async fn small(&self, opened: Opened, path: PathBuf, size: u64) -> Result<Fetched> {
        let Opened { remote, info, download, .. } = opened;
        let whole = info.md5().filter(|_| self.verify).map(str::to_owned);
        let stream = ByteStream::from(remote.read(0..size, Some(download.into_stream())));
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
        let mut whole = info.md5().map(str::to_owned);
        let mut sections = segments.unwrap_or_else(|| sections::equal(size, self.part_size));
        if let [only] = &mut sections[..]
            && let Some(md5) = whole.take()
        {
            only.md5 = Some(md5);
        }
        // The answer that has arrived holds the first bytes, unless an earlier run has them.
        let answer = (before == 0).then(|| download.into_stream());
        let how = (self.part_size, self.concurrency);
        parts::fetch(&remote, partial, sections, how, self.verify, whole.as_deref(), answer).await?;
        partial.finish(place, self.no_clobber)?;
        remote.meter.done();
        Ok(Fetched { bytes: size, reused: remote.meter.now().reused, info })
    }

    /// The segments of a static large object, if they are needed for a comparison.
    async fn segments(&self, remote: &Remote, info: &ObjectInfo, size: u64) -> Result<Option<Vec<Section>>> {
        match self.verify && info.static_large_object == Some(true) {
            true => sections::segments(remote, size).await,
            false => Ok(None),
        }
    }

    /// Sends it to a writer.
    pub(super) async fn in_order<W: Write + Send + 'static>(&self, opened: Opened, writer: W, what: &str) -> Result<(W, Fetched)> {
        let Opened { remote, info, size, download } = opened;
        let whole = info.md5().filter(|_| self.verify).map(str::to_owned);
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
            Some(size) => ByteStream::from(remote.read(0..size, Some(download.into_stream()))),
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

    /// Adds to the error what has been fetched, what is missing, and how to resume.
    fn explain(&self, error: Error, partial: &Partial, size: u64) -> Error {
        // A download that can't be resumed leaves nothing behind.
        let gone = error.reason() == Some(&Reason::Replaced) || error.is_not_found();
        let there = partial.bytes();
        if gone || there == 0 {
            partial.discard();
            return error;
        }
        if !partial.path.exists() {
            return error;
        }
        error.with_note(&format!(
            "{there} of {size} bytes are in {}, {} are missing: the same download resumes from there",
            partial.path.display(),
            size.saturating_sub(there)
        ))
    }
}

/// An answer, not read yet.
pub(super) struct Opened {
    remote: Arc<Remote>,
    info: ObjectInfo,
    /// The size of the complete object, if the server reports it.
    size: Option<u64>,
    download: Download,
}

/// Checks the free disk space before the disk is full.
fn has_room(place: &Path, bytes: u64) -> Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file system that doesn't report it will report an error when it is full.
    let Ok(about) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    match free < bytes {
        true => Err(Error::local(
            format!("{} needs {bytes} bytes, but only {free} are free", place.display()),
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
