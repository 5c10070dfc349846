//! Carries single transfers out.

use super::files;
use super::headers::Header;
use super::jobs::Job;
use super::links;
use super::missing::explained;
use crate::failure::{Failure, Outcome, REFUSED, say};
use crate::progress::Bar;
use crate::stdio;
use crate::url::SwiftUrl;
use k5::object_storage::sync::{self, Folders};
use k5::object_storage::transfer::Removed;
use k5::object_storage::transfer::{self, SmallFile};
use k5::object_storage::{Fetch, Layout, ObjectInfo, ObjectStorage, Upload};
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How the objects are to be.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Hash on the way and compare.
    pub(crate) verify: bool,
    /// Leave alone what is there.
    pub(crate) no_clobber: bool,
    /// Remove the source once the copy is verified.
    pub(crate) move_source: bool,
    pub(crate) content_type: Option<String>,
    pub(crate) metadata: Vec<(String, String)>,
    /// Further headers that are stored.
    pub(crate) headers: Vec<Header>,
    pub(crate) delete_at: Option<u64>,
    pub(crate) delete_after: Option<u64>,
    /// Bytes in a segment.
    pub(crate) segment_size: Option<u64>,
    /// The container of the segments, if not the usual one.
    pub(crate) segment_container: Option<String>,
    /// Segments or parts of one object at a time; 0 for the usual number.
    pub(crate) concurrency: usize,
    /// Use nothing of an earlier run.
    pub(crate) no_resume: bool,
    /// Make large objects dynamic ones.
    pub(crate) dynamic: bool,
    /// Create the container that is not there.
    pub(crate) make_container: bool,
}

/// What came of a transfer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    /// The size of what was moved, where that is known.
    pub(crate) bytes: Option<u64>,
    /// The MD5 that the server gives for what was uploaded.
    pub(crate) etag: Option<String>,
    /// Why nothing was moved, which is not a failure.
    pub(crate) left_out: Option<String>,
}

impl Moved {
    fn of(bytes: u64) -> Self {
        Self { bytes: Some(bytes), ..Self::default() }
    }
}

/// What all transfers of a command share.
#[derive(Clone)]
pub(crate) struct Transfers {
    pub(crate) swift: ObjectStorage,
    pub(crate) options: Arc<Options>,
    pub(crate) bar: Bar,
    /// Whether the container that everything goes to is there.
    container: Arc<OnceCell<Outcome>>,
    folders: Arc<Folders>,
}

impl Transfers {
    pub(crate) fn new(swift: ObjectStorage, options: Options, bar: Bar) -> Self {
        Self { swift, options: Arc::new(options), bar, container: Arc::default(), folders: Arc::default() }
    }

    /// Whether small files may be read and hashed together before their turn comes. What is moved is not: in between, it could change,
    /// and its change would go with it.
    pub(crate) fn reads_ahead(&self) -> bool {
        let Options { verify, move_source, segment_size, .. } = *self.options;
        verify && !move_source && segment_size.is_none_or(|size| size >= transfer::SMALL_FILE)
    }

    /// Carries one out.
    pub(crate) async fn run(self, job: Job) -> Outcome<Moved> {
        match job {
            Job::Up { from, to, bytes, small } => self.up(&from, &to, bytes, small).await,
            Job::UpLink { from, to } => self.up_link(&from, &to).await,
            Job::DownLink { from, to, root, bytes } => self.down_link(&from, &to, &root, bytes).await,
            Job::UpStdin { to } => self.up_stdin(&to).await,
            Job::Down { from, to, root, bytes } => self.down(&from, &to, root.as_deref(), bytes).await,
            Job::Folder { from, to, root } => self.folder(&from, &to, &root).await,
            Job::DownStdout { from } => self.down_stdout(&from).await,
            Job::Copy { from, to, bytes } => self.copy(&from, &to, bytes).await,
        }
    }

    async fn up(&self, from: &Path, to: &SwiftUrl, bytes: Option<u64>, small: Option<SmallFile>) -> Outcome<Moved> {
        let what = format!("{} -> {to}", from.display());
        let (container, object) = to.object()?;
        let unreadable = |error| Failure::file(format_args!("{what}: {} can't be read", from.display()), &error);
        // What is read already was readable.
        let before = match small {
            Some(_) => None,
            None => Some(readable(from).map_err(unreadable)?),
        };
        if bytes.is_some() && before.as_ref().is_some_and(|before| !before.is_file()) {
            return Err(Failure::usage(format!("{what}: {} was a file, and no longer is", from.display())));
        }
        self.make_container(container).await?;
        let upload = self.configured(self.swift.upload(container, object));
        let upload = match small {
            Some(small) => upload.from_small_file(small),
            None => upload.from_path(from),
        };
        let moved = self.send(upload, &what).await?;
        if self.options.move_source {
            let after = std::fs::metadata(from).map_err(unreadable)?;
            if before.is_none_or(|before| before.len() != after.len() || before.modified().ok() != after.modified().ok()) {
                return Err(Failure::new(REFUSED, format!("{what}: copied, but the source has changed since, so it stays")));
            }
            std::fs::remove_file(from)
                .map_err(|error| Failure::new(REFUSED, format!("{what}: copied, but the source can't be removed: {error}")))?;
        }
        Ok(moved)
    }

    async fn up_link(&self, from: &Path, to: &SwiftUrl) -> Outcome<Moved> {
        let what = format!("{} -> {to}", from.display());
        let (container, object) = to.object()?;
        let read = || Ok((std::fs::read_link(from)?, std::fs::symlink_metadata(from)?.modified()?));
        let unreadable = |error: io::Error| Failure::file(&what, &error);
        let (target, changed) = read().map_err(unreadable)?;
        self.make_container(container).await?;
        let mut upload = self.configured(self.swift.upload(container, object));
        if !self.own_time() {
            upload = upload.metadata("mtime", &sync::Mtime::from(changed).to_string());
        }
        let moved = self.send(upload.from_bytes(target.as_os_str().as_encoded_bytes().to_owned()), &what).await?;
        if self.options.move_source {
            if read().map_err(unreadable)?.0 != target {
                return Err(Failure::new(REFUSED, format!("{what}: copied, but the link has changed since, so it stays")));
            }
            std::fs::remove_file(from)
                .map_err(|error| Failure::new(REFUSED, format!("{what}: copied, but the link can't be removed: {error}")))?;
        }
        Ok(moved)
    }

    async fn down_link(&self, from: &SwiftUrl, to: &Path, root: &Path, bytes: u64) -> Outcome<Moved> {
        let what = format!("{from} -> {}", to.display());
        let (container, object) = from.object()?;
        if !links::fits(bytes) {
            return Err(Failure::usage(format!("{what}: a symbolic link can't have a target of {bytes} bytes")));
        }
        if self.options.no_clobber && to.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("{what}: {} already exists, and stays as it is", to.display())));
        }
        let fetched = async {
            let before = self.before_move(from).await?;
            let fetch = self.fetch(container, object);
            fetch.write_to(links::Held::default(), "a symbolic link").await.map(|(held, fetched)| (before, held, fetched))
        };
        let (before, held, fetched) = match fetched.await {
            Ok(fetched) => fetched,
            Err(error) => return self.missing(from, true, &error, Failure::fetch(&what, &error)).await,
        };
        sync::make_link(root, to, &held.0).map_err(|error| Failure::transfer(&what, &error))?;
        self.keep_time(to, &fetched.info, false);
        self.remove_source(from, before.as_ref(), Some(&fetched.info), &what).await?;
        Ok(Moved::of(fetched.bytes))
    }

    async fn up_stdin(&self, to: &SwiftUrl) -> Outcome<Moved> {
        let what = format!("stdin -> {to}");
        let (container, object) = to.object()?;
        let (stdin, length) = stdio::stdin()?;
        self.bar.expect(0, length.unwrap_or(0));
        self.make_container(container).await?;
        let upload = self.configured(self.swift.upload(container, object)).from_reader(stdin, length);
        self.send(upload, &what).await
    }

    async fn send(&self, upload: Upload, what: &str) -> Outcome<Moved> {
        let upload = upload.progress(self.bar.track());
        let sent = match self.bar.is_shown() {
            // Nobody watches: a task for each of a million small files would be a waste.
            false => upload.send().await,
            true => match upload.start().await {
                Ok(running) => {
                    self.bar.watch(running.progress());
                    running.join().await
                }
                Err(error) => Err(error),
            },
        };
        match sent {
            Ok(stored) => Ok(Moved { bytes: Some(stored.bytes), etag: stored.etag, left_out: None }),
            Err(error) => Err(Failure::transfer(what, &error)),
        }
    }

    fn configured(&self, mut upload: Upload) -> Upload {
        let options = &self.options;
        if let Some(kind) = &options.content_type {
            upload = upload.content_type(kind);
        }
        for (name, value) in &options.metadata {
            upload = upload.metadata(name, value);
        }
        if let Some(size) = options.segment_size {
            upload = upload.segment_size(size);
        }
        if options.concurrency > 0 {
            upload = upload.concurrency(options.concurrency);
        }
        if options.dynamic {
            upload = upload.layout(Layout::Dynamic);
        }
        if let Some(at) = options.delete_at {
            upload = upload.delete_at(at);
        }
        if let Some(after) = options.delete_after {
            upload = upload.delete_after(after);
        }
        if options.no_clobber {
            upload = upload.configure(|put| put.if_none_match("*"));
        }
        upload = options.headers.iter().fold(upload, |upload, header| header.on(upload));
        upload = options.segment_container.iter().fold(upload, |upload, name| upload.segments_container(name));
        upload.keep_mtime(!self.own_time()).verify(options.verify).resume(!options.no_resume).remove_old_segments(true)
    }

    async fn down(&self, from: &SwiftUrl, to: &Path, root: Option<&Path>, bytes: Option<u64>) -> Outcome<Moved> {
        let what = format!("{from} -> {}", to.display());
        let (container, object) = from.object()?;
        if let Some(root) = root {
            let made = self.folders.make(root, to).and_then(|()| files::replaceable(to));
            made.map_err(|why| Failure::usage(format!("{from}: {why}")))?;
        }
        let listed = bytes.is_some();
        let before = match self.before_move(from).await {
            Ok(before) => before,
            Err(error) => return self.missing(from, listed, &error, Failure::fetch(&what, &error)).await,
        };
        let fetch = self.fetch(container, object).no_clobber(self.options.no_clobber).resume(!self.options.no_resume);
        let fetch = bytes.into_iter().fold(fetch, |fetch, bytes| fetch.expected_size(bytes));
        let fetch = fetch.progress(self.bar.track());
        let fetched = match self.bar.is_shown() {
            // As above.
            false => fetch.to_path(to).await,
            true => {
                let running = fetch.start(to);
                self.bar.watch(running.progress());
                if bytes.is_none() {
                    let (bar, mut progress) = (self.bar.clone(), running.progress());
                    tokio::spawn(async move {
                        // A download that failed before the size was known moves nothing.
                        let total = progress.wait_for(|now| now.total.is_some()).await.ok().and_then(|now| now.total);
                        bar.expect(0, total.unwrap_or(0));
                    });
                }
                running.join().await
            }
        };
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return self.missing(from, listed, &error, Failure::fetch(&what, &error)).await,
        };
        self.keep_time(to, &fetched.info, root.is_none());
        self.remove_source(from, before.as_ref(), Some(&fetched.info), &what).await?;
        Ok(Moved::of(fetched.bytes))
    }

    /// Whether the user gives the objects a time of change.
    fn own_time(&self) -> bool {
        self.options.metadata.iter().any(|(name, _)| name.eq_ignore_ascii_case("mtime"))
    }

    fn keep_time(&self, file: &Path, info: &ObjectInfo, follow: bool) {
        let at = sync::mtime_of(info).and_then(sync::Mtime::to_system_time);
        if let Some(Err(error)) = at.map(|at| files::set_mtime(file, at, follow)) {
            // Its content is what was asked for.
            say(format!("warning: {}: its time of change can't be set: {error}", file.display()));
        }
    }

    fn fetch(&self, container: &str, object: &str) -> Fetch {
        let fetch = self.swift.fetch(container, object).verify(self.options.verify);
        let fetch = self.options.segment_size.into_iter().fold(fetch, |fetch, size| fetch.part_size(size));
        if self.options.concurrency > 0 { fetch.concurrency(self.options.concurrency) } else { fetch }
    }

    async fn down_stdout(&self, from: &SwiftUrl) -> Outcome<Moved> {
        let (container, object) = from.object()?;
        let stdout = stdio::stdout()?;
        let fetch = self.fetch(container, object).progress(self.bar.track());
        match fetch.write_to(stdout, "stdout").await {
            Ok((_, fetched)) => Ok(Moved::of(fetched.bytes)),
            Err(error) => Err(explained(&self.swift, from, &error, Failure::fetch(from, &error)).await),
        }
    }

    async fn folder(&self, from: &SwiftUrl, to: &Path, root: &Path) -> Outcome<Moved> {
        let before = match self.before_move(from).await {
            Ok(before) => before,
            Err(error) => return self.missing(from, true, &error, Failure::cloud(from, &error)).await,
        };
        files::make_folders(root, &to.join("x")).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
        self.remove_source(from, before.as_ref(), None, &from.to_string()).await?;
        Ok(Moved::of(0))
    }

    async fn copy(&self, from: &SwiftUrl, to: &SwiftUrl, bytes: Option<u64>) -> Outcome<Moved> {
        let what = format!("{from} -> {to}");
        let (source, target) = (from.object()?, to.object()?);
        let options = &self.options;
        self.make_container(target.0).await?;
        let mut copy = self.swift.copy_whole(source, target).move_source(options.move_source).no_clobber(options.no_clobber);
        for (name, value) in &options.metadata {
            copy = copy.metadata(name, value);
        }
        copy = options.headers.iter().fold(copy, |copy, header| copy.header(&header.name, &header.value));
        copy = options.segment_container.iter().fold(copy, |copy, name| copy.segments_container(name));
        copy = options.content_type.iter().fold(copy, |copy, kind| copy.content_type(kind));
        copy = options.delete_at.into_iter().fold(copy, |copy, at| copy.delete_at(at));
        copy = options.delete_after.into_iter().fold(copy, |copy, after| copy.delete_after(after));
        match copy.send().await {
            Ok(()) => {
                self.bar.done_in_cloud(bytes.unwrap_or(0));
                Ok(Moved { bytes, ..Moved::default() })
            }
            Err(error) => self.missing(from, bytes.is_some(), &error, Failure::cloud(&what, &error)).await,
        }
    }

    /// What the source of a move is before it is read: a link itself, not what it leads to.
    async fn before_move(&self, from: &SwiftUrl) -> k5::Result<Option<ObjectInfo>> {
        match self.options.move_source {
            true => self.swift.show_object_itself(&from.container, &from.object).await.map(Some),
            false => Ok(None),
        }
    }

    /// What came of an object that could not be read. One that a listing has and that is not there any more, since it expired or was
    /// deleted, is not a failure.
    async fn missing(&self, from: &SwiftUrl, listed: bool, error: &k5::Error, failure: Failure) -> Outcome<Moved> {
        if !error.is_not_found() {
            return Err(failure);
        }
        match self.swift.show_object_itself(&from.container, &from.object).await {
            Err(error) if listed && error.is_not_found() => {
                let said = format!("{from} is left out: {}", sync::LeftOut::NotThere);
                Ok(Moved { left_out: Some(said), ..Moved::default() })
            }
            Ok(ObjectInfo { symlink_target: Some(target), .. }) => {
                Err(Failure::new(REFUSED, format!("{from} is a symbolic link to {target}, which does not exist")))
            }
            _ => Err(explained(&self.swift, from, error, failure).await),
        }
    }

    /// Deletes the source of a move to here, a large one with its segments, unless somebody has replaced it since it was read.
    async fn remove_source(&self, from: &SwiftUrl, before: Option<&ObjectInfo>, read: Option<&ObjectInfo>, what: &str) -> Outcome {
        let Some(before) = before else { return Ok(()) };
        let (container, object) = from.object()?;
        let is_other = |read: &ObjectInfo| before.symlink_target.is_none() && read.timestamp != before.timestamp;
        if read.is_some_and(is_other) {
            return Err(Failure::new(REFUSED, format!("{what}: copied, but the source stays: it was replaced in the meantime")));
        }
        match self.swift.remove_unchanged(container, object, before).await {
            Ok(removed) => {
                tell_left(from, &removed);
                Ok(())
            }
            Err(error) => Err(Failure::cloud(format_args!("{what}: copied, but the source stays"), &error)),
        }
    }

    /// Creates the container unless it is there; one that is there is not changed. Asked once a command.
    async fn make_container(&self, name: &str) -> Outcome {
        if !self.options.make_container {
            return Ok(());
        }
        let make = async || {
            let made = self.swift.ensure_container(name).await;
            made.map_err(|error| Failure::cloud(format_args!("container {name}"), &error))
        };
        self.container.get_or_init(make).await.clone()
    }
}

/// What is known of a file that can be read. A pipe is not opened for that: whoever writes into it takes that for its reader.
fn readable(path: &Path) -> std::io::Result<Metadata> {
    let about = std::fs::metadata(path)?;
    if about.is_file() { File::open(path).and_then(|file| file.metadata()) } else { Ok(about) }
}

/// Says what is still there of an object that is gone.
pub(crate) fn tell_left(url: &SwiftUrl, removed: &Removed) {
    if let Some(why) = removed.why {
        say(format!("{url} is gone; {} segments are left: {why}", removed.left));
    }
}
