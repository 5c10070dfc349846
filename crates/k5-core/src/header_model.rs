//! Types of answers that consist of headers only: [`header_model!`](crate::header_model!) declares one.

use crate::{Pairs, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// A type that is read from the headers of an answer.
pub trait HeaderModel: Sized + Send {
    /// Reads it. The error names header and value.
    fn from_headers(headers: HeaderMap) -> Result<Self, String>;
}

/// Some operations return nothing but their status.
impl HeaderModel for () {
    fn from_headers(_: HeaderMap) -> Result<Self, String> {
        Ok(())
    }
}

/// A field that is read from headers.
pub trait HeaderField: Sized + fmt::Debug {
    /// Reads the header `name`, or for a map all headers that begin with it.
    fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self, String>;

    /// Shows it for `Debug`, without secrets.
    ///
    /// # Errors
    /// Those of the formatter.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A field as `Debug` shows it.
pub struct Shown<'a, T>(pub &'a T);

impl<T: HeaderField> fmt::Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

/// A value that one header holds.
pub trait HeaderText: Sized + fmt::Debug {
    /// Reads it; `None` if it has the wrong form.
    fn parse(text: &str) -> Option<Self>;
}

macro_rules! from_text {
    ($($t:ty),*) => {$(
        impl HeaderText for $t {
            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }
    )*};
}
from_text!(u64, u32, i32, i64, f64, Timestamp);

impl HeaderText for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl HeaderText for bool {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
            "false" | "0" | "no" | "off" | "f" | "n" | "" => Some(false),
            _ => None,
        }
    }
}

impl HeaderText for crate::Secret {
    fn parse(text: &str) -> Option<Self> {
        // Keystone's manual warns of line ends in the value of a token.
        Some(Self::new(text.trim()))
    }
}

/// A header's text: UTF-8 if it is valid, otherwise the bytes as Latin-1, as in HTTP.
pub fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|&byte| char::from(byte)).collect(),
    }
}

fn read_one<T: HeaderText>(headers: &HeaderMap, name: &HeaderName) -> Result<Option<T>, String> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match T::parse(&text(value)) {
        Some(parsed) => Ok(Some(parsed)),
        None if value.is_sensitive() => Err(format!("header {name}: not of the expected form")),
        None => Err(format!("header {name}: {value:?} is not of the expected form")),
    }
}

/// An optional header may also be unreadable: the request was carried out, whatever such a header says. Its text stays among
/// the headers.
impl<T: HeaderText> HeaderField for Option<T> {
    fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self, String> {
        Ok(read_one(headers, name).ok().flatten())
    }
}

macro_rules! required {
    ($($t:ty),*) => {$(
        impl HeaderField for $t {
            fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self, String> {
                read_one(headers, name)?.ok_or_else(|| format!("header {name}: missing"))
            }
        }
    )*};
}
required!(u64, String, crate::Secret);

/// A family of headers such as `x-object-meta-`: names without the prefix, in lower case.
impl HeaderField for Pairs<String> {
    fn read(headers: &HeaderMap, prefix: &HeaderName) -> Result<Self, String> {
        let prefix = prefix.as_str();
        let family = headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix(prefix)?.to_owned(), text(value))));
        Ok(family.collect())
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| (name, if crate::redact::is_secret(name) { "***" } else { value.as_str() }));
        f.debug_map().entries(shown).finish()
    }
}

/// All headers as a JSON object, names in lower case; several with the same name become one, joined by commas.
pub fn headers_to_json(headers: &HeaderMap) -> serde_json::Value {
    let mut map = serde_json::Map::new();
    for name in headers.keys() {
        let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
        map.insert(name.as_str().to_owned(), values.join(", ").into());
    }
    map.into()
}

/// Declares a type that is read from headers; every header is kept in `headers`.
///
/// ```
/// k5_core::header_model! {
///     /// What an account says of itself.
///     pub struct Account {
///         /// Containers.
///         pub container_count: Option<u64> = "x-account-container-count",
///         /// Custom metadata.
///         pub metadata: k5_core::Pairs<String> = "x-account-meta-",
///     }
/// }
/// ```
#[macro_export]
macro_rules! header_model {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* })*) => {
        $($crate::header_model!(@one $(#[$meta])* $vis struct $name { $($fields)* });)*
    };
    (@one $(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* pub $field:ident : $ty:ty = $wire:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[non_exhaustive]
        $vis struct $name {
            $($(#[$fmeta])* pub $field: $ty,)*
            /// Every header of the answer.
            pub headers: $crate::private::http::HeaderMap,
        }

        impl $name {
            /// The names of its fields in the JSON that it is written as.
            #[allow(dead_code, reason = "a crate may have private types whose fields it never looks up")]
            $vis const FIELDS: &'static [&'static str] = &[$(stringify!($field),)* "headers"];
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$crate::header_model::Shown(&self.$field)))*
                    .field("headers", &self.headers)
                    .finish()
            }
        }

        impl $crate::HeaderModel for $name {
            fn from_headers(headers: $crate::private::http::HeaderMap) -> ::std::result::Result<Self, String> {
                Ok(Self {
                    $($field: {
                        // Parsed at compile time: a lookup by text would check and copy it each time.
                        static NAME: $crate::private::http::HeaderName = $crate::private::http::HeaderName::from_static($wire);
                        $crate::header_model::HeaderField::read(&headers, &NAME)?
                    },)*
                    headers,
                })
            }
        }

        impl $crate::private::serde::Serialize for $name {
            fn serialize<S: $crate::private::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                use $crate::private::serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry(stringify!($field), &self.$field)?;)*
                map.serialize_entry("headers", &$crate::header_model::headers_to_json(&self.headers))?;
                map.end()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HeaderModel;

    header_model! {
        /// For the test.
        pub(crate) struct Info {
            /// A count.
            pub count: Option<u64> = "x-count",
            /// A time.
            pub changed: Option<Timestamp> = "x-changed",
            /// A flag.
            pub large: Option<bool> = "x-large",
            /// A size that must be there.
            pub size: u64 = "x-size",
            /// A family.
            pub metadata: Pairs<String> = "x-meta-",
        }
    }

    #[test]
    fn headers_are_typed_and_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("x-count", HeaderValue::from_static("7"));
        headers.insert("x-size", HeaderValue::from_static("9"));
        headers.insert("x-meta-color", HeaderValue::from_bytes("grün".as_bytes()).expect("bytes"));
        headers.insert("x-other", HeaderValue::from_static("kept"));
        let info = Info::from_headers(headers.clone()).expect("reads");
        assert_eq!(info.count, Some(7));
        assert_eq!(info.metadata["color"], "grün");
        let json = serde_json::to_value(&info).expect("writes");
        assert_eq!(json["headers"]["x-other"], "kept");
        assert!(Info::FIELDS.iter().all(|name| json.get(name).is_some()) && Info::FIELDS.len() == 6, "{json}");
        headers.insert("x-meta-temp-url-key", HeaderValue::from_static("k3y"));
        let info = Info::from_headers(headers.clone()).expect("reads");
        assert_eq!(info.metadata["temp-url-key"], "k3y");
        let shown = format!("{:?}", Info { headers: HeaderMap::new(), ..info });
        assert!(shown.contains("color") && !shown.contains("k3y"), "{shown}");
        headers.insert("x-size", HeaderValue::from_static("much"));
        let error = Info::from_headers(headers).expect_err("a wrong type");
        assert!(error.contains("x-size") && error.contains("much"), "{error}");
    }

    #[test]
    fn what_may_be_missing_may_be_unreadable() {
        let mut headers = HeaderMap::new();
        headers.insert("x-size", HeaderValue::from_static("9"));
        for (name, text) in [("x-count", "many"), ("x-changed", "yesterday"), ("x-large", "perhaps")] {
            headers.insert(name, HeaderValue::from_static(text));
        }
        let info = Info::from_headers(headers).expect("reads");
        assert_eq!((info.count, info.changed, info.large, info.size), (None, None, None, 9));
        assert_eq!(info.headers["x-changed"], "yesterday", "its text is there");
    }
}
