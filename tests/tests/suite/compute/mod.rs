//! Servers, images and volumes.

mod backups;
mod images;
mod keypairs;
pub(crate) mod servers;
mod snapshots;
mod volumes;
