//! Types of documents: [`model!`](crate::model!) declares one.
//!
//! `#[serde(flatten)]` buffers every value and loses the path to a wrong one, so the macro writes the visitor itself: known
//! keys go straight to their field, unknown ones are kept in `extra` and written back.

use crate::Pairs;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::marker::PhantomData;

/// The fields of a document that are unknown to its type, as they came.
pub type Extra = Pairs<Value>;

/// The type of a document's field. It knows which of its own fields were unknown, so that a typo in a request can be
/// named.
pub trait Model: Serialize {
    /// Adds the path of each unknown field below `path` to `out`.
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>);

    /// Adds what is wrong with its values (the limits from the table) to `out`, each with its path.
    fn faults(&self, _path: &str, _out: &mut Vec<String>) {}

    /// Whether it is an option without a value.
    fn is_none(&self) -> bool {
        false
    }

    /// Reads it as the field `name` of a document.
    ///
    /// # Errors
    /// Those of the format, or if it has another type.
    fn read<'de, A: MapAccess<'de>>(map: &mut A, _name: &str, _extra: &mut Extra) -> Result<Self, A::Error>
    where
        Self: Sized + Deserialize<'de>,
    {
        let mut value: Self = map.next_value()?;
        value.compact();
        Ok(value)
    }

    /// Gives back the memory that reading took beyond what its values need: room for items that did not come.
    fn compact(&mut self) {}

    /// Reads it as a field that may be missing. An optional field may be `None` if it can't be read; then it is in
    /// `extra` as it came.
    ///
    /// # Errors
    /// As [`Model::read`].
    fn read_optional<'de, A: MapAccess<'de>>(map: &mut A, _name: &str, _extra: &mut Extra) -> Result<Option<Self>, A::Error>
    where
        Self: Sized,
        Option<Self>: Deserialize<'de>,
    {
        let mut value: Option<Self> = map.next_value()?;
        if let Some(value) = &mut value {
            value.compact();
        }
        Ok(value)
    }

    /// Writes it under `name`; an option that is `None` is left out.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

macro_rules! leaf {
    ($($t:ty),*) => {$(
        impl Model for $t {
            fn unknown_fields(&self, _: &str, _: &mut Vec<String>) {}
        }
    )*};
}
leaf!(String, bool, u16, u32, u64, i32, i64, f64, Value, crate::Secret);

impl Model for crate::Timestamp {
    fn unknown_fields(&self, _: &str, _: &mut Vec<String>) {}

    fn read_optional<'de, A: MapAccess<'de>>(map: &mut A, name: &str, extra: &mut Extra) -> Result<Option<Self>, A::Error> {
        match map.next_value()? {
            Value::Null => Ok(None),
            other => {
                let read = other.as_str().and_then(|text| text.parse().ok());
                if read.is_none() {
                    extra.push(name, other);
                }
                Ok(read)
            }
        }
    }
}

impl<T: Model> Model for Option<T> {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        if let Some(inner) = self {
            inner.unknown_fields(path, out);
        }
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        if let Some(inner) = self {
            inner.faults(path, out);
        }
    }

    fn is_none(&self) -> bool {
        self.is_none()
    }

    fn read<'de, A: MapAccess<'de>>(map: &mut A, name: &str, extra: &mut Extra) -> Result<Self, A::Error>
    where
        Self: Deserialize<'de>,
    {
        T::read_optional(map, name, extra)
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

impl<T: Model> Model for Vec<T> {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        self.as_slice().unknown_fields(path, out);
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        self.as_slice().faults(path, out);
    }

    fn compact(&mut self) {
        self.shrink_to_fit();
    }
}

impl<T: Model> Model for [T] {
    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        for (index, item) in self.iter().enumerate() {
            item.unknown_fields(&format!("{path}[{index}]"), out);
        }
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        for (index, item) in self.iter().enumerate() {
            item.faults(&format!("{path}[{index}]"), out);
        }
    }
}

impl<T: Model> Model for Pairs<T> {
    fn compact(&mut self) {
        self.values_mut().for_each(T::compact);
    }

    fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
        for (name, item) in self {
            item.unknown_fields(&join(path, name), out);
        }
    }

    fn faults(&self, path: &str, out: &mut Vec<String>) {
        for (name, item) in self {
            item.faults(&join(path, name), out);
        }
    }
}

/// Names and values, as in a document.
pub fn pairs<T>(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<T>)>) -> Pairs<T> {
    pairs.into_iter().map(|(name, value)| (name, value.into())).collect()
}

/// `path.key`, or `key` at the top.
pub fn join(path: &str, key: &str) -> String {
    match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    }
}

/// The value of a field that is missing from the document: `None` for an option, otherwise an error.
pub fn missing<'de, T: serde::Deserialize<'de>, E: serde::de::Error>(field: &'static str) -> Result<T, E> {
    T::deserialize(Missing(field, PhantomData))
}

struct Missing<E>(&'static str, PhantomData<E>);

impl<'de, E: serde::de::Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// A value that a check looks at: the field's own, or the one inside an option.
pub trait Checked<T: ?Sized> {
    /// The value, if there is one.
    fn checked(&self) -> Option<&T>;
}

impl<T> Checked<T> for T {
    fn checked(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T> Checked<T> for Option<T> {
    fn checked(&self) -> Option<&T> {
        self.as_ref()
    }
}

impl Checked<str> for String {
    fn checked(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T> Checked<[T]> for Vec<T> {
    fn checked(&self) -> Option<&[T]> {
        Some(self)
    }
}

impl Checked<str> for Option<String> {
    fn checked(&self) -> Option<&str> {
        self.as_deref()
    }
}

impl Checked<str> for crate::Secret {
    fn checked(&self) -> Option<&str> {
        Some(self.expose())
    }
}

impl Checked<str> for Option<crate::Secret> {
    fn checked(&self) -> Option<&str> {
        self.as_ref().map(crate::Secret::expose)
    }
}

/// Runs a check on a field and adds its message to `out`.
pub fn check<T: ?Sized>(field: &impl Checked<T>, check: fn(&T) -> crate::Result<()>, path: &str, out: &mut Vec<String>) {
    if let Some(Err(error)) = field.checked().map(check) {
        out.push(format!("{path}: {}", error.message()));
    }
}

/// Runs a check on a whole document and adds its message to `out`.
pub fn check_whole<T>(document: &T, check: fn(&T) -> crate::Result<()>, path: &str, out: &mut Vec<String>) {
    if let Err(error) = check(document) {
        let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
        out.push(format!("{place}{}", error.message()));
    }
}

/// Fields that a new document has as `null` until they are set.
pub fn nulls(names: &[&str]) -> Extra {
    names.iter().map(|name| (*name, Value::Null)).collect()
}

/// Declares documents' types: fields with their names on the wire, `extra` for the rest, and both directions of serde.
///
/// A field that came as `null` is `None`, and its name is in `extra` with `null`, so that it can be told from an absent one and is
/// written back. `= "Disks" / "Disk"` is a list inside an element of its own, and anything else in that element is in `extra` under
/// `Disks`; `=> path::to::check` names a function that the value must pass before it is sent, and after the type's name one that
/// the document must pass as a whole.
///
/// ```
/// k5_core::model! {
///     /// A container in a listing.
///     pub struct Container {
///         /// Its name.
///         pub name: String = "name",
///         /// Bytes in its objects.
///         pub bytes: Option<u64> = "bytes",
///     }
/// }
/// let container: Container = serde_json::from_str(r#"{"name": "a", "new": 1}"#)?;
/// assert_eq!((container.bytes, &container.extra["new"]), (None, &1.into()));
///
/// fn span(range: &Range) -> k5_core::Result<()> {
///     if range.from <= range.to { Ok(()) } else { Err(k5_core::Error::invalid_input("it ends before it begins")) }
/// }
/// k5_core::model! {
///     /// A range.
///     pub struct Range => span {
///         /// The beginning.
///         pub from: u32 = "from",
///         /// The end.
///         pub to: u32 = "to",
///     }
/// }
/// let range: Range = serde_json::from_str(r#"{"from": 2, "to": 1}"#)?;
/// let mut faults = Vec::new();
/// k5_core::model::Model::faults(&range, "range", &mut faults);
/// assert_eq!(faults, ["range: it ends before it begins"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! model {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident $(=> $whole:path)? { $($fields:tt)* })*) => {
        $($crate::model!(@one $(#[$meta])* $vis struct $name $(=> $whole)? { $($fields)* });)*
    };
    (@one $(#[$meta:meta])* $vis:vis struct $name:ident $(=> $whole:path)? {
        $($(#[$fmeta:meta])* pub $field:ident : $ty:ty = $wire:literal $(/ $inner:literal)? $(=> $check:path)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        $vis struct $name {
            $($(#[$fmeta])* pub $field: $ty,)*
            /// Fields unknown to this type, as they came, and known ones that came as `null`.
            pub extra: $crate::model::Extra,
        }

        impl $name {
            /// The names of its fields on the wire, in the order of the type.
            #[allow(dead_code, reason = "a crate may have private types whose fields it never looks up")]
            $vis const FIELDS: &'static [&'static str] = &[$($wire),*];
        }

        impl<'de> $crate::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::private::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                use $crate::private::serde::de::{MapAccess, Visitor};
                struct Fields;
                impl<'de> Visitor<'de> for Fields {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("a ", stringify!($name)))
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> ::std::result::Result<$name, A::Error> {
                        $(let mut $field: ::std::option::Option<$ty> = None;)*
                        let mut extra = $crate::model::Extra::new();
                        while let Some(key) = map.next_key_seed($crate::model::KeySeed)? {
                            match &*key {
                                $($wire => {
                                    let value: $ty = $crate::model!(@read $ty, map, extra, $wire $(, $inner)?);
                                    if $crate::model::Model::is_none(&value) {
                                        extra.push_null($wire);
                                    }
                                    $field = Some(value);
                                })*
                                _ => {
                                    extra.push(key.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        extra.settle();
                        Ok($name {
                            $($field: match $field { Some(value) => value, None => $crate::model::missing($wire)? },)*
                            extra,
                        })
                    }
                }
                deserializer.deserialize_map(Fields)
            }
        }

        impl $crate::private::serde::Serialize for $name {
            fn serialize<S: $crate::private::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use $crate::private::serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $($crate::model!(@write self, $field, $wire, map $(, $inner)?);)*
                for (key, value) in &self.extra {
                    // Set since it came as null, or written beside the list.
                    if false $(|| key == $wire && !$crate::model::Model::is_none(&self.$field) && $crate::model!(@written value $(, $inner)?))* {
                        continue;
                    }
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        impl $crate::model::Model for $name {
            fn unknown_fields(&self, path: &str, out: &mut Vec<String>) {
                $($crate::model::Model::unknown_fields(&self.$field, &$crate::model!(@path path, $wire $(, $inner)?), out);)*
                for (key, value) in &self.extra {
                    match value {
                        $crate::private::serde_json::Value::Null if false $(|| key == $wire)* => {}
                        // Beside a list in an element of its own.
                        $crate::private::serde_json::Value::Object(beside) if false $(|| key == $wire && $crate::model!(@nested $($inner)?))* => {
                            let path = $crate::model::join(path, key);
                            out.extend(beside.keys().map(|key| $crate::model::join(&path, key)));
                        }
                        _ => out.push($crate::model::join(path, key)),
                    }
                }
            }

            fn faults(&self, path: &str, out: &mut Vec<String>) {
                $(
                    $crate::model::Model::faults(&self.$field, &$crate::model!(@path path, $wire $(, $inner)?), out);
                    $($crate::model::check(&self.$field, $check, &$crate::model::join(path, $wire), out);)?
                )*
                $($crate::model::check_whole(self, $whole, path, out);)?
                let _ = (path, out);
            }
        }
    };
    (@read $ty:ty, $map:ident, $extra:ident, $wire:literal) => {
        <$ty as $crate::model::Model>::read(&mut $map, $wire, &mut $extra)?
    };
    (@read $ty:ty, $map:ident, $extra:ident, $wire:literal, $inner:literal) => {{
        let (list, beside) = $map.next_value_seed($crate::model::WrappedSeed::new($inner))?;
        if !beside.is_empty() {
            $extra.push($wire, $crate::private::serde_json::Value::Object(beside));
        }
        list
    }};
    (@path $path:ident, $wire:literal) => { $crate::model::join($path, $wire) };
    (@path $path:ident, $wire:literal, $inner:literal) => { $crate::model::join(&$crate::model::join($path, $wire), $inner) };
    (@written $value:ident) => { $value.is_null() };
    (@written $value:ident, $inner:literal) => { true };
    (@nested) => { false };
    (@nested $inner:literal) => { true };
    (@write $this:ident, $field:ident, $wire:literal, $map:ident) => {
        $crate::model::Model::write(&$this.$field, $wire, &mut $map)?
    };
    (@write $this:ident, $field:ident, $wire:literal, $map:ident, $inner:literal) => {
        if let Some(value) = $crate::model::wrapped(&$this.$field, $inner, $this.extra.get($wire)) {
            $map.serialize_entry($wire, &value)?
        }
    };
}

/// Reads a list inside an element of its own, `{"Disk": [...]}`, and anything else in that element.
pub struct WrappedSeed<T>(&'static str, PhantomData<T>);

impl<T> WrappedSeed<T> {
    /// The list is under `inner`.
    pub fn new(inner: &'static str) -> Self {
        Self(inner, PhantomData)
    }
}

impl<'de, T: serde::Deserialize<'de> + Default> DeserializeSeed<'de> for WrappedSeed<T> {
    type Value = (T, Map<String, Value>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: serde::Deserialize<'de> + Default> Visitor<'de> for WrappedSeed<T> {
    type Value = (T, Map<String, Value>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list in {}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut list, mut beside) = (T::default(), Map::new());
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key == self.0 {
                true => list = map.next_value()?,
                false => drop(beside.insert(key.into_owned(), map.next_value()?)),
            }
        }
        Ok((list, beside))
    }

    /// An empty element is `null` in the JSON form of a document.
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok((T::default(), Map::new()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((T::default(), Map::new()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// What [`WrappedSeed`] reads, for writing; `None` if there is no list.
pub fn wrapped<'a, T: Serialize + Model>(
    list: &'a T,
    inner: &'static str,
    beside: Option<&'a Value>,
) -> Option<impl Serialize + 'a> {
    struct Wrapped<'a, T>(&'a T, &'static str, Option<&'a Value>);
    impl<T: Serialize> Serialize for Wrapped<'_, T> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry(self.1, self.0)?;
            for (key, value) in self.2.and_then(Value::as_object).into_iter().flatten() {
                map.serialize_entry(key, value)?;
            }
            map.end()
        }
    }
    (!Model::is_none(list)).then_some(Wrapped(list, inner, beside))
}

/// Reads a key, borrowing it from the input if possible.
pub struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = std::borrow::Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct Key;
        impl<'de> Visitor<'de> for Key {
            type Value = std::borrow::Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(text.into())
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(text.to_owned().into())
            }
        }
        deserializer.deserialize_str(Key)
    }
}

/// An item of a listing that may roll names up: the item itself, or `{"subdir": ...}`, the common prefix of several.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<T> {
    /// An item.
    Item(T),
    /// The common prefix of several names, up to and including the delimiter.
    Subdir(String),
}

impl<T> Entry<T> {
    /// The item, unless it is a rolled-up prefix.
    pub fn item(self) -> Option<T> {
        match self {
            Self::Item(item) => Some(item),
            Self::Subdir(_) => None,
        }
    }
}

impl<T: serde::Serialize> serde::Serialize for Entry<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Item(item) => item.serialize(serializer),
            Self::Subdir(name) => serializer.collect_map([("subdir", name)]),
        }
    }
}

impl<'de, T: DeserializeOwned> serde::Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for First<T> {
            type Value = Entry<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an item or a subdir")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry<T>, A::Error> {
                match map.next_key_seed(KeySeed)? {
                    Some(key) if key == "subdir" => {
                        let name = map.next_value()?;
                        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                        Ok(Entry::Subdir(name))
                    }
                    first => T::deserialize(MapAccessDeserializer::new(Peeked { first, map })).map(Entry::Item),
                }
            }
        }
        deserializer.deserialize_map(First(PhantomData))
    }
}

/// A map whose first key has already been read.
struct Peeked<'de, A> {
    first: Option<std::borrow::Cow<'de, str>>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
