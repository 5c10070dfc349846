//! A YAML or JSON file as a tree whose scalars keep the text of the file.
//!
//! A password written as `0012` or `1e5` is that text, not the number a YAML reader turns it into; so numbers and
//! booleans are taken from the source by their position.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::error::{ConfigError, Field, Origin};

/// One value of a file. It may be a secret, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    file: Arc<Path>,
    place: Option<(u64, u64)>,
}

#[derive(Clone)]
pub(super) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
}

impl Node {
    /// Reads a complete file: JSON if the suffix is `.json`, otherwise YAML.
    pub(super) fn parse(text: &str, file: &Arc<Path>) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if file.extension().is_some_and(|extension| extension == "json") { parse_json(text, file) } else { parse_yaml(text, file) }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    pub(super) fn file(&self) -> &Arc<Path> {
        &self.file
    }

    pub(super) fn origin(&self, field: &str) -> Origin {
        Origin::Field(Arc::new(Field { file: Arc::clone(&self.file), place: self.place, path: field.to_owned() }))
    }

    pub(super) fn wrong_kind(&self, field: &str, expected: &'static str) -> ConfigError {
        ConfigError::FieldType { origin: self.origin(field), expected, found: self.kind() }
    }

    /// The mapping at this node; an empty node counts as an empty mapping.
    pub(super) fn into_map(self, field: &str) -> Result<BTreeMap<String, Node>, ConfigError> {
        match self.value {
            Value::Map(map) => Ok(map),
            Value::Null => Ok(BTreeMap::new()),
            _ => Err(self.wrong_kind(field, "a mapping")),
        }
    }

    /// The text at this node, if it is not empty.
    pub(super) fn text(&self, field: &str) -> Result<Option<&str>, ConfigError> {
        match &self.value {
            Value::Text(text) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Value::Null => Ok(None),
            _ => Err(self.wrong_kind(field, "a text")),
        }
    }
}

/// Lays `over` on `under`: mappings are merged to any depth, everything else is replaced. This is how a secure.yaml
/// completes a clouds.yaml.
pub(super) fn merge_deep(under: &mut BTreeMap<String, Node>, over: BTreeMap<String, Node>) {
    for (key, node) in over {
        match (under.get_mut(&key), node) {
            (Some(Node { value: Value::Map(below), .. }), Node { value: Value::Map(above), .. }) => merge_deep(below, above),
            (_, node) => {
                under.insert(key, node);
            }
        }
    }
}

/// `-` in a key means `_`, in mappings of any depth; of two spellings the one with `_` wins.
pub(super) fn normalise_keys(map: BTreeMap<String, Node>) -> BTreeMap<String, Node> {
    map.into_iter()
        .map(|(key, mut node)| {
            if let Value::Map(inner) = node.value {
                node.value = Value::Map(normalise_keys(inner));
            }
            (key.replace('-', "_"), node)
        })
        .collect()
}

fn parse_json(text: &str, file: &Arc<Path>) -> Result<Node, ConfigError> {
    fn build(value: serde_json::Value, file: &Arc<Path>) -> Node {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Text(flag.to_string()),
            serde_json::Value::Number(number) => Value::Text(number.to_string()),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(|item| build(item, file)).collect()),
            serde_json::Value::Object(map) => Value::Map(map.into_iter().map(|(key, item)| (key, build(item, file))).collect()),
        };
        Node { value, file: Arc::clone(file), place: None }
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(build(value, file)),
        Err(error) => Err(ConfigError::FileSyntax {
            file: file.to_path_buf(),
            line: Some(error.line() as u64),
            column: Some(error.column() as u64),
            problem: if error.is_eof() { "the JSON ends too early".to_owned() } else { "this is not JSON".to_owned() },
        }),
    }
}

/// How deep a YAML file may be nested. clouds.yaml needs seven levels; each takes tens of kilobytes of stack in a debug build,
/// and a thread of a program may have no more than a megabyte.
const DEPTH: usize = 16;

fn parse_yaml(text: &str, file: &Arc<Path>) -> Result<Node, ConfigError> {
    if text.trim().is_empty() {
        return Ok(Node { value: Value::Null, file: Arc::clone(file), place: None });
    }
    // A snippet would show the lines around a mistake, and those lines hold passwords.
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
        budget: serde_saphyr::budget! { max_depth: DEPTH },
    };
    match serde_saphyr::from_str_with_options::<Spanned<Kind>>(text, options) {
        Ok(root) => Ok(build_yaml(root, text, file)),
        Err(error) => {
            let location = error.location();
            Err(ConfigError::FileSyntax {
                file: file.to_path_buf(),
                line: location.map(|location| location.line()),
                column: location.map(|location| location.column()),
                problem: yaml_problem(&error).to_owned(),
            })
        }
    }
}

/// Our own wording for a parser error, whose message may quote the file.
fn yaml_problem(error: &serde_saphyr::Error) -> &'static str {
    use serde_saphyr::Error;
    match error.without_snippet() {
        Error::DuplicateMappingKey { .. } => "this key appears twice in the same mapping",
        Error::UnknownAnchor { .. } => "an alias (*) without its anchor (&); quote the value if it begins with *",
        Error::MultipleDocuments { .. } => "more than one YAML document (---) in one file",
        Error::Eof { .. } => "the YAML ends too early",
        Error::Budget { .. } => "too deep or too large for a configuration file",
        _ => "this is not well-formed YAML (check indentation and quotes; quote values with special characters)",
    }
}

/// A YAML value before its numbers are read back from the source.
enum Kind {
    Null,
    Text(String),
    /// A number or a boolean, in the reader's spelling.
    Typed(String),
    List(Vec<Spanned<Kind>>),
    Map(Vec<(String, Spanned<Kind>)>),
}

fn build_yaml(spanned: Spanned<Kind>, source: &str, file: &Arc<Path>) -> Node {
    let defined = spanned.defined;
    let value = match spanned.value {
        Kind::Null => Value::Null,
        Kind::Text(text) => Value::Text(text),
        Kind::Typed(text) => {
            let span = defined.span();
            let start = span.byte_offset().and_then(|at| usize::try_from(at).ok());
            let length = span.byte_len().and_then(|len| usize::try_from(len).ok());
            let raw = start
                .zip(length)
                .and_then(|(start, length)| source.get(start..start.checked_add(length)?))
                .map(str::trim)
                .filter(|raw| !raw.is_empty() && !raw.contains(['\n', '"', '\'', '!']));
            Value::Text(raw.map_or(text, str::to_owned))
        }
        Kind::List(items) => Value::List(items.into_iter().map(|item| build_yaml(item, source, file)).collect()),
        Kind::Map(entries) => Value::Map(entries.into_iter().map(|(key, item)| (key, build_yaml(item, source, file))).collect()),
    };
    Node { value, file: Arc::clone(file), place: (defined.line() > 0).then(|| (defined.line(), defined.column())) }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
        Ok(Kind::Typed(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::Text(value.to_owned()))
    }

    fn visit_bytes<E: serde::de::Error>(self, value: &[u8]) -> Result<Kind, E> {
        match std::str::from_utf8(value) {
            Ok(text) => Ok(Kind::Text(text.to_owned())),
            Err(_) => Err(E::custom("binary data")),
        }
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Option<String>>()? {
            let key = key.ok_or_else(|| A::Error::custom("a key is missing"))?;
            map.push((key, entries.next_value()?));
        }
        Ok(Kind::Map(map))
    }
}
