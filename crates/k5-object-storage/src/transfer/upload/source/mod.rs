//! The source of an upload: opened, and then sent in one request (`file`, `hashed`) or cut into segments (`cutter`).

pub(crate) mod cutter;
pub(crate) mod file;
pub(crate) mod hashed;
pub(crate) mod opening;
