//! Values as text for people.

use serde_json::Value;

/// Text without what steers a terminal or turns a name around.
pub(crate) use k5_core::text::visible as printable;

/// A value as a cell of a table or a bare value.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| format!("{name}='{}'", shown(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_steered() {
        assert_eq!(printable("a\u{1b}[31m\nb é"), "a\\u{1b}[31m\\nb é");
    }
}
