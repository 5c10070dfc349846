//! The SDK's messages in this program's words.

use k5::Error;
use std::borrow::Cow;
use std::fmt::Write;

/// What the library says of its `Overrides`, in this program's words: they are its options.
pub(crate) fn by_options(text: &str) -> String {
    const FIELD: &str = "Overrides::";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(FIELD) {
        let end = after.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').unwrap_or(after.len());
        let (field, after) = after.split_at(end);
        let option = field.replace('_', "-");
        out.push_str(before);
        match field {
            "" => out.push_str(FIELD),
            "cloud" | "timeout" | "insecure" | "cache_token" => out.push_str(&format!("--{option}")),
            _ => out.push_str(&format!("--os-{option}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A word of a command line, so that a shell takes it as it is.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!("'{}'", word.replace('\'', r"'\''"))),
    }
}

/// The error and what caused it, each said once.
pub(super) fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            let _ = write!(text, ": {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_change_them() {
        for (word, quoted_word) in
            [("a/b.c-1", "a/b.c-1"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''"), ("$x", "'$x'"), ("é", "'é'")]
        {
            assert_eq!(quoted(word), quoted_word);
        }
    }

    #[test]
    fn what_the_library_calls_overrides_are_options() {
        assert_eq!(
            by_options(
                "both are set: Overrides::password and Overrides::oauth2_client_id; Overrides::cloud, Overrides::cache_token: Overrides::"
            ),
            "both are set: --os-password and --os-oauth2-client-id; --cloud, --cache-token: Overrides::"
        );
    }
}
