//! `[type.*]`, `[headers.*]`, `[enum.*]` and `[view.*]`.

use super::parse::{row_uses, texts};
use super::reader::{Table, Value};
use super::types::Type;
use super::{Enum, Field, Model, View};
use crate::rows::Row;

/// Which kind of model a table declares.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Document,
    Headers,
}

pub(super) fn read(table: Option<Table<'_, '_>>, key: &str, form: Form, rows: &[Row]) -> Vec<Model> {
    let Some(mut table) = table else { return Vec::new() };
    let entries = table.take_rest();
    let read = |(name, value): (&str, Value<'_, '_>)| {
        let mut model = value.table(format!("{key}.{name}"))?;
        let doc = model.required_text("doc");
        let check = if form == Form::Document { model.text("check") } else { None };
        let fields = model.take_rest().into_iter().filter_map(|(name, value)| field(&model, name, value, form, rows)).collect();
        Some(Model { name: name.to_owned(), doc, check, fields, line: value.line })
    };
    entries.into_iter().filter_map(read).collect()
}

fn field(model: &Table<'_, '_>, name: &str, value: Value<'_, '_>, form: Form, rows: &[Row]) -> Option<Field> {
    let mut entry = value.table(format!("{}.{name}", model.what()))?;
    let line = value.line;
    let type_text = entry.required_text("type");
    let kind = match (form, type_text.as_str()) {
        (Form::Headers, "map") => Type::Map(Box::new(Type::Named("String".to_owned()))),
        (_, text) => match Type::parse(text) {
            Some(kind) => kind,
            None => {
                entry.problem(line, format!("{text:?} is not a type"));
                Type::Named("String".to_owned())
            }
        },
    };
    let wire = match form {
        Form::Headers => entry.required_text("wire"),
        Form::Document => entry.text("wire").unwrap_or_else(|| name.to_owned()),
    };
    let doc = entry.required_text("doc");
    let (mut check, mut argument, mut null, mut used) = (None, false, false, Vec::new());
    if form == Form::Document {
        check = entry.text("check");
        argument = entry.flag("argument").unwrap_or(false);
        null = entry.flag("null").unwrap_or(false);
        used = row_uses(&entry.list("rows"), rows);
    }
    entry.finish();
    Some(Field { name: name.to_owned(), wire, kind, doc, check, argument, null, rows: used, line })
}

/// `[enum.*]`.
pub(super) fn enums(table: Option<Table<'_, '_>>) -> Vec<Enum> {
    let read = |name: &str, mut entry: Table<'_, '_>| {
        let values = texts(&entry.list("values"), "values");
        let read = Enum { name: name.to_owned(), doc: entry.required_text("doc"), values, line: entry.line };
        entry.finish();
        read
    };
    each(table, "enum", read)
}

/// `[view.*]`.
pub(super) fn views(table: Option<Table<'_, '_>>, rows: &[Row]) -> Vec<View> {
    let read = |name: &str, mut entry: Table<'_, '_>| {
        let read = View {
            fields_line: entry.line_of("fields"),
            name: name.to_owned(),
            of: entry.required_text("of"),
            doc: entry.required_text("doc"),
            rows: row_uses(&entry.list("rows"), rows),
            fields: texts(&entry.list("fields"), "fields"),
            line: entry.line,
        };
        entry.finish();
        read
    };
    each(table, "view", read)
}

/// Reads each table in a table.
pub(super) fn each<'s, 't, T>(table: Option<Table<'s, 't>>, key: &str, mut read: impl FnMut(&str, Table<'s, 't>) -> T) -> Vec<T> {
    let entries = table.map(|mut table| table.take_rest()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some(read(name, value.table(format!("{key}.{name}"))?))).collect()
}
