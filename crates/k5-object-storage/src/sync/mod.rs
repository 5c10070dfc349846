//! One side made like the other: a folder and a container, or two containers, by what differs.
//!
//! [`ObjectStorage::sync`] walks both sides as streams in the byte order of their names and merges them, so that millions of names take
//! the memory of a few pages; of a folder's tree, only the folders on the way are held. [`plan`](Sync::plan) tells what is to be done,
//! [`run`](Sync::run) does it. The comparison itself ([`compare`], [`step`]) is a function of what is known.
//!
//! The rules are rclone's, where it has them, and the two programs find nothing to do after one another:
//!
//! | what | rule |
//! | --- | --- |
//! | time of change | `X-Object-Meta-Mtime`, seconds since 1970 with a fraction; without it, or where it can't be read, when the object was stored |
//! | which times are the same | those that differ by less than the coarser of them can tell (a file system with whole seconds, a tool that writes microseconds), or by no more than [`modify_window`](Sync::modify_window) |
//! | same size, other time | MD5s are compared; where they are the same, the time alone is set |
//! | large objects | by size and time, since they have no MD5; they go in segments and parts, and go on after an interruption |
//! | symbolic links of the source | left out, and told; with [`Links::Followed`] they are what they lead to, and with [`Links::Stored`] objects `NAME.rclonelink` that hold their text |
//! | symbolic links of the destination | never followed; neither compared, replaced nor deleted, but with [`Links::Stored`] as links; one that is in the way is an error for what is behind it. The root alone may be a link |
//! | devices, pipes, sockets | left out, and told |
//! | what the destination has under the name of what is left out, or below it | stays |
//! | permissions, owners | not kept: a new file has those of any new file |
//! | empty files | as any other |
//! | listed objects that are not there (expired, say) | left out, and told; nothing of their name is deleted |
//! | empty folders, marks of folders ([`marks_folder`]) | not kept, and never deleted; a folder that a deletion left empty goes |
//! | names that are not UTF-8 | an error for that file alone (rclone rewrites them) |
//! | names that no file can have here (`a//b`, `..`) | an error for that object alone, see [`below`] |
//! | unfinished downloads (`NAME.k5-HASH.part`) | left alone |
//! | segments of large objects | never deleted as strangers |
//!
//! Deletions come last, and only after everything else went well: after any failure nothing is deleted, and neither is anything where
//! there would be more deletions than [`max_delete`](Sync::max_delete) allows. With [`backup`](Sync::backup), what is replaced or deleted
//! is kept elsewhere first.

mod ahead;
mod backup;
mod deletions;
mod events;
mod file_sums;
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
mod walk;
mod way;

pub use crate::mtime::Mtime;
pub use events::{Event, Summary};
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
    /// A folder here.
    Folder(PathBuf),
    /// The objects of a container whose names begin with `prefix`, which is left out of the names that are compared. A prefix that means
    /// a pseudo folder ends in `/`.
    Objects {
        /// The container.
        container: String,
        /// How the names begin; empty for all.
        prefix: String,
    },
}

impl Side {
    /// Whether an object of this side is a segment of a large object, by its name and place: those are not strangers.
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

/// Chooses names. They are names below the root of a side, with `/` between their parts.
pub trait Select: Send + Sync_ + 'static {
    /// Whether a file or object is compared and copied. What is not is left alone on both sides.
    fn takes(&self, name: &str) -> bool;

    /// Whether a folder here, whose name ends in `/`, may have anything that is taken. It saves the walk through others.
    fn enters(&self, folder: &str) -> bool {
        let _ = folder;
        true
    }
}

use std::marker::Sync as Sync_;

/// A task ended before its work did. What it was about is not known then, and must not pass for done.
pub(crate) fn broke_off(what: &str) -> k5_core::Error {
    k5_core::Error::local(format!("{what} broke off"), std::io::Error::other("interrupted"))
}

/// Takes everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everything;

impl Select for Everything {
    fn takes(&self, _: &str) -> bool {
        true
    }
}

type Configure<T> = Arc<dyn Fn(T) -> T + Send + Sync_>;

impl ObjectStorage {
    /// Makes `to` like `from`: copies what is new or differs, and with [`Sync::delete`] removes what `from` has not.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// use k5_object_storage::sync::{Event, Side};
    /// use std::ops::ControlFlow;
    ///
    /// let to = Side::Objects { container: "backups".to_owned(), prefix: "etc/".to_owned() };
    /// let sync = swift.sync(Side::Folder("/etc".into()), to).delete(true);
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
        }
    }
}
