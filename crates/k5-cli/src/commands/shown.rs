//! Records of the account, containers and objects: openstackclient's fields in its order, then what else is known.

use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use crate::output::{Column, List, RecordShape, without_nulls};
use serde_json::Value;

/// One record, or a list of several. It is made before anything is sent, so that a wrong `-c` is refused in time.
pub(crate) enum Shown {
    /// Until it is printed.
    One(Option<RecordShape>, Fields),
    Several(Box<List>),
}

/// Which fields are shown.
#[derive(Clone, Copy)]
pub(crate) enum Fields {
    /// Those that the user names, or all in JSON and YAML.
    AsTheyAre,
    /// For people, without what is empty.
    Filled,
    /// Bare values: a script that reads them counts lines, so there are none but openstackclient's.
    Usual(&'static [Column]),
}

impl Shown {
    /// What `several` or one of the things with `columns` look like, of which the first `usual` are openstackclient's.
    pub(crate) fn new(globals: &Globals, columns: &'static [Column], usual: usize, several: bool) -> Outcome<Self> {
        if several {
            return List::new(globals, Format::Table, columns, usual, true).map(|list| Self::Several(Box::new(list)));
        }
        let fields = match globals.output.unwrap_or(Format::Table) {
            _ if !globals.column.is_empty() => Fields::AsTheyAre,
            Format::Table => Fields::Filled,
            Format::Value => Fields::Usual(&columns[..usual.min(columns.len())]),
            Format::Json | Format::Jsonl | Format::Yaml => Fields::AsTheyAre,
        };
        Ok(Self::One(Some(RecordShape::complete(globals, columns)?), fields))
    }

    /// Takes a record in; a single one is printed.
    pub(crate) fn push(&mut self, record: Value) -> Outcome {
        let mut record = without_nulls(record);
        match self {
            Self::Several(list) => list.push(&record),
            Self::One(shape, shown) => {
                if let (true, Value::Object(fields)) = (!matches!(shown, Fields::AsTheyAre), &mut record) {
                    // As in openstackclient, there are no properties where there are none.
                    fields.retain(|_, value| !value.as_object().is_some_and(serde_json::Map::is_empty));
                    if let Fields::Usual(columns) = shown {
                        fields.retain(|name, _| columns.iter().any(|column| column.name == name));
                    }
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
