//! From TOML to [`Service`]: the head, and what is said once for all operations.

use super::models::Form;
use super::params::QuerySets;
use super::problem::Problem;
use super::reader::{Source, Table, Value};
use super::vocabulary::Vocabulary;
use super::{HandType, PathParam, RowUse, Service, finder, models, operation, waiter};
use crate::rows::Row;

/// Reads a service's file; `None` when it is not even TOML.
pub(super) fn service(
    name: &str,
    text: &str,
    rows: &[Row],
    vocabulary: &mut Vocabulary,
    problems: &mut Vec<Problem>,
) -> Option<Service> {
    let source = Source::new(name, text);
    let document = source.document();
    let service = document.as_ref().and_then(|document| {
        let mut top = Table::new(&source, name.to_owned(), document.get_ref(), 1);
        let service = read_service(&source, &mut top, rows, vocabulary);
        top.finish();
        service
    });
    problems.extend(source.into_problems());
    service
}

fn read_service(source: &Source<'_>, top: &mut Table<'_, '_>, rows: &[Row], vocabulary: &mut Vocabulary) -> Option<Service> {
    let Some(mut head) = top.table("service") else {
        top.problem(1, "[service] is missing");
        return None;
    };
    let (mut catalogue_types, mut k5_name, mut k5_aliases, mut k5_host) = (Vec::new(), String::new(), Vec::new(), None);
    match head.table("catalogue") {
        Some(mut catalogue) => {
            k5_name = catalogue.required_text("k5");
            k5_aliases = texts(&catalogue.list("also"), "also");
            k5_host = catalogue.text("host");
            catalogue_types = texts(&catalogue.list("types"), "types");
            catalogue.finish();
        }
        None => head.problem(head.line, "catalogue is missing"),
    }
    let (name, handle) = (head.required_text("name"), head.required_text("handle"));
    let mut service = Service {
        file: source.file.clone(),
        line: head.line,
        title: head.required_text("title"),
        crate_name: head.required_text("crate"),
        plain_root: head.text("plain_root"),
        emulator: head.text("emulator").unwrap_or_else(|| format!("{name}::{handle}")),
        name,
        handle,
        handle_doc: head.required_text("handle_doc"),
        k5_name,
        k5_aliases,
        k5_host,
        catalogue_types,
        module: head.text("module"),
        any_success: head.flag("any_success").unwrap_or(false),
        root: head.required_text("root"),
        dialect: {
            let line = head.line_of("errors");
            let dialect = head.required_text("errors");
            if !dialect.is_empty() && !DIALECTS.contains(&dialect.as_str()) {
                head.problem(line, format!("errors: {dialect:?} is not one of {}", DIALECTS.join(", ")));
            }
            dialect
        },
        beyond: head.text("beyond"),
        hand_types: Vec::new(),
        path_params: Vec::new(),
        operations: Vec::new(),
        models: Vec::new(),
        header_models: Vec::new(),
        enums: Vec::new(),
        views: Vec::new(),
        waiters: Vec::new(),
        finders: Vec::new(),
    };
    head.finish();
    if let Some(mut types) = top.table("types") {
        for (name, value) in types.take_rest() {
            let path = value.text(&format!("type {name}")).unwrap_or_default().to_owned();
            service.hand_types.push(HandType { name: name.to_owned(), path, line: value.line });
        }
    }
    if let Some(mut params) = top.table("param") {
        for (name, value) in params.take_rest() {
            let Some(mut table) = value.table(format!("param.{name}")) else { continue };
            service.path_params.push(PathParam {
                name: name.to_owned(),
                doc: table.text("doc"),
                kind: table.text("type"),
                rest: table.flag("rest").unwrap_or(false),
                check: table.text("check"),
                line: value.line,
            });
            table.finish();
        }
    }
    let mut sets = QuerySets::read(top.table("query"), vocabulary);
    for value in top.list("operation") {
        if let Some(table) = value.table("operation") {
            service.operations.push(operation::read(table, rows, &mut sets, vocabulary));
        }
    }
    sets.report_unused(top);
    // A parameter without words of its own takes the shared ones.
    let used: Vec<String> = service.operations.iter().flat_map(|op| op.path_names()).map(str::to_owned).collect();
    for name in used {
        match service.path_params.iter_mut().find(|param| param.name == name) {
            Some(param) if param.doc.is_some() => {}
            Some(param) => param.doc = vocabulary.look_up("path", &name).map(|word| word.doc),
            None => {
                if let Some(word) = vocabulary.look_up("path", &name) {
                    service.path_params.push(PathParam {
                        name,
                        doc: Some(word.doc),
                        kind: None,
                        rest: false,
                        check: None,
                        line: word.line,
                    });
                }
            }
        }
    }
    service.models = models::read(top.table("type"), "type", Form::Document, rows);
    service.header_models = models::read(top.table("headers"), "headers", Form::Headers, rows);
    service.enums = models::enums(top.table("enum"));
    service.views = models::views(top.table("view"), rows);
    service.waiters = waiter::read(top.table("waiter"));
    service.finders = finder::read(top.table("find"));
    Some(service)
}

pub(super) fn texts(values: &[Value<'_, '_>], what: &str) -> Vec<String> {
    values.iter().filter_map(|value| value.text(what)).map(str::to_owned).collect()
}

/// Documented rows that something is there for.
pub(super) fn row_uses(values: &[Value<'_, '_>], rows: &[Row]) -> Vec<RowUse> {
    let row_use = |value: &Value<'_, '_>| {
        let name = value.text("rows")?.to_owned();
        let title = rows.iter().find(|row| row.name() == name).map(|row| row.title.clone()).unwrap_or_default();
        Some(RowUse { name, title, line: value.line })
    };
    values.iter().filter_map(row_use).collect()
}

/// The shapes of error documents.
const DIALECTS: &[&str] = &["keystone", "swift", "nova", "glance", "import", "sap"];
