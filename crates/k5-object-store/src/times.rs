//! Points in time: exact ones here, whole seconds in the conditions of a request.

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};
use k5_object_storage::ObjectInfo;
use k5_object_storage::k5_core::Timestamp;

pub(crate) type Time = DateTime<Utc>;

pub(crate) fn of(time: &Timestamp) -> Time {
    time.to_system_time().into()
}

/// When an object was stored: with microseconds, as a listing tells it, if the server says so.
pub(crate) fn modified(info: &ObjectInfo) -> Option<Time> {
    info.timestamp.as_ref().or(info.last_modified.as_ref()).map(of)
}

/// The last whole second that is not after this.
pub(crate) fn floor(time: Time) -> Time {
    time.trunc_subsecs(0)
}

/// The first whole second that is not before this.
pub(crate) fn ceil(time: Time) -> Time {
    let floor = floor(time);
    if floor == time { time } else { floor + TimeDelta::seconds(1) }
}

/// As HTTP writes it; `None` for a year that it can't write.
pub(crate) fn http(time: Time) -> Option<String> {
    (0..=9999).contains(&time.year()).then(|| time.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_rounded_to_the_harmless_side() {
        let time = |text: &str| text.parse::<Time>().expect("a time");
        let exact = time("2014-01-15T16:41:49Z");
        assert_eq!((floor(exact), ceil(exact)), (exact, exact));
        let between = time("2014-01-15T16:41:49.39027Z");
        assert_eq!((floor(between), ceil(between)), (exact, time("2014-01-15T16:41:50Z")));
        assert_eq!(http(exact).as_deref(), Some("Wed, 15 Jan 2014 16:41:49 GMT"));
        assert_eq!(http(Time::MAX_UTC), None);
    }
}
