//! Outgoing and incoming documents: the key that many of them are wrapped in (`{"server": {...}}`), and the formats.

use crate::json::{decode_json, decode_json_seed, decode_request_seed};
use crate::model::{Extra, KeySeed, Model, join};
use crate::operation::{BodyKind, OpMeta};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The byte order mark that some editors and servers begin a document with.
pub(crate) const MARK: &[u8] = "\u{feff}".as_bytes();

/// A document inside others: `{"server": value}`, or for `a/b` `{"a": {"b": value}}`. Fields beside it are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed<T> {
    /// The document inside.
    pub value: T,
    /// The fields beside it, from the outside in.
    pub beside: Vec<Extra>,
    key: &'static str,
}

impl<T> Keyed<T> {
    /// `value` under `key`.
    pub fn new(key: &'static str, value: T) -> Self {
        Self { value, beside: Vec::new(), key }
    }

    /// The fields directly beside the key.
    pub fn extra(&self) -> Option<&Extra> {
        self.beside.first()
    }

    /// Transforms the document with `change`.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Keyed<U> {
        Keyed { value: change(self.value), beside: self.beside, key: self.key }
    }
}

impl<T: Serialize> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Level { path: self.key, value: &self.value, beside: &self.beside }.serialize(serializer)
    }
}

/// One level of a [`Keyed`] that is written.
struct Level<'a, T: ?Sized> {
    path: &'a str,
    value: &'a T,
    beside: &'a [Extra],
}

impl<T: Serialize + ?Sized> Serialize for Level<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, rest) = self.path.split_once('/').unwrap_or((self.path, ""));
        let (here, below) = self.beside.split_first().map_or((None, &[][..]), |(here, below)| (Some(here), below));
        let mut map = serializer.serialize_map(None)?;
        match rest.is_empty() {
            true => map.serialize_entry(key, self.value)?,
            false => map.serialize_entry(key, &Level { path: rest, value: self.value, beside: below })?,
        }
        for (name, value) in here.into_iter().flatten() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<T: Model> Model for Keyed<T> {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        let mut here = path.to_owned();
        for (level, key) in self.key.split('/').enumerate() {
            let beside = self.beside.get(level).into_iter().flatten();
            out.extend(beside.map(|(name, _)| join(&here, name)));
            here = join(&here, key);
        }
        self.value.unknown_fields(&here, out);
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        self.value.faults(&join(path, &self.key.replace('/', ".")), out);
    }
}

/// Reads a [`Keyed`].
pub(crate) struct KeyedSeed<T> {
    key: &'static str,
    marker: PhantomData<T>,
}

impl<T> KeyedSeed<T> {
    pub(crate) fn new(key: &'static str) -> Self {
        Self { key, marker: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for KeyedSeed<T> {
    type Value = Keyed<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Keyed<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for KeyedSeed<T> {
    type Value = Keyed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document with {:?}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keyed<T>, A::Error> {
        let (first, rest) = self.key.split_once('/').unwrap_or((self.key, ""));
        let (mut found, mut here) = (None, Extra::new());
        while let Some(name) = map.next_key_seed(KeySeed)? {
            if name != first {
                here.push(name.into_owned(), map.next_value()?);
            } else if rest.is_empty() {
                found = Some((map.next_value::<T>()?, Vec::new()));
            } else {
                let inner = map.next_value_seed(KeyedSeed::<T>::new(rest))?;
                found = Some((inner.value, inner.beside));
            }
        }
        here.settle();
        let (value, below) = match found {
            Some(found) => found,
            // Only the innermost one may be left out: a document with another root is another document.
            None if !rest.is_empty() => return Err(serde::de::Error::missing_field(first)),
            None => (crate::model::missing(first)?, Vec::new()),
        };
        let mut beside = vec![here];
        beside.extend(below);
        Ok(Keyed { value, beside, key: self.key })
    }
}

/// Writes a request document the way the operation needs it: wrapped in its key, in its format.
pub(crate) fn encode<T: Serialize + ?Sized>(meta: &OpMeta, document: &T) -> Result<Vec<u8>, String> {
    encode_beside(meta, document, &[])
}

/// The same, with the fields beside it.
pub(crate) fn encode_beside<T: Serialize + ?Sized>(meta: &OpMeta, document: &T, beside: &[Extra]) -> Result<Vec<u8>, String> {
    let whole = Level { path: meta.body_key.unwrap_or_default(), value: document, beside };
    match (meta.request_body, meta.body_key) {
        (BodyKind::Form, _) => crate::form::encode(document, meta.fixed_fields),
        #[cfg(feature = "xml")]
        (BodyKind::Xml, _) => crate::xml::encode(&whole),
        (_, Some(_)) => serde_json::to_vec(&whole).map_err(|error| error.to_string()),
        (_, None) => serde_json::to_vec(document).map_err(|error| error.to_string()),
    }
}

/// Reads a document that is wrapped in `key`; from XML if the bytes are XML.
pub(crate) fn decode_keyed<T: DeserializeOwned>(key: &'static str, bytes: &[u8], kind: BodyKind) -> Result<Keyed<T>, String> {
    let seed = || KeyedSeed::new(key);
    of_xml(bytes, kind, seed).unwrap_or_else(|| decode_json_seed(bytes, seed))
}

/// Reads a document that is not wrapped.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8], kind: BodyKind) -> Result<T, String> {
    of_xml(bytes, kind, || PhantomData).unwrap_or_else(|| decode_json(bytes))
}

/// Reads a document that a caller wrote, which is wrapped in `key`.
pub(crate) fn read_keyed<T: DeserializeOwned>(key: &'static str, bytes: &[u8], kind: BodyKind) -> Result<Keyed<T>, String> {
    let (bytes, seed) = (unmarked(bytes), || KeyedSeed::new(key));
    of_xml(bytes, kind, seed).unwrap_or_else(|| decode_request_seed(bytes, seed))
}

/// Reads a document that a caller wrote, which is not wrapped; that of a form may be one.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8], kind: BodyKind) -> Result<T, String> {
    let bytes = unmarked(bytes);
    if kind == BodyKind::Form && !matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return decode_request_seed(&crate::form::to_json(bytes)?, || PhantomData);
    }
    of_xml(bytes, kind, || PhantomData).unwrap_or_else(|| decode_request_seed(bytes, || PhantomData))
}

/// Without [`MARK`].
pub(crate) fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// What an XML document says, if the operation has that format and the bytes are XML.
#[cfg(feature = "xml")]
fn of_xml<'de, S: DeserializeSeed<'de>>(bytes: &[u8], kind: BodyKind, seed: impl Fn() -> S) -> Option<Result<S::Value, String>> {
    (kind == BodyKind::Xml && bytes.trim_ascii_start().first() == Some(&b'<')).then(|| crate::xml::decode(bytes, seed()))
}

#[cfg(not(feature = "xml"))]
fn of_xml<'de, S: DeserializeSeed<'de>>(_: &[u8], _: BodyKind, _: impl Fn() -> S) -> Option<Result<S::Value, String>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::model! {
        /// A thing.
        pub(crate) struct Thing {
            /// Size.
            pub size: u64 = "size",
        }
    }

    fn read(key: &'static str, text: &str) -> Result<Keyed<Thing>, String> {
        decode_json_seed(text.as_bytes(), || KeyedSeed::new(key))
    }

    #[test]
    fn what_stands_beside_is_kept() {
        for (key, text) in [("thing", r#"{"thing":{"size":1},"links":[]}"#), ("a/b", r#"{"a":{"b":{"size":1},"c":null},"z":1}"#)] {
            let keyed = read(key, text).expect("reads");
            assert_eq!(keyed.value.size, 1);
            assert_eq!(serde_json::to_string(&keyed).expect("writes"), text);
        }
        let mut unknown = Vec::new();
        read("a/b", r#"{"a":{"b":{"size":1,"w":1},"c":1},"z":1}"#).expect("reads").unknown_fields("", &mut unknown);
        assert_eq!(unknown, ["z", "a.c", "a.b.w"]);
    }

    #[test]
    fn what_a_caller_writes() {
        let read = |text: &str, kind| super::read::<Thing>(text.as_bytes(), kind).map(|thing| thing.size);
        for text in ["size=7\n", "\u{feff}size=%37", r#"{"size": "7"}"#, "\u{feff} {\"size\":7}"] {
            assert_eq!(read(text, BodyKind::Form), Ok(7), "{text}");
        }
        for (text, wrong) in [("", "missing field `size`"), ("size=x", "field size: invalid type"), ("size", "NAME=VALUE")] {
            assert!(read(text, BodyKind::Form).expect_err(text).contains(wrong), "{text}");
        }
        assert_eq!(read("\u{feff}{\"size\":7}", BodyKind::Json), Ok(7));
        for text in ["", " \r\n", "\u{feff}"] {
            for kind in [BodyKind::Json, BodyKind::Xml] {
                assert_eq!(read(text, kind).expect_err("nothing"), "the document is empty");
                let keyed = read_keyed::<Thing>("thing", text.as_bytes(), kind);
                assert_eq!(keyed.expect_err("nothing"), "the document is empty");
            }
        }
        assert!(read("size=7", BodyKind::Json).expect_err("a form").contains("not a complete JSON document"));
    }

    #[cfg(feature = "xml")]
    #[test]
    fn xml_is_read_and_blamed_as_json_is() {
        let text = "\u{feff}<?xml version=\"1.0\"?><thing><size>7</size></thing>";
        assert_eq!(read_keyed::<Thing>("thing", text.as_bytes(), BodyKind::Xml).expect("reads").value.size, 7);
        let wrong = decode_keyed::<Thing>("thing", b"<other/>", BodyKind::Xml).expect_err("another root");
        assert_eq!(wrong, "missing field `thing`");
    }

    #[test]
    fn a_fault_names_its_place() {
        assert_eq!(
            read("thing", r#"{"thing":{"size":"x"}}"#).expect_err("a wrong type"),
            "field thing.size: invalid type: string \"x\", expected u64 at line 1 column 20"
        );
        assert!(
            decode_json_seed(br#"{"html":{}}"#, || KeyedSeed::<Option<Thing>>::new("a/b"))
                .expect_err("another")
                .contains("missing field `a`")
        );
        assert!(decode_json_seed(br#"{"a":{}}"#, || KeyedSeed::<Option<Thing>>::new("a/b")).is_ok());
        assert!(read("thing", r#"{"server":{}}"#).expect_err("another").contains("missing field `thing`"));
        assert!(read("thing", r#"{"thing":{"si"#).expect_err("half").contains("not a complete JSON document"));
        assert!(read("thing", "<html>").expect_err("a page").contains("HTML"));
    }
}
