//! `k5 api --list`.

use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use crate::output::{Column, List, document, shown};
use k5::dynamic::ApiOperation;
use k5_core::ParamPlace;
use serde_json::{Value, json};

const COLUMNS: &[Column] = &[
    Column::new("id", "Operation"),
    Column::new("method", "Method"),
    Column::new("path", "Path"),
    Column::new("rows", "Documented as").cell(rows).value(rows),
];

/// Prints the operations, as JSON if `json` is set.
pub(super) fn print(globals: &Globals, json: bool) -> Outcome {
    let format = if json { Some(Format::Json) } else { globals.output };
    match format {
        Some(format @ (Format::Json | Format::Yaml)) if globals.column.is_empty() => {
            document(format, &Value::Array(k5::operations().map(described).collect()))
        }
        _ => {
            let mut list = List::new(globals, format.unwrap_or(Format::Table), COLUMNS, COLUMNS.len(), true)?;
            k5::operations().try_for_each(|operation| list.push(&described(operation)))?;
            list.finish()
        }
    }
}

/// The documented rows, in short.
fn rows(rows: &Value) -> String {
    let rows = rows.as_array().into_iter().flatten();
    let short: Vec<_> = rows.map(|row| format!("{} {}", shown(&row["section"]), row["number"])).collect();
    short.join(", ")
}

fn path_of(operation: &ApiOperation) -> String {
    let meta = operation.meta;
    format!("{}{}", meta.root.unwrap_or(meta.service.root), meta.path)
}

fn described(operation: &ApiOperation) -> Value {
    let meta = operation.meta;
    let rows: Vec<_> =
        meta.rows.iter().map(|row| json!({ "section": row.section, "number": row.number, "title": row.title })).collect();
    let params: Vec<_> = meta
        .params
        .iter()
        .map(|param| {
            let required = param.required && param.fixed.is_none() || param.place == ParamPlace::Path;
            json!({ "name": param.name, "in": param.place.name(), "required": required })
        })
        .collect();
    json!({
        "id": meta.full_name(),
        "method": meta.method,
        "path": path_of(operation),
        "rows": rows,
        "params": params,
        "request_body": meta.request_body.name(),
        "response_body": meta.response_body.name(),
    })
}
