//! Listings by name: the items of any listing, as JSON.

use super::value::to_value;
use crate::error::Result;
use crate::paging::{Items, Paged};
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
        Self(Box::pin(Pages(items)))
    }

    /// The items of a listing that comes complete, in one call.
    pub fn whole<T>(listing: impl Future<Output = Result<Vec<T>>> + Send + 'static) -> Self
    where
        T: Serialize + Send + 'static,
    {
        let rest = Vec::new().into_iter();
        Self(Box::pin(Whole { listing: Some(Box::pin(listing)), rest }))
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

struct Pages<T>(Items<T>);

impl<T: Paged + DeserializeOwned + Serialize + Unpin> Stream for Pages<T> {
    type Item = Result<Value>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(item.map(|item| item.and_then(|item| to_value(&item))))
    }
}

type Listing<T> = Pin<Box<dyn Future<Output = Result<Vec<T>>> + Send>>;

/// A listing in flight, and then what is left of it.
struct Whole<T> {
    listing: Option<Listing<T>>,
    rest: std::vec::IntoIter<T>,
}

// The future is pinned in its box, and nothing else is.
impl<T> Unpin for Whole<T> {}

impl<T: Serialize> Stream for Whole<T> {
    type Item = Result<Value>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(listing) = &mut self.listing {
            let listed = ready!(listing.as_mut().poll(cx));
            self.listing = None;
            match listed {
                Ok(items) => self.rest = items.into_iter(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(self.rest.next().map(|item| to_value(&item)))
    }
}
