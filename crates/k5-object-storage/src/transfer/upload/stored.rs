//! The outcome of an upload.

use crate::generated::Uploaded;

/// An object that is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// The MD5 of its bytes according to the server; for a large object, the MD5 of its segments' MD5s.
    pub etag: Option<String>,
    /// The number of segments of a large object; 0 for a plain one.
    pub segments: u64,
    /// Bytes of segments that an earlier run had already stored.
    pub reused: u64,
    /// The server's complete answer.
    pub answer: Uploaded,
}
