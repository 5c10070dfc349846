//! Records of the account, containers and objects: openstackclient's fields in its order, then what else is known.

use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use crate::output::{Column, List, RecordShape, without_nulls};
use serde_json::Value;

/// One record, or a list of several. It is made before anything is sent, so that a wrong `-c` is refused in time.
pub(crate) enum Shown {
    /// Until it is printed.
    One(Option<RecordShape>, Keep),
    Several(List),
}

/// The fields that are shown where the user names none: a script that reads bare values counts lines.
pub(crate) struct Keep(Option<&'static [Column]>);

impl Shown {
    /// What `several` or one of the things with `columns` look like, of which the first `usual` are openstackclient's.
    pub(crate) fn new(globals: &Globals, columns: &'static [Column], usual: usize, several: bool) -> Outcome<Self> {
        if several {
            return List::new(globals, Format::Table, columns, usual, true).map(Self::Several);
        }
        let bare = globals.output == Some(Format::Value) && globals.column.is_empty();
        let keep = Keep(bare.then(|| columns.get(..usual)).flatten());
        Ok(Self::One(Some(RecordShape::complete(globals, columns)?), keep))
    }

    /// Takes a record in; a single one is printed.
    pub(crate) fn push(&mut self, record: Value) -> Outcome {
        let mut record = without_nulls(record);
        match self {
            Self::Several(list) => list.push(&record),
            Self::One(shape, Keep(keep)) => {
                if let (Some(columns), Value::Object(fields)) = (keep, &mut record) {
                    fields.retain(|name, _| columns.iter().any(|column| column.name == name));
                }
                shape.take().map_or(Ok(()), |shape| shape.print(record))
            }
        }
    }

    /// Ends a list.
    pub(crate) fn finish(self) -> Outcome {
        match self {
            Self::Several(list) => list.finish(),
            Self::One(..) => Ok(()),
        }
    }
}
