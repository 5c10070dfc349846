//! Lists: one item after the other, as they come.

use super::column::{Column, chosen, no_column, picked};
use super::json::{compact, unwritable};
use super::out::Out;
use super::screen::Screen;
use super::secrets::{has_secrets, hide_secrets};
use super::table::Rows;
use super::tree::Tree;
use super::yaml;
use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use serde::Serialize;
use serde_json::Value;

/// A table's widths fit what it has seen, so a long one comes in pieces of this many rows.
const PIECE: usize = 1_000;

/// A list on its way to stdout. Nothing but a piece of a table is held.
pub(crate) struct List {
    out: Out,
    format: Format,
    columns: Vec<Column>,
    /// Whether JSON and YAML hold whole items, not only the columns.
    whole: bool,
    table: Rows,
    rows: usize,
}

impl List {
    /// A list with `columns`, of which the first `shown` are shown unless the user named others. With `whole`, JSON and YAML hold
    /// each item as the API has it unless columns were named. It fails if the user named a column that there is not, so it is made
    /// before anything is sent.
    pub(crate) fn new(globals: &Globals, usual: Format, columns: &[Column], shown: usize, whole: bool) -> Outcome<Self> {
        let format = globals.output.unwrap_or(usual);
        let named = chosen(columns, &globals.column, |name| Err(no_column("column", name, columns)))?;
        let whole = whole && named.is_none();
        let columns = named.unwrap_or_else(|| columns.iter().take(shown).copied().collect());
        let screen = Screen::of(globals);
        let out = if format == Format::Table { Out::for_table(&screen) } else { Out::new() };
        let table = Rows::new(columns.iter().map(|column| (column.title, column.kind)), screen);
        Ok(Self { out, format, columns, whole, table, rows: 0 })
    }

    /// Adds an item.
    pub(crate) fn push(&mut self, item: &impl Serialize) -> Outcome {
        match self.format {
            Format::Json | Format::Jsonl if self.whole => self.element(item),
            _ => self.add(&to_value(item)?, &|_, _| None),
        }
    }

    /// Adds an item. What `cells` gives for a column and the item stands in tables and with `-o value` in place of the item's own
    /// field: a name that was looked up for an id, for instance.
    pub(crate) fn push_with(&mut self, item: &Value, cells: &dyn Fn(&Column, &Value) -> Option<String>) -> Outcome {
        match has_secrets(item) {
            true => {
                let mut item = item.clone();
                hide_secrets(&mut item);
                self.add(&item, cells)
            }
            false => self.add(item, cells),
        }
    }

    fn add(&mut self, item: &Value, cells: &dyn Fn(&Column, &Value) -> Option<String>) -> Outcome {
        match self.format {
            Format::Table => {
                if self.rows == 0 {
                    self.table.look_at(&self.columns, item);
                }
                let text = |column: &Column| cells(column, item).unwrap_or_else(|| self.table.cell(column, item));
                let row = self.columns.iter().map(text).collect();
                self.table.push(row);
                self.rows += 1;
                if self.rows.is_multiple_of(PIECE) {
                    self.flush_table()?;
                }
                Ok(())
            }
            Format::Value => {
                let text = |column: &Column| cells(column, item).unwrap_or_else(|| column.value_text(item));
                let line: Vec<_> = self.columns.iter().map(text).collect();
                self.out.line(&line.join(" "))
            }
            Format::Json | Format::Jsonl => match self.whole {
                true => self.element(item),
                false => {
                    let columns = std::mem::take(&mut self.columns);
                    let done = self.element(&picked(&columns, item));
                    self.columns = columns;
                    done
                }
            },
            Format::Yaml => {
                self.rows += 1;
                let tree = if self.whole { Tree::Value(item) } else { picked(&self.columns, item) };
                let text = yaml::element(&tree)?;
                self.out.raw(&text)
            }
        }
    }

    /// Adds an element of JSON.
    fn element(&mut self, element: &impl Serialize) -> Outcome {
        let is_first = self.rows == 0;
        self.rows += 1;
        let text = compact(element)?;
        match self.format {
            Format::Jsonl => {
                self.out.bytes(&text)?;
                self.out.raw("\n")
            }
            _ => {
                self.out.raw(if is_first { "[\n  " } else { ",\n  " })?;
                self.out.bytes(&text)
            }
        }
    }

    /// Hands on what was written, except for the rows of a table, which needs all of them.
    pub(crate) fn flush(&mut self) -> Outcome {
        self.out.flush()
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
            Some(text) => self.out.raw(&text),
            None => Ok(()),
        }
    }
}

/// An item with fields; what has none of its own has one called `value`.
fn to_value(item: &impl Serialize) -> Outcome<Value> {
    Ok(match serde_json::to_value(item).map_err(unwritable)? {
        Value::Object(map) => Value::Object(map),
        other => serde_json::json!({ "value": other }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::globals;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::new("id", "ID"),
        Column::new("name", "Name"),
        Column::new("image.id", "Image"),
        Column::new("addresses", "Networks"),
        Column::new("is_public", "Is Public"),
    ];

    fn list(line: &str, whole: bool) -> List {
        let mut list = List::new(&globals(line), Format::Table, COLUMNS, 3, whole).expect("list");
        list.out = Out::memory(false);
        list.table = Rows::new(list.columns.iter().map(|column| (column.title, column.kind)), Screen::default());
        list
    }

    fn text(mut list: List) -> String {
        let item = json!({"id": 1, "name": "web", "image": {"id": "i", "z": 0}, "addresses": {"private": ["10.0.0.2"]}, "is_public": true,
            "x": {"temp-url-key": "k"}});
        let name = |column: &Column, item: &Value| {
            (column.name == "image.id").then(|| format!("{}!", item["name"].as_str().unwrap_or("?")))
        };
        list.push_with(&item, &name).expect("pushed");
        list.push_with(&json!({"id": 2, "name": null}), &|_, _| None).expect("pushed");
        list.flush_table().expect("written");
        list.out.text().to_owned()
    }

    #[test]
    fn columns_stand_in_their_own_order_and_cells_may_come_from_elsewhere() {
        assert_eq!(
            text(list("-o value -c is_public -c Networks -c Image -c id", true)),
            "1 web! {'private': ['10.0.0.2']} True\n2   \n"
        );
        assert_eq!(text(list("-o value", true)), "1 web web!\n2 None \n");
        let table = text(list("", true));
        assert!(table.contains("| ID | Name | Image |"), "{table}");
        assert!(table.contains("|  1 | web  | web!  |"), "{table}");
    }

    #[test]
    fn documents_hold_the_items_or_the_fields_that_were_named() {
        assert_eq!(
            text(list("-o jsonl", true)),
            r#"{"addresses":{"private":["10.0.0.2"]},"id":1,"image":{"id":"i","z":0},"is_public":true,"name":"web","x":{"temp-url-key":"***"}}
{"id":2,"name":null}
"#
        );
        let picked = "{\"id\":1,\"image\":{\"id\":\"i\"}}\n{\"id\":2,\"image\":{\"id\":null}}\n";
        assert_eq!(text(list("-o jsonl -c Image -c ID", true)), picked);
        assert_eq!(text(list("-o jsonl", false)).lines().last(), Some(r#"{"id":2,"name":null,"image":{"id":null}}"#));
        assert_eq!(text(list("-o yaml -c ID -c Name", true)), "- id: 1\n  name: web\n- id: 2\n  name: null\n");
    }

    #[test]
    fn an_unknown_column_is_refused_before_anything_is_sent() {
        let Err(said) = List::new(&globals("-c id -c Netwroks"), Format::Table, COLUMNS, 3, true) else { panic!("taken") };
        assert_eq!(said.status(), 2);
        assert!(said.text().contains("did you mean Networks?"), "{}", said.text());
    }
}
