//! Listings by name: the items of any listing, as JSON.

use super::value::to_value;
use crate::error::Result;
use crate::paging::{Items, Paged};
use crate::whole::Whole;
use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The items of a listing, each as the JSON of its type. It holds one page at a time.
///
/// Created by [`ApiOperation::items`](super::ApiOperation::items).
pub struct ApiItems(Pin<Box<dyn Stream<Item = Result<Value>> + Send>>);

impl ApiItems {
    /// The items of a listing over all its pages.
    pub fn paged<T>(items: Items<T>) -> Self
    where
        T: Paged + DeserializeOwned + Serialize + Unpin + Send + 'static,
    {
        Self(Box::pin(Json(items)))
    }

    /// The items of a listing that comes complete, in one call.
    pub fn whole<T>(listing: impl Future<Output = Result<Vec<T>>> + Send + 'static) -> Self
    where
        T: Serialize + Send + 'static,
    {
        Self(Box::pin(Json(Whole::new(listing))))
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// If a page can't be fetched or is not of the operation's type, or the server repeats itself.
    pub async fn try_next(&mut self) -> Result<Option<Value>> {
        poll_fn(|cx| self.0.as_mut().poll_next(cx)).await.transpose()
    }
}

impl Stream for ApiItems {
    type Item = Result<Value>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for ApiItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiItems").finish_non_exhaustive()
    }
}

/// A typed listing, each item of which becomes JSON.
struct Json<S>(S);

impl<S, T> Stream for Json<S>
where
    S: Stream<Item = Result<T>> + Unpin,
    T: Serialize,
{
    type Item = Result<Value>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(item.map(|item| item.and_then(|item| to_value(&item))))
    }
}
