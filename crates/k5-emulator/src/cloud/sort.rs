//! The order of a list, if it is not by creation: `sort_key` and `sort_dir`, or `sort=key:dir,...`.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Call, Outcome, bad_request};

/// Keys, and whether each one ascends. Without any, the order is unchanged.
#[derive(Default)]
pub(crate) struct Sort(Vec<(String, bool)>);

impl Sort {
    /// `None`: newest first, which needs no sorting.
    pub(crate) fn of(call: &Call<'_>, keys: &[&str]) -> Outcome<Option<Self>> {
        let all = |name: &'static str| call.request.query.pairs().filter(move |(known, _)| *known == name).map(|(_, value)| value);
        let mut directions = all("sort_dir");
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        for key in all("sort_key") {
            wanted.push((key, directions.next().unwrap_or("desc")));
        }
        if let Some(direction) = directions.next() {
            wanted.push(("created_at", direction));
        }
        for part in all("sort").flat_map(|list| list.split(',')) {
            wanted.push(part.split_once(':').unwrap_or((part, "desc")));
        }
        let mut sort = Vec::new();
        for (key, direction) in wanted {
            if !keys.contains(&key) {
                let keys = keys.join(", ");
                return Err(bad_request(format!("Invalid sort key: {key}. It must be one of the following: {keys}.")));
            }
            let ascending = match direction {
                "asc" => true,
                "desc" => false,
                other => return Err(bad_request(format!("Unknown sort direction, must be one of: asc, desc; not {other}"))),
            };
            sort.push((key.to_owned(), ascending));
        }
        let newest_first = sort.is_empty() || sort.first().is_some_and(|(key, ascending)| key == "created_at" && !ascending);
        Ok((!newest_first).then_some(Self(sort)))
    }

    /// Sorts items that are newest first, and returns at most `limit` of them after the one that `is_marker` selects.
    pub(crate) fn page<T>(
        &self,
        mut items: Vec<T>,
        value: impl Fn(&T, &str) -> Value,
        is_marker: impl Fn(&T) -> bool,
        limit: usize,
    ) -> Vec<T> {
        if self.0.last().is_some_and(|(_, ascending)| *ascending) {
            // Then the older one of equal items also comes first.
            items.reverse();
        }
        items.sort_by(|a, b| {
            let by = |(key, ascending): &(String, bool)| {
                let order = compare(&value(a, key), &value(b, key));
                if *ascending { order } else { order.reverse() }
            };
            self.0.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        let from = items.iter().position(is_marker).map_or(0, |at| at + 1);
        items.into_iter().skip(from).take(limit).collect()
    }
}

/// A missing value comes first, then numbers and texts in their own order.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => a.as_u64().cmp(&b.as_u64()),
    }
}
