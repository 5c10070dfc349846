//! The secrets of a request, taken out of what the server says: some services repeat the request in their errors.

use crate::path;
use crate::secret::Secret;
use std::borrow::Cow;
use std::fmt;

/// What stands in a secret's place.
const HIDDEN: &str = "***";
/// A shorter secret is replaced only where it stands alone, or every other word would be full of holes.
const SHORT: usize = 4;

/// The token, passwords and keys that one request carried. Neither `Debug` nor anything else shows them.
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

    /// Adds a header's value, where it is text.
    pub fn add_header(&mut self, value: &http::HeaderValue) {
        if let Ok(text) = std::str::from_utf8(value.as_bytes()) {
            self.add(Secret::new(text));
        }
    }

    /// Adds those of `others`.
    pub fn extend(&mut self, others: Self) {
        for secret in others.0 {
            self.add(secret);
        }
    }

    /// `text` with `***` in the place of each secret, as it is or as JSON, HTML or a URL write it.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        let mut forms: Vec<String> = self.0.iter().flat_map(|secret| forms(secret.expose())).collect();
        // One secret may be a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        for form in forms {
            if out.contains(&form) {
                out = Cow::Owned(if form.len() < SHORT { replace_words(&out, &form) } else { out.replace(&form, HIDDEN) });
            }
        }
        out
    }
}

/// How a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
    let mut ascii = String::new();
    for c in json.chars() {
        match c.is_ascii() {
            true => ascii.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| ascii.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = html.replace('"', "&quot;");
    let both = [("&#39;", "'"), ("&#x27;", "'")].map(|(entity, plain)| quoted.replace(plain, entity));
    forms.extend([json, ascii, html, quoted, path::segment(secret)]);
    forms.extend(both);
    forms.sort();
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

/// Replaces `word` where no letter or digit is beside it.
fn replace_words(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let beside = before.chars().next_back().or(out.chars().next_back()).into_iter().chain(after.chars().next());
        out.push_str(before);
        out.push_str(if beside.into_iter().any(char::is_alphanumeric) { word } else { HIDDEN });
        rest = after;
    }
    out.push_str(rest);
    out
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

    proptest! {
        #[test]
        fn no_text_shows_a_secret(before in ".{0,20}", secret in "[^*]{4,20}", after in ".{0,20}") {
            let secrets = secrets(&[&secret]);
            let shown = secrets.hide(&format!("{before}{secret}{after}")).into_owned();
            prop_assert!(shown.contains(HIDDEN));
            prop_assert!(!shown.contains(&secret), "{shown}");
            let json = serde_json::json!({ "message": format!("{before}{secret}") }).to_string();
            prop_assert!(secrets.hide(&json).contains(HIDDEN), "{json}");
        }
    }
}
