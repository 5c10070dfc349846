//! The emulator over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a test that failed")]

mod access;
mod autoscale;
mod block_storage;
mod client;
mod compute;
mod containers;
mod faults;
mod identity;
mod images;
mod imports;
mod keypairs;
mod large;
mod networks;
mod objects;
mod places;
mod restart;
mod sap;
mod server_parts;
mod server_volumes;
mod settings;
mod versions;
