//! Listings that come complete, in one call, as a stream of items.

use crate::error::Result;
use futures_core::Stream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

type Listing<T> = Pin<Box<dyn Future<Output = Result<Vec<T>>> + Send>>;

/// The items of a listing that comes complete: a call in flight, and then what is left of its answer.
pub struct Whole<T> {
    listing: Option<Listing<T>>,
    rest: std::vec::IntoIter<T>,
}

// The future is pinned in its box, and nothing else is.
impl<T> Unpin for Whole<T> {}

impl<T> Whole<T> {
    /// The items that `listing` returns.
    pub fn new(listing: impl Future<Output = Result<Vec<T>>> + Send + 'static) -> Self {
        Self { listing: Some(Box::pin(listing)), rest: Vec::new().into_iter() }
    }
}

impl<T> fmt::Debug for Whole<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole").field("left", &self.rest.len()).finish_non_exhaustive()
    }
}

impl<T> Stream for Whole<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(listing) = &mut self.listing {
            let listed = ready!(listing.as_mut().poll(cx));
            self.listing = None;
            match listed {
                Ok(items) => self.rest = items.into_iter(),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(self.rest.next().map(Ok))
    }
}
