//! MD5, which is what object storage calls an ETag: of streams and of files, apart from the network and several at once.

pub(crate) mod file;
pub(crate) mod lanes;
pub(crate) mod memory;
pub(crate) mod streams;
pub(crate) mod thread;
pub(crate) mod whole;

/// Bytes in a chunk that is read from a file or reader.
pub(crate) const CHUNK: usize = 256 * 1024;
/// Chunks that may wait between two threads.
pub(crate) const AHEAD: usize = 7;
