//! Documents of the services beside Swift: one table for all of them, and one that keeps the order of creation.

use std::ops::ControlFlow;

use redb::{ReadOnlyTable, ReadableTable, Table, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::time::Ticks;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Service, tenant, kind and id, with NUL between them; the value is the place in the order of creation, eight
/// big-endian bytes, and the document.
pub(super) const DOCUMENTS: Definition = TableDefinition::new("documents");
/// Service, tenant, kind and the place in the order of creation; the value is the id.
pub(super) const DOCUMENT_ORDER: Definition = TableDefinition::new("document_order");

/// The length of a place in the order of creation.
const PLACE: usize = size_of::<u64>();

/// Something a service keeps. Whatever time alone changes is computed when the document is read, so that nothing has to run in the
/// background, and a killed process misses nothing.
pub(crate) trait Document: Serialize + DeserializeOwned {
    /// The owner.
    const SERVICE: &'static str;
    /// The kind.
    const KIND: &'static str;

    /// Unique among its kind and tenant.
    fn id(&self) -> &str;

    /// Takes the steps that are due.
    fn settle(&mut self, _now: Ticks) {}

    /// The time from which the document no longer exists.
    fn gone_at(&self) -> Option<Ticks> {
        None
    }
}

/// Which end of a collection comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

/// A table of either kind of transaction.
pub(crate) trait Rows: ReadableTable<&'static [u8], &'static [u8]> {}

impl<T: ReadableTable<&'static [u8], &'static [u8]>> Rows for T {}

/// The documents of all services, in a read or a write transaction.
pub(crate) struct Documents<R> {
    rows: R,
    order: R,
}

pub(crate) type StoredDocuments = Documents<ReadOnlyTable<&'static [u8], &'static [u8]>>;
pub(crate) type OpenDocuments<'t> = Documents<Table<'t, &'static [u8], &'static [u8]>>;

impl<R: Rows> Documents<R> {
    pub(super) fn new(rows: R, order: R) -> Self {
        Self { rows, order }
    }

    pub(crate) fn get<D: Document>(&self, tenant: &str, id: &str) -> Result<Option<D>, StoreError> {
        let Some(row) = self.rows.get(key::<D>(tenant, id).as_slice())? else { return Ok(None) };
        alive(&row.value()[PLACE..])
    }

    /// Passes the documents to `each`, one after the other until it breaks, starting after the one with the id `after`. An unknown
    /// `after` shows none; look it up before.
    pub(crate) fn visit<D: Document>(
        &self,
        tenant: &str,
        order: Order,
        after: Option<&str>,
        mut each: impl FnMut(D) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let prefix = prefix::<D>(tenant);
        let (mut from, mut to) = (prefix.clone(), prefix.clone());
        to.extend_from_slice(&[0xff; PLACE]);
        if let Some(after) = after {
            let Some(row) = self.rows.get(key::<D>(tenant, after).as_slice())? else { return Ok(()) };
            let place = &row.value()[..PLACE];
            let bound = if order == Order::OldestFirst { &mut from } else { &mut to };
            bound.truncate(prefix.len());
            bound.extend_from_slice(place);
            if order == Order::OldestFirst {
                // The next one: no key between this place and the one with a byte more.
                bound.push(0);
            }
        }
        let mut range = self.order.range::<&[u8]>(from.as_slice()..to.as_slice())?;
        loop {
            let entry = if order == Order::OldestFirst { range.next() } else { range.next_back() };
            let Some(entry) = entry else { return Ok(()) };
            let id = entry?.1;
            let mut key = prefix.clone();
            key.extend_from_slice(id.value());
            let Some(row) = self.rows.get(key.as_slice())? else { continue };
            if let Some(document) = alive(&row.value()[PLACE..])?
                && each(document).is_break()
            {
                return Ok(());
            }
        }
    }

    pub(crate) fn all<D: Document>(&self, tenant: &str, order: Order) -> Result<Vec<D>, StoreError> {
        let mut all = Vec::new();
        self.visit(tenant, order, None, |document| {
            all.push(document);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }
}

impl OpenDocuments<'_> {
    /// Stores a document: in place of the one with the same id, or at the end.
    pub(crate) fn put<D: Document>(&mut self, tenant: &str, document: &D) -> Result<(), StoreError> {
        let key = key::<D>(tenant, document.id());
        let known = self.rows.get(key.as_slice())?.map(|row| row.value()[..PLACE].to_vec());
        let place = match known {
            Some(place) => place,
            None => {
                let prefix = prefix::<D>(tenant);
                let place = self.next_place(&prefix)?.to_be_bytes().to_vec();
                self.order.insert([prefix, place.clone()].concat().as_slice(), document.id().as_bytes())?;
                place
            }
        };
        let mut row = place;
        serde_json::to_writer(&mut row, document)?;
        self.rows.insert(key.as_slice(), row.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove<D: Document>(&mut self, tenant: &str, id: &str) -> Result<(), StoreError> {
        let place = match self.rows.remove(key::<D>(tenant, id).as_slice())? {
            Some(row) => row.value()[..PLACE].to_vec(),
            None => return Ok(()),
        };
        self.order.remove([prefix::<D>(tenant), place].concat().as_slice())?;
        Ok(())
    }

    /// All documents of a kind, oldest first. Expired ones are removed along the way.
    pub(crate) fn sweep<D: Document>(&mut self, tenant: &str) -> Result<Vec<D>, StoreError> {
        let prefix = prefix::<D>(tenant);
        let mut end = prefix.clone();
        end.extend_from_slice(&[0xff; PLACE]);
        let (mut kept, mut over) = (Vec::new(), Vec::new());
        for entry in self.order.range::<&[u8]>(prefix.as_slice()..end.as_slice())? {
            let id = String::from_utf8_lossy(entry?.1.value()).into_owned();
            match self.get(tenant, &id)? {
                Some(document) => kept.push(document),
                None => over.push(id),
            }
        }
        for id in over {
            self.remove::<D>(tenant, &id)?;
        }
        Ok(kept)
    }

    fn next_place(&self, prefix: &[u8]) -> Result<u64, StoreError> {
        let mut end = prefix.to_vec();
        end.extend_from_slice(&[0xff; PLACE]);
        let Some(last) = self.order.range::<&[u8]>(prefix..end.as_slice())?.next_back() else { return Ok(0) };
        let last = last?.0;
        let place = last.value()[prefix.len()..].try_into().map_or(0, u64::from_be_bytes);
        Ok(place + 1)
    }
}

fn alive<D: Document>(document: &[u8]) -> Result<Option<D>, StoreError> {
    let mut document: D = serde_json::from_slice(document)?;
    let now = Ticks::now();
    document.settle(now);
    Ok(Some(document).filter(|document| document.gone_at().is_none_or(|at| at > now)))
}

fn prefix<D: Document>(tenant: &str) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(128);
    for part in [D::SERVICE, tenant, D::KIND] {
        prefix.extend_from_slice(part.as_bytes());
        prefix.push(0);
    }
    prefix
}

fn key<D: Document>(tenant: &str, id: &str) -> Vec<u8> {
    let mut key = prefix::<D>(tenant);
    key.extend_from_slice(id.as_bytes());
    key
}
