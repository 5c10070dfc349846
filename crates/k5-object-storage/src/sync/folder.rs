//! A folder into a container, and back.

use super::Side;
use super::events::{Event, Summary};
use super::options::Sync;
use crate::ObjectStorage;
use crate::transfer::TransferProgress;
use k5_core::{Error, Result};
use std::ops::ControlFlow;
use std::path::Path;

type Failed = Box<dyn FnMut(&str, &Error) + Send>;

/// The copy of a folder under construction; see [`ObjectStorage::upload_folder`] and [`ObjectStorage::download_folder`].
#[must_use = "nothing is copied before `send`"]
pub struct FolderCopy {
    sync: Sync,
    failed: Option<Failed>,
}

impl std::fmt::Debug for FolderCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FolderCopy").field(&self.sync).finish()
    }
}

impl ObjectStorage {
    /// Stores all files of a folder, and of the folders in it, in a container, which is created if it does not exist. Each object is
    /// named like its file below the folder, after [`FolderCopy::prefix`], and keeps the time when the file was changed.
    ///
    /// Whatever is there already, with the same size and time, is not sent again; so after an interruption the same call does the
    /// rest, and large files continue with the segment that is missing. Everything is checked as in [`ObjectStorage::upload`], 16
    /// files at a time, small ones 32. Objects that the folder doesn't have stay ([`ObjectStorage::sync`] can delete them). Symbolic
    /// links, pipes and devices are left out and counted in [`Summary::skipped`].
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let photos = swift.upload_folder("photos", "archive").prefix("2026/");
    /// let done = photos.on_progress(|now| println!("{:?}: {} of {:?} bytes", now.phase, now.bytes, now.total)).send().await?;
    /// println!("{} files sent, {} were there", done.copied, done.unchanged);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_folder(&self, from: impl AsRef<Path>, container: &str) -> FolderCopy {
        FolderCopy { sync: self.sync(Side::folder(from.as_ref()), Side::objects(container, "")), failed: None }
    }

    /// Fetches all objects of a container, or those that begin with [`FolderCopy::prefix`], into a folder, which is created if it does
    /// not exist; what their names have before a `/` becomes a folder. Files get the time that is stored with the object.
    ///
    /// What is there already, with the same size and time, is not fetched again; after an interruption the same call does the rest.
    /// Each file appears under its name once it is complete and checked. Files that the container doesn't have stay, and nothing
    /// outside of the folder is touched, whatever an object is called; a name that no file can have is a failure of that one object.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let done = swift.download_folder("archive", "photos").prefix("2026/").send().await?;
    /// println!("{} files, {} bytes", done.copied, done.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn download_folder(&self, container: &str, to: impl AsRef<Path>) -> FolderCopy {
        FolderCopy { sync: self.sync(Side::objects(container, ""), Side::folder(to.as_ref())), failed: None }
    }
}

impl FolderCopy {
    /// What the names of the objects begin with; it is no part of the files' names. To stand for a folder it ends in `/`.
    pub fn prefix(mut self, text: &str) -> Self {
        for side in [&mut self.sync.from, &mut self.sync.to] {
            if let Side::Objects { prefix, .. } = side {
                text.clone_into(prefix);
            }
        }
        self
    }

    /// How many files are copied at a time; by default 16, or 32 small ones.
    pub fn transfers(self, transfers: usize) -> Self {
        self.configure(|sync| sync.transfers(transfers))
    }

    /// Tells how far it is; see [`Sync::on_progress`].
    pub fn on_progress(self, tell: impl Fn(TransferProgress) + Send + std::marker::Sync + 'static) -> Self {
        self.configure(|sync| sync.on_progress(tell))
    }

    /// Tells the name of each file or object that can't be copied, and why. The others are copied nevertheless.
    pub fn on_failure(mut self, tell: impl FnMut(&str, &Error) + Send + 'static) -> Self {
        self.failed = Some(Box::new(tell));
        self
    }

    /// Sets anything else that a sync has a setter for: links, which names, the bandwidth, options of each upload.
    pub fn configure(mut self, set: impl FnOnce(Sync) -> Sync) -> Self {
        self.sync = set(self.sync);
        self
    }

    /// Copies everything. What was copied stays if the future is dropped, and the same call copies the rest.
    ///
    /// # Errors
    /// If the folder can't be read or the listing fails; and if anything could not be copied, after all the others were: with the first
    /// of these failures, and how many there are.
    pub async fn send(self) -> Result<Summary> {
        let Self { sync, mut failed } = self;
        let mut first = None;
        let summary = Box::pin(sync.run(|event| {
            if let Event::Failed { name, error } = event {
                if let Some(tell) = &mut failed {
                    tell(&name, &error);
                }
                first.get_or_insert((name, error));
            }
            ControlFlow::Continue(())
        }))
        .await?;
        let Some((name, error)) = first else { return Ok(summary) };
        let others = match summary.failed - 1 {
            0 => String::new(),
            1 => " and 1 other".to_owned(),
            others => format!(" and {others} others"),
        };
        let there = summary.copied + summary.unchanged + summary.times_set;
        Err(error
            .with_note(&format!("{name:?}{others} could not be copied, {there} are there: the same call copies what is missing")))
    }
}
