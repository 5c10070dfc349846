//! The Fujitsu K5 IaaS Foundation API, and plain OpenStack clouds.
//!
//! One [`Cloud`] is one login; each service is a method on it, and each operation a method on the service. A call is made with
//! what the API requires, takes the rest by setters, and goes out with `send`:
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
//! The examples on this page leave out the line that a program begins with, `let k5 = k5::Cloud::from_env().await?;`, and run
//! against an emulator. They need tokio's runtime, as every program with this crate does.
//!
//! # Configuration
//!
//! [`Cloud::from_env`] reads what openstackclient reads, so an openrc file or a `clouds.yaml` that works there works here. The
//! strongest source wins, setting by setting: what the program sets, then `OS_*` variables, then `clouds.yaml` with
//! `secure.yaml`. [`Cloud::from_clouds_yaml`] takes a cloud by its name there, and [`Cloud::builder`] takes single settings:
//!
//! ```
//! # fn main() -> k5::Result<()> {
//! let k5 = k5::Cloud::builder()
//!     .auth_url("https://identity.uk-1.cloud.global.fujitsu.com/v3")
//!     .password("ops", "CONTRACT", "secret") // on K5 the contract is the domain
//!     .project_id("0123456789abcdef0123456789abcdef")
//!     .region("uk-1")
//!     .sources(k5::config::Sources::empty()) // the environment and the files of this machine are not read
//!     .build()?; // nothing is sent: the first call logs in
//! # Ok(()) }
//! ```
//!
//! Every kind of login, every file and every variable is in [`config`]. Proxies come from `https_proxy` and its like. If a login
//! fails and you don't know why, `k5 doctor` of the command line follows the way to the server step by step.
//!
//! # Features
//!
//! | feature | on by default | what it adds |
//! | --- | --- | --- |
//! | `autoscale` | yes | schedules of auto scale: `Cloud::autoscale` |
//! | `block-storage` | yes | volumes and snapshots (Cinder v2, and the proxy v1.1): `Cloud::block_storage`, `Cloud::volume_proxy` |
//! | `compute` | yes | servers, flavors, key pairs (Nova v2): `Cloud::compute` |
//! | `image` | yes | images (Glance v2): `Cloud::image` |
//! | `network` | yes | networks, subnets and ports (Neutron v2.0), read only: `Cloud::network` |
//! | `object-storage` | yes | object storage (Swift v1): `Cloud::object_storage`; on Unix |
//! | `sap` | yes | virtual servers for SAP: `Cloud::sap` |
//! | `vm-import` | yes | import of virtual servers: `Cloud::vm_import`; with `object-storage`, `Cloud::import_server` too |
//! | `server-password` | no | decrypting the passwords of Windows servers: `compute::PrivateKey` |
//!
//! Identity ([`Cloud::identity`]) is always there. A program that needs few services sets `default-features = false` and names
//! them.
//!
//! # Lists
//!
//! A list comes page by page. `items()` asks for the next page when it is needed, so that one page is in memory, however many
//! there are; `send()` returns a single page.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! let mut servers = k5.compute().list_servers_detail().items();
//! while let Some(server) = servers.try_next().await? {
//!     println!("{} {:?} {:?}", server.id, server.name, server.status);
//! }
//! # Ok(()) }
//! ```
//!
//! Fields that a type doesn't know are kept in `extra`, and enums take values that they don't know, so that a cloud with
//! extensions works too.
//!
//! # Waiting
//!
//! Most changes have only been accepted when a call returns. A waiter polls until the state is reached, for 30 minutes unless
//! `timeout` says otherwise. It ends early if the resource gets into a state that it never leaves, such as `ERROR`, and its error
//! then has the server's words.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! use std::time::Duration;
//!
//! let (compute, images) = (k5.compute(), k5.image());
//! // By name or id; what is found goes wherever an id does.
//! let (flavor, image) = (compute.find_flavor("m1.small").await?, images.find_image("cirros").await?);
//! let server = compute.create_server("web-1", flavor, image).send().await?;
//! let server = compute.wait_server(&server.id).active().timeout(Duration::from_secs(600)).await?;
//! println!("{:?}", server.addresses);
//! # Ok(()) }
//! ```
//!
//! # Errors
//!
//! There is one type, [`Error`]. Its text says what was asked, of which thing, what the server said and how often it was tried;
//! secrets are never in it. A program acts on values:
//!
//! | question | answer |
//! | --- | --- |
//! | What went wrong? | [`Error::kind`]: an [`ErrorKind`], such as `Login`, `Connect`, `Status`, `Integrity` |
//! | What did the server answer? | [`Error::status`], [`Error::code`] and [`Error::request_id`], which the provider's support asks for |
//! | Is it one of the usual cases? | [`Error::is_not_found`], [`Error::is_conflict`], [`Error::is_quota`], [`Error::is_auth`], [`Error::is_timeout`] |
//! | May it have been carried out? | [`Error::may_have_been_done`]: the answer is missing, not the effect |
//! | Why, in a case that a program can handle? | [`Error::reason`]: a [`Reason`], such as a second factor that is wanted |
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! async fn volume_exists(k5: &k5::Cloud, id: &str) -> k5::Result<bool> {
//!     match k5.block_storage().show_volume(id).send().await {
//!         Ok(_) => Ok(true),
//!         Err(error) if error.is_not_found() => Ok(false),
//!         Err(error) => Err(error),
//!     }
//! }
//! assert!(!volume_exists(&k5, "0ab2ba52-5f3d-4b5f-8b8b-6a39c0c1ba1d").await?);
//! # Ok(()) }
//! ```
//!
//! What may be repeated has been repeated before an error is returned: as often as [`retry::RetryPolicy`] says, with growing
//! pauses, and never a request that could have an effect twice. The time limits are those of [`Timeouts`]: they end a call, and
//! never a transfer that makes progress.
//!
//! # Testing
//!
//! The crate `k5-emulator` is a cloud in the test's own process, with states that take time and with faults on demand:
//!
//! ```
//! use k5_emulator::{Fault, Faults, Rule};
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = k5_emulator::start().await?;
//! let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*").first(1).then(Fault::status(503))));
//! k5.object_storage().create_container("notes").send().await?; // the refusal is repeated
//! let attempts = emulator.requests().into_iter().filter(|request| request.method == "PUT").count();
//! assert_eq!(attempts, 2);
//! # Ok(()) }
//! ```
//!
//! Code that takes a [`Cloud`] can also be tested without any server, over a [`Transport`] that plays one:
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
//!
//! # Where to go from here
//!
//! - [`guide`]: provisioning, data volumes, backups, images and replication, from several operations each.
#![cfg_attr(
    feature = "object-storage",
    doc = "- [`object_storage`]: uploads and downloads of any size, syncs, copies, temporary URLs."
)]
#![cfg_attr(
    all(feature = "object-storage", feature = "vm-import"),
    doc = "- [`import`]: a disk on this machine becomes an image in the cloud."
)]
//! - [`dynamic`] and [`operations`]: every operation by its name, with JSON, as `k5 api` calls them.
//! - [`operation`]: operations that this SDK lacks.
//! - [`transport`]: a layer of your own around every call.

#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[doc = include_str!("../README.md")]
struct Readme;
