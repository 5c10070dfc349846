//! One page of a listing.

use crate::model::Extra;
use serde_json::Value;

/// One page of a listing, with what the headers say beside it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T, H = ()> {
    /// The items, in the server's order.
    pub items: Vec<T>,
    /// What the headers say of the thing that was listed.
    pub info: H,
    /// Whether the document says that there is more; `None` where it says nothing of it.
    pub more: Option<bool>,
}

impl<T, H> Page<T, H> {
    /// A page of these items; `info` is what the headers say beside it, `()` for nothing.
    pub fn new(items: Vec<T>, info: H) -> Self {
        Self { items, info, more: None }
    }

    /// Whether the document says that there is more.
    pub fn more(self, more: Option<bool>) -> Self {
        Self { more, ..self }
    }
}

/// Whether the field `name` beside a list has a next page: a text, or a link of `rel` `next`.
pub(crate) fn has_next(beside: Option<&Extra>, name: &str) -> Option<bool> {
    match beside?.get(name)? {
        Value::String(next) => Some(!next.is_empty()),
        Value::Array(links) => Some(links.iter().any(|link| link["rel"] == "next")),
        _ => None,
    }
}
