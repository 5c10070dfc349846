//! A page of documents: by limit, marker and offset, in an order of choice.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{Call, Cloud, Fail, Kept, Outcome, Sort};
use crate::store::Order;

/// A document's value for a sort key.
type ValueOf<D> = fn(&D, &str) -> Value;

/// How a list is paged: newest first, unless it is sorted.
pub(crate) struct Cut<D> {
    limit: usize,
    skip: usize,
    sort: Option<(Sort, ValueOf<D>)>,
    no_marker: Option<fn(&str) -> Fail>,
    hidden_markers: bool,
}

impl<D> Cut<D> {
    /// At most this many.
    pub(crate) fn limit(limit: usize) -> Self {
        Self { limit, skip: 0, sort: None, no_marker: None, hidden_markers: false }
    }

    /// Skipping this many at the beginning.
    pub(crate) fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// In this order, by the keys' values that `value` returns.
    pub(crate) fn sort(self, sort: Option<Sort>, value: ValueOf<D>) -> Self {
        Self { sort: sort.map(|sort| (sort, value)), ..self }
    }

    /// Starting after the query's `marker`; an unknown one is refused like this.
    pub(crate) fn marker(self, unknown: fn(&str) -> Fail) -> Self {
        Self { no_marker: Some(unknown), ..self }
    }

    /// A document that the caller may not see is a valid marker all the same.
    pub(crate) fn hidden_markers(self) -> Self {
        Self { hidden_markers: true, ..self }
    }
}

/// The part of a list that one answer has.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Whether it has as many as were requested, so that there may be more.
    pub(crate) is_full: bool,
}

impl Cloud {
    /// The documents that fit, paged like this.
    pub(crate) fn page<D: Kept>(&self, call: &Call<'_>, cut: Cut<D>, fits: impl Fn(&D) -> bool) -> Outcome<Page<D>> {
        let (reader, tenant) = (self.reader(), D::tenant(&call.caller));
        let marker = cut.no_marker.and_then(|unknown| Some((unknown, call.query("marker")?)));
        if let Some((unknown, marker)) = marker {
            let document: Option<D> = reader.documents.get(tenant, marker)?;
            if document.is_none_or(|document| !cut.hidden_markers && !document.is_there_for(&call.caller)) {
                return Err(unknown(marker));
            }
        }
        let marker = marker.map(|(_, marker)| marker);
        let most = cut.limit.saturating_add(cut.skip);
        // Sorting needs all of them.
        let (after, wanted) = if cut.sort.is_some() { (None, usize::MAX) } else { (marker, most) };
        let mut items = Vec::new();
        reader.documents.visit(tenant, Order::NewestFirst, after, |document: D| {
            if items.len() == wanted {
                return ControlFlow::Break(());
            }
            if fits(&document) {
                items.push(document);
            }
            ControlFlow::Continue(())
        })?;
        if let Some((sort, value)) = cut.sort {
            items = sort.page(items, value, |document: &D| marker == Some(document.id()), most);
        }
        items.drain(..cut.skip.min(items.len()));
        Ok(Page { is_full: items.len() == cut.limit, items })
    }
}
