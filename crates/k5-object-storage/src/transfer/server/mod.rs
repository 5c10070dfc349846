//! What is done to objects on the server, where no byte passes through here: copies, moves, removals.

mod by_segments;
mod copies;
pub(crate) mod copy;
mod relocate;
pub(crate) mod remove;
