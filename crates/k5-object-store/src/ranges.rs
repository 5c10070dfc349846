//! Several ranges of one object: those that are close together come with one request, and all of them from the same content.

use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::ops::Range;

impl SwiftStore {
    pub(crate) async fn ranges(&self, path: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if let Some(range) = ranges.iter().find(|range| range.start >= range.end) {
            return Err(Failure::generic(format!("a range that starts at {} can't end at {}", range.start, range.end)));
        }
        let limits = self.0.limits;
        let merged = merged(ranges, limits.coalesce);
        let requests = stream::iter(merged.iter().cloned().map(|range| self.get_range(path, range)));
        let fetched: Vec<(Bytes, Option<String>)> = requests.buffered(limits.ranges).try_collect().await?;
        if fetched.windows(2).any(|pair| pair[0].1 != pair[1].1) {
            let source = "it was replaced while its ranges were read: read them again".into();
            return Err(Failure::Precondition { path: path.to_owned(), source });
        }
        let part = |range: &Range<u64>| {
            let at = merged.partition_point(|merged| merged.start <= range.start) - 1;
            let bytes = &fetched[at].0;
            let place = |position: u64| usize::try_from(position - merged[at].start).unwrap_or(usize::MAX).min(bytes.len());
            let (start, end) = (place(range.start), place(range.end));
            // As of a single range, what is beyond the end is left out, but a range with no bytes of the object is an error.
            match start == end {
                true => {
                    Err(Failure::generic(format!("the range starts at {}, which is not before the end of {path}", range.start)))
                }
                false => Ok(bytes.slice(start..end)),
            }
        };
        ranges.iter().map(part).collect()
    }
}

/// Ranges in order that cover these, with gaps of more than `gap` bytes between them.
fn merged(ranges: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_close_are_one() {
        let merged = |ranges: &[Range<u64>], gap| -> Vec<_> {
            merged(ranges, gap).into_iter().map(|range| (range.start, range.end)).collect()
        };
        assert_eq!(merged(&[], 10), []);
        assert_eq!(merged(&[0..1, 2..3, 0..5], 0), [(0, 5)]);
        assert_eq!(merged(&[100..110, 0..10, 20..30], 10), [(0, 30), (100, 110)]);
        assert_eq!(merged(&[100..110, 0..10, 20..30], 9), [(0, 10), (20, 30), (100, 110)]);
        assert_eq!(merged(&[5..6, u64::MAX - 1..u64::MAX, 5..9], u64::MAX), [(5, u64::MAX)]);
    }
}
