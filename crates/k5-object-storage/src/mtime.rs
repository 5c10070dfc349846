//! When a file was last changed, as stored with its object.

use k5_core::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SECOND: i128 = 1_000_000_000;

/// A time of change in nanoseconds since 1970; `X-Object-Meta-Mtime` holds it in seconds with a fraction, as rclone writes it.
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
    /// The coarsest unit (a second, a tenth of one, a hundredth and so on down to a nanosecond) of which this is a whole multiple:
    /// the best precision that whoever stored it can have had. File systems truncate what they have no room for, and tools write
    /// fewer digits.
    pub fn granularity(self) -> Duration {
        let mut unit = SECOND;
        while self.0 % unit != 0 {
            unit /= 10;
        }
        Duration::from_nanos(u64::try_from(unit).unwrap_or(1))
    }

    /// Whether two times are equal to the precision of the coarser one, or no further apart than `window`.
    ///
    /// ```
    /// use k5_object_storage::sync::Mtime;
    /// use std::time::Duration;
    ///
    /// let at = |text: &str| text.parse::<Mtime>().unwrap();
    /// assert!(at("1700000000.123456789").agrees(at("1700000000.123457"), Duration::ZERO));
    /// assert!(at("1700000000.123456789").agrees(at("1700000000"), Duration::ZERO));
    /// assert!(!at("1700000000.123456789").agrees(at("1700000000.123456799"), Duration::ZERO));
    /// assert!(at("1700000001").agrees(at("1700000003"), Duration::from_secs(2)));
    /// ```
    pub fn agrees(self, other: Self, window: Duration) -> bool {
        let apart = self.0.abs_diff(other.0);
        apart < self.granularity().max(other.granularity()).as_nanos() || apart <= window.as_nanos()
    }

    /// Whole seconds since 1970, and the nanoseconds after them.
    pub(crate) fn parts(self) -> (i128, u32) {
        (self.0.div_euclid(SECOND), u32::try_from(self.0.rem_euclid(SECOND)).unwrap_or(0))
    }

    /// The same as the standard library's time; `None` if it can't represent the time.
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

/// Without trailing zeros, as rclone writes it, so that tools that compare the text agree too.
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

/// Digits after the ninth of a fraction are ignored.
impl FromStr for Mtime {
    type Err = k5_core::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || k5_core::Error::invalid_input(format!("{text:?} is not a time of change: seconds since 1970 were expected"));
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

    fn any() -> impl Strategy<Value = Mtime> {
        (-3_000_000_000i64..10_000_000_000, 0u32..1_000_000_000, 0u32..10).prop_map(|(seconds, nanoseconds, digits)| {
            let unit = 10u32.pow(digits);
            Mtime(i128::from(seconds) * SECOND + i128::from(nanoseconds / unit * unit))
        })
    }

    #[test]
    fn how_exact_a_time_is() {
        for (text, nanoseconds) in
            [("1700000000", SECOND), ("-1", SECOND), ("0", SECOND), ("1.25", 10_000_000), ("1.123457", 1_000), ("-1.000000001", 1)]
        {
            assert_eq!(text.parse::<Mtime>().expect(text).granularity().as_nanos(), nanoseconds.unsigned_abs(), "{text}");
        }
        let far: Mtime = "1700000001".parse().expect("read");
        assert!(!far.agrees("1700000000".parse().expect("read"), Duration::ZERO));
        assert!(!far.agrees("1700000002.000000001".parse().expect("read"), Duration::from_secs(1)));
    }

    proptest! {
        /// Whatever precision a file system or a tool keeps of a time, the next run takes it for the same time, so nothing is set
        /// twice.
        #[test]
        fn what_lost_digits_agrees(at in any(), digits in 0u32..10, nearest: bool) {
            let unit = 10i128.pow(digits);
            let kept = Mtime((at.0 + if nearest { unit / 2 } else { 0 }).div_euclid(unit) * unit);
            prop_assert!(at.agrees(kept, Duration::ZERO), "{} {}", at, kept);
            prop_assert!(kept.agrees(at, Duration::ZERO));
            let by_tool = Mtime::from(kept.to_system_time().expect("in range"));
            prop_assert!(at.agrees(by_tool, Duration::ZERO));
        }

        #[test]
        fn times_of_nanoseconds_differ(at in any(), apart in 1i128..10_000) {
            let (one, other) = (Mtime(at.0 / 10 * 10 + 1), Mtime(at.0 / 10 * 10 + 1 + apart * 10));
            prop_assert!(!one.agrees(other, Duration::ZERO));
            prop_assert!(one.agrees(other, Duration::from_nanos(100_000)));
            prop_assert!(one.agrees(one, Duration::ZERO));
        }

        #[test]
        fn text_and_time_are_the_same(seconds in -10_000_000_000i64..10_000_000_000, nanoseconds in 0u32..1_000_000_000) {
            let at = Mtime(i128::from(seconds) * SECOND + i128::from(nanoseconds));
            prop_assert_eq!(at.to_string().parse::<Mtime>().expect("read"), at);
            prop_assert_eq!(Mtime::from(at.to_system_time().expect("in range")), at);
        }
    }
}
