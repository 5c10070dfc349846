//! Servers, images and volumes.

mod attachments;
mod backups;
mod changes;
mod finding;
mod groups;
mod images;
mod keypairs;
mod networks;
pub(crate) mod servers;
mod snapshots;
mod volumes;
