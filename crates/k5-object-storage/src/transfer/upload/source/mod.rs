//! Where the bytes of an upload come from.

pub(crate) mod cutter;
pub(crate) mod hashed;
pub(crate) mod opening;
