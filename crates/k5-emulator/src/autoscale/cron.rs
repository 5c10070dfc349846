//! Whether a text is a time of cron: minute, hour, day, month, day of the week.

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for the numbers from `least` on.
    words: &'static [&'static str],
}

static FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, words: &[] },
    Field { name: "hour", least: 0, most: 23, words: &[] },
    Field { name: "day of the month", least: 1, most: 31, words: &[] },
    Field { name: "month", least: 1, most: 12, words: MONTHS },
    Field { name: "day of the week", least: 0, most: 7, words: DAYS },
];

/// Five fields with one space between them; what is wrong otherwise.
pub(super) fn check(time: &str) -> Result<(), String> {
    let given: Vec<&str> = time.split(' ').collect();
    if given.len() != FIELDS.len() {
        return Err(format!("time must have five fields with one space between them: {time}"));
    }
    for (field, text) in FIELDS.iter().zip(given) {
        if !text.split(',').all(|part| field.takes(part)) {
            return Err(format!("time has an invalid {}: {text}", field.name));
        }
    }
    Ok(())
}

impl Field {
    fn takes(&self, part: &str) -> bool {
        let (range, step) = match part.split_once('/') {
            None => (part, Some(1)),
            Some((range, step)) => (range, step.parse::<u32>().ok()),
        };
        let valid = match range.split_once('-') {
            None => range == "*" || self.number(range).is_some(),
            Some((from, to)) => matches!((self.number(from), self.number(to)), (Some(from), Some(to)) if from <= to),
        };
        valid && step.is_some_and(|step| step > 0)
    }

    fn number(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().zip(self.least..).find(|(word, _)| word.eq_ignore_ascii_case(text));
        match word {
            Some((_, number)) => Some(number),
            None => text.parse().ok().filter(|number| (self.least..=self.most).contains(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn five_fields_in_their_ranges() {
        for time in ["*/5 * * * *", "0 9 1 jan mon", "0,30 8-17 * * 1-5", "59 23 31 12 7"] {
            assert_eq!(check(time), Ok(()), "{time}");
        }
        for time in
            ["", "* * * *", "* *  * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "5-1 * * * *", "*/0 * * * *"]
        {
            assert!(check(time).is_err(), "{time}");
        }
    }
}
