//! Query and header parameters, and the named sets of them that several operations have.

use super::reader::{Table, Value};
use super::vocabulary::Vocabulary;
use super::{Param, ParamKind, names};

/// `[query.*]`: what several operations of a service have in their query.
#[derive(Default)]
pub(super) struct QuerySets(Vec<QuerySet>);

struct QuerySet {
    name: String,
    params: Vec<Param>,
    line: usize,
    used: bool,
}

impl QuerySets {
    pub(super) fn read(table: Option<Table<'_, '_>>, vocabulary: &mut Vocabulary) -> Self {
        let entries = table.map(|mut table| table.take_rest()).unwrap_or_default();
        let read = |(name, value): (&str, Value<'_, '_>)| {
            let set = value.table(format!("query.{name}"))?;
            let params = params(set, "query", vocabulary);
            Some(QuerySet { name: name.to_owned(), params, line: value.line, used: false })
        };
        Self(entries.into_iter().filter_map(read).collect())
    }

    fn take(&mut self, name: &str) -> Option<Vec<Param>> {
        let set = self.0.iter_mut().find(|set| set.name == name)?;
        set.used = true;
        Some(set.params.clone())
    }

    /// Names those that no operation has.
    pub(super) fn report_unused(&self, top: &Table<'_, '_>) {
        for set in self.0.iter().filter(|set| !set.used) {
            top.problem(set.line, format!("query.{}: no operation has it", set.name));
        }
    }
}

/// `query`: a table of parameters, or a list of sets' names and such tables, in the order of the parameters.
pub(super) fn query(table: &mut Table<'_, '_>, sets: &mut QuerySets, vocabulary: &mut Vocabulary) -> Vec<Param> {
    let Some(value) = table.take("query") else { return Vec::new() };
    let what = format!("{}: query", table.what());
    let parts = if value.is_list() { value.list(&what) } else { vec![value] };
    let mut all: Vec<Param> = Vec::new();
    for part in parts {
        let params = match part.as_text() {
            Some(name) => sets.take(name).unwrap_or_else(|| {
                table.problem(part.line, format!("query: there is no [query.{name}]"));
                Vec::new()
            }),
            None => part.table(what.as_str()).map(|part| params(part, "query", vocabulary)).unwrap_or_default(),
        };
        for param in params {
            match all.iter().any(|known| known.wire == param.wire) {
                true => table.problem(part.line, format!("query: {} appears twice", param.wire)),
                false => all.push(param),
            }
        }
    }
    all
}

pub(super) fn headers(table: &mut Table<'_, '_>, vocabulary: &mut Vocabulary) -> Vec<Param> {
    table.table("headers").map(|list| params(list, "header", vocabulary)).unwrap_or_default()
}

fn params(mut list: Table<'_, '_>, place: &str, vocabulary: &mut Vocabulary) -> Vec<Param> {
    let entries = list.take_rest();
    entries.into_iter().filter_map(|(wire, value)| param(&list, place, wire, value, vocabulary)).collect()
}

fn param(list: &Table<'_, '_>, place: &str, wire: &str, value: Value<'_, '_>, vocabulary: &mut Vocabulary) -> Option<Param> {
    let line = value.line;
    let (mut type_text, mut name, mut fixed, mut setter, mut doc) = (value.as_text().map(str::to_owned), None, None, false, None);
    if type_text.is_none() {
        let mut entry = value.table(format!("{place} {wire}"))?;
        type_text = Some(entry.required_text("type"));
        name = entry.text("name");
        fixed = entry.text("fixed");
        setter = entry.flag("setter").unwrap_or(false);
        doc = entry.text("doc");
        if setter && fixed.is_none() {
            entry.problem(line, "setter is for a fixed value");
        }
        entry.finish();
    }
    let type_text = type_text.unwrap_or_default();
    let (kind, required) = match (type_text.as_str(), place) {
        ("map", "header") => (ParamKind::Family, false),
        ("remove", "header") => (ParamKind::Remove, false),
        ("flag", "header") => (ParamKind::Flag, false),
        (text, _) => {
            let scalar = text.strip_suffix('?').unwrap_or(text);
            if !PARAM_TYPES.contains(&scalar) {
                let extra = if place == "header" { ", map, remove, flag" } else { "" };
                list.problem(
                    line,
                    format!(
                        "{wire}: {text:?} is not one of {}{extra}, each but the last with or without `?`",
                        PARAM_TYPES.join(", ")
                    ),
                );
            }
            (ParamKind::Value(scalar.to_owned()), !text.ends_with('?'))
        }
    };
    let family = matches!(kind, ParamKind::Family | ParamKind::Remove);
    if family != wire.ends_with('-') {
        list.problem(line, format!("{wire}: the name of a family of headers ends in `-`, and no other does"));
    }
    let visible = fixed.is_none() || setter;
    if visible
        && (name.is_none() || doc.is_none())
        && let Some(word) = vocabulary.look_up(place, wire)
    {
        name = name.or(word.name);
        doc = doc.or(Some(word.doc));
    }
    if visible && doc.is_none() {
        list.problem(line, format!("{wire} has no doc, here or in vocabulary.toml"));
    }
    let name = name.unwrap_or_else(|| names::setter(wire));
    Some(Param { wire: wire.to_owned(), name, kind, required, fixed, setter, doc: doc.unwrap_or_default(), line })
}

/// What a query or a header may hold.
const PARAM_TYPES: &[&str] = &["String", "bool", "u16", "u32", "u64", "i32", "i64", "Timestamp", "Secret"];
