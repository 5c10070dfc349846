//! Servers, images and volumes.

mod images;
mod keypairs;
pub(crate) mod servers;
mod snapshots;
mod volumes;
