//! Images: Glance v2.

#[rustfmt::skip]
mod generated;
pub mod limits;
mod patch;

pub use generated::*;
/// The contract whose types stand in the signatures here: sessions, errors, ids, listings; and below it `http`, `bytes` and `serde_json`.
pub use k5_core;
