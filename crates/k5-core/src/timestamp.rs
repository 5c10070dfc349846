//! Points in time, as the API's many forms of writing them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time. It keeps the text that the server sent, so a round trip loses nothing, and knows what it means.
///
/// Accepted are RFC 3339 (`2014-01-15T16:41:49.390270Z`), the same without a zone, which is UTC, with a blank for the `T`,
/// with or without a fraction, HTTP dates (`Sun, 06 Nov 1994 08:49:37 GMT`) and seconds since 1970 (`1389453423.35964`).
///
/// ```
/// use k5_core::Timestamp;
/// let listed: Timestamp = "2014-01-15T16:41:49.390270".parse()?;
/// assert_eq!(listed.as_str(), "2014-01-15T16:41:49.390270");
/// assert_eq!(listed.unix_seconds(), 1389804109);
/// assert_eq!("Wed, 15 Jan 2014 16:41:49 GMT".parse::<Timestamp>()?.unix_seconds(), 1389804109);
/// # Ok::<(), k5_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Timestamp {
    text: String,
    at: jiff::Timestamp,
}

impl Timestamp {
    /// The text as the server sent it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.at.as_second()
    }

    /// The same as the standard library's time.
    pub fn to_system_time(&self) -> SystemTime {
        // Every time of the calendar fits on the platforms that the SDK builds for; the epoch stands in where one does not.
        SystemTime::try_from(self.at).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// Time left from `now`; zero when it is past.
    pub fn after(&self, now: SystemTime) -> Duration {
        self.to_system_time().duration_since(now).unwrap_or_default()
    }
}

impl std::str::FromStr for Timestamp {
    type Err = crate::Error;

    fn from_str(text: &str) -> crate::Result<Self> {
        match read(text.trim()) {
            Some(at) => Ok(Self { text: text.to_owned(), at }),
            None => Err(crate::Error::invalid_input(format!("{text:?} is no point in time"))),
        }
    }
}

fn read(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at);
    }
    if let Ok(civil) = text.parse::<jiff::civil::DateTime>() {
        return jiff::tz::TimeZone::UTC.to_timestamp(civil).ok();
    }
    if let Ok(zoned) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned.timestamp());
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    jiff::Timestamp::new(seconds, nanoseconds).ok()
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

impl From<SystemTime> for Timestamp {
    /// Times that the calendar can't hold (before -9999, after 9999) become the nearest one it can.
    fn from(time: SystemTime) -> Self {
        let at = jiff::Timestamp::try_from(time).unwrap_or(match time < SystemTime::UNIX_EPOCH {
            true => jiff::Timestamp::MIN,
            false => jiff::Timestamp::MAX,
        });
        Self { text: at.to_string(), at }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is no point in time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_the_same_second() {
        for text in [
            "2014-01-15T16:41:49Z",
            "2014-01-15T16:41:49.000000Z",
            "2014-01-15T16:41:49",
            "2014-01-15 16:41:49",
            "2014-01-15T17:41:49+01:00",
            "Wed, 15 Jan 2014 16:41:49 GMT",
            "1389804109",
            "1389804109.35964",
        ] {
            assert_eq!(text.parse::<Timestamp>().expect(text).unix_seconds(), 1_389_804_109, "{text}");
        }
        for text in ["", "yesterday", "12:00", "1389804109.x", "1.0000000000"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
