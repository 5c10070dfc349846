//! Percent-encoding of names into paths and queries, exactly as they go on the wire.
//!
//! No URL library touches a name: those join `..`, drop empty segments or encode twice, and an object's name may hold
//! any of these. Only the bytes that RFC 3986 calls unreserved stay as is, and `/` if a name may span segments.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const NAME: &AsciiSet = &SEGMENT.remove(b'/');

/// Appends `text` as one path segment or query part: every reserved byte is encoded, including `/`.
///
/// ```
/// let mut path = String::from("/");
/// k5_core::path::push_segment(&mut path, "a/b c%");
/// assert_eq!(path, "/a%2Fb%20c%25");
/// ```
pub fn push_segment(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, SEGMENT));
}

/// Appends an object's name: like [`push_segment`], but `/` stays. Dots and doubled slashes stay too.
///
/// ```
/// let mut path = String::from("/c/");
/// k5_core::path::push_name(&mut path, "../x//y?#");
/// assert_eq!(path, "/c/../x//y%3F%23");
/// ```
pub fn push_name(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, NAME));
}

/// A segment, encoded.
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_segment(&mut out, text);
    out
}

/// An object's name, encoded.
pub fn name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_name(&mut out, text);
    out
}

/// Decodes a percent-encoded header value such as `X-Copied-From`; bytes that are not UTF-8 become `U+FFFD`.
pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_round_trips_and_stays_below_its_container(text in ".{0,300}") {
            let encoded = name(&text);
            prop_assert_eq!(decode(&encoded), text.clone());
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_graphic() && !b"?#".contains(&b)));
            prop_assert_eq!(encoded.matches('/').count(), text.matches('/').count());
            let uri: http::Uri = format!("http://h/v1/AUTH_a/c/{encoded}").parse().expect("a valid URI");
            prop_assert_eq!(uri.path(), format!("/v1/AUTH_a/c/{encoded}"));
            prop_assert!(uri.query().is_none());
        }

        #[test]
        fn a_segment_holds_no_slash(text in ".{0,300}") {
            let encoded = segment(&text);
            prop_assert!(!encoded.contains('/'));
            prop_assert_eq!(decode(&encoded), text);
        }
    }
}
