//! How a large object is cut: sizes, limits and names of its segments.

use crate::limits;
use k5_core::{Error, Result};
use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Bytes in a segment at least, unless the caller asks for fewer: 64 MiB.
pub const SEGMENT_SIZE: u64 = 64 * MIB;
/// Bytes in a segment at most: 5 GiB.
pub const MAX_SEGMENT_SIZE: u64 = 5 * GIB;
/// Bytes up to which an object goes by one PUT, unless the caller chose a size of segments: 128 MiB.
pub const SEGMENTS_FROM: u64 = 128 * MIB;
/// Segments that one manifest may name where the cluster doesn't say: 1,000.
pub const MANIFEST_SEGMENTS: u64 = 1000;

/// What a cluster allows of large objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Bytes in one object.
    pub(crate) object: u64,
    /// Bytes in a segment, but for the last.
    pub(crate) least: u64,
    /// Segments in one manifest.
    pub(crate) segments: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { object: limits::OBJECT_SIZE, least: MIB, segments: MANIFEST_SEGMENTS }
    }
}

/// Equal segments of an object, but for the last, which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) size: u64,
    pub(crate) segment: u64,
}

impl Plan {
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
        let plan = Self { size, segment };
        let capacity = bounds.segments.saturating_mul(bounds.segments);
        if plan.count() > capacity {
            return Err(Error::invalid_input(format!(
                "{size} bytes are {} segments of {segment} bytes; two levels of manifests hold {capacity}: choose a larger size of segments",
                plan.count()
            )));
        }
        Ok(plan)
    }

    /// How many segments there are.
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

/// The container of a container's segments: its name with `_segments`, as other clients have it.
pub fn segments_container(container: &str) -> String {
    shortened(container, limits::CONTAINER_NAME - "_segments".len()) + "_segments"
}

/// What the names of all segments of an object begin with, whichever upload they are of.
pub(crate) fn object_prefix(object: &str, kind: &str) -> String {
    format!("{}/{kind}/", shortened(object, limits::OBJECT_NAME - 160))
}

/// What the names of an upload's segments begin with: the object, when the source was last changed, its size, and the segments'.
/// The same source gives the same names, and one that changed gives others.
pub(crate) fn upload_prefix(object: &str, kind: &str, generation: &str, plan: Plan) -> String {
    format!("{}{generation}/{}/{}/", object_prefix(object, kind), plan.size, plan.segment)
}

/// When a source was last changed, as names have it: seconds since 1970 with nine digits of fraction.
pub(crate) fn written(modified: SystemTime) -> String {
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => format!("{}.{:09}", since.as_secs(), since.subsec_nanos()),
        Err(before) => {
            let before: Duration = before.duration();
            format!("-{}.{:09}", before.as_secs(), before.subsec_nanos())
        }
    }
}

/// A generation of one run alone.
pub(crate) fn unique() -> String {
    format!("{}-{:08x}", written(SystemTime::now()), fastrand::u32(..))
}

/// The name of a segment below its prefix.
pub(crate) fn index_name(index: u64) -> String {
    format!("{index:08}")
}

/// A name that leaves room for what is added to it: its beginning, and the sum of the whole.
fn shortened(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let mut end = limit - 33;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{}", &name[..end], crate::transfer::hash::thread::hex(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let Ok(plan) = Plan::new(size, wish, bounds) else {
                // Only what the limits forbid is refused.
                let of_wish = wish.is_some_and(|wish| segment_size(wish, bounds).is_err());
                let segment = wish.unwrap_or(object.min(MAX_SEGMENT_SIZE));
                prop_assert!(of_wish || size.div_ceil(segment) > segments * segments);
                return Ok(());
            };
            prop_assert!(plan.segment <= MAX_SEGMENT_SIZE && plan.segment <= object && plan.segment >= least);
            prop_assert!(wish.is_none_or(|wish| wish == plan.segment));
            let count = plan.count();
            prop_assert!(count <= segments * segments);
            // Any two neighbours, and both ends.
            let middle = count / 2;
            for index in [0, middle.saturating_sub(1), middle, count - 1] {
                let range = plan.range(index);
                prop_assert_eq!(range.start, index * plan.segment);
                prop_assert_eq!(range.end, if index + 1 == count { size } else { (index + 1) * plan.segment });
                prop_assert!(size == 0 || !range.is_empty());
            }
            match levels(count, bounds) {
                None => prop_assert!(count <= segments),
                Some(each) => prop_assert!(each <= segments && count.div_ceil(each) <= segments),
            }
        }

        #[test]
        fn names_stay_within_the_limits(object in ".{1,1024}", container in "[^/]{1,256}", index in 0u64..1_000_000) {
            prop_assume!(object.len() <= limits::OBJECT_NAME && container.len() <= limits::CONTAINER_NAME);
            let plan = Plan { size: u64::MAX, segment: MAX_SEGMENT_SIZE };
            let name = upload_prefix(&object, "slo", &written(SystemTime::now()), plan) + &index_name(index);
            prop_assert!(name.len() + 48 <= limits::OBJECT_NAME, "{} bytes", name.len());
            prop_assert!(limits::container_name(&segments_container(&container)).is_ok());
        }
    }

    #[test]
    fn sizes_by_default() {
        let segment = |size| Plan::new(size, None, Bounds::default()).expect("possible").segment;
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

    #[test]
    fn names() {
        let plan = Plan { size: 10, segment: 4 };
        let prefix = upload_prefix("a b/c", "slo", &written(UNIX_EPOCH + Duration::from_millis(1_500)), plan);
        assert_eq!(prefix + &index_name(2), "a b/c/slo/1.500000000/10/4/00000002");
        assert_eq!(segments_container("c"), "c_segments");
        assert_ne!(segments_container(&"c".repeat(256)), segments_container(&"c".repeat(255)));
    }
}
