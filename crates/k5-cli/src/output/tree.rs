//! Some fields of an item, in an order of their own.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Fields in the order in which they are printed; `serde_json`'s own maps are sorted by name.
#[derive(Debug)]
pub(super) enum Tree<'a> {
    /// A value as it is.
    Value(&'a Value),
    /// Fields with what they hold.
    Fields(Vec<(&'a str, Tree<'a>)>),
}

impl Default for Tree<'_> {
    fn default() -> Self {
        Self::Fields(Vec::new())
    }
}

impl<'a> Tree<'a> {
    /// Adds the field that `path` leads to in `item`, below the names of the path; null if there is none.
    pub(super) fn insert(&mut self, item: &'a Value, path: &'a str) {
        let Self::Fields(fields) = self else { return };
        let whole = item.get(path);
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) if whole.is_none() => (name, rest),
            _ => {
                fields.push((path, Self::Value(whole.unwrap_or(&Value::Null))));
                return;
            }
        };
        let inner = item.get(name).unwrap_or(&Value::Null);
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, tree)) => tree.insert(inner, rest),
            None => {
                let mut tree = Self::default();
                tree.insert(inner, rest);
                fields.push((name, tree));
            }
        }
    }
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Fields(fields) => serializer.collect_map(fields.iter().map(|(name, tree)| (name, tree))),
        }
    }
}

/// What `path` leads to in `item`; a name that has dots of its own wins over a way.
pub(super) fn at<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    item.get(path).or_else(|| {
        let (name, rest) = path.split_once('.')?;
        at(item.get(name)?, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_lead_inside_and_come_together_again() {
        let item = json!({"a": {"b": {"c": 1}, "d": 2}, "a.d": 3, "e": null});
        assert_eq!(at(&item, "a.b.c"), Some(&json!(1)));
        assert_eq!(at(&item, "a.d"), Some(&json!(3)));
        assert_eq!(at(&item, "a.x"), None);
        assert_eq!(at(&item, "e.x"), None);
        let mut tree = Tree::default();
        for path in ["e", "a.b.c", "z", "a.x", "a.d", "e.x"] {
            tree.insert(&item, path);
        }
        let text = serde_json::to_string(&tree).expect("JSON");
        assert_eq!(text, r#"{"e":null,"a":{"b":{"c":1},"x":null},"z":null,"a.d":3}"#);
    }
}
