//! Lists in which one invalid item does not lose the others.

use crate::model::{Extra, Model};
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A list whose items are read one by one: anything that is not a `T` is kept as it came, in [`odd`](Self::odd), and written back
/// after the others. Anything else in place of the list (`null`, text, nothing) reads as an empty list.
///
/// ```
/// use k5_core::Tolerant;
/// let sizes: Tolerant<u64> = serde_json::from_str(r#"[1, "two", 3]"#)?;
/// assert_eq!(&sizes[..], [1, 3]);
/// assert_eq!(sizes.odd(), ["two"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tolerant<T> {
    items: Vec<T>,
    odd: Vec<Value>,
    /// Whether there was no list at all.
    absent: bool,
}

impl<T> Tolerant<T> {
    /// The items that could not be read, as they came.
    pub fn odd(&self) -> &[Value] {
        &self.odd
    }

    fn none(odd: Vec<Value>) -> Self {
        Self { items: Vec::new(), odd, absent: true }
    }
}

impl<T> Default for Tolerant<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<T>> for Tolerant<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, odd: Vec::new(), absent: false }
    }
}

impl<T> Deref for Tolerant<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<'a, T> IntoIterator for &'a Tolerant<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: DeserializeOwned> Tolerant<T> {
    fn from_value(value: Value) -> Self {
        let items = match value {
            Value::Array(items) => items,
            Value::Null => return Self::none(Vec::new()),
            other => return Self::none(vec![other]),
        };
        let mut list = Self::default();
        for item in items {
            match T::deserialize(&item) {
                Ok(read) => list.items.push(read),
                Err(_) => list.odd.push(item),
            }
        }
        list
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Tolerant<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Any<T> {
            type Value = Tolerant<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(Tolerant::none(Vec::new()))
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                Value::deserialize(deserializer).map(Tolerant::from_value)
            }
        }
        // As an option, so that a field of this type may be missing.
        deserializer.deserialize_option(Any(PhantomData))
    }
}

impl<T: Serialize> Serialize for Tolerant<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let (true, [whole]) = (self.absent, &self.odd[..]) {
            return whole.serialize(serializer);
        }
        let mut list = serializer.serialize_seq(Some(self.items.len() + self.odd.len()))?;
        for item in &self.items {
            list.serialize_element(item)?;
        }
        for item in &self.odd {
            list.serialize_element(item)?;
        }
        list.end()
    }
}

impl<T: Model> Model for Tolerant<T> {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        self.items.as_slice().unknown_fields(path, out);
    }

    fn is_none(&self) -> bool {
        self.absent && self.odd.is_empty()
    }

    fn read_optional<'de, A: MapAccess<'de>>(map: &mut A, name: &str, extra: &mut Extra) -> Result<Option<Self>, A::Error>
    where
        Option<Self>: Deserialize<'de>,
    {
        let read = map.next_value::<Option<Self>>()?;
        Ok(match read {
            Some(list) if list.absent => {
                list.odd.into_iter().for_each(|whole| extra.push(name, whole));
                None
            }
            other => other,
        })
    }

    fn write<M: serde::ser::SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        if self.is_none() { Ok(()) } else { map.serialize_entry(name, self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::model! {
        /// For the test.
        pub(crate) struct Shelf {
            /// What must be there.
            pub sizes: Tolerant<u64> = "sizes",
            /// What may be missing.
            pub more: Option<Tolerant<u64>> = "more",
        }
    }

    #[test]
    fn whatever_stands_in_its_place_is_kept() {
        for (text, sizes, more) in [
            (r#"{"sizes":[1,2],"more":[3]}"#, &[1, 2][..], Some(&[3][..])),
            (r#"{"sizes":[1,"x",{"y":null}],"more":[]}"#, &[1], Some(&[])),
            (r#"{"sizes":null,"more":null}"#, &[], None),
            (r#"{}"#, &[], None),
            (r#"{"sizes":"x","more":{"y":1}}"#, &[], None),
            (r#"{"sizes":[],"more":7}"#, &[], None),
        ] {
            let shelf: Shelf = serde_json::from_str(text).expect(text);
            assert_eq!((&shelf.sizes[..], shelf.more.as_deref()), (sizes, more), "{text}");
            let back: Value = serde_json::from_str(&serde_json::to_string(&shelf).expect("written")).expect("JSON");
            assert_eq!(back, serde_json::from_str::<Value>(text).expect("JSON"), "{text}");
        }
    }
}
