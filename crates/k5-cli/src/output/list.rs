//! Lists: one item after the other, as they come.

use super::json::{InOrder, unwritable};
use super::out::Out;
use super::text::{printable, shown};
use super::yaml;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use comfy_table::Table;
use comfy_table::presets::ASCII_FULL_CONDENSED;
use serde::Serialize;
use serde_json::{Map, Value};

/// A column: the field's name in the API, and its heading.
pub(crate) struct Column(pub(crate) &'static str, pub(crate) &'static str);

/// A table's widths fit what it has seen, so a long one comes in pieces of this many rows.
const PIECE: usize = 1_000;

/// A list on its way to stdout. Nothing but a piece of a table is held.
pub(crate) struct List {
    out: Out,
    format: Format,
    columns: Vec<&'static Column>,
    /// Whether JSON and YAML hold whole items, not only the columns.
    whole: bool,
    table: Option<Table>,
    rows: usize,
}

impl List {
    /// A list with `columns`, of which `usual` are shown unless the user named others. With `whole`, JSON and YAML hold each
    /// item as the API has it unless columns were named.
    pub(crate) fn new(globals: &Globals, usual: Format, columns: &'static [Column], shown: usize, whole: bool) -> Outcome<Self> {
        let format = globals.output.unwrap_or(usual);
        let chosen = match globals.column.is_empty() {
            true => columns.iter().take(shown).collect(),
            false => globals.column.iter().map(|name| find(columns, name)).collect::<Outcome<Vec<_>>>()?,
        };
        Ok(Self { out: Out::new(), format, columns: chosen, whole: whole && globals.column.is_empty(), table: None, rows: 0 })
    }

    /// Adds an item.
    pub(crate) fn push(&mut self, item: &impl Serialize) -> Outcome {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            Format::Table => {
                let cells = self.cells(item)?;
                let (columns, table) = (&self.columns, &mut self.table);
                let table = table.get_or_insert_with(|| {
                    let mut table = Table::new();
                    table.load_style(ASCII_FULL_CONDENSED).set_header(columns.iter().map(|column| column.1));
                    table
                });
                table.add_row(cells.iter().map(|cell| printable_cell(cell)));
                if self.rows.is_multiple_of(PIECE) {
                    self.flush_table()?;
                }
                Ok(())
            }
            Format::Value => {
                let cells = self.cells(item)?;
                self.out.line(&cells.join(" "))
            }
            Format::Json => {
                self.out.raw(if first { "[\n  " } else { ",\n  " })?;
                self.json(item)
            }
            Format::Jsonl => {
                self.json(item)?;
                self.out.raw("\n")
            }
            Format::Yaml => {
                let value = match self.whole {
                    true => to_value(item)?,
                    false => Value::Object(self.picked(item)?.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
                };
                let mut text = String::new();
                yaml::element(&mut text, &value, 0);
                self.out.raw(&text)
            }
        }
    }

    /// Ends the list.
    pub(crate) fn finish(mut self) -> Outcome {
        match self.format {
            Format::Json if self.rows == 0 => self.out.raw("[]\n")?,
            Format::Json => self.out.raw("\n]\n")?,
            Format::Yaml if self.rows == 0 => self.out.raw("[]\n")?,
            Format::Table => self.flush_table()?,
            _ => {}
        }
        self.out.finish()
    }

    fn flush_table(&mut self) -> Outcome {
        match self.table.take() {
            Some(table) => self.out.raw(&format!("{table}\n")),
            None => Ok(()),
        }
    }

    fn json(&mut self, item: &impl Serialize) -> Outcome {
        let text = match self.whole {
            true => serde_json::to_string(item),
            false => serde_json::to_string(&InOrder(&self.picked(item)?)),
        };
        self.out.raw(&text.map_err(unwritable)?)
    }

    fn picked(&self, item: &impl Serialize) -> Outcome<Vec<(&'static str, Value)>> {
        let mut map = to_map(item)?;
        Ok(self.columns.iter().map(|column| (column.0, map.remove(column.0).unwrap_or(Value::Null))).collect())
    }

    fn cells(&self, item: &impl Serialize) -> Outcome<Vec<String>> {
        let map = to_map(item)?;
        Ok(self.columns.iter().map(|column| map.get(column.0).map(shown).unwrap_or_default()).collect())
    }
}

/// Control characters are escaped, but line breaks make lines within a cell.
fn printable_cell(cell: &str) -> String {
    cell.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

fn find(columns: &'static [Column], name: &str) -> Outcome<&'static Column> {
    let fits = |column: &&Column| column.0.eq_ignore_ascii_case(name) || column.1.eq_ignore_ascii_case(name);
    columns.iter().find(fits).ok_or_else(|| {
        let known: Vec<_> = columns.iter().map(|column| column.0).collect();
        Failure::usage(format!("there is no column {name:?}; the columns are {}", known.join(", ")))
    })
}

fn to_value(item: &impl Serialize) -> Outcome<Value> {
    serde_json::to_value(item).map_err(unwritable)
}

fn to_map(item: &impl Serialize) -> Outcome<Map<String, Value>> {
    match to_value(item)? {
        Value::Object(map) => Ok(map),
        other => Ok([("value".to_owned(), other)].into_iter().collect()),
    }
}
