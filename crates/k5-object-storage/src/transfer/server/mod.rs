//! What is done to objects on the server, where no byte passes through here: copies, moves, removals.

pub(crate) mod copies;
pub(crate) mod copy;
pub(crate) mod remove;
