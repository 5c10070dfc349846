//! How the answer of an operation is printed, which is settled before it is called.

use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List, ONCE, RecordShape};
use k5::dynamic::ApiOperation;
use serde_json::{Value, json};

/// How many columns a table has unless the user names them.
const SHOWN: usize = 6;

/// How an answer is printed.
pub(super) enum Shape {
    /// As it comes.
    Bytes,
    /// The whole document.
    Document(Format),
    /// The columns of a list.
    List(Box<List>),
    /// The fields of a record.
    Record(RecordShape),
}

impl Shape {
    /// What the user wants of the operation's answer.
    pub(super) fn of(globals: &Globals, operation: &ApiOperation, raw: bool, pages: bool, allow_unknown: bool) -> Outcome<Self> {
        if raw || operation.answer.is_none() && operation.page.is_none() {
            globals.no_output(if raw { "--raw prints the answer as it is" } else { "the answer is not a document" })?;
            return Ok(Self::Bytes);
        }
        let format = globals.output.unwrap_or(Format::Json);
        if !pages && globals.column.is_empty() && matches!(format, Format::Json | Format::Jsonl | Format::Yaml) {
            return Ok(Self::Document(format));
        }
        let columns = columns(globals, operation, allow_unknown);
        if operation.page.is_some() {
            let columns = if columns.is_empty() { vec![Column::new("value", "value")] } else { columns };
            return List::new(globals, format, &columns, SHOWN, true)
                .map(|list| Self::List(Box::new(list)))
                .map_err(|failure| among(failure, operation));
        }
        let record = match operation.fields.is_empty() {
            true => RecordShape::new(globals, &columns),
            false => RecordShape::complete(globals, &columns),
        };
        let record = record.map_err(|failure| among(failure, operation))?.in_format(format);
        Ok(Self::Record(ONCE.into_iter().fold(record, RecordShape::reveal)))
    }
}

/// A column that the operation's type does not know may be there all the same.
fn among(failure: Failure, operation: &ApiOperation) -> Failure {
    failure.with_hint(format!("{} answers with these; --allow-unknown takes others too.", operation.meta.full_name()))
}

/// The known fields of the answer, those that tell things apart first, and links last; then what the user wants of the inside of
/// one, or knows better.
fn columns(globals: &Globals, operation: &ApiOperation, allow_unknown: bool) -> Vec<Column> {
    let mut columns: Vec<_> = operation.fields.iter().map(|name| Column::field(name).kind(kind(name))).collect();
    columns.sort_by_key(|column| match column.name {
        "id" => 0,
        "name" => 1,
        "status" => 2,
        "links" | "headers" => 4,
        _ => 3,
    });
    for wanted in globals.column.iter().filter(|_| !operation.fields.is_empty()) {
        let is_known = |name: &str| operation.fields.iter().any(|known| known.eq_ignore_ascii_case(name));
        let is_inside = wanted.split_once('.').is_some_and(|(name, _)| operation.fields.contains(&name));
        if !is_known(wanted) && (is_inside || allow_unknown) {
            // An argument of the command line is there until the end anyway.
            columns.push(Column::field(Box::leak(wanted.clone().into_boxed_str())));
        }
    }
    columns
}

/// What a field of this name holds in every service.
fn kind(name: &str) -> Kind {
    match name {
        "status" => Kind::State,
        "bytes" | "bytes_used" | "content_length" => Kind::Bytes,
        "count" | "object_count" | "container_count" => Kind::Number,
        "created" | "updated" | "last_modified" => Kind::Time,
        _ if name.ends_with("_at") => Kind::Time,
        _ => Kind::Text,
    }
}

/// An item of a list, which may be a bare value where the columns are not known.
pub(super) fn item(operation: &ApiOperation, item: Value) -> Value {
    match operation.fields.is_empty() || !item.is_object() {
        true => json!({ "value": item }),
        false => item,
    }
}

/// The record that an answer holds, below the keys of the operation.
pub(super) fn record(operation: &ApiOperation, mut answer: Value) -> Value {
    for key in operation.meta.answer_key.into_iter().flat_map(|key| key.split('/')) {
        match answer.get_mut(key) {
            Some(inner) => answer = inner.take(),
            None => break,
        }
    }
    answer
}
