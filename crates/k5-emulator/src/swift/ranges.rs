//! `Range` headers.

const MOST: usize = 50;
const OVERLAPS: usize = 2;
const UNORDERED: usize = 8;

/// The parts of a body that are asked for, as half-open intervals; none when no part of it is there.
///
/// `None` for a header that is to be ignored because it cannot be understood.
pub(crate) fn parse(header: &str, length: u64) -> Option<Vec<(u64, u64)>> {
    let spec: String = header.chars().filter(|character| *character != ' ').collect();
    let spec = spec.get(..6).filter(|unit| unit.eq_ignore_ascii_case("bytes=")).and_then(|_| spec.get(6..))?;
    let mut ranges = Vec::new();
    for range in spec.split(',') {
        let (start, end) = range.split_once('-')?;
        let number = |text: &str| -> Option<Option<u64>> {
            match text {
                "" => Some(None),
                // More digits than fit are more than any length.
                text if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(text.parse().unwrap_or(u64::MAX))),
                _ => None,
            }
        };
        match (number(start)?, number(end)?) {
            (None, None) => return None,
            (Some(start), Some(end)) if end < start => return None,
            (None, Some(last)) => {
                if last > 0 {
                    ranges.push((length.saturating_sub(last), length));
                }
            }
            (Some(start), None) => {
                if start < length {
                    ranges.push((start, length));
                }
            }
            (Some(start), Some(end)) => {
                if start < length {
                    ranges.push((start, end.saturating_add(1).min(length)));
                }
            }
        }
    }
    if is_egregious(&ranges) { Some(Vec::new()) } else { Some(ranges) }
}

/// Swift's guard against ranges that cost more than they are worth.
fn is_egregious(ranges: &[(u64, u64)]) -> bool {
    if ranges.len() > MOST {
        return true;
    }
    let mut overlaps = 0;
    for (index, (start1, end1)) in ranges.iter().enumerate() {
        for (start2, end2) in &ranges[index + 1..] {
            let inside = |point: &u64, start: &u64, end: &u64| start < point && point < end;
            if inside(start2, start1, end1)
                || inside(end2, start1, end1)
                || inside(start1, start2, end2)
                || inside(end1, start2, end2)
            {
                overlaps += 1;
            }
        }
    }
    let ascending = ranges.windows(2).all(|pair| pair[0].0 <= pair[1].0);
    overlaps > OVERLAPS || (!ascending && ranges.len() >= UNORDERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_rfc() {
        for (header, expected) in [
            ("bytes=0-4", Some(vec![(0, 5)])),
            ("bytes=5-", Some(vec![(5, 10)])),
            ("bytes=-3", Some(vec![(7, 10)])),
            ("bytes=-30", Some(vec![(0, 10)])),
            ("bytes=-0", Some(vec![])),
            ("bytes=8-99", Some(vec![(8, 10)])),
            ("bytes=10-", Some(vec![])),
            ("bytes=1-2, 4-5", Some(vec![(1, 3), (4, 6)])),
            ("bytes=20-,1-1", Some(vec![(1, 2)])),
            ("bytes=5-3", None),
            ("bytes=-", None),
            ("bytes=4", None),
            ("items=1-2", None),
            ("bytes=a-b", None),
            ("bytes=0-99999999999999999999999", Some(vec![(0, 10)])),
        ] {
            assert_eq!(parse(header, 10), expected, "{header}");
        }
    }

    #[test]
    fn too_much_is_refused() {
        let many: Vec<String> = (0..51).map(|n| format!("{n}-{n}")).collect();
        assert_eq!(parse(&format!("bytes={}", many.join(",")), 100), Some(vec![]));
        assert_eq!(parse("bytes=0-5,1-6,2-7", 100), Some(vec![]));
    }
}
