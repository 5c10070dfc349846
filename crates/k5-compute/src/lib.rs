//! Compute: Nova v2 with K5's extensions. Servers and their actions, their volumes, interfaces and groups, flavors, images as
//! Nova shows them, key pairs.
//!
//! Rows of the API that share an operation are views of one answer ([`Server::extended_status`], ...) or setters of one builder
//! ([`CreateServer`](crate::builder::CreateServer)); each names its rows.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[rustfmt::skip]
mod generated;
pub mod limits;
#[cfg(feature = "server-password")]
mod password;
mod servers;
pub mod user_data;

pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
#[cfg(feature = "server-password")]
pub use password::PrivateKey;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
