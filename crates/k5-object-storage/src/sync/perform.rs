//! Carries out single actions.

use super::backup::Backup;
use super::names::mtime_of;
use super::plan::{Action, Planned};
use super::way::{Standing, Way};
use super::{Configure, Fact, Links, Mtime, Side, broke_off, links};
use crate::transfer::{Fetch, Progress, SmallFile, Upload};
use crate::{MetadataChange, ObjectStorage};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::path::Path;

/// The item of metadata that holds the time of change.
const MTIME: &str = "mtime";

/// What all actions of a sync share.
pub(crate) struct Hands {
    pub(crate) storage: ObjectStorage,
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) upload: Configure<Upload>,
    pub(crate) fetch: Configure<Fetch>,
    pub(crate) links: Links,
    pub(crate) backup: Option<Backup>,
    /// What the transfers count their bytes in, if somebody is told.
    pub(crate) counter: Option<Progress>,
}

/// The outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Performed {
    /// It was carried out.
    Done,
    /// The listing named an object that is not there.
    NotThere,
}

impl Hands {
    /// Carries out an action that is not a deletion.
    pub(crate) async fn perform(&self, planned: &Planned, small: Option<SmallFile>) -> Result<Performed> {
        match self.carry_out(planned, small).await {
            Ok(()) => Ok(Performed::Done),
            Err(error) if error.is_not_found() && self.is_gone(planned).await => Ok(Performed::NotThere),
            Err(error) => Err(error),
        }
    }

    /// Whether it is the object itself that is not there.
    async fn is_gone(&self, planned: &Planned) -> bool {
        let Side::Objects { container, prefix } = &self.from else { return false };
        let seen = self.storage.show_object(container, &format!("{prefix}{}", planned.name)).send().await;
        seen.is_err_and(|error| error.is_not_found())
    }

    async fn carry_out(&self, planned: &Planned, small: Option<SmallFile>) -> Result<()> {
        match (planned.action, &self.from, &self.to) {
            (Action::SetTime, _, to) => self.set_time(planned, to).await,
            (Action::Copy(_), Side::Folder(root), Side::Objects { container, prefix }) => {
                let object = format!("{prefix}{}", planned.name);
                match self.links.here(&planned.name) {
                    (name, Standing::Link) => self.up_link(&root.join(name), (container, &object), planned).await,
                    (name, _) => self.up(&root.join(name), (container, &object), planned, small).await,
                }
            }
            (Action::Copy(_), Side::Objects { container, prefix }, Side::Folder(root)) => {
                let object = format!("{prefix}{}", planned.name);
                self.down((container, &object), root, planned).await
            }
            (Action::Copy(_), Side::Objects { container, prefix }, Side::Objects { container: to, prefix: below }) => {
                let (from, object) = (format!("{prefix}{}", planned.name), format!("{below}{}", planned.name));
                self.copy((container, &from), (to, &object), planned).await
            }
            (Action::Copy(_), Side::Folder(_), Side::Folder(_)) | (Action::Delete, ..) => {
                Err(Error::invalid_input("a sync copies to or from a cloud, and deletes at its end"))
            }
        }
    }

    /// Keeps the object that is about to be replaced.
    async fn keep_object(&self, planned: &Planned) -> Result<()> {
        match (&self.backup, &planned.target) {
            (Some(backup), Some(_)) => backup.object(&planned.name).await,
            _ => Ok(()),
        }
    }

    /// Keeps the file or link that is about to be replaced.
    async fn keep_file(&self, planned: &Planned) -> Result<()> {
        let (Some(backup), Some(_)) = (self.backup.clone(), &planned.target) else { return Ok(()) };
        let (name, is) = self.links.here(&planned.name);
        let name = name.to_owned();
        let kept = tokio::task::spawn_blocking(move || backup.file(&name, is, false)).await;
        kept.unwrap_or_else(|_| Err(broke_off("the backup")))
    }

    /// Stores a link.
    async fn up_link(&self, path: &Path, (container, object): (&str, &str), planned: &Planned) -> Result<()> {
        let text = links::read(path).map_err(|error| Error::local(format!("the link {} can't be read", path.display()), error))?;
        self.keep_object(planned).await?;
        let upload = self.storage.upload(container, object).remove_old_segments(planned.target.is_some()).from_bytes(text);
        let upload = match planned.source.as_ref().map(|source| &source.modified) {
            Some(Fact::Known(at)) => upload.metadata(MTIME, &at.to_string()),
            _ => upload,
        };
        self.configured(upload).send().await.map(drop)
    }

    /// An upload with the caller's options, counted with the others.
    fn configured(&self, upload: Upload) -> Upload {
        let upload = (self.upload)(upload);
        self.counter.iter().fold(upload, Upload::counted_in)
    }

    async fn up(&self, path: &Path, (container, object): (&str, &str), planned: &Planned, small: Option<SmallFile>) -> Result<()> {
        self.keep_object(planned).await?;
        let upload = self.storage.upload(container, object).remove_old_segments(planned.target.is_some());
        let upload = match small {
            Some(small) => upload.from_small_file(small),
            None => upload.from_path(path),
        };
        let upload = upload.keep_mtime(true);
        self.configured(upload).send().await.map(drop)
    }

    async fn down(&self, (container, object): (&str, &str), root: &Path, planned: &Planned) -> Result<()> {
        let (path, is) = self.links.place(root, &planned.name)?;
        let way = Way::make(root, &path)?;
        way.wants(is, true)?;
        self.keep_file(planned).await?;
        if is == Standing::Link {
            return self.down_link((container, object), &way, planned).await;
        }
        drop(way);
        let fetch = (self.fetch)(self.storage.fetch(container, object));
        let fetch = self.counter.iter().fold(fetch, Fetch::counted_in);
        let fetched = match planned.bytes() {
            // A listing shows 0 for a dynamic large object.
            0 => fetch.to_path(&path).await?,
            bytes => fetch.expected_size(bytes).to_path(&path).await?,
        };
        match mtime_of(&fetched.info) {
            Some(at) => set_mtime(root, &path, is, at).map_err(|error| error.with_sent(Sent::Yes)),
            None => Ok(()),
        }
    }

    /// Creates a link from its object.
    async fn down_link(&self, (container, object): (&str, &str), way: &Way, planned: &Planned) -> Result<()> {
        let wrong = |what: &str| {
            Error::new(ErrorKind::Integrity, format!("{container}/{object} {what}, and so it is not a link")).with_sent(Sent::Yes)
        };
        if planned.bytes() > links::LINK_TEXT {
            return Err(wrong("has more bytes than the text of a link"));
        }
        let (text, fetched) = self.storage.fetch(container, object).write_to(Vec::new(), "the text of a link").await?;
        if !links::is_text(&text) {
            return Err(wrong("holds what is not text of a link"));
        }
        way.wants(Standing::Link, true)?;
        way.make_link(&text)?;
        match mtime_of(&fetched.info) {
            Some(at) => way.set_mtime(at).map_err(|error| error.with_sent(Sent::Yes)),
            None => Ok(()),
        }
    }

    async fn copy(&self, from: (&str, &str), to: (&str, &str), planned: &Planned) -> Result<()> {
        self.keep_object(planned).await?;
        let source = self.storage.show_object(from.0, from.1).send().await?;
        let mut copy = self.storage.copy_whole(from, to);
        // If the source has no time of its own, the copy gets the time when the source was stored.
        if let Some(at) = mtime_of(&source).filter(|_| !source.metadata.contains_key(MTIME)) {
            copy = copy.metadata(MTIME, &at.to_string());
        }
        copy.send().await
    }

    async fn set_time(&self, planned: &Planned, to: &Side) -> Result<()> {
        let Some(Fact::Known(at)) = planned.source.as_ref().map(|source| &source.modified) else { return Ok(()) };
        match to {
            Side::Folder(root) => {
                let (path, is) = self.links.place(root, &planned.name)?;
                set_mtime(root, &path, is, *at)
            }
            Side::Objects { container, prefix } => self.store_time((container, &format!("{prefix}{}", planned.name)), *at).await,
        }
    }

    async fn store_time(&self, (container, object): (&str, &str), at: Mtime) -> Result<()> {
        let change = MetadataChange { set: [(MTIME.to_owned(), at.to_string())].into(), ..MetadataChange::default() };
        self.storage.change_object_metadata(container, object, &change).await
    }
}

fn set_mtime(root: &Path, path: &Path, is: Standing, at: Mtime) -> Result<()> {
    let way = Way::find(root, path)?.ok_or_else(|| Error::invalid_input(format!("{} is not there any more", path.display())))?;
    way.wants(is, false)?;
    way.set_mtime(at)
}
