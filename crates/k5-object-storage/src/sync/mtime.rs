//! When a file was last changed, as it is stored with its object.

use k5_core::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECOND: i128 = 1_000_000_000;

/// A time of change in nanoseconds since 1970: what `X-Object-Meta-Mtime` holds in seconds with a fraction, as rclone writes it.
///
/// ```
/// use k5_object_storage::sync::Mtime;
///
/// let at: Mtime = "1700000000.25".parse().unwrap();
/// assert_eq!(at.to_string(), "1700000000.25");
/// assert_eq!(Mtime::from(at.to_system_time().unwrap()), at);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mtime(i128);

impl Mtime {
    /// Whole seconds since 1970, and the nanoseconds after them.
    pub(crate) fn parts(self) -> (i128, u32) {
        (self.0.div_euclid(SECOND), u32::try_from(self.0.rem_euclid(SECOND)).unwrap_or(0))
    }

    /// The same as the standard library's time; `None` where that has no such time.
    pub fn to_system_time(self) -> Option<SystemTime> {
        let distance = self.0.unsigned_abs();
        let seconds = u64::try_from(distance / SECOND.unsigned_abs()).ok()?;
        let nanoseconds = u32::try_from(distance % SECOND.unsigned_abs()).ok()?;
        let distance = Duration::new(seconds, nanoseconds);
        if self.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }
}

impl From<SystemTime> for Mtime {
    fn from(at: SystemTime) -> Self {
        let nanoseconds = |distance: Duration| i128::try_from(distance.as_nanos()).unwrap_or(i128::MAX);
        match at.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(nanoseconds(after)),
            Err(before) => Self(-nanoseconds(before.duration())),
        }
    }
}

impl From<&Timestamp> for Mtime {
    fn from(at: &Timestamp) -> Self {
        Self::from(at.to_system_time())
    }
}

/// Without the zeros at the end, as rclone writes it: two tools that compare text agree, too.
impl fmt::Display for Mtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, distance) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (seconds, fraction) = (distance / SECOND.unsigned_abs(), distance % SECOND.unsigned_abs());
        let digits = format!("{fraction:09}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{sign}{seconds}"),
            fraction => write!(f, "{sign}{seconds}.{fraction}"),
        }
    }
}

/// Digits past the ninth of a fraction are left out.
impl FromStr for Mtime {
    type Err = k5_core::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || k5_core::Error::invalid_input(format!("{text:?} is no time of change: seconds since 1970 were expected"));
        let trimmed = text.trim();
        let (negative, rest) = trimmed.strip_prefix('-').map_or((false, trimmed), |rest| (true, rest));
        let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || seconds.len() > 18 || !digits(seconds) || !digits(fraction) {
            return Err(wrong());
        }
        let seconds: i128 = seconds.parse().map_err(|_| wrong())?;
        let fraction: i128 = format!("{fraction:0<9}")[..9].parse().map_err(|_| wrong())?;
        let distance = seconds * SECOND + fraction;
        Ok(Self(if negative { -distance } else { distance }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_rclone_writes_it() {
        for text in ["0", "1700000000", "1700000000.5", "1700000000.000000001", "-1.25", "0.1"] {
            assert_eq!(text.parse::<Mtime>().expect(text).to_string(), text);
        }
        assert_eq!("1.500".parse::<Mtime>().expect("read"), "1.5".parse().expect("read"));
        assert_eq!("1.1234567899".parse::<Mtime>().expect("read").to_string(), "1.123456789");
        for text in ["", ".", ".5", "x", "1.x", "1e9", "--1", "9999999999999999999999"] {
            assert!(text.parse::<Mtime>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_time_are_the_same(seconds in -10_000_000_000i64..10_000_000_000, nanoseconds in 0u32..1_000_000_000) {
            let at = Mtime(i128::from(seconds) * SECOND + i128::from(nanoseconds));
            prop_assert_eq!(at.to_string().parse::<Mtime>().expect("read"), at);
            prop_assert_eq!(Mtime::from(at.to_system_time().expect("in range")), at);
        }
    }
}
