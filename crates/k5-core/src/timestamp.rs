//! Points in time, in the many forms in which the API writes them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time. It keeps the text that the server sent, so a round trip loses nothing, and knows what it means.
///
/// Accepts RFC 3339 (`2014-01-15T16:41:49.390270Z`), the same without a zone, which means UTC, with a space for the `T`,
/// with or without a fraction, HTTP dates in their three forms (`Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
/// `Sun Nov  6 08:49:37 1994`) and seconds since 1970 (`1389453423.35964`). The weekday may be wrong. The whole last day of the
/// year 9999 counts as a single moment.
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

    /// Time left from `now`; zero if it has passed.
    pub fn after(&self, now: SystemTime) -> Duration {
        self.to_system_time().duration_since(now).unwrap_or_default()
    }
}

impl std::str::FromStr for Timestamp {
    type Err = crate::Error;

    fn from_str(text: &str) -> crate::Result<Self> {
        match read(text.trim()) {
            Some(at) => Ok(Self { text: text.to_owned(), at }),
            None => Err(crate::Error::invalid_input(format!("{text:?} is not a point in time"))),
        }
    }
}

/// The weekday in a date may be wrong.
static HTTP_DATE: jiff::fmt::rfc2822::DateTimeParser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);

fn read(text: &str) -> Option<jiff::Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at);
    }
    // In UTC. The calendar goes on for a day after the last moment that a timestamp can hold, which some take for "never".
    if let Ok(civil) = text.strip_suffix(['Z', 'z']).unwrap_or(text).parse::<jiff::civil::DateTime>() {
        let nearest = if civil.year() > 0 { jiff::Timestamp::MAX } else { jiff::Timestamp::MIN };
        return Some(jiff::tz::TimeZone::UTC.to_timestamp(civil).unwrap_or(nearest));
    }
    if let Ok(at) = HTTP_DATE.parse_timestamp(text) {
        return Some(at);
    }
    if let Some(at) = read_old_http_date(text) {
        return Some(at);
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    jiff::Timestamp::new(seconds, nanoseconds).ok()
}

/// The two obsolete forms of HTTP dates that must still be understood (RFC 9110, 5.6.7).
fn read_old_http_date(text: &str) -> Option<jiff::Timestamp> {
    let civil = match text.split_once(", ") {
        Some((_, rest)) => {
            let rest = rest.strip_suffix(" GMT")?;
            jiff::civil::DateTime::strptime("%d-%b-%y %H:%M:%S", rest).ok()?
        }
        None => jiff::civil::DateTime::strptime("%b %e %H:%M:%S %Y", text.split_once(' ')?.1.trim_start()).ok()?,
    };
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
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
        text.parse().map_err(|_| serde::de::Error::custom(format!("{text:?} is not a point in time")))
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
            "Mon, 15 Jan 2014 16:41:49 GMT",
            "Wednesday, 15-Jan-14 16:41:49 GMT",
            "Wed Jan 15 16:41:49 2014",
            "1389804109",
            "1389804109.35964",
        ] {
            assert_eq!(text.parse::<Timestamp>().expect(text).unix_seconds(), 1_389_804_109, "{text}");
        }
        assert_eq!("Sun Nov  6 08:49:37 1994".parse::<Timestamp>().expect("asctime").unix_seconds(), 784_111_777);
        assert_eq!("Sunday, 06-Nov-94 08:49:37 GMT".parse::<Timestamp>().expect("RFC 850").unix_seconds(), 784_111_777);
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999", "9999-12-31 00:00:00"] {
            let end = text.parse::<Timestamp>().expect(text);
            assert_eq!((end.as_str(), end.unix_seconds()), (text, jiff::Timestamp::MAX.as_second()));
        }
        for text in [
            "",
            "None",
            "2014-01-15T24:00:00Z",
            "yesterday",
            "12:00",
            "1389804109.x",
            "1.0000000000",
            "Wed, 45-Jan-14 16:41:49 GMT",
            "Wed Jan 2014",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    crate::model! {
        /// For the test.
        pub(crate) struct Listed {
            /// Name.
            pub name: String = "name",
            /// Time.
            pub modified: Option<Timestamp> = "last_modified",
        }
    }

    #[test]
    fn a_time_that_nobody_can_read_is_kept_as_it_came() {
        for raw in ["\"yesterday\"", "1389804109", "{\"at\":1}", "\"\"", "null"] {
            let text = format!("{{\"name\":\"a\",\"last_modified\":{raw}}}");
            let listed: Listed = serde_json::from_str(&text).expect(&text);
            assert_eq!((listed.name.as_str(), &listed.modified), ("a", &None), "{text}");
            assert_eq!(serde_json::to_string(&listed).expect("written"), text);
        }
        let listed: Listed = serde_json::from_str("{\"name\":\"a\",\"last_modified\":\"2014-01-15T16:41:49\"}").expect("reads");
        assert_eq!(listed.modified.expect("a time").unix_seconds(), 1_389_804_109);
        assert!(listed.extra.is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
