//! Object storage: Swift v1, its 14 documented operations and what a program builds from them.
//!
//! | want | take |
//! | --- | --- |
//! | a file into the cloud, checked both ways | [`ObjectStorage::upload`] |
//! | an object of any size into a file, in parts, resumed | [`ObjectStorage::fetch`] |
//! | an object, streamed | [`ObjectStorage::download_object`], [`Download`]; with [`ObjectStorage::resumed`], whatever breaks on the way |
//! | an object from parts that the program cuts | [`ObjectStorage::upload_parts`] |
//! | all files of a folder, in or out, with progress and resumed | [`ObjectStorage::upload_folder`], [`ObjectStorage::download_folder`] |
//! | a folder and a container kept identical | [`ObjectStorage::sync`] |
//! | millions of names | [`ObjectStorage::list_objects`] and `items()` |
//! | metadata, ACLs, containers, copies | the operation of that name |
//! | a link that works without a token | [`TempUrl`] |
//! | large objects by hand | [`ObjectStorage::put_manifest`] and its neighbours |
//!
//! Names are taken as they are and encoded once: `..`, `//`, `%`, `?`, `#`, blanks and emoji arrive exactly as they were sent.

// What it does to files goes through folders that are opened one from the other; Windows would need a way of its own.
#[cfg(not(unix))]
compile_error!("k5-object-storage needs a Unix, such as Linux or macOS; elsewhere, take k5 without its feature `object-storage`");

pub mod acl;
mod copy;
mod download;
mod etag;
#[rustfmt::skip]
mod generated;
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
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; it also re-exports `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
pub use metadata::MetadataChange;
pub use temp_url::{TempUrl, TempUrlDigest};
/// The reader that [`Download::into_async_read`] returns.
pub use tokio::io::AsyncRead;
pub use transfer::{
    Fetch, Fetched, Layout, Phase, Progress, RunningFetch, RunningUpload, Stored, Target, TransferProgress, Upload,
};

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
