//! YAML, as the crate writes it that reads `clouds.yaml`.

use super::tree::Tree;
use crate::failure::{Failure, Outcome, REFUSED};
use k5_core::text::steers;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;
use std::fmt::Write;

/// A document.
pub(super) fn document(tree: &Tree<'_>) -> Outcome<String> {
    written(&Safe(tree))
}

/// One element of a list that is the document.
pub(super) fn element(tree: &Tree<'_>) -> Outcome<String> {
    written(&[Safe(tree)])
}

fn written(value: &impl Serialize) -> Outcome<String> {
    let text = serde_saphyr::to_string(value)
        .map_err(|error| Failure::new(REFUSED, format!("the answer can't be written as YAML: {error}")))?;
    Ok(escaped(text))
}

/// Writes what steers a terminal as escapes. It stands between double quotes alone, where YAML has them: see [`Text`].
fn escaped(text: String) -> String {
    let is_bare = |c: char| c != '\n' && steers(c);
    if !text.contains(is_bare) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Writing to a string can't fail.
        let _ = match is_bare(c) {
            false => out.write_char(c),
            true if c as u32 > 0xffff => write!(out, "\\U{:08X}", c as u32),
            true => write!(out, "\\u{:04X}", c as u32),
        };
    }
    out
}

/// A value whose text may have come from anybody.
struct Safe<'a>(&'a Tree<'a>);

struct SafeValue<'a>(&'a Value);

/// Text, between double quotes if a terminal must not see it as it is.
struct Text<'a>(&'a str);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.contains(|c: char| c != '\n' && steers(c)) {
            true => DoubleQuoted(self.0).serialize(serializer),
            false => serializer.serialize_str(self.0),
        }
    }
}

impl Serialize for Safe<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Value(value) => SafeValue(value).serialize(serializer),
            Tree::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, tree)| map.serialize_entry(&Text(name), &Safe(tree)))?;
                map.end()
            }
        }
    }
}

impl Serialize for SafeValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => Text(text).serialize(serializer),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&SafeValue(item)))?;
                list.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(&Text(name), &SafeValue(value)))?;
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn text(value: &Value) -> String {
        document(&Tree::Value(value)).expect("YAML")
    }

    #[test]
    fn blocks() {
        assert_eq!(
            text(&json!({"a": [1, {"b": null, "c": [[]]}], "d e": "no", "f": {}, "g": "x\ny\n"})),
            "a:\n- 1\n- b: null\n  c:\n  - []\nd e: \"no\"\nf: {}\ng: |\n  x\n  y\n"
        );
        let item = json!({"b": 1, "a": {"c": "d"}});
        let mut tree = Tree::default();
        tree.insert(&item, "b");
        tree.insert(&item, "a.c");
        assert_eq!(element(&tree).expect("YAML"), "- b: 1\n  a:\n    c: d\n");
        assert_eq!(element(&Tree::Value(&json!("x"))).expect("YAML"), "- x\n");
    }

    #[test]
    fn nothing_steers() {
        let value = json!({"k\u{9b}": "\u{202e}gpj", "l": "a\n\u{1b}[2J", "m": "\u{e0001}\u{85}", "n": "a\u{7f}"});
        let written = text(&value);
        assert!(!written.contains(|c: char| c != '\n' && steers(c)), "{written}");
        assert_eq!(serde_saphyr::from_str::<Value>(&written).expect("YAML"), value, "{written}");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::from),
            "[ -~\n]{0,120}".prop_map(Value::from),
            "(y|n|no|on|~|null|0x1|1_000|1:30|-|- a|#a|a: b|2026-01-01|[|]|&a|\\*a|!a|%a|@a|`|\\?|=|<<)".prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(value in values(), other in values()) {
            let written = text(&value);
            prop_assert!(!written.contains(|c: char| c != '\n' && steers(c)), "{}", written);
            prop_assert_eq!(&serde_saphyr::from_str::<Value>(&written).expect(&written), &value, "{}", written);
            let list = element(&Tree::Value(&value)).expect("YAML") + &element(&Tree::Value(&other)).expect("YAML");
            prop_assert_eq!(serde_saphyr::from_str::<Value>(&list).expect(&list), json!([value, other]), "{}", list);
        }
    }
}
