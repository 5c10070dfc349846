//! A sync under construction: its sides and its options.

use super::backup;
use super::names::Scope;
use super::plan::Compare;
use super::stream::{Question, small};
use super::totals::{Tell, Totals};
use super::{Configure, Links, Select, Shard, Side};
use crate::ObjectStorage;
use crate::transfer::{Fetch, TRANSFERS, TransferProgress, Upload};
use k5_core::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// A sync under construction; see [`ObjectStorage::sync`].
#[must_use = "nothing is done before it is planned or run"]
pub struct Sync {
    pub(crate) storage: ObjectStorage,
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) how: Compare,
    pub(crate) window: Duration,
    pub(crate) delete: bool,
    pub(crate) max_delete: Option<u64>,
    pub(crate) backup: Option<Side>,
    pub(crate) scope: Scope,
    pub(crate) transfers: Option<usize>,
    pub(crate) bytes_per_second: Option<u64>,
    pub(crate) upload: Configure<Upload>,
    pub(crate) fetch: Configure<Fetch>,
    pub(crate) tell: Option<Tell>,
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl Sync {
    /// How two of the same name are compared; by size and time by default.
    pub fn compare(mut self, how: Compare) -> Self {
        self.how = how;
        self
    }

    /// How far apart two times may be and still count as equal; zero by default. Digits that the coarser of the two times lacks are
    /// ignored in any case, see [`Mtime::agrees`](super::Mtime::agrees); this is for file systems whose steps are not decimal
    /// fractions, such as FAT's two seconds.
    pub fn modify_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Whether to delete from the destination what the source doesn't have; off by default.
    pub fn delete(mut self, delete: bool) -> Self {
        self.delete = delete;
        self
    }

    /// The maximum number of deletions in a run: if there would be more, nothing is deleted. They are counted before the first
    /// deletion, with one more listing of both sides. No limit by default.
    pub fn max_delete(mut self, most: u64) -> Self {
        self.max_delete = Some(most);
        self
    }

    /// Where to move what is about to be replaced or deleted, under the same name: another folder for a local folder, another
    /// container (or place in it) for one in the cloud, where the server moves it, including the segments of large objects.
    /// Anything that already has the name there is replaced. If the backup of an item fails, the item is neither replaced nor
    /// deleted. Between an object's move and the end of the upload that replaces it, it is missing at the destination. Missing
    /// containers and folders are created.
    ///
    /// A place that is inside either side, or contains one, is rejected, unless [`Sync::select`] excludes it.
    pub fn backup(mut self, to: Side) -> Self {
        self.backup = Some(to);
        self
    }

    /// Which names to synchronize; all by default. The others are left alone on both sides.
    pub fn select(mut self, select: impl Select) -> Self {
        self.scope.select = Arc::new(select);
        self
    }

    /// Does one of several parts, which together make up the complete sync.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.scope.shard = Some(shard);
        self
    }

    /// How to treat the symbolic links of a folder; left out by default.
    pub fn links(mut self, links: Links) -> Self {
        self.scope.links = links;
        self
    }

    /// Whether to follow symbolic links of the source: [`Links::Followed`], or [`Links::LeftOut`].
    pub fn follow_links(self, follow: bool) -> Self {
        self.links(if follow { Links::Followed } else { Links::LeftOut })
    }

    /// How many copies run at a time; by default [`TRANSFERS`], or [`SMALL_TRANSFERS`](crate::transfer::SMALL_TRANSFERS) for small
    /// files. Twice as many objects are examined at a time.
    pub fn transfers(mut self, transfers: usize) -> Self {
        self.transfers = Some(transfers.max(1));
        self
    }

    /// How many bytes per second all copies together move, in both directions.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.bytes_per_second = Some(bytes_per_second);
        self
    }

    /// Sets options of each upload: segments, metadata, expiry.
    pub fn configure_upload(mut self, set: impl Fn(Upload) -> Upload + Send + std::marker::Sync + 'static) -> Self {
        self.upload = Arc::new(set);
        self
    }

    /// Sets options of each download.
    pub fn configure_fetch(mut self, set: impl Fn(Fetch) -> Fetch + Send + std::marker::Sync + 'static) -> Self {
        self.fetch = Arc::new(set);
        self
    }

    /// Tells how far the copies are, about ten times a second while that changes, and at the end. Deletions are not counted.
    ///
    /// What is the same on both sides counts as done, and as [`reused`](TransferProgress::reused). To know the totals, the names of the
    /// source are read once more beside the sync: a container is listed twice.
    pub fn on_progress(mut self, tell: impl Fn(TransferProgress) + Send + std::marker::Sync + 'static) -> Self {
        self.tell = Some(Arc::new(tell));
        self
    }

    /// How many objects are examined at a time.
    pub(super) fn width(&self) -> usize {
        self.transfers.unwrap_or(TRANSFERS) * 2
    }

    pub(super) fn question(self, totals: Arc<Totals>) -> Arc<Question> {
        Arc::new(Question {
            storage: self.storage,
            from: self.from,
            to: self.to,
            how: self.how,
            window: self.window,
            scope: self.scope,
            sums: Arc::default(),
            small: small(),
            unchanged: AtomicU64::new(0),
            totals,
        })
    }

    /// Whether the sides are compatible.
    pub(super) fn check(&self) -> Result<()> {
        for side in [&self.from, &self.to] {
            if let Side::Objects { container, prefix } = side {
                crate::limits::container_name(container)?;
                if !prefix.is_empty() {
                    crate::limits::object_name(prefix)?;
                }
            }
        }
        if let Some(backup) = &self.backup {
            backup::check(&self.from, &self.to, backup, &self.scope)?;
        }
        match (self.scope.links, &self.from, &self.to) {
            (Links::Followed, Side::Objects { .. }, _) => {
                return Err(Error::invalid_input("links are followed in a source folder, and the source is in the cloud"));
            }
            (Links::Stored, Side::Objects { .. }, Side::Objects { .. }) => {
                return Err(Error::invalid_input("between containers, stored links are objects as any other"));
            }
            _ => {}
        }
        match (&self.from, &self.to) {
            (Side::Folder(_), Side::Folder(_)) => Err(Error::invalid_input("one side of a sync must be in the cloud")),
            (Side::Objects { container: a, prefix: from }, Side::Objects { container: b, prefix: to })
                if a == b && (from.starts_with(to) || to.starts_with(from)) =>
            {
                Err(Error::invalid_input(format!("{a}/{from} and {b}/{to} are within one another")))
            }
            (_, Side::Objects { container, .. }) if self.delete && container.ends_with("_segments") => {
                Err(Error::invalid_input(format!(
                    "{container} is for the segments of large objects, and nothing in it is deleted as a stranger: leave the deletion out"
                )))
            }
            _ => Ok(()),
        }
    }
}
