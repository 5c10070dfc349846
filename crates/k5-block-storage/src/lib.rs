//! Block storage: volumes and snapshots by Cinder v2 ([`BlockStorage`]), and by the compute service's older proxy
//! ([`VolumeProxy`](v1::VolumeProxy)). The volumes are the same ones.

pub mod v1;
mod v2;

/// The contract whose types stand in the signatures here: sessions, errors, ids, listings; and below it `http`, `bytes` and `serde_json`.
pub use k5_core;
pub use v2::*;
