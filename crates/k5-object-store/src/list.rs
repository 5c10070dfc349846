//! Listings: as streams that hold one page at a time, level by level, and page by page.

use crate::etags;
use crate::failure::{Failure, Result};
use crate::get::Meta;
use crate::store::SwiftStore;
use crate::times;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use k5_object_storage::Object;
use k5_object_storage::builder::ListObjects;
use k5_object_storage::k5_core::model::Entry;
use k5_object_storage::k5_core::retry::Outcome;
use k5_object_storage::k5_core::{Error, ErrorKind, Items};

/// What is in a folder, or on a page of a listing.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) folders: Vec<String>,
    pub(crate) objects: Vec<Meta>,
    /// Where the next page begins; `None` if there is none.
    pub(crate) next: Option<String>,
}

/// A page of a listing.
#[derive(Debug, Default)]
pub(crate) struct PageOf {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) most: Option<usize>,
}

/// How many names Swift lists in one answer unless it is told otherwise, and mostly at most.
const PAGE: usize = 10_000;

/// A listing over all its pages. A page that breaks off is asked for again, from the last name on that was returned.
struct Listing {
    store: SwiftStore,
    prefix: String,
    by_level: bool,
    items: Items<Entry<Object>>,
    /// The last name that was returned, or where the listing begins.
    after: String,
    /// How often the current page broke off.
    broken: u32,
}

impl Listing {
    fn new(store: &SwiftStore, prefix: String, by_level: bool, after: String) -> Self {
        let items = items(store, &prefix, by_level, &after);
        Self { store: store.clone(), prefix, by_level, items, after, broken: 0 }
    }

    async fn next(&mut self) -> Result<Option<Entry<Object>>> {
        loop {
            let error = match self.items.try_next().await {
                Ok(entry) => {
                    if let Some(entry) = &entry {
                        name_of(entry).clone_into(&mut self.after);
                        self.broken = 0;
                    }
                    return Ok(entry);
                }
                Err(error) => error,
            };
            self.broken += 1;
            // Anything else was tried again by the client itself.
            let broke_off = error.kind() == ErrorKind::Transport && error.is_retryable();
            let outcome = Outcome::new(None, error.sent());
            let wait = self.store.0.retry.delay(outcome, true, self.broken, 1.0).filter(|_| broke_off);
            let Some(wait) = wait else { return Err(self.store.unlisted(error)) };
            tokio::time::sleep(wait).await;
            self.items = items(&self.store, &self.prefix, self.by_level, &self.after);
        }
    }
}

fn items(store: &SwiftStore, prefix: &str, by_level: bool, after: &str) -> Items<Entry<Object>> {
    let call = store.listing(prefix);
    let call = if by_level { call.delimiter('/') } else { call };
    let call = if after.is_empty() { call } else { call.marker(after) };
    store.0.limits.page.into_iter().fold(call, |call, limit| call.limit(limit)).items()
}

fn name_of(entry: &Entry<Object>) -> &str {
    match entry {
        Entry::Item(object) => &object.name,
        Entry::Subdir(name) => name,
    }
}

impl SwiftStore {
    fn listing(&self, prefix: &str) -> ListObjects<Entry<Object>> {
        let call = self.0.storage.list_objects(&self.0.container).entries();
        if prefix.is_empty() { call } else { call.prefix(prefix) }
    }

    /// All objects below a path, in the byte order of their names, from the one after `offset` on.
    pub(crate) fn list(&self, prefix: &str, offset: &str) -> BoxStream<'static, Result<Meta>> {
        let after = if offset.is_empty() { String::new() } else { self.name(offset) };
        let listing = Listing::new(self, self.below(prefix), false, after);
        stream::unfold(Some(listing), async |listing| {
            let mut listing = listing?;
            loop {
                match listing.next().await {
                    Ok(None) => return None,
                    Ok(Some(Entry::Subdir(_))) => {}
                    Ok(Some(Entry::Item(object))) => {
                        if let Some(meta) = listing.store.listed(object).transpose() {
                            return Some((meta, Some(listing)));
                        }
                    }
                    Err(failure) => return Some((Err(failure), None)),
                }
            }
        })
        .boxed()
    }

    /// What is directly below a path.
    pub(crate) async fn list_level(&self, prefix: &str) -> Result<Listed> {
        let mut listing = Listing::new(self, self.below(prefix), true, String::new());
        let mut listed = Listed::default();
        while let Some(entry) = listing.next().await? {
            self.add(&mut listed, entry)?;
        }
        Ok(listed)
    }

    /// One page. The names of `page` are relative to the root, and need not end where a folder does.
    pub(crate) async fn list_page(&self, page: PageOf) -> Result<Listed> {
        let most = page.most.unwrap_or(PAGE).clamp(1, PAGE);
        let fetch = async |after: Option<&str>, limit: usize| {
            let call = self.listing(&self.name(&page.prefix));
            let call = page.delimiter.iter().fold(call, |call, delimiter| call.delimiter(delimiter));
            let call = after.into_iter().fold(call, |call, after| call.marker(&self.name(after)));
            let call = call.limit(u32::try_from(limit).unwrap_or(u32::MAX));
            Ok::<_, Failure>(call.send().await.map_err(|error| self.unlisted(error))?.items)
        };
        let mut entries = fetch(page.after.as_deref(), most).await?;
        entries.truncate(most);
        let last = entries.last().map(|entry| name_of(entry).to_owned());
        let mut listed = Listed::default();
        for entry in entries {
            self.add(&mut listed, entry)?;
        }
        if let Some(last) = last {
            let last = last.strip_prefix(&self.0.root).unwrap_or(&last).to_owned();
            // A page may be short for any reason: only an empty one is the end.
            listed.next = (!fetch(Some(&last), 1).await?.is_empty()).then_some(last);
        }
        Ok(listed)
    }

    fn add(&self, listed: &mut Listed, entry: Entry<Object>) -> Result<()> {
        match entry {
            Entry::Item(object) => listed.objects.extend(self.listed(object)?),
            Entry::Subdir(name) => {
                let folder = name.strip_prefix(&self.0.root).and_then(|folder| folder.strip_suffix('/').or(Some(folder)));
                listed.folders.push(folder.ok_or_else(|| Failure::Unnameable { name: name.clone() })?.to_owned());
            }
        }
        Ok(())
    }

    /// An object of a listing; `None` for the mark of a folder.
    fn listed(&self, object: Object) -> Result<Option<Meta>> {
        let Some(path) = self.path(&object.name)? else { return Ok(None) };
        let modified = object.last_modified.as_ref().map(times::of);
        // The hash of a static large object is that of its manifest's text, which no other answer has.
        let e_tag = object.slo_etag.or(object.hash);
        Ok(Some(Meta {
            modified: modified.ok_or_else(|| Failure::generic(format!("the listing does not tell when {path} was stored")))?,
            path,
            size: object.bytes,
            e_tag: e_tag.as_deref().map(etags::quoted),
            version: object.version_id,
        }))
    }

    fn unlisted(&self, error: Error) -> Failure {
        Failure::of(&self.to_string(), error)
    }
}
