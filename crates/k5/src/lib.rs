//! The Fujitsu K5 IaaS Foundation API, and plain OpenStack clouds.
//!
//! One [`Cloud`] is one login; each service is a method on it, behind a feature of the same name. All services are on by
//! default.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let _ = || async { k5::Cloud::from_env().await }; // what a program uses instead of the lines above
//! let swift = k5.object_storage();
//! swift.create_container("notes").send().await?;
//! swift.upload("notes", "today.txt").from_bytes("buy milk").send().await?;
//! let today = swift.download_object("notes", "today.txt").send().await?.collect(1_000).await?;
//! assert_eq!(&today[..], b"buy milk");
//! # Ok(()) }
//! ```
//!
//! The folder `examples` of this crate has whole programs: a folder uploaded with progress, a checked download, a server with a volume,
//! pages, errors, a fake transport, a sync, backups. [`guide`] says how to do what has no operation of its own.
//!
//! Code that takes a [`Cloud`] can be tested without a server, over a [`Transport`] that plays one:
//!
//! ```
//! use k5::http::StatusCode;
//! use k5::transport::{ByteStream, Request, Response, Transport, TransportFuture};
//!
//! async fn count(cloud: &k5::Cloud) -> k5::Result<usize> {
//!     Ok(cloud.image().list_images().items().collect().await?.len())
//! }
//!
//! /// A cloud with two images.
//! struct TwoImages;
//! impl Transport for TwoImages {
//!     fn call(&self, request: Request) -> TransportFuture {
//!         assert_eq!(request.meta.full_name(), "image.list_images");
//!         let document = r#"{"images": [{"id": "a"}, {"id": "b"}]}"#;
//!         Box::pin(async move { Ok(Response::new(StatusCode::OK).with_body(ByteStream::from_bytes(document))) })
//!     }
//! }
//!
//! # #[tokio::main] async fn main() {
//! let cloud = k5::Cloud::from_transport(TwoImages);
//! assert_eq!(count(&cloud).await.unwrap(), 2);
//! # }
//! ```

mod cloud;
pub mod guide;
#[cfg(all(feature = "object-storage", feature = "vm-import"))]
pub mod import;
pub mod operation;
pub mod transport;

pub use cloud::{Cloud, CloudBuilder};
pub use k5_client::Timeouts;
pub use k5_client::config;
pub use k5_core::{
    Body, BodyKind, ByteStream, Error, ErrorKind, Gone, Items, Loose, Named, OpMeta, Page, Pairs, Param, ParamPlace, Quoted,
    ReadAt, Reason, Result, Row, Secret, Sent, ServiceMeta, Session, Timestamp, Tolerant, Transport, Waiter, WithOptions,
};
/// The crates whose types appear in public signatures, so that a program can name them without its own dependency.
pub use k5_core::{bytes, futures_core, http, http_body, serde, serde_json};
pub use k5_core::{catalogue, dynamic, ids, model, retry, text, token};

/// Auto scale: schedules.
#[cfg(feature = "autoscale")]
pub use k5_autoscale as autoscale;
/// Block storage (Cinder v2, and the proxy v1.1).
#[cfg(feature = "block-storage")]
pub use k5_block_storage as block_storage;
/// The client underneath a [`Cloud`], for programs that assemble their services themselves.
pub use k5_client as client;
/// The identity service (Keystone v3).
pub use k5_client::keystone as identity;
/// Compute (Nova v2).
#[cfg(feature = "compute")]
pub use k5_compute as compute;
/// Images (Glance v2).
#[cfg(feature = "image")]
pub use k5_image as image;
/// Networking (Neutron v2.0), read only.
#[cfg(feature = "network")]
pub use k5_network as network;
/// Object storage (Swift v1).
#[cfg(feature = "object-storage")]
pub use k5_object_storage as object_storage;
/// Virtual servers for SAP.
#[cfg(feature = "sap")]
pub use k5_sap as sap;
/// Import of virtual servers.
#[cfg(feature = "vm-import")]
pub use k5_vm_import as vm_import;

/// Every operation of the enabled services, by id: what `k5 api` calls.
pub fn operations() -> impl Iterator<Item = &'static dynamic::ApiOperation> {
    let services: Vec<&'static [dynamic::ApiOperation]> = vec![
        identity::OPERATIONS,
        #[cfg(feature = "compute")]
        compute::OPERATIONS,
        #[cfg(feature = "image")]
        image::OPERATIONS,
        #[cfg(feature = "network")]
        network::OPERATIONS,
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
