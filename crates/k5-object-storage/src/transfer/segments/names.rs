//! The names of segments, and what they tell: whose they are, of which upload, and which part of it.
//!
//! An upload's segments lie in one folder, `{object}/slo/{generation}/{size}/{segment size}/`, and beside the folder lies the mark of
//! whoever claimed it: the same name with `.named` in the place of the last `/`; once its manifest was moved, one that ends in `.moved`; and
//! once an old version consists of them, one that ends in `.kept`.

use super::sizes::Sizes;
use crate::limits;
use crate::transfer::hash::thread::hex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The suffix of the name of a folder's mark.
pub(crate) const MARK: &str = ".named";

/// The suffix of the mark that a folder's manifest was moved.
pub(crate) const MOVED_MARK: &str = ".moved";

/// The suffix of the mark that an old version of an object consists of a folder's segments.
pub(crate) const KEPT_MARK: &str = ".kept";

/// The suffix of the mark that earlier versions left beside segments whose manifest was moved away.
pub(crate) const MOVED: &str = "/moved";

/// The suffixes of all marks.
const MARKS: [&str; 4] = [MARK, MOVED_MARK, KEPT_MARK, MOVED];

/// The index in a segment's name: `00000012`, or `00000012-1a2b3c4d`.
pub(crate) fn index_of(name: &str) -> Option<u64> {
    let (digits, mark) = name.split_once('-').map_or((name, None), |(digits, mark)| (digits, Some(mark)));
    let marked = mark.is_none_or(|mark| mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let plain = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if marked && plain { digits.parse().ok() } else { None }
}

/// What the name of a segment, of a manifest of the lower level or of a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    /// The object whose upload made it.
    pub(crate) object: &'a str,
    /// The folder of its upload, without a `/` at its end.
    pub(crate) folder: &'a str,
    /// Whether it is the folder's mark and contains no bytes of the object.
    pub(crate) is_mark: bool,
}

/// Parses a name that this program creates; `None` for any other.
pub(crate) fn read(name: &str) -> Option<Named<'_>> {
    if let Some(folder) = MARKS.iter().find_map(|end| name.strip_suffix(end)) {
        return object_of_folder(folder).map(|object| Named { object, folder, is_mark: true });
    }
    let (folder, last) = name.rsplit_once('/')?;
    let of_manifest = last.strip_prefix("manifest-").is_some_and(|n| n.len() == 8 && is_number(n));
    let object = object_of_folder(folder).filter(|_| of_manifest || index_of(last).is_some())?;
    Some(Named { object, folder, is_mark: false })
}

/// The object of an upload's folder, `{object}/slo/{time}/{size}/{segment size}`.
pub(crate) fn object_of_folder(folder: &str) -> Option<&str> {
    let (rest, segment) = folder.rsplit_once('/')?;
    let (rest, size) = rest.rsplit_once('/')?;
    let (rest, generation) = rest.rsplit_once('/')?;
    let (object, kind) = rest.rsplit_once('/')?;
    let time = generation.trim_start_matches('-').split(['.', '-']).next().is_some_and(is_number);
    (time && is_number(size) && is_number(segment) && matches!(kind, "slo" | "dlo")).then_some(object)
}

/// Whether an upload in segments gives such a name to a segment: this program's, or python-swiftclient's.
pub(crate) fn is_segment(name: &str) -> bool {
    if read(name).is_some() {
        return true;
    }
    // `{object}/{time}/{size}/{segment size}/{index}`, with `slo` before the time where it was told so.
    let mut parts = name.rsplit('/');
    let index = parts.next().is_some_and(|index| index.len() == 8 && is_number(index));
    let sizes = parts.next().is_some_and(is_number) && parts.next().is_some_and(is_number);
    let time =
        parts.next().and_then(|time| time.split_once('.')).is_some_and(|(seconds, rest)| is_number(seconds) && is_number(rest));
    index && sizes && time && parts.next().is_some()
}

/// Whether an object below a dynamic large object's prefix is one of its segments, and not something else with the same prefix.
pub(crate) fn is_below(prefix: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    match rest.strip_prefix('/') {
        Some(index) if is_prefix_of_rclone(prefix) => index.len() >= 8 && is_number(index),
        _ => prefix.ends_with('/') && (is_number(rest) || index_of(rest).is_some()),
    }
}

/// Whether a dynamic large object's prefix is one that rclone creates, without a trailing `/`: `{object}/{time}/{size}`, with -1
/// for an unknown size, or `{object}/{date}-{random letters}`.
fn is_prefix_of_rclone(prefix: &str) -> bool {
    let Some((rest, last)) = prefix.rsplit_once('/') else { return false };
    let is_size = last == "-1" || is_number(last);
    let time = rest.rsplit_once('/').and_then(|(_, time)| time.split_once('.'));
    if is_size && time.is_some_and(|(seconds, fraction)| is_number(seconds) && is_number(fraction)) {
        return true;
    }
    let mut parts = last.splitn(5, '-');
    let is_date = [4, 2, 2, 6].iter().all(|digits| parts.next().is_some_and(|part| part.len() == *digits && is_number(part)));
    is_date && parts.next().is_some_and(|random| random.len() >= 16)
}

/// What an upload's folder holds at this name: `(generation, size, segment size, what is in it)`, the last empty for its mark.
pub(crate) fn in_folder<'a>(object: &str, kind: &str, name: &'a str) -> Option<(&'a str, u64, u64, &'a str)> {
    let rest = name.strip_prefix(object_prefix(object, kind).as_str())?;
    let (generation, rest) = rest.split_once('/')?;
    let (size, rest) = rest.split_once('/')?;
    let mark = MARKS.iter().find_map(|end| rest.strip_suffix(end));
    let (segment, last) = match mark {
        Some(segment) => (segment, ""),
        None => rest.split_once('/')?,
    };
    Some((generation, size.parse().ok()?, segment.parse().ok()?, last))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The container for a container's segments: its name with `_segments`, as other clients use it.
pub fn segments_container(container: &str) -> String {
    shortened(container, limits::CONTAINER_NAME - "_segments".len()) + "_segments"
}

/// What the names of all segments of an object begin with, whichever upload they are of.
pub(crate) fn object_prefix(object: &str, kind: &str) -> String {
    format!("{}/{kind}/", shortened(object, limits::OBJECT_NAME - 160))
}

/// The prefix of the names of an upload's segments: the object, when the source was last changed, its size, and the segments' size.
/// The same source produces the same names, and a changed source produces different ones.
pub(crate) fn upload_prefix(object: &str, kind: &str, generation: &str, sizes: Sizes) -> String {
    format!("{}{generation}/{}/{}/", object_prefix(object, kind), sizes.size, sizes.segment)
}

/// When a source was last changed, as written in names: seconds since 1970 with nine digits of fraction.
pub(crate) fn written(modified: SystemTime) -> String {
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => format!("{}.{:09}", since.as_secs(), since.subsec_nanos()),
        Err(before) => {
            let before: Duration = before.duration();
            format!("-{}.{:09}", before.as_secs(), before.subsec_nanos())
        }
    }
}

/// A generation for one run alone.
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
    format!("{}~{}", &name[..end], hex(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::sizes::MAX_SEGMENT_SIZE;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn names_stay_within_the_limits(object in ".{1,1024}", container in "[^/]{1,256}", index in 0u64..1_000_000) {
            prop_assume!(object.len() <= limits::OBJECT_NAME && container.len() <= limits::CONTAINER_NAME);
            let sizes = Sizes { size: u64::MAX, segment: MAX_SEGMENT_SIZE };
            let name = upload_prefix(&object, "slo", &written(SystemTime::now()), sizes) + &index_name(index);
            prop_assert!(name.len() + 48 <= limits::OBJECT_NAME, "{} bytes", name.len());
            prop_assert!(limits::container_name(&segments_container(&container)).is_ok());
        }
    }

    #[test]
    fn indexes() {
        assert_eq!(index_of("00000012"), Some(12));
        assert_eq!(index_of("123456789"), Some(123_456_789));
        assert_eq!(index_of("00000012-0a1b2c3d"), Some(12));
        for other in ["", "12", "moved", "manifest-00000001", "00000012-xyz", "00000012-", "0000001x", "00000012/0"] {
            assert_eq!(index_of(other), None, "{other}");
        }
    }

    #[test]
    fn only_names_that_an_upload_makes_are_segments() {
        for name in [
            "a/b/slo/1.500000000/10/4/00000002",
            "a/b/slo/1.500000000-x99/10/4/00000002-0a1b2c3d",
            "a/b/dlo/-1.500000000/10/4/00000002",
            "a/b/slo/1.500000000-0a1b2c3d/10/4/manifest-00000000",
            "a/b/slo/1.5/10/4/moved",
            "a/b/slo/1.5/10/4.named",
            "a/b/slo/1.5/10/4.moved",
            "a/b/slo/1.5/10/4.kept",
        ] {
            let read = read(name).expect(name);
            assert_eq!((read.object, is_segment(name)), ("a/b", true), "{name}");
            assert_eq!(read.is_mark, MARKS.iter().any(|end| name.ends_with(end)), "{name}");
            assert!(name.starts_with(read.folder) && read.folder.ends_with("/10/4"), "{name}");
        }
        for name in [
            "a",
            "a/slo/x/10/4/00000002",
            "a/slo/1.5/10/4/2",
            "a/1.5/10/4/00000002",
            "a/slo/1.5/10/4/notes.txt",
            "slo/1.5/10/4/00000002",
            "a/slo/1.5/10/x.named",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
        assert!(is_segment("a/1.5/10/4/00000002") && !is_segment("a/1.5/10/4/2") && !is_segment("1.5/10/4/00000002"));
    }

    #[test]
    fn what_only_begins_like_a_segment_is_none() {
        assert!(is_below("a/", "a/00000001") && is_below("a/", "a/1") && is_below("a/", "a/00000001-0a1b2c3d"));
        for prefix in ["a b/1795909347.949857135/2000000", "a/1.5/-1", ".file-segments/a/2026-11-28-234500-Zm9vYmFyLXgtYmF6cXV1eA"]
        {
            assert!(
                is_below(prefix, &format!("{prefix}/00000001")) && !is_below(prefix, &format!("{prefix}0/00000001")),
                "{prefix}"
            );
            assert!(!is_below(prefix, &format!("{prefix}/1")) && !is_below(prefix, &format!("{prefix}/00000001/x")), "{prefix}");
        }
        for prefix in ["photos", "a/2000000", "a/x.5/200", "a/1.5/-2", "a/2026-11-28-holiday", "a/2026-11-28-234500-short"] {
            assert!(!is_below(prefix, &format!("{prefix}/00000001")), "{prefix}");
        }
        for (prefix, name) in [("a", "a1"), ("a/", "a/"), ("a/", "a/b"), ("a/", "a/1/2"), ("a/", "b/1"), ("", "1")] {
            assert!(!is_below(prefix, name), "{prefix} {name}");
        }
    }

    #[test]
    fn folders_are_read() {
        assert_eq!(in_folder("a", "slo", "a/slo/1.5-x9/10/4/00000001"), Some(("1.5-x9", 10, 4, "00000001")));
        assert_eq!(in_folder("a", "slo", "a/slo/1.5/10/4.named"), Some(("1.5", 10, 4, "")));
        assert_eq!(in_folder("a", "slo", "a/slo/1.5/10/4/moved"), Some(("1.5", 10, 4, "")));
        assert_eq!(in_folder("a", "slo", "b/slo/1.5/10/4/00000001"), None);
    }

    #[test]
    fn names_of_an_upload() {
        let sizes = Sizes { size: 10, segment: 4 };
        let prefix = upload_prefix("a b/c", "slo", &written(UNIX_EPOCH + Duration::from_millis(1_500)), sizes);
        assert_eq!(prefix + &index_name(2), "a b/c/slo/1.500000000/10/4/00000002");
        assert_eq!(segments_container("c"), "c_segments");
        assert_ne!(segments_container(&"c".repeat(256)), segments_container(&"c".repeat(255)));
    }
}
