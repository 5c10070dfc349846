//! Images: Glance v2.

#[rustfmt::skip]
mod generated;
pub mod limits;
mod patch;

pub use generated::*;
