//! The Fujitsu K5 IaaS Foundation API, and plain OpenStack clouds.
//!
//! One [`Cloud`] is one login; each service is a method of it, behind a feature of the same name. All services are on by
//! default.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let _ = || async { k5::Cloud::from_env().await }; // what a program writes in place of the lines above
//! let swift = k5.object_storage();
//! swift.create_container("notes").send().await?;
//! swift.upload("notes", "today.txt").from_bytes("buy milk").send().await?;
//! let today = swift.download_object("notes", "today.txt").send().await?.collect(1_000).await?;
//! assert_eq!(&today[..], b"buy milk");
//! # Ok(()) }
//! ```

mod cloud;

pub use cloud::{Cloud, CloudBuilder};
pub use k5_client::Timeouts;
pub use k5_client::config;
pub use k5_core::{
    Body, BodyKind, ByteStream, Error, ErrorKind, Gone, Items, Loose, OpMeta, Page, Param, ParamPlace, ReadAt, Reason, Result, Row,
    Secret, Sent, Session, Timestamp, Transport, Waiter, WithOptions,
};
pub use k5_core::{catalogue, dynamic, ids, model, retry, token};

/// Auto scale: schedules.
#[cfg(feature = "autoscale")]
pub use k5_autoscale as autoscale;
/// Block storage (Cinder v2, and the proxy v1.1).
#[cfg(feature = "block-storage")]
pub use k5_block_storage as block_storage;
/// The identity service (Keystone v3).
pub use k5_client::keystone as identity;
/// Compute (Nova v2).
#[cfg(feature = "compute")]
pub use k5_compute as compute;
/// Images (Glance v2).
#[cfg(feature = "image")]
pub use k5_image as image;
/// Object storage (Swift v1).
#[cfg(feature = "object-storage")]
pub use k5_object_storage as object_storage;
/// Virtual servers for SAP.
#[cfg(feature = "sap")]
pub use k5_sap as sap;
/// Import of virtual servers.
#[cfg(feature = "vm-import")]
pub use k5_vm_import as vm_import;

/// Every operation of the services that are on, by id: what `k5 api` calls.
pub fn operations() -> impl Iterator<Item = &'static dynamic::ApiOperation> {
    let services: Vec<&'static [dynamic::ApiOperation]> = vec![
        identity::OPERATIONS,
        #[cfg(feature = "compute")]
        compute::OPERATIONS,
        #[cfg(feature = "image")]
        image::OPERATIONS,
        #[cfg(feature = "block-storage")]
        block_storage::OPERATIONS,
        #[cfg(feature = "block-storage")]
        block_storage::v1::OPERATIONS,
        #[cfg(feature = "autoscale")]
        autoscale::OPERATIONS,
        #[cfg(feature = "vm-import")]
        vm_import::OPERATIONS,
        #[cfg(feature = "sap")]
        sap::OPERATIONS,
        #[cfg(feature = "object-storage")]
        object_storage::OPERATIONS,
    ];
    services.into_iter().flatten()
}

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
