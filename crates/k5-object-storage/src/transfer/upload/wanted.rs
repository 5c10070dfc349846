//! Whether an object has everything that an upload would store with its bytes, and nothing else.

use crate::generated::ObjectInfo;
use http::HeaderMap;

/// Headers that are stored with an object, and that a new one would not have unless they are set.
const STORED: [&str; 6] =
    ["content-disposition", "content-encoding", "cache-control", "content-language", "expires", "x-robots-tag"];
/// Headers about the upload itself, not about the object.
const OF_THE_REQUEST: [&str; 4] = ["etag", "if-none-match", "content-length", "accept"];
const METADATA: &str = "x-object-meta-";

/// Compares the headers of an upload with what is there.
pub(crate) fn has_all(wanted: &HeaderMap, info: &ObjectInfo) -> bool {
    let all_there = wanted.iter().all(|(name, value)| {
        OF_THE_REQUEST.contains(&name.as_str()) || info.headers.get(name).is_some_and(|there| there.as_bytes() == value.as_bytes())
    });
    let no_other = info.headers.keys().all(|name| {
        let is_stored = name.as_str().starts_with(METADATA) || STORED.contains(&name.as_str()) || name == "x-delete-at";
        !is_stored || wanted.contains_key(name)
    });
    all_there && no_other
}
