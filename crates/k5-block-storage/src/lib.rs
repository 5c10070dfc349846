//! Block storage: volumes and snapshots through Cinder v2 ([`BlockStorage`]), and through the compute service's older proxy
//! ([`VolumeProxy`](v1::VolumeProxy)). Both show the same volumes.

pub mod v1;
mod v2;

/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
pub use v2::*;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
