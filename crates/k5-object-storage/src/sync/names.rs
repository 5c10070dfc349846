//! One side of a sync as a sorted stream of what it has.

use super::walk::{Found, Walk};
use super::{Entry, Fact, Links, Mtime, Select, Shard, Side, marks_folder};
use crate::ObjectStorage;
use crate::generated::{Object, ObjectInfo, meta::LIST_OBJECTS};
use k5_core::{Error, ErrorKind, Items, Result, Sent};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How many items the thread that walks hands over at once.
const BATCH: usize = 128;

/// Which names a sync is about.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) select: Arc<dyn Select>,
    pub(crate) shard: Option<Shard>,
    pub(crate) links: Links,
}

impl Select for Scope {
    fn takes(&self, name: &str) -> bool {
        self.shard.is_none_or(|shard| shard.takes(name)) && self.select.takes(name)
    }

    fn enters(&self, folder: &str) -> bool {
        self.select.enters(folder)
    }
}

/// The names of a side, in byte order.
pub(crate) enum Names {
    Walk { batches: mpsc::Receiver<Vec<Found>>, batch: std::vec::IntoIter<Found> },
    Listing(Box<Listing>),
    Nothing,
}

pub(crate) struct Listing {
    items: Items<Object>,
    container: String,
    prefix: String,
    scope: Scope,
    last: Option<String>,
    /// Whether it is an error if there is nothing below the prefix: a mistyped source must not pass for an empty one.
    wanted: bool,
}

impl Names {
    /// The source.
    pub(crate) fn source(storage: &ObjectStorage, side: &Side, scope: &Scope) -> Result<Self> {
        match side {
            Side::Folder(path) => Self::walk(path, scope, scope.links),
            Side::Objects { container, prefix } => Ok(Self::listing(storage, container, prefix, scope, !prefix.is_empty())),
        }
    }

    /// The destination, which need not exist yet.
    pub(crate) async fn target(storage: &ObjectStorage, side: &Side, scope: &Scope) -> Result<Self> {
        match side {
            Side::Folder(path) => match std::fs::symlink_metadata(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::Nothing),
                // What is behind a link does not belong to the destination, however the links of a source are treated.
                _ if scope.links == Links::Followed => Self::walk(path, scope, Links::LeftOut),
                _ => Self::walk(path, scope, scope.links),
            },
            Side::Objects { container, prefix } => match storage.show_container(container).send().await {
                Err(error) if error.is_not_found() => Ok(Self::Nothing),
                // Whoever may list need not be allowed to examine the container; the listing will tell.
                _ => Ok(Self::listing(storage, container, prefix, scope, false)),
            },
        }
    }

    fn walk(path: &Path, scope: &Scope, links: Links) -> Result<Self> {
        let unreadable = |error| Error::local(format!("{} can't be read", path.display()), error);
        if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Err(Error::invalid_input(format!("{} is not a folder", path.display())));
        }
        let mut walk = Walk::new(path, Arc::new(scope.clone()), links).map_err(unreadable)?;
        let (sender, batches) = mpsc::channel(2);
        tokio::task::spawn_blocking(move || {
            loop {
                let batch: Vec<_> = walk.by_ref().take(BATCH).collect();
                // A closed channel means that nobody wants any more.
                if batch.is_empty() || sender.blocking_send(batch).is_err() {
                    return;
                }
            }
        });
        Ok(Self::Walk { batches, batch: Vec::new().into_iter() })
    }

    fn listing(storage: &ObjectStorage, container: &str, prefix: &str, scope: &Scope, wanted: bool) -> Self {
        let items = storage.list_objects(container).prefix(prefix).items();
        let (container, prefix) = (container.to_owned(), prefix.to_owned());
        Self::Listing(Box::new(Listing { items, container, prefix, scope: scope.clone(), last: None, wanted }))
    }

    /// Returns the next one, or `None` at the end. Nothing is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Option<Found>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Listing(listing) => Ok(listing.next().await?.map(Found::Entry)),
            Self::Walk { batches, batch } => loop {
                if let Some(found) = batch.next() {
                    return Ok(Some(found));
                }
                match batches.recv().await {
                    Some(next) => *batch = next.into_iter(),
                    None => return Ok(None),
                }
            },
        }
    }
}

impl Listing {
    async fn next(&mut self) -> Result<Option<Entry>> {
        loop {
            let Some(object) = self.items.try_next().await? else {
                return match self.wanted && self.last.is_none() {
                    true => {
                        let message = format!("there is nothing below {}/{}", self.container, self.prefix);
                        Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes))
                    }
                    false => Ok(None),
                };
            };
            // Whatever is missing gets deleted on the other side, so a listing that is out of order can't be relied on.
            if self.last.as_ref().is_some_and(|last| last.as_bytes() >= object.name.as_bytes()) {
                let message = format!("the listing is out of order at {:?}: nothing can be concluded from it", object.name);
                let error = Error::new(ErrorKind::Decode, message).with_operation(&LIST_OBJECTS).with_sent(Sent::Yes);
                return Err(error.with_target(Some(format!("swift://{}", self.container))));
            }
            self.last = Some(object.name.clone());
            let Some(name) = object.name.strip_prefix(&self.prefix) else { continue };
            if !marks_folder(&object) && self.scope.takes(name) {
                return Ok(Some(entry_of_object(name.to_owned(), &object)));
            }
        }
    }
}

/// What a listing tells about an object.
fn entry_of_object(name: String, object: &Object) -> Entry {
    Entry {
        name,
        // The manifest of a dynamic large object is empty.
        size: if object.bytes == 0 { Fact::Listed(0) } else { Fact::Known(object.bytes) },
        modified: Fact::Unknown,
        md5: object.hash.as_ref().map_or(Fact::Unknown, |hash| Fact::Listed(hash.clone())),
    }
}

/// What the headers tell: everything there is to know.
pub(crate) fn entry_of_info(name: String, info: &ObjectInfo) -> Entry {
    Entry {
        name,
        size: Fact::Known(info.content_length.unwrap_or(0)),
        modified: mtime_of(info).map_or(Fact::Absent, Fact::Known),
        md5: info.md5().map_or(Fact::Absent, |md5| Fact::Known(md5.to_owned())),
    }
}

/// When an object's content was last changed: what `X-Object-Meta-Mtime` says, or else when the object was stored.
pub fn mtime_of(info: &ObjectInfo) -> Option<Mtime> {
    let stored = info.metadata.get("mtime").and_then(|text| text.parse().ok());
    stored.or_else(|| info.last_modified.as_ref().map(Mtime::from))
}
