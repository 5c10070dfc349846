//! Values that some servers write as text: `"20"` for 20, `"True"` for true, `""` or `"None"` for a missing document.

use crate::header_model::HeaderText;
use crate::model::Model;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// How a [`Loose`] asks for its value, so that a format can recognize it.
pub(crate) const NAME: &str = "k5_core::Loose";

/// A `T`, or text in its place. It is written back as it came.
///
/// ```
/// use k5_core::Loose;
/// let sizes: Vec<Loose<u64>> = serde_json::from_str(r#"[7, "7", ""]"#)?;
/// assert_eq!(sizes.iter().map(Loose::get).collect::<Vec<_>>(), [Some(7), Some(7), None]);
/// assert_eq!(serde_json::to_string(&sizes)?, r#"[7,"7",""]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loose<T> {
    /// The value.
    Value(T),
    /// What came as text.
    Text(String),
}

impl<T> Loose<T> {
    /// The value, unless text came in its place.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Text(_) => None,
        }
    }
}

impl<T: HeaderText + Clone> Loose<T> {
    /// The value, or the text parsed as one; `None` if it can't be parsed.
    pub fn get(&self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Text(text) if text.trim().is_empty() => None,
            Self::Text(text) => T::parse(text),
        }
    }
}

impl<T> From<T> for Loose<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Loose<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<T: Model> Model for Loose<T> {
    fn compact(&mut self) {
        if let Self::Value(value) = self {
            value.compact();
        }
    }

    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        if let Self::Value(value) = self {
            value.unknown_fields(path, out);
        }
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        if let Self::Value(value) = self {
            value.faults(path, out);
        }
    }
}

impl<'de, T: DeserializeOwned> serde::Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        macro_rules! scalar {
            ($($visit:ident: $t:ty),*) => {$(
                fn $visit<E: serde::de::Error>(self, value: $t) -> Result<Loose<T>, E> {
                    T::deserialize(value.into_deserializer()).map(Loose::Value)
                }
            )*};
        }

        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = Loose<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or a text in its place")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Loose<T>, D::Error> {
                inner.deserialize_any(self)
            }

            scalar!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

            fn visit_str<E>(self, text: &str) -> Result<Loose<T>, E> {
                Ok(Loose::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Loose::Value)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Loose<T>, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(Loose::Value)
            }
        }
        deserializer.deserialize_newtype_struct(NAME, Either(PhantomData))
    }
}

/// A value that is written as text: `"20"`, `"True"`, as in the API's own requests. Both forms are read, and written back as
/// they came.
///
/// ```
/// use k5_core::Quoted;
/// assert_eq!(serde_json::to_string(&[Quoted::from(20), Quoted::from(7)])?, r#"["20","7"]"#);
/// assert_eq!(serde_json::to_string(&Quoted::from(true))?, r#""True""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted<T>(Loose<T>);

impl<T: HeaderText + Clone> Quoted<T> {
    /// The value; `None` if the text can't be parsed as one.
    pub fn get(&self) -> Option<T> {
        self.0.get()
    }
}

macro_rules! quoted {
    ($($t:ty),*) => {$(
        impl From<$t> for Quoted<$t> {
            fn from(value: $t) -> Self {
                Self(Loose::Text(value.to_string()))
            }
        }
    )*};
}
quoted!(i32, u32, u64);

impl From<bool> for Quoted<bool> {
    fn from(value: bool) -> Self {
        Self(Loose::Text(if value { "True" } else { "False" }.to_owned()))
    }
}

impl<T: Serialize> Serialize for Quoted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> serde::Deserialize<'de> for Quoted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Loose::deserialize(deserializer).map(Self)
    }
}

impl<T: Model> Model for Quoted<T> {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        self.0.unknown_fields(path, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_or_a_text() {
        let flags: Vec<Loose<bool>> = serde_json::from_str(r#"[true, "True", "false", "", "maybe"]"#).expect("reads");
        assert_eq!(flags.iter().map(Loose::get).collect::<Vec<_>>(), [Some(true), Some(true), Some(false), None, None]);
        assert!(serde_json::from_str::<Loose<bool>>("7").is_err());
        let list: Loose<Vec<u64>> = serde_json::from_str("[1]").expect("reads");
        assert_eq!(list.value(), Some(&vec![1]));
    }
}
