//! What is stored with an object: its media type, headers, metadata and tags.
//!
//! Names of metadata are headers in Swift: their case does not count, and servers on WSGI take `_` for `-`. What would be lost is
//! percent-encoded in the header's name.

use k5_object_storage::{ObjectInfo, Upload};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in the name of an item: what a header's name may have, except for `_`, and `%`, which encodes.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'!').remove(b'~').remove(b'+');

/// The item of metadata that has the tags, encoded as in a query: Swift has no others.
const TAGS: &str = "tags";

/// What is to be stored with an object, or is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    /// Other headers; names in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Names as the caller knows them.
    pub(crate) metadata: Vec<(String, String)>,
    /// As in a query: `a=1&b=2`.
    pub(crate) tags: String,
}

impl Attributes {
    /// What the headers of an answer say.
    pub(crate) fn of(info: &ObjectInfo) -> Self {
        let mut headers = Vec::new();
        for (name, value) in [
            ("content-disposition", &info.content_disposition),
            ("content-encoding", &info.content_encoding),
            ("content-language", &info.content_language),
            ("cache-control", &info.cache_control),
        ] {
            headers.extend(value.iter().map(|value| (name, value.clone())));
        }
        let items = info.metadata.iter().filter(|(name, _)| *name != TAGS);
        Self {
            content_type: info.content_type.clone(),
            headers,
            metadata: items.map(|(name, value)| (decoded(name), value.clone())).collect(),
            tags: info.metadata.get(TAGS).cloned().unwrap_or_default(),
        }
    }

    /// The items of metadata as Swift takes them, tags included.
    pub(crate) fn items(&self) -> impl Iterator<Item = (String, &str)> {
        let tags = (!self.tags.is_empty()).then(|| (TAGS.to_owned(), self.tags.as_str()));
        self.metadata.iter().map(|(name, value)| (encoded(name), value.as_str())).chain(tags)
    }

    /// Adds it to an upload.
    pub(crate) fn on(&self, upload: Upload) -> Upload {
        let upload = self.content_type.iter().fold(upload, |upload, kind| upload.content_type(kind));
        let upload = self.items().fold(upload, |upload, (name, value)| upload.metadata(&name, value));
        self.headers.iter().cloned().fold(upload, |upload, (name, value)| {
            upload.configure(move |put| match name {
                "content-disposition" => put.content_disposition(&value),
                "content-encoding" => put.content_encoding(&value),
                "content-language" => put.content_language(&value),
                _ => put.cache_control(&value),
            })
        })
    }
}

/// An item's name as a header.
fn encoded(name: &str) -> String {
    utf8_percent_encode(&name.to_lowercase(), KEPT).to_string()
}

/// The name that was encoded; what isn't UTF-8 then was not encoded here.
fn decoded(name: &str) -> String {
    match percent_decode_str(name).decode_utf8() {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_metadata_come_back() {
        for (name, header) in [("owner", "owner"), ("test_key", "test%5Fkey"), ("100%", "100%25"), ("größe", "gr%C3%B6%C3%9Fe")] {
            assert_eq!(encoded(name), header);
            // Servers return names in any case.
            assert_eq!(decoded(&header.to_lowercase()), name);
        }
        assert_eq!(encoded("Owner"), "owner");
        assert_eq!(decoded("%ff"), "%ff");
    }
}
