//! What came of an upload.

use crate::generated::Uploaded;

/// An object that is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// The MD5 of its bytes as the server has it; for a large object, the MD5 of its segments' MD5s.
    pub etag: Option<String>,
    /// The segments of a large object; 0 for a plain one.
    pub segments: u64,
    /// Bytes of segments that an earlier run had stored.
    pub reused: u64,
    /// All that the server said.
    pub answer: Uploaded,
}
