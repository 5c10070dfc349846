//! Import of virtual servers: a disk in object storage becomes an image.

#[rustfmt::skip]
pub mod generated;
pub mod limits;

pub use generated::*;

use k5_core::Session;

/// The imports of a project. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let import = k5_vm_import::VmImport::new(session);
/// let id = import.register_image("web", "/v1/AUTH_790f1c09/disks/web.vmdk", "centos").min_disk(30).send().await?;
/// let done = import.wait_import(&id).succeeded().await?;
/// println!("{:?}", done.id);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct VmImport {
    pub(crate) session: Session,
}

impl VmImport {
    /// The imports that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
