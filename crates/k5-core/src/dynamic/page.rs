//! One page of a listing by name: its items one by one, as JSON, and the fields beside the list.

use super::value::to_value;
use crate::answer::Answer;
use crate::document::Keyed;
use crate::error::Result;
use crate::header_model::HeaderModel;
use crate::model::Extra;
use crate::operation::BodyKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What [`ApiOperation::page`](super::ApiOperation::page) returns.
pub type PageFuture = Pin<Box<dyn Future<Output = Result<ApiPage>> + Send>>;

/// A page of a listing. Its items are decoded one at a time, each into its type and from there into JSON, so that they take little
/// more memory than the document.
pub struct ApiPage {
    key: Option<&'static str>,
    beside: Vec<Extra>,
    items: Box<dyn Iterator<Item = Result<Value>> + Send>,
}

impl ApiPage {
    /// The keys that lead to the list, from the outside in, each with the fields beside it; none if the document is the list.
    pub fn around(&self) -> impl Iterator<Item = (&'static str, Option<&Extra>)> {
        let keys = self.key.into_iter().flat_map(|key| key.split('/'));
        keys.enumerate().map(|(level, key)| (key, self.beside.get(level)))
    }

    /// The whole document.
    ///
    /// # Errors
    /// If an item is not of the operation's type.
    pub fn into_value(self) -> Result<Value> {
        let Self { key, beside, items } = self;
        let items = Value::Array(items.collect::<Result<_>>()?);
        let Some(key) = key else { return Ok(items) };
        let mut list = Keyed::new(key, items);
        list.beside = beside;
        to_value(&list)
    }
}

impl Iterator for ApiPage {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        self.items.next()
    }
}

impl fmt::Debug for ApiPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiPage").field("key", &self.key).field("beside", &self.beside).finish_non_exhaustive()
    }
}

/// [`ApiOperation::page`](super::ApiOperation::page) for a list of `T` under the operation's key.
pub fn keyed_page<T: DeserializeOwned + Serialize + Send + 'static>(answer: Answer) -> PageFuture {
    Box::pin(async move {
        let key = answer.meta().answer_key;
        if answer.meta().response_body == BodyKind::Xml {
            let list = answer.keyed_list::<T>().await?;
            let items = list.value.into_iter().map(|item| to_value(&item));
            return Ok(ApiPage { key, beside: list.beside, items: Box::new(items) });
        }
        let (items, beside) = answer.keyed_array::<T>().await?;
        Ok(ApiPage { key, beside, items: Box::new(items.map(|item| to_value(&item?))) })
    })
}

/// [`ApiOperation::page`](super::ApiOperation::page) for a list of `T` that is the document, beside headers of type `H`.
pub fn plain_page<T, H>(mut answer: Answer) -> PageFuture
where
    T: DeserializeOwned + Serialize + Send + 'static,
    H: HeaderModel,
{
    Box::pin(async move {
        answer.take_headers::<H>()?;
        let items = answer.array::<T>().await?;
        Ok(ApiPage { key: None, beside: Vec::new(), items: Box::new(items.map(|item| to_value(&item?))) })
    })
}
