//! Operations on objects on the server, where no data passes through this machine: copies, moves, removals.

mod by_segments;
mod copies;
pub(crate) mod copy;
mod create;
mod relocate;
pub(crate) mod remove;
