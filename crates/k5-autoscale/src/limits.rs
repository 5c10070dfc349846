//! Rules of the API that are checked before anything is sent.

use k5_core::{Error, Result};

/// A schedule's name: 1 to 64 ASCII letters and digits.
///
/// # Errors
/// Says what is wrong with it.
pub fn schedule_name(name: &str) -> Result<()> {
    match (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("{name:?} is not a schedule's name: it has 1 to 64 letters and digits"))),
    }
}

/// A signal's URL: `http` with a host. Spaces inside it are allowed, because some of the URLs that the service hands out have them.
///
/// # Errors
/// Says what is wrong with it.
pub fn signal_url(url: &str) -> Result<()> {
    let wrong = |why: &str| Err(Error::invalid_input(format!("{url:?} is not a signal URL: {why}")));
    match url.trim().split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => wrong("the service signals by http alone, not by https"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => match rest.starts_with('/') || rest.is_empty() {
            true => wrong("it has no host"),
            false => Ok(()),
        },
        _ => wrong("it begins with http://"),
    }
}

/// The method of a signal; there is only one.
///
/// # Errors
/// If it is any other.
pub fn signal_method(method: &str) -> Result<()> {
    match method {
        "POST" => Ok(()),
        _ => Err(Error::invalid_input(format!("{method:?} is not a method of a signal; there is only POST"))),
    }
}

/// Five cron fields separated by single spaces: minute, hour, day, month (also `jan`), weekday (0 to 7, also `sun`).
///
/// # Errors
/// Names the field that is wrong.
pub fn cron_time(time: &str) -> Result<()> {
    let fields: Vec<&str> = time.split(' ').collect();
    if fields.len() != FIELDS.len() {
        let message =
            format!("{time:?} is not a schedule's time: it has five fields with single blanks between them, such as `0 8 * * 1`");
        return Err(Error::invalid_input(message));
    }
    for (text, field) in fields.iter().zip(FIELDS) {
        if text.is_empty() || !text.split(',').all(|part| field.takes(part)) {
            return Err(Error::invalid_input(format!("{time:?} is not a schedule's time: {text:?} is not a valid {}", field.name)));
        }
    }
    Ok(())
}

/// A cron field.
struct CronField {
    name: &'static str,
    first: u32,
    last: u32,
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [CronField; 5] = [
    CronField { name: "minute", first: 0, last: 59, words: &[] },
    CronField { name: "hour", first: 0, last: 23, words: &[] },
    CronField { name: "day of the month", first: 1, last: 31, words: &[] },
    CronField { name: "month", first: 1, last: 12, words: MONTHS },
    CronField { name: "day of the week", first: 0, last: 7, words: DAYS },
];

impl CronField {
    /// `*`, `5`, `1-5`, each with or without a step.
    fn takes(&self, part: &str) -> bool {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let steps = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let spans = match range.split_once('-') {
            Some((from, to)) => matches!((self.value(from), self.value(to)), (Some(from), Some(to)) if from <= to),
            None => range == "*" || self.value(range).is_some(),
        };
        steps && spans
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let value = match word {
            Some(at) => self.first + at as u32,
            None => text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??,
        };
        (self.first..=self.last).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_urls() {
        assert!(schedule_name("sample2").is_ok() && schedule_name(&"a".repeat(64)).is_ok());
        for name in ["", "a-b", "é", &"a".repeat(65)] {
            assert!(schedule_name(name).is_err(), "{name}");
        }
        assert!(signal_url(" http://h/ v1/x ").is_ok() && signal_url("HTTP://h").is_ok());
        for url in ["https://h/v1", "h/v1", "http://", "http:///v1", ""] {
            assert!(signal_url(url).is_err(), "{url}");
        }
        assert!(signal_url("https://h").expect_err("https").to_string().contains("not by https"));
        assert!(signal_method("POST").is_ok() && signal_method("post").is_err());
    }

    #[test]
    fn times_of_cron() {
        for time in ["*/5 * * * *", "0 8 * jan-mar mon-fri", "0,30 0-23/2 1,15 12 7", "59 23 31 DEC Sun"] {
            cron_time(time).expect(time);
        }
        for time in [
            "",
            "* * * *",
            "* * * * * *",
            "*  * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "x * * * *",
            "+5 * * * *",
            "1, * * * *",
        ] {
            assert!(cron_time(time).is_err(), "{time}");
        }
    }
}
