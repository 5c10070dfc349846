//! Points in time as people read them: in their own zone.

use jiff::tz::TimeZone;
use k5::Timestamp;
use serde_json::Value;
use std::cell::OnceCell;

/// The reader's time zone: that of `TZ`, or of this machine. It is looked up for the first time that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Zone(OnceCell<TimeZone>);

impl Zone {
    /// The time that a field holds, in this zone and with its offset; `None` if it holds none.
    pub(super) fn local(&self, value: &Value) -> Option<String> {
        let seconds = match value {
            Value::String(text) => text.parse::<Timestamp>().ok()?.unix_seconds(),
            Value::Number(number) => number.as_i64()?,
            _ => return None,
        };
        let at = jiff::Timestamp::from_second(seconds).ok()?.to_zoned_datetime(self.0.get_or_init(TimeZone::system).clone());
        Some(at.strftime("%Y-%m-%d %H:%M:%S%:z").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn zone(zone: TimeZone) -> Zone {
        Zone(OnceCell::from(zone))
    }

    #[test]
    fn times_are_local() {
        let berlin = zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone"));
        for (value, expected) in [
            (json!("2026-01-15T16:41:49Z"), Some("2026-01-15 17:41:49+01:00")),
            (json!("2026-07-15T23:41:49.390270"), Some("2026-07-16 01:41:49+02:00")),
            (json!(0), Some("1970-01-01 01:00:00+01:00")),
            (json!("soon"), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(berlin.local(&value).as_deref(), expected, "{value}");
        }
        assert_eq!(zone(TimeZone::UTC).local(&json!("2026-01-15T16:41:49+09:00")).as_deref(), Some("2026-01-15 07:41:49+00:00"));
    }
}
