//! What the crates' tests across crates share: the behaviour suite, which runs against the emulator and against real servers
//! alike, and the servers and bytes that the fault tests need.

pub mod behaviour;
pub mod bytes;
pub mod openrc;
pub mod raw;
pub mod raw_server;
mod scope;

pub use scope::{Scope, eventually, run};
