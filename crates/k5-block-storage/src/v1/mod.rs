//! The compute service's proxy for volumes (v1.1): requests in snake case, answers in camel case.

#[rustfmt::skip]
pub mod generated;

pub use generated::*;

use k5_core::Session;

/// The volumes of a cloud by the compute service's proxy. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let proxy = k5_block_storage::VolumeProxy::new(session);
/// let volume = proxy.create_volume_v1(40).display_name("data").send().await?;
/// println!("{} {:?}", volume.id, volume.display_name);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct VolumeProxy {
    pub(crate) session: Session,
}

impl VolumeProxy {
    /// The proxy that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
