//! Compute: Nova v2 with K5's extensions. Servers and what is done with them, flavors, images as Nova shows them, key pairs.
//!
//! Rows of the API that share an operation are views of one answer ([`Server::extended_status`], ...) or setters of one builder
//! ([`CreateServer`]); each names its rows.

#[rustfmt::skip]
pub mod generated;
pub mod limits;
mod servers;

pub use generated::*;

use k5_core::Session;

/// The compute service of a cloud. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let compute = k5_compute::Compute::new(session);
/// let server = compute
///     .create_server("web-1", "1101", "ffa17298-537d-40b2-a848-0a4d22d49df5")
///     .availability_zone("jp-east-1a")
///     .key_name("ops")
///     .network("d32019d3-bc6e-4319-9c1d-6722fc136a22")
///     .send()
///     .await?;
/// let server = compute.wait_server(&server.id).active().timeout(std::time::Duration::from_secs(600)).await?;
/// println!("{:?}", server.addresses);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Compute {
    pub(crate) session: Session,
}

impl Compute {
    /// The compute service that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
