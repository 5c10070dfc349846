//! The emulator over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a test that failed")]

mod access;
mod client;
mod containers;
mod faults;
mod identity;
mod large;
mod objects;
mod restart;
