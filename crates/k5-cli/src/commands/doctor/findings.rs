//! What the checks have found.

use crate::failure::{Failure, NO_CLOUD, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List};
use serde_json::json;

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
}

impl Findings {
    pub(super) fn new(globals: &Globals) -> Outcome<Self> {
        Ok(Self { list: List::new(globals, Format::Table, COLUMNS, COLUMNS.len(), false)?, is_broken: false })
    }

    fn say(&mut self, check: &str, state: &str, detail: &str, advice: &str) -> Outcome {
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
