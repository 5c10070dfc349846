//! Block storage: volumes and snapshots by Cinder v2 ([`BlockStorage`]), and by the compute service's older proxy
//! ([`VolumeProxy`](v1::VolumeProxy)). The volumes are the same ones.

pub mod v1;
mod v2;

pub use v2::*;
