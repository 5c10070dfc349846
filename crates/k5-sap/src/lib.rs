//! Virtual servers for SAP: a service of XML documents, forms and tasks.
//!
//! Every change answers with a [`Task`]: poll it with [`Sap::wait_sap_task`]. In the JSON form of a document (`k5 api`) an attribute
//! is `@name`, a list inside an element of its own `{"Disks": {"Disk": [...]}}`.

#[rustfmt::skip]
pub mod generated;
pub mod limits;
mod servers;

pub use generated::*;

use k5_core::Session;

/// The SAP service of a region. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// use k5_sap::{NewDisk, NewNic, Sap};
/// let sap = Sap::new(session);
/// let task = sap
///     .sap_create_server("erp-1", "WS-4", "WindowsServer2012R2SE_64_en")
///     .disks([NewDisk::new(0)])
///     .nics([NewNic::on(0, "ror-svror2_13761")])
///     .availability_zone("jp-east-1b")
///     .send()
///     .await?;
/// let task = sap.wait_sap_task(&task.id).completed().await?;
/// println!("{:?}", task.resource);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Sap {
    pub(crate) session: Session,
}

impl Sap {
    /// The service that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
