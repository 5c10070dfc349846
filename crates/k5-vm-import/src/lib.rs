//! Import of virtual servers: a disk in object storage becomes an image.

#[rustfmt::skip]
mod generated;
pub mod limits;

pub use generated::*;
