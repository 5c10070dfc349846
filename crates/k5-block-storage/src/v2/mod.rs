//! Cinder v2, which is v3 on newer clouds.

#[rustfmt::skip]
pub mod generated;

pub use generated::*;

use k5_core::Session;

/// The volumes and snapshots of a cloud. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let storage = k5_block_storage::BlockStorage::new(session);
/// let volume = storage.create_volume(40u64).name("data").availability_zone("jp-east-1a").volume_type("M1").send().await?;
/// let volume = storage.wait_volume(&volume.id).available().await?;
/// let mut all = storage.list_volumes_detail().status("available").items();
/// while let Some(volume) = all.try_next().await? {
///     println!("{} {:?} GB", volume.id, volume.size);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct BlockStorage {
    pub(crate) session: Session,
}

impl BlockStorage {
    /// The block storage that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
