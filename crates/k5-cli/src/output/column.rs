//! Columns of lists and fields of records: what they are called, what they hold, and which the user wants.

use super::nearest::did_you_mean;
use super::tree::{Tree, at};
use super::{python, text};
use crate::failure::{Failure, Outcome};
use serde_json::Value;

/// A column of a list, or a field of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The field's name in the API; dots lead to a field within, as in `image.id`.
    pub(crate) name: &'static str,
    /// What openstackclient calls it.
    pub(crate) title: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// The text for tables, where it is not the usual one. It is handed the field's whole value, or null.
    pub(crate) cell: Option<fn(&Value) -> String>,
    /// The text for `-o value`, where it is not the usual one.
    pub(crate) value: Option<fn(&Value) -> String>,
}

/// What a column holds, which decides how a table shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything.
    Text,
    /// A number.
    Number,
    /// A number of bytes.
    Bytes,
    /// A number of GiB.
    Gibibytes,
    /// A number of MiB.
    Mebibytes,
    /// A point in time.
    Time,
    /// The state of something: good, bad, or on its way.
    State,
    /// True or false.
    Truth,
    /// Nothing for eyes: a table shows it only if it is asked for.
    Hidden,
}

impl Kind {
    /// Whether it stands to the right.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Bytes | Self::Gibibytes | Self::Mebibytes)
    }
}

impl Column {
    /// A column of text with the API's name for it and openstackclient's.
    pub(crate) const fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, kind: Kind::Text, cell: None, value: None }
    }

    /// A field that openstackclient calls as the API does.
    pub(crate) const fn field(name: &'static str) -> Self {
        Self::new(name, name)
    }

    /// What it holds.
    pub(crate) const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The text for tables.
    pub(crate) const fn cell(self, cell: fn(&Value) -> String) -> Self {
        Self { cell: Some(cell), ..self }
    }

    /// The text for `-o value`.
    pub(crate) const fn value(self, value: fn(&Value) -> String) -> Self {
        Self { value: Some(value), ..self }
    }

    /// The column's part of an item; `None` if the item has no such field.
    pub(super) fn of<'a>(&self, item: &'a Value) -> Option<&'a Value> {
        at(item, self.name)
    }

    /// The text for a table.
    pub(super) fn cell_text(&self, item: &Value) -> String {
        match (self.of(item), self.cell) {
            (found, Some(cell)) => cell(found.unwrap_or(&Value::Null)),
            (Some(value), None) => text::shown(value),
            (None, None) => String::new(),
        }
    }

    /// The text for `-o value`.
    pub(super) fn value_text(&self, item: &Value) -> String {
        match (self.of(item), self.value) {
            (found, Some(text)) => text(found.unwrap_or(&Value::Null)),
            // Some services write truth values as text.
            (Some(Value::String(text)), None) if self.kind == Kind::Truth => match text.as_str() {
                "true" => "True".to_owned(),
                "false" => "False".to_owned(),
                _ => text.clone(),
            },
            (Some(value), None) => python::text(value),
            (None, None) => String::new(),
        }
    }

    fn is_called(&self, wanted: &str) -> bool {
        folded(self.title) == wanted || folded(self.name) == wanted
    }

    /// How an error names it.
    fn known_as(&self) -> String {
        match folded(self.title) == folded(self.name) {
            true => self.title.to_owned(),
            false => format!("{} ({})", self.title, self.name),
        }
    }
}

/// The fields of an item that belong to `columns`, in the columns' order, as deep as they stand in the item.
pub(super) fn picked<'a>(columns: &[Column], item: &'a Value) -> Tree<'a> {
    let mut tree = Tree::default();
    for column in columns {
        tree.insert(item, column.name);
    }
    tree
}

/// Names are compared as openstackclient compares them: `is_public` is `Is Public`.
pub(super) fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "_")
}

/// The columns that the user named with `-c`, in the order of `columns`, as openstackclient prints them; `None` if none was named.
/// What a name does not fit is handed to `unknown`.
pub(super) fn chosen(
    columns: &[Column],
    wanted: &[String],
    mut unknown: impl FnMut(&str) -> Outcome,
) -> Outcome<Option<Vec<Column>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut is_chosen = vec![false; columns.len()];
    for wanted in wanted {
        let name = folded(wanted);
        // A title wins over another column's name.
        let by_title = columns.iter().position(|column| folded(column.title) == name);
        match by_title.or_else(|| columns.iter().position(|column| column.is_called(&name))) {
            Some(at) => is_chosen[at] = true,
            None => unknown(wanted)?,
        }
    }
    let chosen = columns.iter().zip(is_chosen).filter(|(_, is_chosen)| *is_chosen);
    Ok(Some(chosen.map(|(column, _)| *column).collect()))
}

/// There is no such column (or field, as `what` says) among `columns`.
pub(super) fn no_column(what: &str, wanted: &str, columns: &[Column]) -> Failure {
    let names = columns.iter().flat_map(|column| [column.title, column.name]);
    let known: Vec<_> = columns.iter().map(Column::known_as).collect();
    let near = did_you_mean(wanted, names);
    // The question mark of a suggestion ends the sentence.
    let rest = if near.is_empty() { "; the" } else { " The" };
    Failure::usage(format!("there is no {what} {wanted:?}{near}{rest} {what}s are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::new("id", "ID"),
        Column::new("name", "Name"),
        Column::new("image.id", "Image").cell(|id| format!("<{}>", text::shown(id))),
        Column::new("is_public", "Is Public").kind(Kind::Truth).value(|value| format!("{value}!")),
        Column::new("label", "Image ID"),
    ];

    fn choose(wanted: &[&str]) -> Outcome<Vec<&'static str>> {
        let wanted: Vec<_> = wanted.iter().map(|&name| name.to_owned()).collect();
        let chosen = chosen(COLUMNS, &wanted, |name| Err(no_column("column", name, COLUMNS)))?;
        Ok(chosen.into_iter().flatten().map(|column| column.name).collect())
    }

    #[test]
    fn titles_and_names_in_any_case_and_in_the_columns_order() {
        assert_eq!(choose(&[]).expect("chosen"), [""; 0]);
        assert_eq!(choose(&["is public", "NAME", "ID"]).expect("chosen"), ["id", "name", "is_public"]);
        assert_eq!(choose(&["Is_Public", "image.id", "Image", " name "]).expect("chosen"), ["name", "image.id", "is_public"]);
        assert_eq!(choose(&["image_id"]).expect("chosen"), ["label"]);
    }

    #[test]
    fn an_unknown_one_is_named_with_the_nearest_and_all() {
        let said = choose(&["name", "nmae"]).expect_err("unknown");
        assert_eq!(said.status(), 2);
        assert_eq!(
            said.text(),
            "there is no column \"nmae\": did you mean Name? The columns are ID, Name, Image (image.id), Is Public, Image ID (label)"
        );
        let said = choose(&["colour"]).expect_err("unknown");
        assert!(said.text().starts_with("there is no column \"colour\"; the columns are ID, "), "{}", said.text());
    }

    #[test]
    fn texts_come_from_the_field_or_from_what_the_column_says() {
        let item = json!({"id": 7, "image": {"id": "i", "links": []}, "is_public": true});
        let cells: Vec<_> = COLUMNS.iter().map(|column| column.cell_text(&item)).collect();
        assert_eq!(cells, ["7", "", "<i>", "True", ""]);
        let values: Vec<_> = COLUMNS.iter().map(|column| column.value_text(&item)).collect();
        assert_eq!(values, ["7", "", "i", "true!", ""]);
        let tree = serde_json::to_string(&picked(&COLUMNS[1..4], &item)).expect("JSON");
        assert_eq!(tree, r#"{"name":null,"image":{"id":"i"},"is_public":true}"#);
    }
}
