//! Small forms of text that options take.

use crate::failure::{Failure, Outcome};
use k5::{Secret, Timestamp};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `NAME=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// A truth value in any of the ways in which scripts write it.
pub(crate) fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Ok(true),
        "false" | "no" | "off" | "0" | "f" | "n" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

/// A name that is not empty, and no `NAME=VALUE` by mistake.
pub(crate) fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a name can't be empty".to_owned()),
        _ if text.contains('=') => Err("expected the NAME alone, without a value".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// `90`, `90s`, `15m`, `1h`, `2d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number of seconds, or 15m, 1h, 2d".to_owned();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// A number of bytes: `1000000`, `512K`, `64M`, `5G`, `1T`, in powers of 1,024.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || "expected a number of bytes, or 512K, 64M, 5G, 1T".to_owned();
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let unit = unit.to_ascii_lowercase();
    let shift = match unit.trim_end_matches("ib") {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(wrong()),
    };
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

/// A number of seconds, which may have a fraction, as text.
pub(crate) fn seconds(text: &str) -> Result<String, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(text.to_owned()),
        _ => Err("expected a number of seconds".to_owned()),
    }
}

/// Seconds since 1970, or a date such as `2026-01-31T12:00:00Z`, as seconds since 1970.
pub(crate) fn point_in_time(text: &str) -> Result<u64, String> {
    let wrong = || "expected seconds since 1970, or a time such as 2026-01-31T12:00:00Z".to_owned();
    let time: Timestamp = text.parse().map_err(|_| wrong())?;
    u64::try_from(time.unix_seconds()).map_err(|_| wrong())
}

/// Seconds since 1970, now.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A secret from a file, or from stdin for `-`: its first line.
pub(crate) fn secret(path: &Path) -> Outcome<Secret> {
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text),
        false => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::file(path.display(), &error))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(Failure::usage(format!("{}: the first line is empty; it should hold the key", path.display()))),
    }
}

/// Refuses what is said twice; of the two, one would be ignored.
pub(crate) fn once<'a>(option: &str, names: impl IntoIterator<Item = &'a str>) -> Outcome {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.to_ascii_lowercase())) {
        Some(twice) => Err(Failure::usage(format!("{option}: {twice} is given more than once"))),
        None => Ok(()),
    }
}

/// What of `known` was probably meant by `wanted`, if anything is near enough.
pub(crate) fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    all_near(wanted, known).into_iter().find(|name| *name != wanted)
}

/// The known names that `wanted` is probably meant to be, the nearest first: at most one letter in three differs.
pub(crate) fn all_near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<_> = known
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::osa_distance(&wanted, &name.to_lowercase());
            let length = wanted.chars().count().max(name.chars().count());
            (distance * 3 <= length).then_some((distance, name))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Refuses a name that is given twice, exactly so.
pub(crate) fn each_once<'a>(names: impl IntoIterator<Item = &'a str>) -> Outcome {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(Failure::usage(format!("{twice:?} is given more than once"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        for wrong in ["", "h", "1x", "-1", "1.5h", "99999999999999999999", "18446744073709551615d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn near_words() {
        assert_eq!(nearest("prodution", ["staging", "production"]), Some("production"));
        assert_eq!(nearest("PROD", ["prod", "proof"]), Some("prod"));
        assert_eq!(nearest("xyz", ["staging", "production"]), None);
    }

    #[test]
    fn sizes() {
        assert_eq!((bytes("1000"), bytes("64M"), bytes("1k"), bytes("5GiB")), (Ok(1000), Ok(64 << 20), Ok(1024), Ok(5 << 30)));
        for wrong in ["", "M", "0", "1x", "-1", "1.5G", "99999999999T"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn points_in_time() {
        assert_eq!(point_in_time("1700000000"), Ok(1_700_000_000));
        assert_eq!(point_in_time("2023-11-14T22:13:20Z"), Ok(1_700_000_000));
        assert!(point_in_time("tomorrow").is_err() && point_in_time("1960-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn pairs() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("=b").is_err() && pair("a").is_err());
    }
}
