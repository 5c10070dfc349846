//! Values as text for people.

use serde_json::Value;

/// Text without what steers a terminal or turns a name around.
pub(crate) use k5_core::text::visible as printable;

/// A value as openstackclient shows it in a table: the items of a list after each other, lists of dictionaries line by line,
/// dictionaries as `name='value'`.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let between = if items.iter().any(Value::is_object) { "\n" } else { ", " };
            items.iter().map(shown).collect::<Vec<_>>().join(between)
        }
        Value::Object(_) => {
            let mut pairs = Vec::new();
            flatten(&mut pairs, "", value);
            pairs.join(", ")
        }
    }
}

/// `a.b='value'` for what stands within.
fn flatten(pairs: &mut Vec<String>, path: &str, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() || path.is_empty() => {
            for (name, item) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(pairs, &path, item);
            }
        }
        Value::Null => pairs.push(format!("{path}=")),
        Value::Object(_) => pairs.push(format!("{path}=''")),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            pairs.push(format!("{path}='{}'", items.join(", ")));
        }
        other => pairs.push(format!("{path}='{}'", shown(other))),
    }
}

/// A cell of a table: control characters are escaped, but line breaks make lines within it.
pub(super) fn printable_cell(cell: &str) -> String {
    cell.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terminals_are_not_steered() {
        assert_eq!(printable("a\u{1b}[31m\nb é"), "a\\u{1b}[31m\\nb é");
        assert_eq!(printable_cell("a\u{9b}31m\nb\t\u{202e}c"), "a\\u{9b}31m\nb\\t\\u{202e}c");
    }

    #[test]
    fn values_are_compact() {
        for (value, expected) in [
            (json!(null), "None"),
            (json!(true), "True"),
            (json!(1.5), "1.5"),
            (json!(["a", 1, null]), "a, 1, None"),
            (json!([]), ""),
            (json!({}), ""),
            (json!({"b": {"c": 1, "d": {}}, "a": null, "e": [1, 2]}), "a=, b.c='1', b.d='', e='1, 2'"),
            (json!([{"id": 1, "name": "x"}, {"id": 2}]), "id='1', name='x'\nid='2'"),
        ] {
            assert_eq!(shown(&value), expected);
        }
    }
}
