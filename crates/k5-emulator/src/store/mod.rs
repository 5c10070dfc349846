//! Where everything lives: names and documents in an ordered table, bodies in files.
//!
//! A directory holds `names.redb` (accounts, containers, objects and the bodies that are too small for a file of
//! their own, and the documents of the other services), `bodies/` (one file per larger body, by random id) and `incoming/` (bodies not yet complete).
//!
//! Whatever was acknowledged survives `kill -9`: every commit is written to the file before its request is answered, and the page
//! cache belongs to the kernel. It is not forced to the disk, so a power loss may cost the last seconds; an emulator trades that
//! for speed.

pub(crate) mod bodies;
mod cache;
pub(crate) mod documents;
pub(crate) mod names;
pub(crate) mod rows;
mod scan;
mod versions;
mod writer;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::time;
use redb::{BackendError, Database, DatabaseError, StorageBackend, backends::FileBackend};

pub(crate) use bodies::Bodies;
pub(crate) use documents::{Document, Documents, OpenDocuments, Order, Rows};
pub(crate) use names::{Reader, Tables};
pub(crate) use rows::{AccountRow, BodyRef, ContainerRow, Fixed, LargeObject, Link, ObjectName, ObjectRow};
pub(crate) use scan::{Entry, ListQuery};
pub(crate) use versions::{backwards, split as split_version};

/// A failure below the API: the client sees a 500, the log has the reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the store: {0}")]
    Database(#[from] redb::Error),
    #[error("the store holds a row that cannot be read: {0}")]
    Row(#[from] serde_json::Error),
    #[error("the store's files: {0}")]
    Io(#[from] io::Error),
    #[error("the store is closed")]
    Closed,
}

macro_rules! from_redb {
    ($($kind:ty),*) => {$(
        impl From<$kind> for StoreError {
            fn from(error: $kind) -> Self {
                Self::Database(error.into())
            }
        }
    )*};
}
from_redb!(redb::TransactionError, redb::TableError, redb::StorageError, redb::CommitError, DatabaseError);

/// Why a directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("another emulator has it open")]
    Busy,
    #[error(transparent)]
    Other(#[from] StoreError),
}

/// The open directory.
pub(crate) struct Store {
    writer: writer::Writer,
    pub(crate) bodies: Arc<Bodies>,
}

impl Store {
    /// Opens or creates a store. Blocks for a few milliseconds.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(directory).map_err(StoreError::from)?;
        let path: PathBuf = directory.join("names.redb");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(StoreError::from)?;
        let backend = PageCacheBackend::new(file).map_err(database_error)?;
        let database = Database::builder().set_cache_size(64 << 20).create_with_backend(backend).map_err(database_error)?;
        // Only now: another emulator's half-written bodies must not be taken for left-overs.
        let bodies = Arc::new(Bodies::open(directory).map_err(StoreError::from)?);
        let writer = writer::Writer::start(database, Arc::clone(&bodies))?;
        Ok(Self { writer, bodies })
    }

    /// A consistent view of all tables, with everything that was acknowledged.
    ///
    /// Point reads through it take microseconds and are done where the request is; listings belong on a
    /// blocking thread.
    pub(crate) fn reader(&self) -> Arc<Reader> {
        self.writer.reader()
    }

    /// Runs a change. It shares a transaction with the changes waiting beside it, and has been handed to the disk when this
    /// returns. The bodies that `change` pushes to its tables' `displaced` are deleted after that.
    pub(crate) async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let clock = time::ruling();
        self.writer.run(move |tables| time::lent(clock, || change(tables))).await
    }
}

fn database_error(error: DatabaseError) -> OpenError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => OpenError::Busy,
        other => OpenError::Other(other.into()),
    }
}

/// redb's file backend without `fsync`.
#[derive(Debug)]
struct PageCacheBackend(FileBackend);

impl PageCacheBackend {
    fn new(file: File) -> Result<Self, DatabaseError> {
        FileBackend::new(file).map(Self)
    }
}

type Bound = std::ops::Bound<u64>;

impl StorageBackend for PageCacheBackend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound, end: Bound) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound, end: Bound) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound, end: Bound) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound, end: Bound) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound, end: Bound) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound, end: Bound) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
