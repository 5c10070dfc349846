//! Import of virtual servers: a disk in object storage becomes an image.

mod conversion;
mod failure;
#[rustfmt::skip]
mod generated;
pub mod limits;

pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
