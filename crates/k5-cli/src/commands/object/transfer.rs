//! Carries single transfers out.

use super::files;
use super::jobs::Job;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::progress::Bar;
use crate::url::SwiftUrl;
use k5::object_storage::{ObjectInfo, ObjectStorage, Target, Upload, limits};
use std::fs::File;
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
    pub(crate) delete_at: Option<u64>,
    pub(crate) delete_after: Option<u64>,
}

/// What all transfers of a command share.
#[derive(Clone)]
pub(crate) struct Transfers {
    pub(crate) swift: ObjectStorage,
    pub(crate) options: Arc<Options>,
    pub(crate) bar: Bar,
    /// Whether the container that everything goes to is there.
    container: Arc<OnceCell<Outcome>>,
}

impl Transfers {
    pub(crate) fn new(swift: ObjectStorage, options: Options, bar: Bar) -> Self {
        Self { swift, options: Arc::new(options), bar, container: Arc::default() }
    }

    /// Carries one out.
    pub(crate) async fn run(self, job: Job) -> Outcome {
        match job {
            Job::Up { from, to } => self.up(&from, &to).await,
            Job::UpStdin { to } => self.up_stdin(&to).await,
            Job::Down { from, to, root, bytes } => self.down(&from, &to, root.as_deref(), bytes).await,
            Job::Folder { from, to, root } => self.folder(&from, &to, &root).await,
            Job::DownStdout { from } => self.down_stdout(&from).await,
            Job::Copy { from, to } => self.copy(&from, &to).await,
        }
    }

    async fn up(&self, from: &Path, to: &SwiftUrl) -> Outcome {
        let what = format!("{} -> {to}", from.display());
        let (container, object) = to.object()?;
        let unreadable = |error| Failure::file(format_args!("{what}: {} can't be read", from.display()), &error);
        let about = File::open(from).and_then(|file| file.metadata()).map_err(unreadable)?;
        if about.is_file() {
            limits::object_size(about.len()).map_err(|error| Failure::usage(format!("{what}: {}", error.message())))?;
        }
        self.make_container(container).await?;
        let tracked = self.bar.track();
        let upload = self.configured(self.swift.upload(container, object)).from_path(from).progress(tracked.counter());
        upload.send().await.map_err(|error| Failure::transfer(&what, &error))?;
        if self.options.move_source {
            std::fs::remove_file(from)
                .map_err(|error| Failure::new(REFUSED, format!("{what}: copied, but the source can't be removed: {error}")))?;
        }
        Ok(())
    }

    async fn up_stdin(&self, to: &SwiftUrl) -> Outcome {
        let what = format!("stdin -> {to}");
        let (container, object) = to.object()?;
        let (file, length) = files::stdin()?;
        if let Some(length) = length {
            limits::object_size(length).map_err(|error| Failure::usage(format!("{what}: {}", error.message())))?;
            self.bar.expect(length);
        }
        self.make_container(container).await?;
        let tracked = self.bar.track();
        let upload = self.configured(self.swift.upload(container, object)).from_reader(file, length).progress(tracked.counter());
        upload.send().await.map(drop).map_err(|error| Failure::transfer(&what, &error))
    }

    fn configured(&self, mut upload: Upload) -> Upload {
        let options = self.options.clone();
        if let Some(kind) = &options.content_type {
            upload = upload.content_type(kind);
        }
        for (name, value) in &options.metadata {
            upload = upload.metadata(name, value);
        }
        upload.verify(options.verify).configure(move |mut put| {
            if let Some(at) = options.delete_at {
                put = put.delete_at(at);
            }
            if let Some(after) = options.delete_after {
                put = put.delete_after(after);
            }
            if options.no_clobber { put.if_none_match("*") } else { put }
        })
    }

    async fn down(&self, from: &SwiftUrl, to: &Path, root: Option<&Path>, bytes: Option<u64>) -> Outcome {
        let what = format!("{from} -> {}", to.display());
        let (container, object) = from.object()?;
        if let Some(root) = root {
            files::make_folders(root, to).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
        }
        let (target, file) = Target::open(to, self.options.no_clobber).map_err(|error| Failure::cloud(&what, &error))?;
        let download = self.swift.download_object(container, object).send().await;
        let download = download.map_err(|error| Failure::cloud(&what, &error))?;
        self.bar.expect(download.length().or(bytes).unwrap_or(0));
        let tracked = self.bar.track();
        let download = download.verify(self.options.verify).progress(tracked.counter());
        let written = download.write_to(file, &to.display().to_string()).await;
        drop(written.map_err(|error| Failure::transfer(&what, &error))?);
        target.finish().map_err(|error| Failure::transfer(&what, &error))?;
        self.remove_source(from, &what).await
    }

    async fn down_stdout(&self, from: &SwiftUrl) -> Outcome {
        let (container, object) = from.object()?;
        let stdout = files::stdout()?;
        let download = self.swift.download_object(container, object).send().await;
        let download = download.map_err(|error| Failure::cloud(from, &error))?;
        self.bar.expect(download.length().unwrap_or(0));
        let tracked = self.bar.track();
        let download = download.verify(self.options.verify).progress(tracked.counter());
        download.write_to(stdout, "stdout").await.map(drop).map_err(|error| Failure::transfer(from, &error))
    }

    async fn folder(&self, from: &SwiftUrl, to: &Path, root: &Path) -> Outcome {
        files::make_folders(root, &to.join("x")).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
        self.remove_source(from, &from.to_string()).await
    }

    async fn copy(&self, from: &SwiftUrl, to: &SwiftUrl) -> Outcome {
        let what = format!("{from} -> {to}");
        let failed = |error: k5::Error| Failure::cloud(&what, &error);
        let (source, target) = (from.object()?, to.object()?);
        let options = &self.options;
        let before = match options.move_source {
            true => Some(self.swift.show_object(source.0, source.1).send().await.map_err(failed)?),
            false => None,
        };
        self.make_container(target.0).await?;
        if options.no_clobber && self.swift.show_object(target.0, target.1).send().await.is_ok() {
            return Err(Failure::new(
                REFUSED,
                format!("{what}: there is such an object already, and it stays as it is (--no-clobber)"),
            ));
        }
        let mut copy = self.swift.copy(source, target);
        for (name, value) in &options.metadata {
            copy = copy.metadata(name, value);
        }
        if let Some(kind) = &options.content_type {
            copy = copy.content_type(kind);
        }
        if let Some(at) = options.delete_at {
            copy = copy.delete_at(at);
        }
        if let Some(after) = options.delete_after {
            copy = copy.delete_after(after);
        }
        // A large object moves by its manifest; its segments stay where they are.
        if before.as_ref().is_some_and(is_large) {
            copy = copy.multipart_manifest("get");
        }
        copy.send().await.map_err(failed)?;
        let Some(before) = before else { return Ok(()) };
        let after = self.swift.show_object(target.0, target.1).send().await.map_err(failed)?;
        if after.content_length != before.content_length || !same_content(&before, &after) {
            return Err(Failure::new(REFUSED, format!("{what}: the copy differs from the source, which stays")));
        }
        self.remove_source(from, &what).await
    }

    /// Deletes the source of a move.
    async fn remove_source(&self, from: &SwiftUrl, what: &str) -> Outcome {
        if !self.options.move_source {
            return Ok(());
        }
        let (container, object) = from.object()?;
        let deleted = self.swift.delete_object(container, object).send().await;
        deleted.map(drop).map_err(|error| Failure::cloud(format_args!("{what}: copied, but the source stays"), &error))
    }

    /// Creates the container unless it is there; one that is there is not changed. Asked once a command.
    async fn make_container(&self, name: &str) -> Outcome {
        let make = async || {
            let what = format!("container {name}");
            match self.swift.show_container(name).send().await {
                Ok(_) => Ok(()),
                Err(error) if error.is_not_found() => {
                    self.swift.create_container(name).send().await.map(drop).map_err(|error| Failure::cloud(&what, &error))
                }
                // Who may write objects need not be allowed to look at the container.
                Err(error) if error.kind() == k5::ErrorKind::Status && error.status().is_some_and(|status| status == 403) => Ok(()),
                Err(error) => Err(Failure::cloud(&what, &error)),
            }
        };
        self.container.get_or_init(make).await.clone()
    }
}

fn is_large(info: &ObjectInfo) -> bool {
    info.static_large_object == Some(true) || info.object_manifest.is_some()
}

/// Whether ETags say that two objects hold the same; those of large objects are of their manifests.
fn same_content(before: &ObjectInfo, after: &ObjectInfo) -> bool {
    is_large(before) || before.etag == after.etag
}
