//! What the checks have found.

use crate::failure::{Failure, NO_CLOUD, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List};
use serde_json::json;
use std::time::Duration;

/// How long to wait for each answer.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

const COLUMNS: &[Column] = &[
    Column::new("check", "Check"),
    Column::new("state", "State").kind(Kind::State),
    Column::new("detail", "Detail"),
    Column::new("advice", "What to do"),
];

/// What the checks have found so far.
pub(super) struct Findings {
    list: List,
    is_broken: bool,
    /// Whether lines are broken for people.
    is_table: bool,
}

impl Findings {
    pub(super) fn new(globals: &Globals) -> Outcome<Self> {
        let list = List::new(globals, Format::Table, COLUMNS, COLUMNS.len(), false)?;
        Ok(Self { list, is_broken: false, is_table: globals.output.is_none_or(|format| format == Format::Table) })
    }

    fn say(&mut self, check: &str, state: &str, detail: &str, advice: &str) -> Outcome {
        let (detail, advice) = match self.is_table {
            true => (wrapped(detail, 70), wrapped(advice, 40)),
            false => (detail.to_owned(), advice.to_owned()),
        };
        self.list.push(&json!({ "check": check, "state": state, "detail": detail, "advice": advice }))
    }

    pub(super) fn fine(&mut self, check: &str, detail: &str) -> Outcome {
        self.say(check, "ok", detail, "")
    }

    pub(super) fn skipped(&mut self, check: &str, detail: &str) -> Outcome {
        self.say(check, "skipped", detail, "")
    }

    pub(super) fn warning(&mut self, check: &str, detail: &str, advice: &str) -> Outcome {
        self.say(check, "warning", detail, advice)
    }

    /// Something that is needed is broken.
    pub(super) fn broken(&mut self, check: &str, detail: &str, advice: &str) -> Outcome {
        self.is_broken = true;
        self.say(check, "failed", detail, advice)
    }

    /// The same for a failure, with its hint, or else `otherwise`.
    pub(super) fn failed(&mut self, check: &str, failure: &Failure, otherwise: &str) -> Outcome {
        match failure.advice().as_str() {
            "" => self.broken(check, failure.text(), otherwise),
            advice => self.broken(check, failure.text(), advice),
        }
    }

    /// Ends the list.
    ///
    /// # Errors
    /// If something was broken, which has been reported by then.
    pub(super) fn finish(self) -> Outcome {
        self.list.finish()?;
        match self.is_broken {
            true => Err(Failure::reported(NO_CLOUD)),
            false => Ok(()),
        }
    }
}

/// The text in lines of at most this many characters, unless a word is longer.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.chars().count() + word.chars().count() < width) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 8), "one two\nthree");
        assert_eq!(wrapped("averylongword x", 5), "averylongword\nx");
        assert_eq!(wrapped("", 5), "");
    }
}
