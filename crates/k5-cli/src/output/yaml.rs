//! YAML, enough of it: what JSON has, in blocks.

use super::tree::Tree;
use crate::failure::Outcome;
use serde_json::Value;

/// A document.
pub(super) fn document(tree: &Tree<'_>) -> Outcome<String> {
    let mut out = String::new();
    match tree {
        Tree::Value(value) => write(&mut out, value, 0),
        Tree::Fields(_) => write(&mut out, &to_value(tree), 0),
    }
    Ok(out)
}

/// One element of a list that is the document.
pub(super) fn element(tree: &Tree<'_>) -> Outcome<String> {
    let mut out = String::new();
    write_element(&mut out, &to_value(tree), 0);
    Ok(out)
}

fn to_value(tree: &Tree<'_>) -> Value {
    match tree {
        Tree::Value(value) => (*value).clone(),
        Tree::Fields(fields) => Value::Object(fields.iter().map(|(name, tree)| ((*name).to_owned(), to_value(tree))).collect()),
    }
}

/// Writes `value` with `indent` blanks in front of each line. Ends with a line break.
fn write(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, item) in map {
                pad(out, indent);
                pair(out, name, item, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => items.iter().for_each(|item| write_element(out, item, indent)),
        other => {
            pad(out, indent);
            scalar(out, other);
            out.push('\n');
        }
    }
}

/// Writes one element of a list.
fn write_element(out: &mut String, item: &Value, indent: usize) {
    pad(out, indent);
    out.push_str("- ");
    match item {
        Value::Object(map) if !map.is_empty() => {
            for (index, (name, item)) in map.iter().enumerate() {
                if index > 0 {
                    pad(out, indent + 2);
                }
                pair(out, name, item, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write(out, item, indent + 2);
        }
        other => {
            scalar(out, other);
            out.push('\n');
        }
    }
}

/// Writes `name: value`.
fn pair(out: &mut String, name: &str, value: &Value, indent: usize) {
    text(out, name);
    out.push(':');
    let nested = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        write(out, value, indent + 2);
        return;
    }
    out.push(' ');
    scalar(out, value);
    out.push('\n');
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::String(string) => text(out, string),
        other => out.push_str(&other.to_string()),
    }
}

/// A string: bare where nothing can take it for something else, else quoted as in JSON, which YAML reads, too.
fn text(out: &mut String, text: &str) {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    match plain {
        true => out.push_str(text),
        false => out.push_str(&Value::from(text).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn blocks() {
        let mut out = String::new();
        write(&mut out, &json!({"a": [1, {"b": null, "c": [[]]}], "d e": "no", "f": {}}), 0);
        assert_eq!(out, "a:\n  - 1\n  - b: null\n    c:\n      - []\n\"d e\": \"no\"\nf: {}\n");
    }
}
