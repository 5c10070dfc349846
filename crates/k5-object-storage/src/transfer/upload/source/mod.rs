//! Where the bytes of an upload come from: opened, and then by one request (`file`, `hashed`) or cut into segments (`cutter`).

pub(crate) mod cutter;
pub(crate) mod file;
pub(crate) mod hashed;
pub(crate) mod opening;
