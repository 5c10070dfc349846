//! Listings that come in pages, as one stream of items.

use crate::array::ArrayReader;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Entry;
use crate::sent::Sent;
use futures_core::Stream;
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// An item that says where the next page begins.
pub trait Paged {
    /// The marker after this item.
    fn marker(&self) -> &str;

    /// In a listing of versions, the version after which the next page begins: one name may have more versions than fit on a page.
    fn version(&self) -> Option<&str> {
        None
    }
}

impl<T: Paged> Paged for Entry<T> {
    fn marker(&self) -> &str {
        match self {
            Self::Item(item) => item.marker(),
            Self::Subdir(name) => name,
        }
    }

    fn version(&self) -> Option<&str> {
        match self {
            Self::Item(item) => item.version(),
            Self::Subdir(_) => None,
        }
    }
}

/// How a listing is cut into pages.
///
/// `limit` is a hint: gateways and caches return fewer items, so a short page means nothing. A listing ends with an empty page, or
/// when the document itself says that nothing follows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Paging {
    /// By `marker`, the last item of the previous page. Asks for this many items; if the server allows fewer (412), its own page
    /// size is used.
    Marker(usize),
    /// By `marker` too, but the document says whether more follows, and the server chooses the size. The link's target is not
    /// used: it may name a host that only the cloud can reach. Items that move to a later page meanwhile are returned once.
    ///
    /// A document that doesn't say ends it, unless the caller set a `limit` and no page has had links: then a server without links
    /// may have cut it off, and another page is requested.
    Links,
    /// By this query, the number of the first item; and the page size. Items that move to a later page meanwhile are returned once.
    Offset(&'static str, usize),
}

/// A page in flight.
type Fetching<T> = Pin<Box<dyn Future<Output = Result<Fetched<T>>> + Send>>;

/// A page.
#[non_exhaustive]
pub enum Fetched<T> {
    /// Its items, and whether the document says that more follows.
    Items(Vec<T>, Option<bool>),
    /// Its items, to be decoded one by one.
    Array(ArrayReader<T>),
}

/// The items of a page that are still to come.
enum Rest<T> {
    Items(std::vec::IntoIter<T>),
    /// By marker: its first item, its last one so far, and how many it had.
    Array {
        items: ArrayReader<T>,
        first: Position,
        last: Position,
        count: usize,
    },
}

/// An item's position in a listing.
#[derive(Clone, Default, PartialEq, Eq)]
struct Position {
    marker: String,
    /// Only in listings of versions.
    version: String,
}

impl Position {
    fn set(&mut self, item: &impl Paged) {
        self.marker.clear();
        self.marker.push_str(item.marker());
        self.version.clear();
        self.version.push_str(item.version().unwrap_or_default());
    }
}

/// Sends one page's call.
pub type FetchPage<T> = fn(Call) -> Pin<Box<dyn Future<Output = Result<Fetched<T>>> + Send>>;

/// The items of a listing over all its pages. Holds one page at a time, undecoded if possible.
///
/// If a server returns the same pages again, for example because it ignores the marker, the listing ends with an error: it never
/// loops.
pub struct Items<T> {
    next: Option<Call>,
    fetch: FetchPage<T>,
    paging: Paging,
    in_flight: Option<Fetching<T>>,
    page: Rest<T>,
    limit: Option<usize>,
    own_limit: bool,
    seen: Option<(Position, Position)>,
    rounds: Rounds,
    offset: usize,
    /// The previous page, if pages may overlap.
    before: HashSet<String>,
    /// Whether the previous page brought nothing new.
    stale: bool,
    /// Whether a page has said that more follows.
    has_links: bool,
}

/// Notices when markers repeat, however long the cycle is, while keeping only one of them: that of the page whose
/// number was the last power of two (Brent's algorithm).
#[derive(Default)]
struct Rounds {
    at: Position,
    /// Pages since it was kept, and after how many the next one is kept.
    since: usize,
    period: usize,
    /// How often it came again.
    hits: usize,
}

impl Rounds {
    /// Takes the marker of the next page; returns how often it was seen before, as far as that is known.
    fn meet(&mut self, at: &Position) -> usize {
        if self.period > 0 && self.at == *at {
            self.hits += 1;
            return self.hits;
        }
        if self.since == self.period {
            *self = Self { at: at.clone(), since: 0, period: (self.period * 2).max(1), hits: 0 };
        }
        self.since += 1;
        0
    }
}

impl<T> std::fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let buffered = match &self.page {
            Rest::Items(items) => Some(items.len()),
            Rest::Array { .. } => None,
        };
        f.debug_struct("Items").field("buffered", &buffered).finish()
    }
}

impl<T: Paged + DeserializeOwned> Items<T> {
    /// A listing that begins with `call`; its query `limit` is the page size.
    pub fn new(mut call: Call, paging: Paging, fetch: FetchPage<T>) -> Self {
        let number = |name: &str| call.query_value(name).and_then(|value| value.parse().ok());
        let limit: Option<usize> = number("limit");
        let offset = match paging {
            Paging::Offset(start, _) => number(start).unwrap_or(0),
            Paging::Marker(_) | Paging::Links => 0,
        };
        let own = match paging {
            Paging::Marker(size) | Paging::Offset(_, size) if limit.is_none() => Some(size),
            _ => None,
        };
        if let Some(size) = own {
            call.set_query("limit", size);
        }
        Self {
            next: Some(call),
            fetch,
            paging,
            in_flight: None,
            page: Rest::none(),
            limit: limit.or(own),
            own_limit: own.is_some(),
            seen: None,
            rounds: Rounds::default(),
            offset,
            before: HashSet::new(),
            stale: false,
            has_links: false,
        }
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// If a page can't be fetched, or the server repeats itself.
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
            match self.next_of_page().transpose() {
                Ok(Some(item)) => return Poll::Ready(Some(Ok(item))),
                Ok(None) => {}
                Err(error) => {
                    self.next = None;
                    self.page = Rest::none();
                    return Poll::Ready(Some(Err(error)));
                }
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

    /// The next item of the current page; at its end, prepares the call for the next page.
    fn next_of_page(&mut self) -> Option<Result<T>> {
        let (items, first, last, count) = match &mut self.page {
            Rest::Items(items) => return items.next().map(Ok),
            Rest::Array { items, first, last, count } => (items, first, last, count),
        };
        let seen = self.seen.as_ref();
        let Some(call) = &mut self.next else { return None };
        if let Some(item) = items.next() {
            let item = match item {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            last.set(&item);
            if *count == 0 {
                first.clone_from(last);
                if seen.is_some_and(|(seen, _)| seen == first) {
                    return Some(Err(repeats(call, &last.marker)));
                }
            }
            *count += 1;
            return Some(Ok(item));
        }
        if *count == 0 {
            self.page = Rest::none();
            self.next = None;
            return None;
        }
        if seen.is_some_and(|(_, seen)| seen == last) || self.rounds.meet(last) > 0 {
            return Some(Err(repeats(call, &last.marker)));
        }
        call.set_query("marker", &last.marker);
        match last.version.is_empty() {
            true => call.remove_query("version_marker"),
            false => call.set_query("version_marker", &last.version),
        }
        self.seen = Some((std::mem::take(first), std::mem::take(last)));
        self.page = Rest::none();
        None
    }

    /// Takes in a page and, if it is fully decoded, prepares the call for the next one.
    fn turn(&mut self, fetched: Result<Fetched<T>>) -> Result<()> {
        let fetched = match fetched {
            Err(error) if self.own_limit && error.status().is_some_and(|s| s == 412) => {
                self.own_limit = false;
                self.limit = None;
                if let Some(call) = &mut self.next {
                    call.remove_query("limit");
                }
                return Ok(());
            }
            other => other?,
        };
        let (mut items, more) = match fetched {
            Fetched::Items(items, more) => (items, more),
            Fetched::Array(items) => {
                self.page = Rest::Array { items, first: Position::default(), last: Position::default(), count: 0 };
                return Ok(());
            }
        };
        let Some(call) = &mut self.next else { return Ok(()) };
        let Some(last) = items.last().map(Paged::marker) else {
            self.next = None;
            return Ok(());
        };
        let is_short = self.limit.is_none_or(|limit| items.len() < limit);
        let known = items.iter().all(|item| self.before.contains(item.marker()));
        let stale = std::mem::replace(&mut self.stale, known) && known;
        match self.paging {
            // A server that knows neither pages nor links gave all at once, and now once more.
            Paging::Links if known && more.is_none() => {
                self.next = None;
                return Ok(());
            }
            // So did one that knows no offsets; where the list grows as fast as it is read, its end comes again and again.
            Paging::Offset(..) if stale && is_short => {
                self.next = None;
                return Ok(());
            }
            _ => {}
        }
        // A list that changes may show a page twice; a server that ignores the marker shows it for ever.
        if stale || self.rounds.meet(&Position { marker: last.to_owned(), version: String::new() }) > 1 {
            return Err(repeats(call, last));
        }
        self.has_links |= more == Some(true);
        let ends = match (self.paging, more) {
            (Paging::Links, Some(more)) => !more,
            (Paging::Links, None) => self.has_links || self.limit.is_none(),
            (Paging::Marker(_) | Paging::Offset(..), _) => false,
        };
        match self.paging {
            Paging::Offset(start, _) => {
                self.offset = self.offset.saturating_add(items.len());
                call.set_query(start, self.offset);
            }
            Paging::Marker(_) | Paging::Links => call.set_query("marker", last),
        }
        let here = items.iter().map(|item| item.marker().to_owned()).collect();
        let before = std::mem::replace(&mut self.before, here);
        items.retain(|item| !before.contains(item.marker()));
        if ends {
            self.next = None;
        }
        self.page = Rest::Items(items.into_iter());
        Ok(())
    }
}

fn repeats(call: &Call, last: &str) -> Error {
    let message = format!("the listing repeats itself after {last:?}: the server ignores the marker");
    Error::new(ErrorKind::Decode, message).with_operation(call.meta()).with_target(call.target()).with_sent(Sent::Yes)
}

impl<T> Rest<T> {
    fn none() -> Self {
        Self::Items(Vec::new().into_iter())
    }
}

impl<T: Paged + DeserializeOwned + Unpin> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteStream;
    use crate::operation::{AuthNeed, BodyKind, Dialect, OpMeta, ServiceMeta};
    use crate::transport::{Request, Response, Session, Transport, TransportFuture};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static SERVICE: ServiceMeta = ServiceMeta::new("test", "test", Dialect::Swift);
    static LIST: OpMeta = OpMeta::new(&SERVICE, "list", "GET", "").response_body(BodyKind::Json).auth(AuthNeed::None);

    impl Paged for String {
        fn marker(&self) -> &str {
            self
        }
    }

    /// Lists `names`, at most `maximum` a page; a larger limit is refused.
    struct Lister {
        names: Vec<String>,
        maximum: usize,
        manner: Manner,
        calls: Arc<AtomicUsize>,
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Manner {
        Proper,
        /// A page has fewer items than asked for, between one and this.
        Short(usize),
        /// It ignores the marker.
        Deaf,
        /// After this many items it starts over.
        Round(usize),
    }

    impl Transport for Lister {
        fn call(&self, request: Request) -> TransportFuture {
            let number = self.calls.fetch_add(1, Ordering::Relaxed);
            let value = |name: &str| {
                let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.filter(|(n, _)| *n == name).map(|(_, v)| crate::path::decode(v)).next()
            };
            let limit = value("limit").map_or(self.maximum, |limit| limit.parse().expect("a number"));
            let marker = value("marker").filter(|_| self.manner != Manner::Deaf);
            let status = if limit > self.maximum { 412 } else { 200 };
            let limit = match self.manner {
                // Another number with each page.
                Manner::Short(most) => limit.min(number * 7 % most + 1),
                _ => limit,
            };
            // In any order.
            let at = marker.and_then(|marker| self.names.iter().position(|name| *name == marker)).map_or(0, |at| at + 1);
            let at = match self.manner {
                Manner::Round(size) => at % size,
                _ => at,
            };
            let page: Vec<_> = self.names.iter().skip(at).take(limit).collect();
            let body = serde_json::to_vec(&page).expect("JSON");
            let response =
                Response::new(http::StatusCode::from_u16(status).expect("a status")).with_body(ByteStream::from_bytes(body));
            Box::pin(async { Ok(response) })
        }
    }

    fn fetch(call: Call) -> Pin<Box<dyn Future<Output = Result<Fetched<String>>> + Send>> {
        Box::pin(async move { Ok(Fetched::Array(call.send().await?.array().await?)) })
    }

    fn list(names: &[String], maximum: usize, manner: Manner, limit: Option<usize>) -> (Result<Vec<String>>, usize) {
        let calls = Arc::new(AtomicUsize::new(0));
        let session = Session::from_transport(Lister { names: names.to_vec(), maximum, manner, calls: calls.clone() });
        let mut call = Call::new(&session, &LIST, &[]);
        if let Some(limit) = limit {
            call.query("limit", limit);
        }
        let all = tokio_test::block_on(Items::new(call, Paging::Marker(10), fetch).collect());
        (all, calls.load(Ordering::Relaxed))
    }

    proptest! {
        #[test]
        fn every_item_once_and_it_ends(
            names in proptest::collection::hash_set("[a-z/%é ]{1,6}", 0..60),
            maximum in 1usize..25,
            limit in 1usize..25,
            short in proptest::option::of(1usize..25),
        ) {
            // In no order, as a listing by ids has none.
            let names: Vec<String> = names.into_iter().collect();
            let manner = short.map_or(Manner::Proper, Manner::Short);
            let (all, calls) = list(&names, maximum, manner, Some(limit.min(maximum)));
            prop_assert_eq!(all.expect("lists"), names.clone());
            let least = if short.is_some() { 1 } else { limit.min(maximum) };
            prop_assert!(calls <= names.len().div_ceil(least) + 1);
            let (all, _) = list(&names, maximum, manner, None);
            prop_assert_eq!(all.expect("lists"), names);
        }

        #[test]
        fn a_server_that_ignores_the_marker_is_an_error(count in 1usize..30, maximum in 1usize..25) {
            let (all, calls) = list(&named(count), maximum, Manner::Deaf, Some(maximum));
            let error = all.expect_err("for ever the same");
            prop_assert!(error.message().contains("repeats itself"), "{}", error);
            prop_assert_eq!(calls, 2);
        }

        #[test]
        fn pages_that_come_round_are_an_error(round in 1usize..30, size in 1usize..8, before in 0usize..8) {
            // The last page of the round, which ends with its last item, is followed by its first page.
            let names = named(before + round);
            let (all, calls) = list(&names, size, Manner::Round(before + round), Some(size));
            let error = all.expect_err("for ever");
            prop_assert!(error.message().contains("repeats itself"), "{}", error);
            prop_assert!(calls <= 3 * (before + round).div_ceil(size) + 3, "{} calls", calls);
        }
    }

    #[test]
    fn only_an_empty_page_is_the_end() {
        assert_eq!(list(&named(0), 100, Manner::Proper, None).1, 1);
        assert_eq!(list(&named(4), 100, Manner::Proper, None).1, 2);
        // The limit of ten is refused, then one page of three, one of one, and an empty one.
        assert_eq!(list(&named(4), 3, Manner::Proper, None).1, 4);
    }

    /// Lists in pages by links or offsets, as the calls ask: how many a page, whether it says so in links, and what it ignores.
    struct Pager {
        names: Vec<String>,
        maximum: usize,
        links: bool,
        deaf: bool,
        /// This many items are inserted at the front of the list with each call.
        grows: usize,
        /// This call gets the previous page once more.
        stutters: Option<usize>,
        calls: Arc<AtomicUsize>,
    }

    static KEYED: OpMeta =
        OpMeta::new(&SERVICE, "list", "GET", "").response_body(BodyKind::Json).auth(AuthNeed::None).answer_key("items");

    impl Transport for Pager {
        fn call(&self, request: Request) -> TransportFuture {
            let number = self.calls.fetch_add(1, Ordering::Relaxed);
            let value = |name: &str| {
                let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.filter(|(n, _)| *n == name).map(|(_, v)| crate::path::decode(v)).next()
            };
            let mut names: Vec<String> = (0..number * self.grows).rev().map(|n| format!("new-{n}")).collect();
            names.extend(self.names.iter().cloned());
            let limit = value("limit").map_or(self.maximum, |limit| limit.parse().expect("a number")).min(self.maximum);
            let from = match (value("marker"), value("start")) {
                _ if self.deaf => 0,
                (Some(marker), _) => {
                    let at = names.iter().position(|name| *name == marker).expect("a name") + 1;
                    if self.stutters == Some(number) { at - limit.min(at) } else { at }
                }
                (None, Some(start)) => start.parse().expect("a number"),
                (None, None) => 0,
            };
            let page: Vec<_> = names.iter().skip(from).take(limit).collect();
            let mut document = serde_json::json!({ "items": page });
            if self.links && from + limit < names.len() {
                document["items_links"] = serde_json::json!([{"rel": "self"}, {"rel": "next", "href": "http://10.0.0.1/never"}]);
            }
            let response = Response::new(http::StatusCode::OK).with_body(ByteStream::from_bytes(document.to_string()));
            Box::pin(async { Ok(response) })
        }
    }

    fn pages(server: Pager, paging: Paging, limit: Option<usize>) -> Result<Vec<String>> {
        let mut call = Call::new(&Session::from_transport(server), &KEYED, &[]);
        if let Some(limit) = limit {
            call.set_query("limit", limit);
        }
        let fetch: FetchPage<String> = |call| {
            Box::pin(async move {
                let page = call.send().await?.page("items_links").await?;
                Ok(Fetched::Items(page.items, page.more))
            })
        };
        tokio_test::block_on(Items::new(call, paging, fetch).collect())
    }

    fn named(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{n:03}")).collect()
    }

    proptest! {
        #[test]
        fn links_say_whether_there_is_more(count in 0usize..40, maximum in 1usize..12, limit in proptest::option::of(1usize..12)) {
            let server = |links, maximum| Pager { names: named(count), maximum, links, deaf: false, grows: 0, stutters: None, calls: Arc::default() };
            prop_assert_eq!(pages(server(true, maximum), Paging::Links, limit).expect("lists"), named(count));
            let server = Pager { stutters: Some(2), ..server(true, maximum) };
            prop_assert_eq!(pages(server, Paging::Links, limit).expect("lists"), named(count));
            let server = |links, maximum| Pager { names: named(count), maximum, links, deaf: false, grows: 0, stutters: None, calls: Arc::default() };
            // A server without links may cut a list off below the caller's limit; one that was asked for all gives all.
            prop_assert_eq!(pages(server(false, 100), Paging::Links, limit).expect("lists"), named(count));
            if limit.is_some() {
                prop_assert_eq!(pages(server(false, maximum), Paging::Links, limit).expect("lists"), named(count));
            }
        }

        #[test]
        fn a_server_without_pages_gives_all_once(count in 0usize..20, limit in 1usize..25) {
            let server = Pager { names: named(count), maximum: 100, links: false, deaf: true, grows: 0, stutters: None, calls: Arc::default() };
            // It ignores the marker, but not the limit: what it gives twice is taken once.
            prop_assert_eq!(pages(server, Paging::Links, Some(limit)).expect("lists"), named(count.min(limit)));
            let server = Pager { names: named(count), maximum: 1, links: true, deaf: true, grows: 0, stutters: None, calls: Arc::default() };
            prop_assert_eq!(pages(server, Paging::Links, None).is_err(), count > 1);
        }

        #[test]
        fn offsets_give_every_item_once_while_the_list_grows(count in 0usize..60, size in 2usize..12, grows in 0usize..2) {
            let server = Pager { names: named(count), maximum: 100, links: false, deaf: false, grows, stutters: None, calls: Arc::default() };
            prop_assert_eq!(pages(server, Paging::Offset("start", size), None).expect("lists"), named(count));
            let server = Pager { names: named(count), maximum: 100, links: false, deaf: true, grows: 0, stutters: None, calls: Arc::default() };
            // What knows no offsets and gives less than was asked for gave all.
            prop_assert_eq!(pages(server, Paging::Offset("start", size), None).ok(), (count < size).then(|| named(count)));
        }

        #[test]
        fn short_pages_by_offset_are_followed(count in 0usize..60, size in 1usize..12, maximum in 1usize..12) {
            let server = Pager { names: named(count), maximum, links: false, deaf: false, grows: 0, stutters: None, calls: Arc::default() };
            prop_assert_eq!(pages(server, Paging::Offset("start", size), None).expect("lists"), named(count));
        }
    }
}
