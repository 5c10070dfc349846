//! Swift's timestamps: ten-microsecond ticks since the epoch, never the same twice in a process.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TICKS_PER_SECOND: u64 = 100_000;

/// A point in time in ten-microsecond ticks, Swift's resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Ticks(pub(crate) u64);

/// A clock that may be wrong, and that never shows the same tick twice.
///
/// Time is told by the clock that rules; that of this machine does where none does.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Microseconds to add to this machine's time.
    offset: AtomicI64,
    /// The last tick that was handed out.
    last: AtomicU64,
}

static OWN: Clock = Clock { offset: AtomicI64::new(0), last: AtomicU64::new(0) };

tokio::task_local! {
    /// That of the request that this task serves.
    static RULING: Arc<Clock>;
}

thread_local! {
    /// That of the work which another thread does for a request.
    static LENT: RefCell<Option<Arc<Clock>>> = const { RefCell::new(None) };
}

impl Clock {
    pub(crate) fn new(offset_seconds: i64) -> Self {
        let clock = Self::default();
        clock.set(offset_seconds);
        clock
    }

    pub(crate) fn set(&self, offset_seconds: i64) {
        self.offset.store(offset_seconds.saturating_mul(1_000_000), Ordering::Relaxed);
        self.last.store(0, Ordering::Relaxed);
    }

    /// Lets this clock tell the time inside of `work`.
    pub(crate) async fn rules<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        RULING.scope(self, work).await
    }

    /// The time for a `Date`, if it is not this machine's.
    pub(crate) fn date(&self) -> Option<String> {
        (self.offset.load(Ordering::Relaxed) != 0)
            .then(|| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_micros(self.micros())))
    }

    fn micros(&self) -> u64 {
        real_micros().saturating_add_signed(self.offset.load(Ordering::Relaxed))
    }

    fn next(&self) -> u64 {
        let now = self.micros() / 10;
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = now.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(seen) => last = seen,
            }
        }
    }
}

/// The clock that rules here, for work that goes to another thread.
pub(crate) fn ruling() -> Option<Arc<Clock>> {
    RULING.try_with(Arc::clone).ok().or_else(|| LENT.with_borrow(Clone::clone))
}

/// Does `work` on this thread under a clock of another.
pub(crate) fn lent<T>(clock: Option<Arc<Clock>>, work: impl FnOnce() -> T) -> T {
    let before = LENT.replace(clock);
    let done = work();
    LENT.set(before);
    done
}

fn with_clock<T>(ask: impl Fn(&Clock) -> T) -> T {
    match ruling() {
        Some(clock) => ask(&clock),
        None => ask(&OWN),
    }
}

impl Ticks {
    /// A tick later than every tick handed out before, so that the names of old versions never collide.
    pub(crate) fn next() -> Self {
        Self(with_clock(Clock::next))
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
    with_clock(Clock::micros)
}

fn real_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Whole seconds since the epoch.
pub(crate) fn unix_now() -> u64 {
    micros_now() / 1_000_000
}

/// The same by this machine's clock, whichever rules.
pub(crate) fn real_unix_now() -> u64 {
    real_micros() / 1_000_000
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

    #[test]
    fn a_clock_rules_its_own_work() {
        let clock = Arc::new(Clock::new(-86_400));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = runtime.block_on(Arc::clone(&clock).rules(async {
            let lending = ruling();
            let elsewhere = std::thread::spawn(|| lent(lending, Ticks::next)).join().unwrap();
            (unix_now(), elsewhere.0 / TICKS_PER_SECOND, real_unix_now())
        }));
        let now = unix_now();
        assert!(now - 86_405 < seen.0 && seen.0 <= now - 86_400, "{seen:?}");
        assert!(seen.0 <= seen.1 && seen.1 <= now - 86_400 && seen.2.abs_diff(now) < 5, "{seen:?}");
        assert!(clock.date().is_some() && Clock::default().date().is_none());
    }
}
