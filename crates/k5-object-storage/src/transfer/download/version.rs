//! Identifies the content of an object in an answer, so that two answers can be recognized as the same content.

use crate::etag;
use crate::generated::ObjectInfo;

/// What the server said about an object's content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Version {
    /// As the server returned it: bare, in quotes or weak.
    pub(crate) etag: Option<String>,
    /// When it was stored, with microseconds, as it was written.
    timestamp: Option<String>,
    /// The same in whole seconds, as it was written.
    modified: Option<String>,
}

impl Version {
    /// From the headers.
    pub(crate) fn of(info: &ObjectInfo) -> Self {
        let text = |name: &str| info.headers.get(name).map(k5_core::header_model::text);
        Self { etag: info.etag.clone(), timestamp: text("x-timestamp"), modified: text("last-modified") }
    }

    /// The content of a segment, from its manifest.
    pub(crate) fn of_segment(hash: Option<&str>) -> Self {
        Self { etag: hash.map(str::to_owned), ..Self::default() }
    }

    /// What a request sends in `If-Match`, so that the server refuses to return different content.
    pub(crate) fn condition(&self) -> Option<&str> {
        etag::for_match(self.etag.as_deref())
    }

    /// Whether it is possible to tell if another answer has the same content.
    pub(crate) fn is_known(&self) -> bool {
        match self.condition() {
            Some(_) => true,
            None => self.timestamp.is_some() || self.etag.is_some() && self.modified.is_some(),
        }
    }

    /// Whether an answer with these headers has the same content. If nothing is known, it is assumed to.
    pub(crate) fn is_of(&self, info: &ObjectInfo) -> bool {
        let other = Self::of(info);
        let same_etag = match (&self.etag, &other.etag) {
            (Some(one), Some(other)) => etag::same(one, other),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if !same_etag || self.condition().is_some() || !self.is_known() {
            return same_etag;
        }
        // Without a strong ETag, the time of storing decides.
        match &self.timestamp {
            Some(timestamp) => other.timestamp.as_ref() == Some(timestamp),
            None => other.modified == self.modified,
        }
    }

    /// What identifies this content for a later run; `None` if nothing does.
    pub(crate) fn identity(&self) -> Option<String> {
        let etag = self.etag.as_deref().map(etag::bare).unwrap_or_default();
        match (self.condition(), &self.timestamp, &self.modified) {
            (Some(_), _, _) => Some(etag.to_owned()),
            (None, Some(time), _) => Some(format!("{etag} {time}")),
            (None, None, Some(time)) if self.etag.is_some() => Some(format!("{etag} {time}")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k5_core::HeaderModel;

    fn info(headers: &[(&'static str, &'static str)]) -> ObjectInfo {
        let parsed =
            headers.iter().map(|&(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)));
        ObjectInfo::from_headers(parsed.collect()).expect("reads")
    }

    #[test]
    fn the_same_content_is_known_by_its_etag_or_else_by_its_time() {
        let bare = info(&[("etag", "e1"), ("x-timestamp", "1.00001"), ("last-modified", "Thu, 01 Jan 1970 00:00:02 GMT")]);
        let quoted = info(&[("etag", "\"e1\""), ("x-timestamp", "2.00001")]);
        let other = info(&[("etag", "\"e2\""), ("x-timestamp", "1.00001")]);
        let none = info(&[("x-timestamp", "1.00001")]);
        let strong = Version::of(&bare);
        assert_eq!((strong.condition(), strong.identity().as_deref()), (Some("e1"), Some("e1")));
        assert_eq!(Version::of(&quoted).condition(), Some("\"e1\""));
        assert_eq!(Version::of(&quoted).identity().as_deref(), Some("e1"));
        assert!(strong.is_of(&quoted), "metadata may change meanwhile");
        assert!(!strong.is_of(&other) && !strong.is_of(&none));

        let weak = Version::of(&info(&[("etag", "W/\"e1\""), ("x-timestamp", "1.00001")]));
        assert!(weak.is_known() && weak.condition().is_none());
        assert!(weak.is_of(&bare) && !weak.is_of(&quoted) && !weak.is_of(&other) && !weak.is_of(&none));
        let by_second = Version::of(&info(&[("etag", "W/\"e1\""), ("last-modified", "Thu, 01 Jan 1970 00:00:02 GMT")]));
        assert!(by_second.is_known() && by_second.is_of(&bare) && !by_second.is_of(&quoted));
        assert_ne!(weak.identity(), strong.identity());

        let timed = Version::of(&none);
        assert!(timed.is_known() && timed.is_of(&bare) && !timed.is_of(&quoted));
        let unknown = Version::of(&info(&[("last-modified", "Thu, 01 Jan 1970 00:00:02 GMT")]));
        assert!(!unknown.is_known() && unknown.identity().is_none() && unknown.is_of(&bare));
    }
}
