//! Servers, images and volumes.

mod finding;
mod images;
mod keypairs;
pub(crate) mod servers;
mod snapshots;
mod volumes;
