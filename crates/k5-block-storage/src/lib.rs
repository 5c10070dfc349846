//! Block storage: volumes and snapshots by Cinder v2 ([`BlockStorage`]), and by the compute service's older proxy ([`VolumeProxy`]).
//! The volumes are the same ones.

pub mod v1;
pub mod v2;

pub use v1::VolumeProxy;
pub use v2::{BlockStorage, generated::*};
