//! Documents, as a whole.

use super::json::json;
use super::out::Out;
use super::tree::Tree;
use super::yaml;
use crate::failure::Outcome;
use crate::globals::Format;
use serde_json::Value;

/// Prints a document as JSON or YAML.
pub(crate) fn document(format: Format, value: &Value) -> Outcome {
    let mut out = Out::new();
    match format {
        Format::Json | Format::Table | Format::Value => out.raw(&format!("{}\n", json(value, true)?))?,
        Format::Jsonl => out.raw(&format!("{}\n", json(value, false)?))?,
        Format::Yaml => out.raw(&yaml::document(&Tree::Value(value))?)?,
    }
    out.finish()
}
