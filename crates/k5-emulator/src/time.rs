//! Swift's timestamps: ten-microsecond ticks since the epoch, never the same twice in a process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TICKS_PER_SECOND: u64 = 100_000;

/// A point in time in ten-microsecond ticks, Swift's resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Ticks(pub(crate) u64);

static LAST: AtomicU64 = AtomicU64::new(0);

impl Ticks {
    /// A tick later than every tick handed out before, so that the names of old versions never collide.
    pub(crate) fn next() -> Self {
        let now = micros_now() / 10;
        let mut last = LAST.load(Ordering::Relaxed);
        loop {
            let next = now.max(last + 1);
            match LAST.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Self(next),
                Err(seen) => last = seen,
            }
        }
    }

    /// This moment; the same for those who ask at the same time.
    pub(crate) fn now() -> Self {
        Self(micros_now() / 10)
    }

    /// So much later.
    pub(crate) fn after(self, pause: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(pause.as_micros() / 10).unwrap_or(u64::MAX)))
    }

    /// How much of the way from `start` to `end` lies behind, in percent.
    pub(crate) fn percent_of(self, start: Self, end: Self) -> u64 {
        if self >= end {
            return 100;
        }
        self.0.saturating_sub(start.0) * 100 / end.0.saturating_sub(start.0).max(1)
    }

    /// `2026-11-24T02:35:17Z`, as in most documents.
    pub(crate) fn zulu(self) -> String {
        format!("{}Z", iso_seconds(self.0 / TICKS_PER_SECOND))
    }

    /// `1795487717.53366`, as in `X-Timestamp`.
    pub(crate) fn normal(self) -> String {
        format!("{:010}.{:05}", self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND)
    }

    /// The way back from [`normal`](Self::normal), with fewer digits too.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || seconds.len() > 10 || !digits(seconds) || !digits(fraction) {
            return None;
        }
        let fraction: String = fraction.chars().chain("00000".chars()).take(5).collect();
        Some(Self(seconds.parse::<u64>().ok()? * TICKS_PER_SECOND + fraction.parse::<u64>().ok()?))
    }

    /// The second this tick ends in, which is what `Last-Modified` tells.
    pub(crate) fn ceil_seconds(self) -> u64 {
        self.0.div_ceil(TICKS_PER_SECOND)
    }

    pub(crate) fn http_date(self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(self.ceil_seconds()))
    }

    /// `2026-11-24T02:35:17.675620`, as in listings.
    pub(crate) fn iso(self) -> String {
        let mut text = iso_seconds(self.0 / TICKS_PER_SECOND);
        text.push('.');
        digits(&mut text, self.0 % TICKS_PER_SECOND * 10, 6);
        text
    }
}

fn micros_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Whole seconds since the epoch.
pub(crate) fn unix_now() -> u64 {
    micros_now() / 1_000_000
}

/// `2026-11-24T02:35:17` of seconds since the epoch.
pub(crate) fn iso_seconds(seconds: u64) -> String {
    // Days to civil date after Howard Hinnant: years begin in March, so that the leap day is the last one.
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    // By hand: every line of a listing has one, and `format!` was a seventh of a listing's time.
    let mut text = String::with_capacity("2026-11-24T02:35:17.675620".len());
    digits(&mut text, year, 4);
    for (before, number) in [('-', month), ('-', day), ('T', second / 3_600), (':', second / 60 % 60), (':', second % 60)] {
        text.push(before);
        digits(&mut text, number, 2);
    }
    text
}

/// The last `width` decimal digits of a number.
fn digits(text: &mut String, number: u64, width: u32) {
    for place in (0..width).rev() {
        // A remainder of ten is one digit.
        text.push(char::from(b'0' + (number / 10_u64.pow(place) % 10) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_agree_with_a_real_answer() {
        let tick = Ticks(179_548_771_767_562);
        assert_eq!(tick.normal(), "1795487717.67562");
        assert_eq!(Ticks::parse("1795487717.67562"), Some(tick));
        assert_eq!((Ticks::parse("1.5"), Ticks::parse("2")), (Some(Ticks(150_000)), Some(Ticks(200_000))));
        assert!([".1", "", "x", "1.x", "-1", "99999999999"].iter().all(|text| Ticks::parse(text).is_none()));
        assert_eq!(tick.iso(), "2026-11-24T02:35:17.675620");
        assert_eq!(tick.http_date(), "Tue, 24 Nov 2026 02:35:18 GMT");
        assert_eq!(iso_seconds(951_782_400), "2000-02-29T00:00:00");
        assert_eq!(iso_seconds(0), "1970-01-01T00:00:00");
    }

    #[test]
    fn ticks_only_grow() {
        let ticks: Vec<_> = (0..1000).map(|_| Ticks::next()).collect();
        assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
