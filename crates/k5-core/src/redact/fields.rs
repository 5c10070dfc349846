//! Secrets that the cloud makes itself, known by the names of their fields.

use std::ops::Range;

/// What replaces a secret.
pub(super) const HIDDEN: &str = "***";
/// The fields of answers that hold secrets.
const FIELDS: [&str; 5] = ["adminPass", "AdminPassword", "password", "private_key", "user_data"];

/// `text`, a document in JSON or XML that may be incomplete or malformed, with `***` in place of the values of these fields.
pub(crate) fn hide_fields(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(value) = FIELDS.iter().filter_map(|field| value_of(field, rest)).min_by_key(|value| value.start) {
        out.push_str(&rest[..value.start]);
        out.push_str(HIDDEN);
        rest = &rest[value.end..];
    }
    out + rest
}

/// Where the first value of a field is.
fn value_of(field: &str, text: &str) -> Option<Range<usize>> {
    text.match_indices(field).find_map(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + field.len()..]);
        let value = if before.ends_with('"') {
            let value = behind.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start();
            value.strip_prefix('"')?
        } else {
            before.ends_with('<').then(|| behind.strip_prefix('>')).flatten()?
        };
        let start = text.len() - value.len();
        let length = if before.ends_with('<') { value.find('<') } else { end_of_text(value) };
        Some(start..start + length.unwrap_or(value.len()))
    })
}

/// Where the quote is that ends a text of JSON.
fn end_of_text(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fields_hold_is_hidden() {
        for (text, hidden) in [
            (r#"{"adminPass":"a\"b\\","id":"password"}"#, r#"{"adminPass":"***","id":"password"}"#),
            (r#"{"k":{"private_key" : "----"#, r#"{"k":{"private_key" : "***"#),
            (
                r#"[{"password":""},{"password":"é"}, "password", {"password":null}]"#,
                r#"[{"password":"***"},{"password":"***"}, "password", {"password":null}]"#,
            ),
            ("<L><AdminPassword>x&amp;y</AdminPassword><a/></L>", "<L><AdminPassword>***</AdminPassword><a/></L>"),
            ("<AdminPassword>x", "<AdminPassword>***"),
            (r#"{"password"#, r#"{"password"#),
        ] {
            assert_eq!(hide_fields(text), hidden);
        }
    }
}
