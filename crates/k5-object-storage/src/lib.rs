//! Object storage: Swift v1, the 14 documented operations and what a program builds of them.
//!
//! | want | take |
//! | --- | --- |
//! | a file into the cloud, checked both ways | [`ObjectStorage::upload`] |
//! | an object of any size into a file, in parts, resumed | [`ObjectStorage::fetch`] |
//! | an object out, streamed | [`ObjectStorage::download_object`], [`Download`] |
//! | a folder and a container made alike | [`ObjectStorage::sync`] |
//! | millions of names | [`ObjectStorage::list_objects`] and `items()` |
//! | metadata, ACLs, containers, copies | the operation of that name |
//! | a link that works without a token | [`TempUrl`] |
//! | large objects by hand | [`ObjectStorage::put_manifest`] and its neighbours |
//!
//! Names are taken as they are and encoded once: `..`, `//`, `%`, `?`, `#`, blanks and emoji arrive as they left.

pub mod acl;
mod copy;
mod download;
mod etag;
#[rustfmt::skip]
pub mod generated;
pub mod large;
pub mod limits;
mod links;
mod metadata;
mod mtime;
pub mod sync;
mod temp_url;
pub mod transfer;

pub use download::Download;
pub use generated::*;
pub use metadata::MetadataChange;
pub use temp_url::{TempUrl, TempUrlDigest};
pub use transfer::{Fetch, Fetched, Layout, Progress, RunningFetch, RunningUpload, Stored, Target, TransferProgress, Upload};

use k5_core::Session;

/// The object storage of a cloud. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let swift = k5_object_storage::ObjectStorage::new(session);
/// swift.create_container("backups").send().await?;
/// let stored = swift.upload("backups", "notes.txt").from_bytes("hello").send().await?;
/// println!("{} bytes, MD5 {:?}", stored.bytes, stored.etag);
/// let mut objects = swift.list_objects("backups").prefix("notes").items();
/// while let Some(entry) = objects.try_next().await? {
///     println!("{entry:?}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ObjectStorage {
    pub(crate) session: Session,
}

impl ObjectStorage {
    /// The object storage that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
