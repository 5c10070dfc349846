//! Images: Glance v2.

mod download;
#[rustfmt::skip]
mod generated;
pub mod limits;
mod patch;

pub use download::ImageDownload;
pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
