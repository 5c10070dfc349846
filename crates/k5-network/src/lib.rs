//! Networking: networks, subnets and ports (Neutron v2.0), read only.

#[rustfmt::skip]
mod generated;

pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
