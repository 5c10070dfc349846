//! Cinder v2, which is v3 on newer clouds.

#[rustfmt::skip]
mod generated;

pub use generated::*;
