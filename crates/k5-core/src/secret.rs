//! Text that must never be shown: passwords, tokens, keys.

use secrecy::{ExposeSecret, SecretString};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::RefCell;
use std::fmt;

/// A password, token or key. `Debug` and `Display` print `***`; the memory is wiped when it is dropped.
///
/// It serializes as the plain text, because a request has to carry it: never serialize one into a log.
///
/// ```
/// let secret = k5_core::Secret::new("hunter2");
/// assert_eq!(format!("{secret:?} {secret}"), "*** ***");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The plain text. Keep it out of messages.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

thread_local! {
    /// The secrets being written, if somebody wants to know them.
    static WRITTEN: RefCell<Option<Vec<Secret>>> = const { RefCell::new(None) };
}

/// Returns the result of `write` and the secrets that it serialized: those of a request's document.
pub(crate) fn written<T>(write: impl FnOnce() -> T) -> (T, Vec<Secret>) {
    let outer = WRITTEN.replace(Some(Vec::new()));
    let document = write();
    (document, WRITTEN.replace(outer).unwrap_or_default())
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.with_borrow_mut(|written| written.iter_mut().for_each(|written| written.push(self.clone())));
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_string`: what a format says of a number in its place tells the number.
        deserializer.deserialize_any(Text)
    }
}

/// Takes a text and nothing else.
struct Text;

macro_rules! refuse {
    ($($visit:ident: $t:ty),*) => {$(
        fn $visit<E: serde::de::Error>(self, _: $t) -> Result<Secret, E> {
            Err(E::custom("expected a text, which is a secret"))
        }
    )*};
}

impl Visitor<'_> for Text {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    refuse!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
}
