//! Makes one side identical to the other: a folder and a container, or two containers, by transferring what differs.
//!
//! [`ObjectStorage::sync`] walks both sides as streams in the byte order of their names and merges them, so that millions of names
//! take the memory of a few pages; of a folder's tree, only the folders on the current path are held. [`plan`](Sync::plan) tells
//! what is to be done, [`run`](Sync::run) does it. The comparison itself ([`compare`], [`step`]) is a pure function of what is
//! known.
//!
//! The rules are rclone's where it has them, and neither program finds anything to do after the other has run:
//!
//! | what | rule |
//! | --- | --- |
//! | time of change | `X-Object-Meta-Mtime`, seconds since 1970 with a fraction; without it, or if it can't be parsed, when the object was stored |
//! | which times count as equal | those that differ by less than the precision of the coarser one (a file system with whole seconds, a tool that writes microseconds), or by no more than [`modify_window`](Sync::modify_window) |
//! | same size, different time | MD5s are compared; if they are equal, only the time is set |
//! | large objects | compared by size and time, as they have no MD5; sent in segments, fetched in parts, resumable |
//! | symbolic links of the source | left out and reported; with [`Links::Followed`] they are what they lead to, and with [`Links::Stored`] objects `NAME.rclonelink` that hold their text |
//! | symbolic links of the destination | never followed; not compared, replaced or deleted, except as links with [`Links::Stored`]; one that is in the way is an error for what is behind it. Only the root may be a link |
//! | devices, pipes, sockets | left out and reported |
//! | anything at the destination that has the name of something left out, or is below it | stays |
//! | permissions, owners | not kept: a new file gets those of any new file |
//! | empty files | handled like any other file |
//! | listed objects that are not there (expired, for example) | left out and reported; nothing of that name is deleted |
//! | empty folders, marks of folders ([`marks_folder`]) | not kept, and never deleted; a folder emptied by a deletion is removed |
//! | names that are not UTF-8 | an error for that file only (rclone rewrites them) |
//! | names that no file can have here (`a//b`, `..`) | an error for that object only, see [`below`] |
//! | unfinished downloads (`NAME.k5-HASH.part`) | left alone |
//! | segments of large objects | never deleted as extra objects |
//!
//! Deletions come last, and only if everything else went well: nothing is deleted after a failure, or if there would be more
//! deletions than [`max_delete`](Sync::max_delete) allows. With [`backup`](Sync::backup), whatever is replaced or deleted is first
//! kept elsewhere.

mod ahead;
mod backup;
mod counting;
mod deletions;
mod events;
mod file_sums;
mod folder;
mod keep;
mod left_out;
mod limiter;
mod links;
mod marks;
mod names;
mod options;
mod perform;
mod place;
mod plan;
mod removal;
mod run;
mod shard;
mod stream;
mod totals;
mod walk;
mod way;

pub use crate::mtime::Mtime;
pub use events::{Event, Summary};
pub use folder::FolderCopy;
pub use left_out::LeftOut;
pub use links::{LINK_SUFFIX, LINK_TEXT, Links, make_link};
pub use marks::marks_folder;
pub use names::mtime_of;
pub use options::Sync;
pub use place::{Folders, below, make_folders};
pub use plan::{Action, Compare, Entry, Fact, Planned, Reason, Step, Verdict, compare, step};
pub use shard::Shard;
pub use stream::{Item, Plan};

use crate::ObjectStorage;
use crate::transfer::{Fetch, Upload};
pub(crate) use names::Scope;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One side of a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Side {
    /// A local folder.
    Folder(PathBuf),
    /// The objects of a container whose names begin with `prefix`, which is removed from the names that are compared. A prefix that
    /// stands for a pseudo folder ends in `/`.
    Objects {
        /// The container.
        container: String,
        /// The prefix of the names; empty for all.
        prefix: String,
    },
}

impl Side {
    /// A local folder.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::Folder(path.into())
    }

    /// The objects of a container whose names begin with `prefix`; all of them if it is empty.
    pub fn objects(container: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self::Objects { container: container.into(), prefix: prefix.into() }
    }

    /// Whether an object of this side is a segment of a large object, judging by its name and place; segments are not extra
    /// objects.
    pub(crate) fn is_segment(&self, name: &str) -> bool {
        match self {
            Self::Folder(_) => false,
            Self::Objects { container, prefix } => {
                let name = format!("{prefix}{name}");
                // The last is where rclone puts them beside the objects themselves.
                container.ends_with("_segments") || crate::transfer::is_segment(&name) || name.starts_with(".file-segments/")
            }
        }
    }
}

/// Selects names. They are names below the root of a side, with `/` between their parts.
pub trait Select: Send + Sync_ + 'static {
    /// Whether a file or object is compared and copied. If not, it is left alone on both sides.
    fn takes(&self, name: &str) -> bool;

    /// Whether a local folder, whose name ends in `/`, may contain anything that is selected. Other folders are then not walked.
    fn enters(&self, folder: &str) -> bool {
        let _ = folder;
        true
    }
}

use std::marker::Sync as Sync_;

/// A task ended before its work was done. The outcome is then unknown, and must not pass for success.
pub(crate) fn broke_off(what: &str) -> k5_core::Error {
    k5_core::Error::local(format!("{what} was interrupted"), std::io::Error::other("interrupted"))
}

/// Selects everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everything;

impl Select for Everything {
    fn takes(&self, _: &str) -> bool {
        true
    }
}

type Configure<T> = Arc<dyn Fn(T) -> T + Send + Sync_>;

impl ObjectStorage {
    /// Makes `to` identical to `from`: copies what is new or differs, and with [`Sync::delete`] removes what `from` doesn't have.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// use k5_object_storage::sync::{Event, Side};
    /// use std::ops::ControlFlow;
    ///
    /// let sync = swift.sync(Side::folder("/etc"), Side::objects("backups", "etc/")).delete(true);
    /// let summary = sync
    ///     .run(|event| {
    ///         if let Event::Failed { name, error } = event {
    ///             eprintln!("{name}: {error}");
    ///         }
    ///         ControlFlow::Continue(())
    ///     })
    ///     .await?;
    /// println!("{} copied, {} deleted, {} failed", summary.copied, summary.deleted, summary.failed);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sync(&self, from: Side, to: Side) -> Sync {
        Sync {
            storage: self.clone(),
            from,
            to,
            how: Compare::default(),
            window: Duration::ZERO,
            delete: false,
            max_delete: None,
            backup: None,
            scope: Scope { select: Arc::new(Everything), shard: None, links: Links::LeftOut },
            transfers: None,
            bytes_per_second: None,
            upload: Arc::new(|upload: Upload| upload),
            fetch: Arc::new(|fetch: Fetch| fetch),
            tell: None,
        }
    }
}
