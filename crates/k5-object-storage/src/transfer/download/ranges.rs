//! The bytes of an unfinished download that are present, according to its record.

use std::collections::BTreeMap;
use std::ops::Range;

/// Sets of bytes, as ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Reads the lines of a record; ranges beyond the end of the file were never written.
    pub(super) fn read(text: &str, length: u64) -> Self {
        let mut ranges = Self::default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let mut words = line.split(' ');
            let (start, end) = (words.next().and_then(|word| word.parse().ok()), words.next().and_then(|word| word.parse().ok()));
            let (Some(start), Some(end)) = (start, end) else { continue };
            match (words.next(), words.next()) {
                (None, None) if start < end && end <= length => ranges.add(start..end),
                (Some("-"), None) if start < end => ranges.remove(start..end),
                _ => {}
            }
        }
        ranges
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    pub(super) fn add(&mut self, range: Range<u64>) {
        self.0.entry(range.start).and_modify(|end| *end = range.end.max(*end)).or_insert(range.end);
        self.merge();
    }

    pub(super) fn remove(&mut self, range: Range<u64>) {
        let before = std::mem::take(&mut self.0);
        for (start, end) in before {
            for kept in [start..end.min(range.start), start.max(range.end)..end] {
                if kept.start < kept.end {
                    self.0.insert(kept.start, kept.end);
                }
            }
        }
    }

    pub(super) fn merge(&mut self) {
        let mut merged: BTreeMap<u64, u64> = BTreeMap::new();
        for (&start, &end) in &self.0 {
            match merged.last_entry() {
                Some(mut last) if *last.get() >= start => {
                    let reach = end.max(*last.get());
                    last.insert(reach);
                }
                _ => drop(merged.insert(start, end)),
            }
        }
        self.0 = merged;
    }

    /// The end of the contiguous bytes from `start` on.
    pub(super) fn reach(&self, start: u64) -> u64 {
        match self.0.range(..=start).next_back() {
            Some((_, end)) if *end > start => *end,
            _ => start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_are_sets(steps in proptest::collection::vec((any::<bool>(), 0u64..60, 1u64..20), 0..30), cut in 0usize..400) {
            let mut ranges = Ranges::default();
            let mut set = std::collections::BTreeSet::new();
            let mut text = String::new();
            for (adds, start, length) in steps {
                let range = start..start + length;
                match adds {
                    true => { ranges.add(range.clone()); set.extend(range.clone()); text += &format!("{} {}\n", range.start, range.end) }
                    false => { ranges.remove(range.clone()); set.retain(|n| !range.contains(n)); text += &format!("{} {} -\n", range.start, range.end) }
                }
            }
            prop_assert_eq!(ranges.bytes(), set.len() as u64);
            for start in 0..80 {
                prop_assert_eq!(ranges.reach(start), (start..).find(|n| !set.contains(n)).expect("it ends"));
            }
            prop_assert_eq!(&Ranges::read(&text, 1000), &ranges);
            // A record that was cut off anywhere is read up to its last whole line.
            let cut = &text[..cut.min(text.len())];
            let whole = &cut[..cut.rfind('\n').map_or(0, |end| end + 1)];
            prop_assert_eq!(Ranges::read(cut, 1000), Ranges::read(whole, 1000));
        }
    }
}
