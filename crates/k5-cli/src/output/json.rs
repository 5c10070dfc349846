//! JSON that a terminal may show: what would steer it is written as an escape, as JSON allows for every character.

use crate::failure::{Failure, Outcome, REFUSED};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// A document as text, on lines of their own or in one.
pub(super) fn json(value: &impl Serialize, pretty: bool) -> Outcome<String> {
    let bytes = match pretty {
        true => written(value, PrettyFormatter::new()),
        false => compact(value),
    }?;
    String::from_utf8(bytes).map_err(|error| Failure::new(REFUSED, format!("the answer can't be written as JSON: {error}")))
}

/// A document in one line.
pub(super) fn compact(value: &impl Serialize) -> Outcome<Vec<u8>> {
    written(value, CompactFormatter)
}

fn written(value: &impl Serialize, formatter: impl Formatter) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Escaping(formatter))).map_err(unwritable)?;
    Ok(bytes)
}

/// What could not be written.
pub(super) fn unwritable(error: serde_json::Error) -> Failure {
    Failure::new(REFUSED, format!("the answer can't be written as JSON: {error}"))
}

/// `serde_json` escapes U+0000 to U+001F alone.
struct Escaping<F>(F);

/// Writes `text` with every character that steers a terminal as `\uXXXX`, in two halves where it takes them.
fn escaped<W: ?Sized + Write>(writer: &mut W, text: &str) -> io::Result<()> {
    // Most text is ASCII, in which DEL alone is left.
    if text.bytes().all(|byte| byte < 0x7f) {
        return writer.write_all(text.as_bytes());
    }
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| !c.is_ascii_whitespace() && k5_core::text::steers(*c)) {
        writer.write_all(&rest.as_bytes()[..at])?;
        for half in c.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{half:04x}")?;
        }
        rest = &rest[at + c.len_utf8()..];
    }
    writer.write_all(rest.as_bytes())
}

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        escaped(writer, fragment)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        escaped(writer, fragment)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn nothing_steers_and_nothing_is_lost() {
        let value =
            json!({"a\u{9b}": ["\u{7f}", "\u{202e}gpj", "\u{e0001}", "\u{2028}é日", "\n\t\u{1b}"], "b": {}, "c": [1, null, true]});
        let text = json(&value, false).expect("JSON");
        assert_eq!(text, r#"{"a\u009b":["\u007f","\u202egpj","\udb40\udc01","\u2028é日","\n\t\u001b"],"b":{},"c":[1,null,true]}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        let plain = json!({"b": {"d": [1, {}]}, "c": [], "e": "é"});
        assert_eq!(json(&plain, true).expect("JSON"), serde_json::to_string_pretty(&plain).expect("JSON"));
        let raw = serde_json::value::RawValue::from_string("{\n\"x\": \"\u{9b}\"}".to_owned()).expect("JSON");
        assert_eq!(json(&raw, false).expect("JSON"), "{\n\"x\": \"\\u009b\"}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let written = json(&text, false).expect("JSON");
            prop_assert!(!written.chars().any(k5_core::text::steers));
            prop_assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), text);
        }
    }
}
