//! The traits of [`object_store`] over OpenStack Swift: containers for Apache DataFusion, Ballista, Polars, delta-rs and whatever else
//! reads and writes through them.
//!
//! ```
//! use object_store::{ObjectStore, ObjectStoreExt, PutMode, path::Path};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = k5_emulator::start().await?; // for a real cloud: let k5 = k5::Cloud::from_env().await?;
//! let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! k5.object_storage().create_container("lake").send().await?;
//!
//! let store = k5_object_store::SwiftStore::new(k5.object_storage(), "lake")?;
//! let path = Path::from("tables/plants/1.csv");
//! store.put_opts(&path, "name,litres\nfern,1\n".into(), PutMode::Create.into()).await?;
//! assert_eq!(store.get_range(&path, 12..16).await?, "fern");
//! let listed = store.list_with_delimiter(Some(&Path::from("tables"))).await?;
//! assert_eq!(listed.common_prefixes, [Path::from("tables/plants")]);
//! # Ok(()) }
//! ```
//!
//! [`SwiftStore`] implements [`ObjectStore`](object_store::ObjectStore), [`MultipartStore`](object_store::multipart::MultipartStore)
//! and [`PaginatedListStore`](object_store::list::PaginatedListStore) of version 0.13, which DataFusion 55 and Ballista 55 use, and
//! with the feature `v0_14` those of 0.14 too; [`v0_13`] and `v0_14` also have what takes `swift://` URLs. The requests go through
//! the client of the [`ObjectStorage`](k5_object_storage::ObjectStorage) that the store was made of, with its login, retries and time
//! limits. It needs tokio's runtime.
//!
//! | feature | |
//! | --- | --- |
//! | `cloud` | credentials from `OS_*` variables and clouds.yaml: `v0_13::parse_url`, [`SwiftStore::from_cloud`]; it brings the client |
//! | `v0_14` | the traits of `object_store` 0.14 too |
//! | `signer` | the trait `Signer`; in 0.13, it brings reqwest, which `object_store` has it together with. [`SwiftStore::temp_url`] needs no feature |
//!
//! # What the operations do
//!
//! | operation | in Swift |
//! | --- | --- |
//! | get | one GET. If the connection breaks, the rest is requested from the failed byte on, as long as the object is the same; otherwise the stream ends with `Precondition`. Its length is checked, its MD5 is not |
//! | conditions | by ETag, and by time to the microsecond: what the server decides in whole seconds is compared again |
//! | `get_ranges` | ranges that are close together come with one request ([`Limits::coalesce`]), several at a time ([`Limits::ranges`]); `Precondition` if they are not all of the same content |
//! | put | one PUT with the MD5, which the server checks; over 128 MiB, in segments. Unless the container was empty at first, a HEAD comes before it, so that the parts of a large object don't outlive it |
//! | put with `Create` | `If-None-Match: *`, and `AlreadyExists` if the name is taken; see [below](#what-is-special-about-swift) for writers at the same moment |
//! | put with `Update` | `NotImplemented`: Swift has no condition on an ETag when it stores |
//! | multipart upload | a static large object. Parts go to `{container}_segments`, several at a time ([`Limits::parts`]), and the object appears with its manifest, whole or not at all. Memory holds the parts that were handed over and are not stored yet |
//! | abort | waits for the parts that are being sent, and removes all. An upload that is dropped leaves its parts, as in other stores; `k5 object gc-segments` collects them |
//! | list | in the byte order of the names, one page in memory |
//! | copy | on the server, of any size |
//! | rename | on the server; a large object's segments stay where they are |
//! | copy and rename if not exists | the server decides on `AlreadyExists`, as with `Create`. Swift can't do that with a copy: up to 1 MiB passes through this machine, and anything larger becomes a static large object whose segments the server copies |
//! | delete | with the segments of a large object, unless another object may consist of them. Many are deleted by bulk deletions where the cluster has them. What is gone already counts as deleted |
//! | attributes | media type, `Content-Disposition`, `-Encoding`, `-Language`, `Cache-Control`, metadata. `StorageClass` is `NotImplemented`: storage policies belong to containers |
//! | tags | stored as the item `tags` of metadata, encoded as in a query, for Swift has no tags |
//! | versions | in a container that keeps old versions itself (`X-Versions-Enabled`), an object has a version, and can be read by it |
//!
//! `object_store`'s own integration tests pass on the emulator and on real Swift, all but those that test something else:
//! `put_opts` runs without updates (above), and 0.14's `response_extensions` is for stores on its own HTTP client.
//!
//! # What is special about Swift
//!
//! - Swift compares `If-None-Match: *` when a request begins, not when the object is stored. Of two writers whose requests overlap,
//!   both may find the name free. So the store looks again at what it created, and returns `AlreadyExists` if it is another's by then;
//!   but a writer that is still under way at that moment, and began later, replaces it unseen. Where exactly one of several writers
//!   must win at the same moment, as in the commits of a table format with concurrent writers, have them take a lock elsewhere.
//! - A name is sent as the path is, encoded or not: `a%2Fb` is a name with a percent sign. Names that no path can denote (`a//b`, `/a`)
//!   are errors of a listing, rather than files that are silently missing. Marks of folders, whose names end with `/`, are left out.
//! - ETags are in quotes everywhere. In a listing, a static large object has the right one if the cluster reports it (`slo_etag`,
//!   since Swift 2.12); otherwise it has that of its manifest, which matches no condition.
//! - A dynamic large object has no size in a listing, which is how Swift lists it; `head` tells the size. This crate creates none.
//! - Listings of a busy cluster may lag behind: an object may be missing for a moment that `get` already returns.
//! - Names of metadata are not case-sensitive, and come back in lower case.
//! - A container is never created, except for the one for segments: an operation on one that is missing is `NotFound`.
//!
//! # Errors
//!
//! Each has the error of the SDK as its source, with operation, status, the server's message and request id. `NotFound` is 404,
//! `AlreadyExists` and `Precondition` are 412, `NotModified` is 304, `PermissionDenied` 403, `Unauthenticated` a login that failed;
//! what has no variant of its own is `Generic`, such as a range behind the end of an object.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod copy;
mod delete;
mod etags;
mod failure;
mod get;
mod list;
mod location;
mod multipart;
mod put;
mod ranges;
mod sign;
mod store;
mod times;
pub mod v0_13;
#[cfg(feature = "v0_14")]
pub mod v0_14;

/// The object storage that stores are made of.
pub use k5_object_storage;
pub use location::{SCHEME, container_url};
pub use store::{Limits, SwiftStore, SwiftStoreBuilder};

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
