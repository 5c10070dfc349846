//! Listing a part of an ordered table: markers, prefix, delimiter, path, both directions.

use std::ops::Bound;

use redb::ReadableTable;

use super::StoreError;

/// The query of a listing, as the client gave it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListQuery {
    pub(crate) limit: usize,
    pub(crate) marker: String,
    pub(crate) end_marker: String,
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    /// Directly in this pseudo folder; older than prefix and delimiter, and overrides both.
    pub(crate) path: Option<String>,
    pub(crate) reverse: bool,
}

/// One line of a listing.
pub(crate) enum Entry<'a> {
    Row { name: &'a str, document: &'a [u8] },
    Subdir(&'a str),
}

/// Walks `base`'s part of the table.
///
/// A pseudo folder is left by seeking past it, so that the cost is in what is listed, not in what lies below.
pub(crate) fn scan(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    base: &[u8],
    query: &ListQuery,
    mut alive: impl FnMut(&[u8]) -> Result<bool, StoreError>,
    mut entry: impl FnMut(Entry<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let path = query.path.as_deref().map(|path| match path {
        "" => String::new(),
        path => format!("{}/", path.trim_end_matches('/')),
    });
    let (prefix, delimiter) = match &path {
        Some(path) => (path.as_bytes(), "/".as_bytes()),
        None => (query.prefix.as_bytes(), query.delimiter.as_bytes()),
    };
    let (low, high) = if query.reverse {
        (query.end_marker.as_bytes(), query.marker.as_bytes())
    } else {
        (query.marker.as_bytes(), query.end_marker.as_bytes())
    };

    let with_base = |name: &[u8]| [base, name].concat();
    let mut lower =
        if !low.is_empty() && low >= prefix { Bound::Excluded(with_base(low)) } else { Bound::Included(with_base(prefix)) };
    let past_prefix = successor(&with_base(prefix));
    let mut upper = if !high.is_empty() && with_base(high) < past_prefix { with_base(high) } else { past_prefix };

    let mut left = query.limit;
    'seek: while left > 0 {
        let below = match &lower {
            Bound::Included(low) => *low < upper,
            Bound::Excluded(low) => *low < upper,
            Bound::Unbounded => true,
        };
        if !below {
            break;
        }
        let lower_ref = lower.as_ref().map(Vec::as_slice);
        let mut range = table.range::<&[u8]>((lower_ref, Bound::Excluded(upper.as_slice())))?;
        loop {
            let next = if query.reverse { range.next_back() } else { range.next() };
            let Some(row) = next else { break 'seek };
            let (key, document) = row?;
            let name = &key.value()[base.len()..];
            let document = document.value();
            if !alive(document)? {
                continue;
            }
            if !delimiter.is_empty()
                && let Some(at) = find(&name[prefix.len()..], delimiter)
            {
                let end = prefix.len() + at + delimiter.len();
                let folder = name[..end].to_vec();
                // With `path`, a name that ends in the slash is an entry; what lies deeper is not listed at all.
                let deeper = path.is_none() || name.len() > end;
                if deeper {
                    if path.is_none() && folder != low {
                        entry(Entry::Subdir(text(&folder)))?;
                        left -= 1;
                    }
                    if query.reverse {
                        upper = with_base(&folder);
                    } else {
                        lower = Bound::Included(successor(&with_base(&folder)));
                    }
                    continue 'seek;
                }
            }
            if path.as_ref().is_some_and(|path| !path.is_empty() && path.as_bytes() == name) {
                continue;
            }
            entry(Entry::Row { name: text(name), document })?;
            left -= 1;
            if left == 0 {
                break 'seek;
            }
        }
    }
    Ok(())
}

/// The first key after all keys that begin with `prefix`. UTF-8 has no byte 0xff, so adding one is enough.
fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut next = prefix.to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.saturating_add(1);
    }
    next
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn text(name: &[u8]) -> &str {
    // Names were UTF-8 when they came in; a file that was damaged shows as an empty name, not as a panic.
    std::str::from_utf8(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use redb::{Database, ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    use super::*;

    const TABLE: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("t");

    fn list(names: &[&str], query: &ListQuery) -> Vec<String> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(TABLE).unwrap();
            for name in names {
                table.insert(format!("a\0c\0{name}").as_bytes(), b"".as_slice()).unwrap();
            }
            table.insert(b"a\0d\0other".as_slice(), b"".as_slice()).unwrap();
        }
        transaction.commit().unwrap();
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        let mut found = Vec::new();
        scan(
            &table,
            b"a\0c\0",
            query,
            |_| Ok(true),
            |entry| {
                found.push(match entry {
                    Entry::Row { name, .. } => name.to_owned(),
                    Entry::Subdir(name) => format!("[{name}]"),
                });
                Ok(())
            },
        )
        .unwrap();
        found
    }

    const NAMES: &[&str] = &["a", "a/", "a/1", "a/2/x", "a/2/y", "b/1", "c"];

    fn query() -> ListQuery {
        ListQuery { limit: 10_000, ..ListQuery::default() }
    }

    #[test]
    fn folders_roll_up_both_ways() {
        let delimited = ListQuery { delimiter: "/".into(), ..query() };
        assert_eq!(list(NAMES, &delimited), ["a", "[a/]", "[b/]", "c"]);
        let reversed = ListQuery { reverse: true, ..delimited.clone() };
        assert_eq!(list(NAMES, &reversed), ["c", "[b/]", "[a/]", "a"]);
        let inside = ListQuery { prefix: "a/".into(), ..delimited };
        assert_eq!(list(NAMES, &inside), ["a/", "a/1", "[a/2/]"]);
    }

    #[test]
    fn markers_bound_the_listing() {
        let after = ListQuery { marker: "a/1".into(), end_marker: "b/1".into(), ..query() };
        assert_eq!(list(NAMES, &after), ["a/2/x", "a/2/y"]);
        let paged = ListQuery { delimiter: "/".into(), marker: "a/".into(), limit: 1, ..query() };
        assert_eq!(list(NAMES, &paged), ["[b/]"]);
        let crossed = ListQuery { marker: "z".into(), end_marker: "b".into(), ..query() };
        assert!(list(NAMES, &crossed).is_empty());
        let reversed = ListQuery { marker: "b/1".into(), end_marker: "a/1".into(), reverse: true, ..query() };
        assert_eq!(list(NAMES, &reversed), ["a/2/y", "a/2/x"]);
    }

    #[test]
    fn path_lists_one_level() {
        let at = |path: &str| ListQuery { path: Some(path.into()), ..query() };
        assert_eq!(list(NAMES, &at("a")), ["a/1"]);
        assert_eq!(list(NAMES, &at("a/2")), ["a/2/x", "a/2/y"]);
        assert_eq!(list(NAMES, &at("")), ["a", "a/", "c"]);
    }

    #[test]
    fn delimiters_may_be_long() {
        let names = &["p--1", "p--2", "q"];
        let delimited = ListQuery { delimiter: "--".into(), ..query() };
        assert_eq!(list(names, &delimited), ["[p--]", "q"]);
    }
}
