//! Listings that come in pages, as one stream of items.

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Entry;
use futures_core::Stream;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// One page of a listing, with what the headers say beside it.
#[derive(Clone, Debug)]
pub struct Page<T, H = ()> {
    /// The items, in the server's order.
    pub items: Vec<T>,
    /// What the headers say of the thing that was listed.
    pub info: H,
}

/// An item that says where the next page begins.
pub trait Paged {
    /// The marker after this item.
    fn marker(&self) -> &str;
}

impl<T: Paged> Paged for Entry<T> {
    fn marker(&self) -> &str {
        match self {
            Self::Item(item) => item.marker(),
            Self::Subdir(name) => name,
        }
    }
}

/// A page on its way.
type Fetching<T> = Pin<Box<dyn Future<Output = Result<Vec<T>>> + Send>>;

/// Sends one page's call.
pub type FetchPage<T> = fn(Call) -> Pin<Box<dyn Future<Output = Result<Vec<T>>> + Send>>;

/// The items of a listing over all its pages. It holds one page at a time.
///
/// A server that gives the same page again, as one does that ignores the marker, ends it with an error: it never loops.
pub struct Items<T> {
    next: Option<Call>,
    fetch: FetchPage<T>,
    in_flight: Option<Fetching<T>>,
    page: std::vec::IntoIter<T>,
    page_size: Option<usize>,
    own_limit: bool,
    seen: Option<(String, String)>,
}

impl<T> std::fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items").field("buffered", &self.page.len()).finish()
    }
}

impl<T: Paged> Items<T> {
    /// A listing that begins with `call`. `limit` is the caller's page size; without one, `page_size` is asked for, so that a
    /// shorter page is known to be the last, and dropped again where the server allows less (412).
    pub fn new(mut call: Call, limit: Option<usize>, page_size: usize, fetch: FetchPage<T>) -> Self {
        if limit.is_none() {
            call.set_query("limit", page_size);
        }
        Self {
            next: Some(call),
            fetch,
            in_flight: None,
            page: Vec::new().into_iter(),
            page_size: Some(limit.unwrap_or(page_size)),
            own_limit: limit.is_none(),
            seen: None,
        }
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// When a page can't be had, or the server repeats itself.
    pub async fn try_next(&mut self) -> Result<Option<T>> {
        poll_fn(|cx| self.poll_item(cx)).await.transpose()
    }

    /// All items in memory. For listings that are known to be short.
    ///
    /// # Errors
    /// As [`Items::try_next`].
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(item) = self.try_next().await? {
            all.push(item);
        }
        Ok(all)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            if self.in_flight.is_none() {
                let Some(call) = &self.next else { return Poll::Ready(None) };
                let Some(call) = call.try_clone() else { return Poll::Ready(None) };
                self.in_flight = Some((self.fetch)(call));
            }
            let Some(fetching) = &mut self.in_flight else { continue };
            let fetched = std::task::ready!(fetching.as_mut().poll(cx));
            self.in_flight = None;
            if let Err(error) = self.turn(fetched) {
                self.next = None;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Takes a page in and prepares the call of the next.
    fn turn(&mut self, fetched: Result<Vec<T>>) -> Result<()> {
        let items = match fetched {
            Err(error) if self.own_limit && error.status().is_some_and(|s| s == 412) => {
                self.own_limit = false;
                self.page_size = None;
                if let Some(call) = &mut self.next {
                    call.remove_query("limit");
                }
                return Ok(());
            }
            other => other?,
        };
        let Some(call) = &mut self.next else { return Ok(()) };
        let (Some(first), Some(last)) = (items.first().map(Paged::marker), items.last().map(Paged::marker)) else {
            self.next = None;
            return Ok(());
        };
        if self.seen.as_ref().is_some_and(|(seen_first, seen_last)| seen_first == first || seen_last == last) {
            return Err(Error::new(
                ErrorKind::Decode,
                format!("the listing repeats itself after {last:?}: the server ignores the marker"),
            )
            .with_operation(call.meta()));
        }
        match self.page_size.is_some_and(|size| items.len() < size) {
            true => self.next = None,
            false => {
                call.set_query("marker", last);
                self.seen = Some((first.to_owned(), last.to_owned()));
            }
        }
        self.page = items.into_iter();
        Ok(())
    }
}

impl<T: Paged + Unpin> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{AuthNeed, BodyKind, Dialect, OpMeta, ServiceMeta};
    use crate::transport::{Request, Response, Session, Transport, TransportFuture};
    use crate::{Answer, ByteStream};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static SERVICE: ServiceMeta = ServiceMeta { name: "test", k5_name: "test", types: &[], root: "", dialect: Dialect::Swift };
    static LIST: OpMeta =
        OpMeta { response_body: BodyKind::Json, auth: AuthNeed::None, ..OpMeta::new(&SERVICE, "list", "GET", "") };

    impl Paged for String {
        fn marker(&self) -> &str {
            self
        }
    }

    /// Lists `names`, at most `maximum` a page; a larger limit is refused, and a `deaf` one ignores the marker.
    struct Lister {
        names: Vec<String>,
        maximum: usize,
        deaf: bool,
        calls: Arc<AtomicUsize>,
    }

    impl Transport for Lister {
        fn call(&self, request: Request) -> TransportFuture {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let value = |name: &str| {
                let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.filter(|(n, _)| *n == name).map(|(_, v)| crate::path::decode(v)).next()
            };
            let limit = value("limit").map_or(self.maximum, |limit| limit.parse().expect("a number"));
            let marker = value("marker").filter(|_| !self.deaf).unwrap_or_default();
            let status = if limit > self.maximum { 412 } else { 200 };
            let page: Vec<_> = self.names.iter().filter(|name| **name > marker).take(limit).collect();
            let body = serde_json::to_vec(&page).expect("JSON");
            let response =
                Response::new(http::StatusCode::from_u16(status).expect("a status")).with_body(ByteStream::from_bytes(body));
            Box::pin(async { Ok(response) })
        }
    }

    fn fetch(call: Call) -> Pin<Box<dyn Future<Output = Result<Vec<String>>> + Send>> {
        Box::pin(async move { Ok(Answer::new(&LIST, call.send().await?).json::<_, ()>().await?.0) })
    }

    fn list(names: &[String], maximum: usize, deaf: bool, limit: Option<usize>) -> (Result<Vec<String>>, usize) {
        let calls = Arc::new(AtomicUsize::new(0));
        let session = Session::from_transport(Lister { names: names.to_vec(), maximum, deaf, calls: calls.clone() });
        let mut call = Call::new(&session, &LIST, &[]);
        if let Some(limit) = limit {
            call.query("limit", limit);
        }
        let all = tokio_test::block_on(Items::new(call, limit, 10, fetch).collect());
        (all, calls.load(Ordering::Relaxed))
    }

    proptest! {
        #[test]
        fn every_item_once_and_it_ends(names in proptest::collection::btree_set("[a-z/%é ]{1,6}", 0..60), maximum in 1usize..25, limit in 1usize..25) {
            let names: Vec<String> = names.into_iter().collect();
            let (all, calls) = list(&names, maximum, false, Some(limit.min(maximum)));
            prop_assert_eq!(all.expect("lists"), names.clone());
            prop_assert!(calls <= names.len() / limit.min(maximum) + 1);
            let (all, _) = list(&names, maximum, false, None);
            prop_assert_eq!(all.expect("lists"), names);
        }

        #[test]
        fn a_server_that_ignores_the_marker_is_an_error(count in 1usize..30, maximum in 1usize..25) {
            let names: Vec<String> = (0..count).map(|n| format!("{n:03}")).collect();
            let (all, calls) = list(&names, maximum, true, Some(maximum));
            prop_assert_eq!(all.is_err(), count >= maximum);
            prop_assert!(calls <= 2);
        }
    }

    #[test]
    fn a_short_page_saves_the_last_request() {
        let names: Vec<String> = (0..4).map(|n| n.to_string()).collect();
        assert_eq!(list(&names, 100, false, None).1, 1);
        // The limit of ten is refused, then one page of three, one of one, and an empty one.
        assert_eq!(list(&names, 3, false, None).1, 4);
    }
}
