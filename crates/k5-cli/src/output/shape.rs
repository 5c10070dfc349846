//! Records as the API answers them: the fields that are known before the call, and what else the answer has.

use super::column::{Column, Kind, chosen, folded, no_column};
use super::json::json;
use super::nearest::did_you_mean;
use super::out::Out;
use super::screen::Screen;
use super::secrets::{hide, is_secret_field};
use super::table::Rows;
use super::text::shown;
use super::tree::{Tree, at};
use super::yaml;
use super::{column, python};
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::{Format, Globals};
use serde_json::Value;

/// What the record that a call answers with looks like. It is made before the call, so that a wrong `-c` is refused before anything
/// is sent.
pub(crate) struct RecordShape {
    format: Format,
    screen: Screen,
    columns: Vec<Column>,
    /// The known fields that the user named; `None` if `-c` was not given.
    chosen: Option<Vec<Column>>,
    /// The names of fields that may be in the answer.
    late: Vec<String>,
    revealed: Vec<&'static str>,
}

impl RecordShape {
    /// A record that has the fields of `columns` and perhaps others. A field of another name that the user wants is looked for in
    /// the answer.
    pub(crate) fn new(globals: &Globals, columns: &[Column]) -> Outcome<Self> {
        let mut late = Vec::new();
        let chosen = chosen(columns, &globals.column, |name| {
            late.push(name.to_owned());
            Ok(())
        })?;
        let (format, screen) = (globals.output.unwrap_or(Format::Table), Screen::of(globals));
        Ok(Self { format, screen, columns: columns.to_vec(), chosen, late, revealed: Vec::new() })
    }

    /// A record of which all fields are known; a user who wants another is told so before anything is sent.
    pub(crate) fn complete(globals: &Globals, columns: &[Column]) -> Outcome<Self> {
        let shape = Self::new(globals, columns)?;
        match shape.late.first() {
            Some(name) => Err(no_column("field", name, columns)),
            None => Ok(shape),
        }
    }

    /// Prints it in `format`.
    pub(crate) fn in_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Shows the field `name` even though it is a secret: it is what the command is for.
    pub(crate) fn reveal(mut self, name: &'static str) -> Self {
        self.revealed.push(name);
        self
    }

    /// Prints the record as the user wants it. JSON and YAML hold it as the API has it, or the fields that the user named.
    pub(crate) fn print(self, record: Value) -> Outcome {
        let mut out = if self.format == Format::Table { Out::for_table(&self.screen) } else { Out::new() };
        self.write(&mut out, record)?;
        out.finish()
    }

    fn write(self, out: &mut Out, mut record: Value) -> Outcome {
        hide(&mut record, &|name| is_secret_field(name) && !self.revealed.contains(&name));
        let late = self.late.iter().map(|name| self.find(&record, name)).collect::<Outcome<Vec<_>>>()?;
        let named = self.chosen.is_some();
        let columns = self.chosen.as_deref().unwrap_or(&self.columns);
        let rows = Rows::of_record(self.screen.clone());
        let mut fields: Vec<_> = columns
            .iter()
            .filter(|column| named || column.of(&record).is_some() && column.kind != Kind::Hidden)
            .map(|column| Field {
                title: column.title,
                kind: column.kind,
                cell: rows.cell(column, &record),
                value: column.value_text(&record),
            })
            .collect();
        let is_known =
            |name: &str| self.columns.iter().any(|column| column.name.split('.').next() == Some(name) || column.name == name);
        let rest: Vec<&str> = match (named, &record) {
            (false, Value::Object(map)) => map.keys().map(String::as_str).filter(|name| !is_known(name)).collect(),
            (false, _) => {
                fields.push(Field::plain("value", &record));
                Vec::new()
            }
            (true, _) => late,
        };
        fields.extend(rest.iter().map(|name| Field::plain(name, at(&record, name).unwrap_or(&Value::Null))));
        let mut tree = Tree::Value(&record);
        if named {
            tree = column::picked(columns, &record);
            rest.iter().for_each(|name| tree.insert(&record, name));
        }
        write(out, self.format, rows, &fields, &tree)
    }

    /// The name in the answer of a field that the user wants.
    fn find<'a>(&self, record: &'a Value, wanted: &'a str) -> Outcome<&'a str> {
        let folded_name = folded(wanted);
        let fields = record.as_object();
        let found = fields.and_then(|fields| fields.keys().find(|name| folded(name) == folded_name));
        match (found, at(record, wanted)) {
            (Some(name), _) => Ok(name),
            (None, Some(_)) => Ok(wanted),
            (None, None) => {
                let names: Vec<_> = fields.into_iter().flat_map(|fields| fields.keys()).map(String::as_str).collect();
                Err(Failure::new(
                    REFUSED,
                    format!(
                        "the answer has no field {wanted:?}{}; its fields are {}",
                        did_you_mean(wanted, names.iter().copied()),
                        names.join(", ")
                    ),
                ))
            }
        }
    }
}

/// A field's title, and its text for tables and for `-o value`.
struct Field<'a> {
    title: &'a str,
    kind: Kind,
    cell: String,
    value: String,
}

impl<'a> Field<'a> {
    /// A field of which nothing is known.
    fn plain(title: &'a str, value: &Value) -> Self {
        Self { title, kind: Kind::Text, cell: shown(value), value: python::text(value) }
    }
}

/// Writes a record of which tables and bare values show `fields`, and JSON and YAML `tree`.
fn write(out: &mut Out, format: Format, mut rows: Rows, fields: &[Field<'_>], tree: &Tree<'_>) -> Outcome {
    match format {
        Format::Table => {
            for field in fields {
                rows.push_kinds(vec![field.title.to_owned(), field.cell.clone()], &[Kind::Text, field.kind]);
            }
            out.raw(&rows.take().unwrap_or_default())
        }
        Format::Value => fields.iter().try_for_each(|field| out.lines(&field.value)),
        Format::Json => out.raw(&format!("{}\n", json(tree, true)?)),
        Format::Jsonl => out.raw(&format!("{}\n", json(tree, false)?)),
        Format::Yaml => out.raw(&yaml::document(tree)?),
    }
}

/// A record without the fields that are null: what comes in headers is absent.
pub(crate) fn without_nulls(mut record: Value) -> Value {
    if let Value::Object(fields) = &mut record {
        fields.retain(|_, value| !value.is_null());
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::globals;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::field("id"),
        Column::new("metadata", "properties"),
        Column::new("flavor.id", "flavor").cell(|id| format!("<{}>", shown(id))),
        Column::field("adminPass"),
        Column::field("gone"),
    ];

    fn server() -> Value {
        json!({"status": "ACTIVE", "id": "s", "flavor": {"id": "f", "links": []}, "metadata": {"a": "b"}, "adminPass": "pw",
            "image": null, "ok": true})
    }

    fn printed(line: &str, record: Value, finished: fn(RecordShape) -> RecordShape) -> Outcome<String> {
        let mut out = Out::memory(false);
        let shape = RecordShape { screen: Screen::default(), ..finished(RecordShape::new(&globals(line), COLUMNS)?) };
        shape.write(&mut out, record)?;
        Ok(out.text().to_owned())
    }

    #[test]
    fn a_table_has_the_known_fields_in_their_order_and_then_the_rest() {
        let table = printed("-o table", server(), |shape| shape).expect("printed");
        let rows: Vec<Vec<&str>> = table
            .lines()
            .filter(|line| line.starts_with("| "))
            .map(|line| line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(
            rows,
            [
                ["Field", "Value"],
                ["id", "s"],
                ["properties", "a='b'"],
                ["flavor", "<f>"],
                ["adminPass", "***"],
                ["image", "None"],
                ["ok", "True"],
                ["status", "ACTIVE"],
            ]
        );
    }

    #[test]
    fn bare_values_come_line_by_line_and_as_python_writes_them() {
        let text = printed("-o value", server(), |shape| shape.reveal("adminPass")).expect("printed");
        assert_eq!(text, "s\n{'a': 'b'}\nf\npw\nNone\nTrue\nACTIVE\n");
        let text = printed("-o value -c ok -c gone -c Flavor -c ID", server(), |shape| shape).expect("printed");
        assert_eq!(text, "s\nf\n\nTrue\n");
    }

    #[test]
    fn documents_are_the_apis_own() {
        let text = printed("-o jsonl", server(), |shape| shape.reveal("adminPass")).expect("printed");
        assert_eq!(text, format!("{}\n", server()));
        let text = printed("-o jsonl", server(), |shape| shape).expect("printed");
        assert!(text.contains(r#""adminPass":"***""#), "{text}");
        let text = printed("-o jsonl -c STATUS -c properties -c flavor -c flavor.links -c id", server(), |shape| shape);
        assert_eq!(
            text.expect("printed"),
            r#"{"id":"s","metadata":{"a":"b"},"flavor":{"id":"f","links":[]},"status":"ACTIVE"}"#.to_owned() + "\n"
        );
        assert_eq!(printed("-o json", json!("text"), |shape| shape).expect("printed"), "\"text\"\n");
        assert!(printed("-o table", json!("text"), |shape| shape).expect("printed").contains("| value | text"));
    }

    #[test]
    fn an_unknown_field_is_refused_as_soon_as_it_can_be() {
        let Err(said) = RecordShape::complete(&globals("-c statsu -c id"), &[Column::field("id"), Column::field("status")]) else {
            panic!("taken");
        };
        assert_eq!(said.status(), 2);
        assert_eq!(said.text(), "there is no field \"statsu\": did you mean status? The fields are id, status");
        let said = printed("-c statsu", server(), |shape| shape).expect_err("printed");
        assert_eq!(said.status(), 1);
        assert!(
            said.text().starts_with("the answer has no field \"statsu\": did you mean status?; its fields are "),
            "{}",
            said.text()
        );
    }

    #[test]
    fn what_is_absent_is_left_out_unless_it_is_asked_for() {
        assert_eq!(without_nulls(json!({"a": null, "b": 1})), json!({"b": 1}));
        let text = printed("-o jsonl -c gone", without_nulls(server()), |shape| shape).expect("printed");
        assert_eq!(text, "{\"gone\":null}\n");
    }
}
