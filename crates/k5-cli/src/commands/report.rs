//! What a command did to each of several things: a record on stdout where `-o` asks for them, with `-v` a line on stderr, and at the end
//! one line for all of them.

use crate::failure::{Failure, Outcome, say};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List};
use crate::progress::{above, bytes_for_people};
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5_core::text::visible;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

/// The fields of a record; all of them are in JSON.
const COLUMNS: &[Column] = &[
    Column::new("action", "Action"),
    Column::new("source", "Source"),
    Column::new("destination", "Destination"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
];

/// The same for a sync, in which a thing has the same name on both sides.
const OF_SYNC: &[Column] = &[
    Column::new("action", "Action"),
    Column::new("name", "Name"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
    Column::new("reason", "Reason"),
    Column::new("source", "Source"),
    Column::new("destination", "Destination"),
];

/// What happened to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Copy,
    Move,
    /// Only its time of change was set.
    Touch,
    Delete,
    /// A container was deleted.
    DeleteContainer,
}

impl Action {
    /// The word for it, in plans and in records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Touch => "touch",
            Self::Delete | Self::DeleteContainer => "delete",
        }
    }
}

/// One thing that was done, or is planned.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) action: Action,
    /// Where it came from; `None` for what is deleted at a destination.
    pub(crate) source: Option<String>,
    pub(crate) destination: Option<String>,
    /// `None` if the size is not known.
    pub(crate) bytes: Option<u64>,
    /// Further fields of the record.
    pub(crate) more: Map<String, Value>,
}

impl Done {
    /// The deletion of something that the user named.
    pub(crate) fn deleted(action: Action, what: String, bytes: Option<u64>) -> Self {
        Self { action, source: Some(what), destination: None, bytes, more: Map::new() }
    }

    /// The record of it.
    pub(crate) fn record(&self) -> Value {
        let mut record = self.more.clone();
        record.insert("action".to_owned(), self.action.word().into());
        record.insert("source".to_owned(), self.source.as_deref().into());
        record.insert("destination".to_owned(), self.destination.as_deref().into());
        record.insert("bytes".to_owned(), self.bytes.into());
        Value::Object(record)
    }

    /// The line of it in a plan.
    pub(crate) fn line(&self) -> String {
        let sides: Vec<_> = [&self.source, &self.destination].into_iter().flatten().map(String::as_str).collect();
        format!("{} {}", self.action.word(), sides.join(" -> "))
    }
}

/// Where records go, if any are wanted.
pub(crate) fn records(globals: &Globals, of_sync: bool) -> Outcome<Option<List>> {
    let columns = if of_sync { OF_SYNC } else { COLUMNS };
    match globals.output.is_none() && globals.column.is_empty() {
        true => Ok(None),
        false => List::new(globals, Format::Value, columns, COLUMNS.len(), true).map(Some),
    }
}

/// What a command with many things has done so far.
pub(crate) struct Report {
    records: Option<List>,
    written: bool,
    /// Whether a record is of an object, and not of what was done.
    creates: bool,
    /// Whether each thing gets a line.
    lines: bool,
    /// Whether there is a line at the end.
    last_line: bool,
    /// What is counted first, even if there is none of it.
    main: Action,
    tally: Tally,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    moved: u64,
    bytes: u64,
    /// How many had a size that is not known, so that the sum means nothing.
    unknown: u64,
    touched: u64,
    deleted: u64,
    containers: u64,
    unchanged: u64,
    left_out: u64,
    failed: u64,
}

impl Report {
    /// A report of a command that mostly does `main`. The options of output are checked here, before anything is sent.
    pub(crate) fn new(globals: &Globals, main: Action) -> Outcome<Self> {
        Ok(Self::with(globals, main, records(globals, false)?))
    }

    /// The same of a sync.
    pub(crate) fn of_sync(globals: &Globals) -> Outcome<Self> {
        Ok(Self::with(globals, Action::Copy, records(globals, true)?))
    }

    /// The same of a command that creates objects, with a record of each object.
    pub(crate) fn of_created(globals: &Globals, columns: &[Column]) -> Outcome<Self> {
        let records = List::new(globals, Format::Table, columns, columns.len(), false)?;
        Ok(Self { creates: true, ..Self::with(globals, Action::Copy, Some(records)) })
    }

    fn with(globals: &Globals, main: Action, records: Option<List>) -> Self {
        Self {
            records,
            written: false,
            creates: false,
            lines: globals.verbose > 0,
            last_line: !globals.quiet && (globals.verbose > 0 || std::io::stderr().is_terminal()),
            main,
            tally: Tally::default(),
            counts: Counts::default(),
        }
    }

    /// Whether a bar would be in the way of the records, since both go to the terminal.
    pub(crate) fn fills_the_screen(&self) -> bool {
        self.records.is_some() && std::io::stdout().is_terminal()
    }

    /// Takes one in that was done.
    pub(crate) fn done(&mut self, done: &Done) -> Outcome {
        self.tally.count(Ok(()))?;
        let bytes = done.bytes.unwrap_or(0);
        match done.action {
            Action::Copy | Action::Move => {
                self.counts.moved += 1;
                self.counts.bytes += bytes;
                self.counts.unknown += u64::from(done.bytes.is_none());
            }
            Action::Touch => self.counts.touched += 1,
            Action::Delete => {
                self.counts.deleted += 1;
                if self.main == Action::Delete {
                    self.counts.bytes += bytes;
                    self.counts.unknown += u64::from(done.bytes.is_none());
                }
            }
            Action::DeleteContainer => self.counts.containers += 1,
        }
        if let Some(records) = &mut self.records {
            self.written = true;
            let mut record = done.record();
            let object = done.destination.as_deref().filter(|_| self.creates).and_then(|url| url.parse::<SwiftUrl>().ok());
            if let (Some(object), Some(fields)) = (object, record.as_object_mut()) {
                fields.insert("container".to_owned(), object.container.into());
                fields.insert("object".to_owned(), object.object.into());
            }
            records.push(&record)?;
            // Whoever reads them may want to know now.
            records.flush()?;
        }
        if self.lines {
            let mut line = done.line();
            if let Some(bytes) = done.bytes.filter(|_| done.action != Action::Touch) {
                let _ = write!(line, ", {}", bytes_for_people(bytes));
            }
            above(|| {
                let _ = writeln!(std::io::stderr(), "{}", visible(&line));
            });
        }
        Ok(())
    }

    /// Takes a failure in.
    ///
    /// # Errors
    /// With a failure that everything else would share.
    pub(crate) fn failed(&mut self, failure: Failure) -> Outcome {
        self.tally.count(Err(failure))
    }

    /// How many things have failed so far.
    pub(crate) fn failures(&self) -> u64 {
        self.tally.failed()
    }

    /// Says why something was left out, which is not a failure.
    pub(crate) fn left_out(&mut self, said: &str) -> Outcome {
        self.counts.left_out += 1;
        say(said);
        self.tally.count(Ok(()))
    }

    /// How many things needed nothing.
    pub(crate) fn unchanged(&mut self, number: u64) {
        self.counts.unchanged = number;
    }

    /// Ends the records and says in one line what was done; `ended` is a failure that ended the command early.
    pub(crate) fn finish(self, ended: Outcome) -> Outcome {
        let Self { records, written, last_line, main, tally, counts, .. } = self;
        if let Some(records) = records.filter(|_| written || ended.is_ok()) {
            records.finish()?;
        }
        ended?;
        if !last_line {
            return tally.outcome();
        }
        if !tally.is_one_failure() || counts.unchanged > 0 {
            say(Counts { failed: tally.failed(), ..counts }.line(main));
        }
        tally.status()
    }
}

impl Counts {
    fn line(&self, main: Action) -> String {
        let mut parts = Vec::new();
        let bytes = (self.unknown == 0).then(|| bytes_for_people(self.bytes));
        match main {
            Action::Delete => {
                parts.push(format!("{} deleted", number(self.deleted, "object")));
                parts.extend(bytes.filter(|_| self.deleted > 0));
            }
            Action::DeleteContainer => {
                parts.push(format!("{} deleted", number(self.containers, "container")));
                parts.extend((self.deleted > 0).then(|| number(self.deleted, "object")));
            }
            Action::Move => {
                parts.push(format!("{} moved", number(self.moved, "file")));
                parts.extend(bytes);
            }
            Action::Copy | Action::Touch => {
                parts.push(number(self.moved, "file"));
                parts.extend(bytes);
            }
        }
        let is_extra = !matches!(main, Action::Delete | Action::DeleteContainer);
        for (count, word) in [
            (self.touched, "with only their time set"),
            (if is_extra { self.deleted } else { 0 }, "deleted"),
            (self.unchanged, "unchanged"),
            (self.left_out, "left out"),
            (self.failed, "failed"),
        ] {
            parts.extend((count > 0).then(|| format!("{count} {word}")));
        }
        parts.join(", ")
    }
}

/// A number of things, in words.
pub(crate) fn number(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_what_there_was() {
        let counts = Counts { moved: 3, bytes: 15_000_000, unchanged: 2, failed: 1, ..Counts::default() };
        assert_eq!(counts.line(Action::Copy), "3 files, 14.3 MiB, 2 unchanged, 1 failed");
        assert_eq!(Counts { moved: 1, ..Counts::default() }.line(Action::Move), "1 file moved, 0 B");
        assert_eq!(Counts::default().line(Action::Copy), "0 files, 0 B");
        let counts = Counts { deleted: 2, containers: 1, left_out: 1, ..Counts::default() };
        assert_eq!(Counts { unknown: 1, ..counts }.line(Action::Delete), "2 objects deleted, 1 left out");
        assert_eq!(counts.line(Action::DeleteContainer), "1 container deleted, 2 objects, 1 left out");
        assert_eq!(counts.line(Action::Copy), "0 files, 0 B, 2 deleted, 1 left out");
    }

    #[test]
    fn records_have_what_was_done() {
        let done = Done {
            action: Action::Copy,
            source: Some("a".to_owned()),
            destination: Some("swift://c/a".to_owned()),
            bytes: Some(1),
            more: Map::new(),
        };
        assert_eq!(done.record(), serde_json::json!({"action": "copy", "source": "a", "destination": "swift://c/a", "bytes": 1}));
        assert_eq!(done.line(), "copy a -> swift://c/a");
        assert_eq!(Done::deleted(Action::Delete, "swift://c/a".to_owned(), None).line(), "delete swift://c/a");
    }
}
