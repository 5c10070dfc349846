//! Removes the secrets of a request from what the server says: some services echo the request in their errors.

mod fields;
mod written;

use crate::secret::Secret;
use fields::HIDDEN;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use written::Written;

pub(crate) use fields::hide_fields;

/// A shorter secret is replaced only as a separate word, or every other word would be full of holes.
const SHORT: usize = 4;

/// The token, passwords and keys that one request carried. Nothing shows them, not even `Debug`.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Secret>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Adds one.
    pub fn add(&mut self, secret: Secret) {
        if !secret.expose().is_empty() && !self.0.contains(&secret) {
            self.0.push(secret);
        }
    }

    /// Adds a header's value, if it is text, and what follows the scheme in `Authorization`.
    pub fn add_header(&mut self, value: &http::HeaderValue) {
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else { return };
        self.add(Secret::new(text));
        if let Some((scheme, bare)) = text.split_once(' ')
            && ["bearer", "basic"].contains(&scheme.to_ascii_lowercase().as_str())
        {
            self.add(Secret::new(bare.trim()));
        }
    }

    /// Adds those of `others`.
    pub fn extend(&mut self, others: Self) {
        for secret in others.0 {
            self.add(secret);
        }
    }

    /// `text` with each secret replaced by `***`, as is or as written in JSON, HTML, a URL or a form, or one of these inside
    /// another.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = Vec::new();
        if !self.0.is_empty() && !text.is_empty() {
            written::each_reading(text, |reading| {
                for secret in &self.0 {
                    find(reading, secret.expose(), &mut found);
                }
            });
        }
        replace(text, found)
    }
}

/// Adds the places in the text where this reading of it contains `secret`.
fn find(reading: &Written, secret: &str, found: &mut Vec<Range<usize>>) {
    let (bytes, length) = (reading.bytes(), secret.len());
    let mut from = 0;
    while let Some(at) = written::position(&bytes[from..], secret.as_bytes()).map(|at| from + at) {
        if length >= SHORT || stands_alone(&bytes[..at], &bytes[at + length..]) {
            found.push(reading.place(at..at + length));
        }
        // What overlaps is found, too.
        from = at + 1;
    }
}

/// Whether there is no letter or digit next to a word.
fn stands_alone(before: &[u8], after: &[u8]) -> bool {
    let before = before.utf8_chunks().last().and_then(|chunk| match chunk.invalid().is_empty() {
        true => chunk.valid().chars().next_back(),
        false => None,
    });
    let after = after.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    !before.into_iter().chain(after).any(char::is_alphanumeric)
}

/// `text` with these parts replaced by `***`.
fn replace(text: &str, mut parts: Vec<Range<usize>>) -> Cow<'_, str> {
    if parts.is_empty() {
        return Cow::Borrowed(text);
    }
    parts.sort_by_key(|part| (part.start, part.end));
    let (mut out, mut rest) = (String::with_capacity(text.len()), 0);
    let mut parts = parts.into_iter().peekable();
    while let Some(mut part) = parts.next() {
        // One secret may be a part of another.
        while let Some(next) = parts.next_if(|next| next.start < part.end) {
            part.end = part.end.max(next.end);
        }
        out.push_str(&text[rest..part.start]);
        out.push_str(HIDDEN);
        rest = part.end;
    }
    out.push_str(&text[rest..]);
    Cow::Owned(out)
}

/// Names whose values no log may show, whichever setter or answer they come from.
pub(crate) fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "x-auth-token"
            | "x-subject-token"
            | "openstack-auth-receipt"
            | "authorization"
            | "proxy-authorization"
            | "cookie"
            | "set-cookie"
            | "x-container-sync-key"
    ) || name.ends_with("temp-url-key")
        || name.ends_with("temp-url-key-2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secrets(all: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        all.iter().for_each(|secret| secrets.add(Secret::new(*secret)));
        secrets
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secrets = secrets(&[r#"p"w<&'ä"#, "gAAAA-token", "gAAAA-token-2", "x1"]);
        for text in [
            r#"{'adminPass': 'p"w<&'ä'}"#,
            r#"{"adminPass": "p\"w<&'ä"}"#,
            r#"{"adminPass": "p\"w<&'\u00e4"}"#,
            "<pre>p&quot;w&lt;&amp;&#39;ä</pre>",
            "<pre>p\"w&lt;&amp;'ä</pre>",
            "/v1/a?key=p%22w%3C%26%27%C3%A4",
        ] {
            let shown = secrets.hide(text);
            assert!(
                shown.contains(HIDDEN) && !shown.contains("w<&") && !shown.contains("&lt;&amp;") && !shown.contains("%3C"),
                "{shown}"
            );
        }
        assert_eq!(secrets.hide("X-Auth-Token: gAAAA-token-2, gAAAA-token"), "X-Auth-Token: ***, ***");
        assert_eq!(secrets.hide("x1 is in box12 and 'x1'"), "*** is in box12 and '***'");
        assert_eq!(format!("{secrets:?}"), "Secrets(4)");
    }

    #[test]
    fn a_secret_is_found_in_whatever_wrote_it() {
        let secrets = secrets(&[r#"a b/ä\"<%41😀&'z"#]);
        for text in [
            // A form, and URLs of several makers.
            "password=a+b%2F%C3%A4%5C%22%3C%2541%F0%9F%98%80%26%27z&x=1",
            "password=a%20b/%c3%a4%5c%22%3c%2541%f0%9f%98%80%26'z",
            "url=http%3A%2F%2Fh%3Fp%3Da%2520b%252F%25C3%25A4%255C%2522%253C%252541%25F0%259F%2598%2580%2526%2527z",
            // JSON of several makers, and JSON in JSON.
            r#"{"p": "a b\/ä\\\"<%41😀&'z"}"#,
            r#"{"p": "a b/\u00E4\\\"\u003C%41\uD83D\uDE00\u0026\u0027z"}"#,
            r#"{"p": "{\"q\": \"a b/\\u00e4\\\\\\\"<%41\\ud83d\\ude00&'z\"}"}"#,
            // Python.
            r#"b'a b/\xc3\xa4\\"<%41\xf0\x9f\x98\x80&\'z'"#,
            // HTML, and a form in it.
            "<p>a b/&#228;\\&#34;&lt;%41&#x1F600;&amp;&#x27;z</p>",
            "<p>a+b%2F%C3%A4%5C&#37;22%3C%2541%F0%9F%98%80%26&#37;27z</p>",
        ] {
            let shown = secrets.hide(text);
            assert!(shown.contains(HIDDEN) && !shown.contains('z') && !shown.contains("41"), "{text}: {shown}");
        }
        assert_eq!(secrets.hide("a b/ä is none, 100% &c; \\u12 \\ud83d \\"), "a b/ä is none, 100% &c; \\u12 \\ud83d \\");
    }

    #[test]
    fn authorization_is_a_secret_without_its_scheme() {
        let mut secrets = Secrets::default();
        for value in ["Bearer eyJ.a.b", "basic Y2xpZW50OnM="] {
            secrets.add_header(&http::HeaderValue::from_static(value));
        }
        assert_eq!(secrets.hide("token eyJ.a.b of Bearer eyJ.a.b; 'Y2xpZW50OnM='"), "token *** of ***; '***'");
    }

    proptest! {
        #[test]
        fn no_text_shows_a_secret(before in ".{0,20}", secret in "[^*]{4,20}", after in ".{0,20}") {
            let secrets = secrets(&[&secret]);
            let shown = secrets.hide(&format!("{before}{secret}{after}")).into_owned();
            prop_assert!(shown.contains(HIDDEN));
            prop_assert!(!shown.contains(&secret), "{shown}");
            let json = serde_json::json!({ "message": format!("{before}{secret}") }).to_string();
            prop_assert!(secrets.hide(&json).contains(HIDDEN), "{json}");
            let form = format!("p={}", crate::path::segment(&secret)).to_ascii_lowercase();
            prop_assert!(secrets.hide(&form).contains(HIDDEN) || secret != secret.to_ascii_lowercase(), "{form}");
        }

        #[test]
        fn any_text_is_read_in_every_way(text in r#"([%\\&+;#ux0-9a-f"é]|amp;|\\u|\\x|&#){0,40}"#, secret in r#"[%\\&+;#0-9é]{1,6}"#) {
            let _ = secrets(&[&secret]).hide(&text);
        }
    }
}
