//! Searches by the operation's name: one resource from a listing, as JSON.

use super::value::to_value;
use crate::error::Result;
use crate::transport::Session;
use serde::Serialize;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;

/// What [`ApiFinder`] returns: the resource that was found.
pub type FindFuture = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// How to find one of the resources that an operation lists.
#[derive(Clone, Copy, Debug)]
pub struct ApiFinder {
    /// What it finds, such as `server`.
    pub name: &'static str,
    find: fn(Session, String) -> FindFuture,
}

impl ApiFinder {
    /// A search for a `name`, using the method rendered for the table's entry of that name.
    pub const fn new(name: &'static str, find: fn(Session, String) -> FindFuture) -> Self {
        Self { name, find }
    }

    /// Finds the resource whose id or name is `wanted`.
    ///
    /// # Errors
    /// As [`crate::find`].
    pub async fn find(&self, session: &Session, wanted: &str) -> Result<Value> {
        (self.find)(session.clone(), wanted.to_owned()).await
    }
}

/// What `search` finds, as the JSON of its type.
pub fn find<T, Search>(search: Search) -> FindFuture
where
    T: Serialize,
    Search: Future<Output = Result<T>> + Send + 'static,
{
    Box::pin(async move { to_value(&search.await?) })
}
