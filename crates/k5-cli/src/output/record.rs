//! One thing with its fields.

use super::json::{InOrder, json};
use super::out::Out;
use super::secrets::{hide_secrets, is_secret};
use super::text::{printable, shown};
use super::yaml;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use comfy_table::Table;
use comfy_table::presets::ASCII_FULL_CONDENSED;
use serde_json::Value;

/// Fields in the order in which they are shown. What is null is left out unless it is asked for.
#[derive(Default)]
pub(crate) struct Record(Vec<(&'static str, Value)>);

impl Record {
    /// No fields yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let mut value = value.into();
        hide_secrets(&mut value);
        self.0.push((name, if is_secret(name) { "***".into() } else { value }));
        self
    }

    /// Adds a map of custom metadata.
    pub(crate) fn with_metadata(self, items: &k5::Pairs<String>) -> Self {
        self.with("metadata", serde_json::json!(items))
    }

    /// Prints it as the user wants it.
    pub(crate) fn print(mut self, globals: &Globals) -> Outcome {
        if !globals.column.is_empty() {
            let mut chosen = Vec::new();
            for wanted in &globals.column {
                // What openstackclient calls properties is metadata in the API.
                let wanted = if wanted.eq_ignore_ascii_case("properties") { "metadata" } else { wanted };
                match self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
                    Some(field) => chosen.push(field.clone()),
                    None => {
                        let known: Vec<_> = self.0.iter().map(|(name, _)| *name).collect();
                        return Err(Failure::usage(format!("there is no field {wanted:?}; the fields are {}", known.join(", "))));
                    }
                }
            }
            self.0 = chosen;
        } else {
            self.0.retain(|(_, value)| !value.is_null());
        }
        let mut out = Out::new();
        match globals.output.unwrap_or(Format::Table) {
            Format::Table => {
                let mut table = Table::new();
                table.load_style(ASCII_FULL_CONDENSED).set_header(["Field", "Value"]);
                for (name, value) in &self.0 {
                    table.add_row([*name, &printable(&shown(value))]);
                }
                out.raw(&format!("{table}\n"))?;
            }
            Format::Value => {
                for (_, value) in &self.0 {
                    out.line(&shown(value))?;
                }
            }
            Format::Json => out.raw(&format!("{}\n", json(&InOrder(&self.0), true)?))?,
            Format::Jsonl => out.raw(&format!("{}\n", json(&InOrder(&self.0), false)?))?,
            Format::Yaml => {
                let mut text = String::new();
                for (name, value) in &self.0 {
                    yaml::pair(&mut text, name, value, 0);
                }
                out.raw(&text)?;
            }
        }
        out.finish()
    }
}

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
        Format::Yaml => {
            let mut text = String::new();
            yaml::write(&mut text, value, 0);
            out.raw(&text)?;
        }
        // Refused by `can_be_document` above.
        Format::Table | Format::Value => {}
    }
    out.finish()
}
