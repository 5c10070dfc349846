//! How a large object is cut into segments.

use crate::transfer::cluster::Bounds;
use k5_core::{Error, Result};
use std::ops::Range;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The default minimum number of bytes in a segment: 64 MiB.
pub const SEGMENT_SIZE: u64 = 64 * MIB;
/// The maximum number of bytes in a segment: 5 GiB.
pub const MAX_SEGMENT_SIZE: u64 = 5 * GIB;
/// The size up to which an object is sent by one PUT, unless the caller chose a segment size: 128 MiB.
pub const SEGMENTS_FROM: u64 = 128 * MIB;
/// Segments of equal size, except for the last one, which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) size: u64,
    pub(crate) segment: u64,
}

impl Sizes {
    /// Cuts `size` bytes: by the caller's wish, or into segments of at least 64 MiB and a thousandth of the whole, so that one
    /// manifest holds them up to 5 TiB.
    pub(crate) fn new(size: u64, wish: Option<u64>, bounds: Bounds) -> Result<Self> {
        let most = bounds.object.min(MAX_SEGMENT_SIZE);
        let segment = match wish {
            Some(wish) => {
                segment_size(wish, bounds)?;
                wish
            }
            // A whole number of MiB, so that it reads well in names.
            None => size.div_ceil(bounds.segments).max(SEGMENT_SIZE).next_multiple_of(MIB).min(most).max(bounds.least),
        };
        let sizes = Self { size, segment };
        let capacity = bounds.segments.saturating_mul(bounds.segments);
        if sizes.count() > capacity {
            return Err(Error::invalid_input(format!(
                "{size} bytes are {} segments of {segment} bytes; two levels of manifests hold {capacity}: choose a larger size of segments",
                sizes.count()
            )));
        }
        Ok(sizes)
    }

    /// The number of segments.
    pub(crate) fn count(&self) -> u64 {
        self.size.div_ceil(self.segment).max(1)
    }

    /// The bytes of a segment.
    pub(crate) fn range(&self, index: u64) -> Range<u64> {
        let start = index.saturating_mul(self.segment).min(self.size);
        start..start.saturating_add(self.segment).min(self.size)
    }
}

/// Checks a size of segments against the cluster's limits.
pub(crate) fn segment_size(size: u64, bounds: Bounds) -> Result<()> {
    let most = bounds.object.min(MAX_SEGMENT_SIZE);
    match size < bounds.least.max(1) || size > most {
        true => Err(Error::invalid_input(format!(
            "segments of {size} bytes are not possible here: the cluster takes {} to {most}",
            bounds.least.max(1)
        ))),
        false => Ok(()),
    }
}

/// Sizes of the segments of a source whose end is not known, which are held in memory: a quarter of what memory allows, and half
/// of it once there are more than one manifest names.
pub(crate) fn growing(index: u64, memory: u64, bounds: Bounds) -> u64 {
    let size = if index < bounds.segments { memory / 4 } else { memory / 2 };
    size.max(bounds.least).max(1).min(bounds.object)
}

/// How segments are divided between manifests: `None` where one holds them all, else how many each manifest of the lower level
/// holds.
pub(crate) fn levels(count: u64, bounds: Bounds) -> Option<u64> {
    (count > bounds.segments).then(|| count.div_ceil(count.div_ceil(bounds.segments)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use proptest::prelude::*;

    const TIB: u64 = 1 << 40;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn the_segments_cover_the_source_exactly(
            size in prop_oneof![0u64..10_000, 0..(300 * MIB), 0..(20 * TIB)],
            wish in proptest::option::of(1u64..(6 * GIB)),
            object in prop_oneof![Just(limits::OBJECT_SIZE), (64 * MIB)..(5 * GIB)],
            least in 1u64..(2 * MIB),
            segments in 2u64..2000,
        ) {
            let bounds = Bounds { object, least, segments };
            let Ok(sizes) = Sizes::new(size, wish, bounds) else {
                // Only what the limits forbid is rejected.
                let of_wish = wish.is_some_and(|wish| segment_size(wish, bounds).is_err());
                let segment = wish.unwrap_or(object.min(MAX_SEGMENT_SIZE));
                prop_assert!(of_wish || size.div_ceil(segment) > segments * segments);
                return Ok(());
            };
            prop_assert!(sizes.segment <= MAX_SEGMENT_SIZE && sizes.segment <= object && sizes.segment >= least);
            prop_assert!(wish.is_none_or(|wish| wish == sizes.segment));
            let count = sizes.count();
            prop_assert!(count <= segments * segments);
            // Any two neighbours, and both ends.
            let middle = count / 2;
            for index in [0, middle.saturating_sub(1), middle, count - 1] {
                let range = sizes.range(index);
                prop_assert_eq!(range.start, index * sizes.segment);
                prop_assert_eq!(range.end, if index + 1 == count { size } else { (index + 1) * sizes.segment });
                prop_assert!(size == 0 || !range.is_empty());
            }
            match levels(count, bounds) {
                None => prop_assert!(count <= segments),
                Some(each) => prop_assert!(each <= segments && count.div_ceil(each) <= segments),
            }
        }

    }

    #[test]
    fn sizes_by_default() {
        let segment = |size| Sizes::new(size, None, Bounds::default()).expect("possible").segment;
        assert_eq!(segment(5 * GIB), 64 * MIB);
        assert_eq!(segment(TIB), 1049 * MIB);
        assert_eq!(segment(6 * TIB), 5 * GIB);
        assert_eq!(levels(1000, Bounds::default()), None);
        assert_eq!(levels(1001, Bounds::default()), Some(501));
    }

    #[test]
    fn growing_segments_reach_far() {
        let sizes = |index| growing(index, 64 * MIB, Bounds::default());
        assert_eq!((sizes(0), sizes(999), sizes(1000)), (16 * MIB, 16 * MIB, 32 * MIB));
        let reach: u64 = (0..1_000_000).map(sizes).sum();
        assert!(reach > 30 * TIB, "{reach}");
    }
}
