//! Untrusted text, made safe for a terminal and a log.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// `text` without anything that controls a terminal or misleads a reader: control characters, line ends and direction marks become
/// escapes such as `\n` and `\u{1b}`. So a server's text can't clear the screen, start a line of its own, or reverse a name.
///
/// ```
/// assert_eq!(k5_core::text::visible("a\u{1b}[2J\nk5: all is well"), r"a\u{1b}[2J\nk5: all is well");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    // Writing to a string can't fail.
    let _ = Visible(&mut out).write_str(text);
    out.into()
}

/// Whether `c` controls the terminal or the direction of text instead of being shown.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Ends of lines and paragraphs.
            '\u{2028}' | '\u{2029}'
            // Marks, embeddings, overrides and isolates of direction.
            | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Nothing to see: marks of byte order and of annotation, and tags.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Passes on what is written to it, escaped as by [`visible`].
pub(crate) struct Visible<W>(pub(crate) W);

impl<W: Write> Write for Visible<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| steers(*c)) {
            self.0.write_str(&rest[..at])?;
            write!(self.0, "{}", c.escape_default())?;
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_steers_in_what_is_visible(text in ".*", odd in proptest::collection::vec(any::<char>(), 0..20)) {
            let text = format!("{text}{}", odd.into_iter().collect::<String>());
            prop_assert!(!visible(&text).chars().any(steers));
            let plain: String = text.chars().filter(|c| !steers(*c)).collect();
            prop_assert_eq!(&*visible(&plain), &plain);
        }
    }

    #[test]
    fn what_misleads_is_escaped() {
        for (text, shown) in [
            ("\u{1b}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{202e}gpj.exe", r"\u{202e}gpj.exe"),
            ("\u{2028}", r"\u{2028}"),
            ("é 🦀 日本 👩‍👩‍👧", "é 🦀 日本 👩‍👩‍👧"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
