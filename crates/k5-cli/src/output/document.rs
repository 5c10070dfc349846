//! Documents: JSON and YAML alone.

use super::json::json;
use super::out::Out;
use super::tree::Tree;
use super::yaml;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use serde_json::Value;

/// Whether a document can be printed as the user wants. Checked before a call is sent, because its result would be lost otherwise.
pub(crate) fn can_be_document(globals: &Globals, format: Format) -> Outcome {
    if !globals.column.is_empty() {
        return Err(Failure::usage("a document has no columns: leave -c out"));
    }
    match format {
        Format::Json | Format::Jsonl | Format::Yaml => Ok(()),
        Format::Table | Format::Value => Err(Failure::usage("a document is printed as json, jsonl or yaml")),
    }
}

/// Prints a document as JSON or YAML; these have no columns.
pub(crate) fn document(globals: &Globals, format: Format, value: &Value) -> Outcome {
    can_be_document(globals, format)?;
    let mut out = Out::new();
    match format {
        Format::Json => out.raw(&format!("{}\n", json(value, true)?))?,
        Format::Jsonl => out.raw(&format!("{}\n", json(value, false)?))?,
        Format::Yaml => out.raw(&yaml::document(&Tree::Value(value))?)?,
        // Refused by `can_be_document` above.
        Format::Table | Format::Value => {}
    }
    out.finish()
}
