//! Small files, dozens at once: read and hashed together on their way in, hashed and written together on their way out.

pub(crate) mod read;
pub(crate) mod write;

/// The size of the largest file that is read at once, hashed, and sent with its ETag, so that the server checks it before storing
/// it.
pub const SMALL_FILE: u64 = 64 * 1024;
