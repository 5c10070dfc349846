//! One page of a listing.

use crate::model::Extra;
use serde_json::Value;

/// One page of a listing, with the information from the headers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T, H = ()> {
    /// The items, in the server's order.
    pub items: Vec<T>,
    /// What the headers say about the resource that was listed.
    pub info: H,
    /// Whether the document says that more follows; `None` if it doesn't say.
    pub more: Option<bool>,
}

impl<T, H> Page<T, H> {
    /// A page of these items; `info` is what the headers say, or `()`.
    pub fn new(items: Vec<T>, info: H) -> Self {
        Self { items, info, more: None }
    }

    /// Whether the document says that more follows.
    pub fn more(self, more: Option<bool>) -> Self {
        Self { more, ..self }
    }
}

/// Whether the field `name` beside a list announces a next page: as text, or as a link with `rel` `next`.
pub(crate) fn has_next(beside: Option<&Extra>, name: &str) -> Option<bool> {
    match beside?.get(name)? {
        Value::String(next) => Some(!next.is_empty()),
        Value::Array(links) => Some(links.iter().any(|link| link["rel"] == "next")),
        _ => None,
    }
}
