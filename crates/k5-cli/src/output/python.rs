//! Values as openstackclient prints them with `-f value`: as Python writes them.

use serde_json::Value;
use std::fmt::Write;

/// A value by itself: text as it is, anything else as Python's `repr` has it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            repr(&mut out, other);
            out
        }
    }
}

fn repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                repr(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, item)) in fields.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                quoted(out, name);
                out.push_str(": ");
                repr(out, item);
            }
            out.push('}');
        }
    }
}

/// In single quotes, unless it holds some and no double ones.
fn quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        // Writing to a string can't fail.
        let _ = match c {
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            c if c == quote => write!(out, "\\{c}"),
            c if !k5_core::text::steers(c) => out.write_char(c),
            c => match u32::from(c) {
                code @ ..=0xff => write!(out, "\\x{code:02x}"),
                code @ 0x100..=0xffff => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            },
        };
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn as_python_writes_it() {
        for (value, expected) in [
            (json!(null), "None"),
            (json!([true, false, null]), "[True, False, None]"),
            (json!(7), "7"),
            (json!(1.5), "1.5"),
            (json!("it's\n"), "it's\n"),
            (json!({"private": ["10.0.0.2"], "b": {}}), "{'b': {}, 'private': ['10.0.0.2']}"),
            (json!(["it's", "\"", "it's \"", "\\", "\n\t\r", "é 日本"]), r#"["it's", '"', 'it\'s "', '\\', '\n\t\r', 'é 日本']"#),
            (json!(["\u{1b}\u{9b}\u{202e}\u{e0001}"]), r"['\x1b\x9b\u202e\U000e0001']"),
            (json!([]), "[]"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }
}
