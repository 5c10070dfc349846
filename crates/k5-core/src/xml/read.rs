//! From elements to types.

use super::Element;
use crate::loose;
use serde::de::value::{Error, StrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::hash::Hash;
use std::slice;

/// A document: a map with the root as its one field.
pub(super) struct Document<'a>(pub(super) &'a [Element]);

impl<'de> Deserializer<'de> for Document<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Fields::new(&[], self.0, ""))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields of an element: attributes, then elements grouped by name, then the remaining text.
struct Fields<'a> {
    attributes: slice::Iter<'a, (String, String)>,
    groups: std::vec::IntoIter<Vec<&'a Element>>,
    text: Option<&'a str>,
    value: Option<Value<'a>>,
}

impl<'a> Fields<'a> {
    fn new(attributes: &'a [(String, String)], children: &'a [Element], text: &'a str) -> Self {
        let groups = grouped(children, |child| child.name.as_str());
        // Text between elements is formatting, or an ellipsis from a manual.
        let text = (children.is_empty() && !text.is_empty()).then_some(text);
        Self { attributes: attributes.iter(), groups: groups.into_iter(), text, value: None }
    }
}

/// Items with equal keys together, in the order of the first of each. A map finds the group of a key, because with
/// many names the time must not grow with the square of their number.
pub(super) fn grouped<'a, T, K: Eq + Hash>(items: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<Vec<&'a T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut places: HashMap<K, usize> = HashMap::new();
    for item in items {
        let place = *places.entry(key(item)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let (name, value) = if let Some((name, value)) = self.attributes.next() {
            (format!("@{name}"), Value::Text(value))
        } else if let Some(group) = self.groups.next() {
            (group[0].name.clone(), Value::Elements(group))
        } else if let Some(text) = self.text.take() {
            ("$text".to_owned(), Value::Text(text))
        } else {
            return Ok(None);
        };
        self.value = Some(value);
        let name: StringDeserializer<Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.value.take().unwrap_or(Value::Text("")))
    }
}

/// What a field holds.
enum Value<'a> {
    Text(&'a str),
    /// One element, or several with the same name.
    Elements(Vec<&'a Element>),
}

impl<'a> Value<'a> {
    /// The text, if it is one: of an attribute, or of a single element without anything else.
    fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Elements(group) => match group.as_slice() {
                [one] if one.children.is_empty() && one.attributes.is_empty() => Some(&one.text),
                _ => None,
            },
        }
    }

    /// The text if a text is wanted; attributes unknown to the type are ignored.
    fn leaf(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Elements(group) => match group.as_slice() {
                [one] if one.children.is_empty() => Some(&one.text),
                _ => None,
            },
        }
    }

    fn scalar<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.leaf() {
            Some(text) => StrDeserializer::new(text).deserialize_any(visitor),
            None => self.deserialize_any(visitor),
        }
    }
}

/// Numbers and booleans are text in XML: text that can be parsed as such is; anything else is for the visitor to refuse.
macro_rules! parsed {
    ($($method:ident $visit:ident: $t:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.leaf().and_then(|text| text.trim().parse::<$t>().ok()) {
                Some(value) => visitor.$visit(value),
                None => self.scalar(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(text) = self.text() {
            return visitor.visit_str(text);
        }
        match self {
            Self::Text(text) => visitor.visit_str(text),
            Self::Elements(group) => match group.as_slice() {
                [one] => visitor.visit_map(Fields::new(&one.attributes, &one.children, &one.text)),
                _ => visitor.visit_seq(Items(group.into_iter())),
            },
        }
    }

    parsed! {
        deserialize_bool visit_bool: bool, deserialize_i32 visit_i32: i32, deserialize_i64 visit_i64: i64,
        deserialize_u16 visit_u16: u16, deserialize_u32 visit_u32: u32, deserialize_u64 visit_u64: u64,
        deserialize_f64 visit_f64: f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_str(text),
            Self::Elements(group) => visitor.visit_seq(Items(group.into_iter())),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(text) => visitor.visit_str(text),
            Self::Elements(group) => match group.as_slice() {
                [one] => visitor.visit_map(Fields::new(&one.attributes, &one.children, &one.text)),
                _ => visitor.visit_seq(Items(group.into_iter())),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.scalar(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.scalar(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match self.leaf() {
            Some(text) if name == loose::NAME && !text.is_empty() => visitor.visit_str(text),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
    }
}

/// Elements with the same name.
struct Items<'a>(std::vec::IntoIter<&'a Element>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|element| seed.deserialize(Value::Elements(vec![element]))).transpose()
    }
}
