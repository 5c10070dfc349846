//! From TOML to [`Service`]: shapes, unknown keys, defaults.

use super::problem::Problem;
use super::reader::{Source, Table, Value};
use super::types::Type;
use super::{
    AnswerBody, Auth, Field, HandType, Model, Operation, Page, Param, ParamKind, PathParam, RequestBody, RowUse, Service, names,
};
use crate::rows::Row;
use std::collections::BTreeMap;

/// Docs, and where they differ from the rule names, of parameters that several operations share.
#[derive(Default)]
pub(super) struct Vocabulary {
    file: String,
    /// By place (`path`, `query`, `header`) and the lower-case name on the wire.
    words: BTreeMap<(String, String), Word>,
}

#[derive(Clone)]
struct Word {
    doc: String,
    name: Option<String>,
    line: usize,
    used: bool,
}

impl Vocabulary {
    fn look_up(&mut self, place: &str, wire: &str) -> Option<Word> {
        let word = self.words.get_mut(&(place.to_owned(), wire.to_ascii_lowercase()))?;
        word.used = true;
        Some(word.clone())
    }

    pub(super) fn report_unused(&self, problems: &mut Vec<Problem>) {
        for ((place, wire), word) in self.words.iter().filter(|(_, word)| !word.used) {
            let message = format!("no operation has the {place} parameter {wire}, or all say more of it themselves");
            problems.push(Problem { file: self.file.clone(), line: word.line, message });
        }
    }
}

/// Reads `vocabulary.toml`.
pub(super) fn vocabulary(name: &str, text: &str, problems: &mut Vec<Problem>) -> Vocabulary {
    let source = Source::new(name, text);
    let mut words = BTreeMap::new();
    if let Some(document) = source.document() {
        let mut head = Table::new(&source, "vocabulary".to_owned(), document.get_ref(), 1);
        for place in ["path", "query", "header"] {
            let Some(mut table) = head.table(place) else { continue };
            for (wire, value) in table.take_rest() {
                let word = match value.as_text() {
                    Some(doc) => Some(Word { doc: doc.to_owned(), name: None, line: value.line, used: false }),
                    None => value.table(format!("{place} {wire}")).map(|mut word| {
                        let read = Word { doc: word.required_text("doc"), name: word.text("name"), line: value.line, used: false };
                        word.finish();
                        read
                    }),
                };
                if let Some(word) = word {
                    words.insert((place.to_owned(), wire.to_ascii_lowercase()), word);
                }
            }
        }
        head.finish();
    }
    let file = source.file.clone();
    problems.extend(source.into_problems());
    Vocabulary { file, words }
}

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
    let mut catalogue_types = Vec::new();
    let mut k5_name = String::new();
    match head.table("catalogue") {
        Some(mut catalogue) => {
            k5_name = catalogue.required_text("k5");
            catalogue_types = texts(&catalogue.list("types"), "types");
            catalogue.finish();
        }
        None => head.problem(head.line, "catalogue is missing"),
    }
    let mut service = Service {
        file: source.file.clone(),
        name: head.required_text("name"),
        title: head.required_text("title"),
        crate_name: head.required_text("crate"),
        handle: head.required_text("handle"),
        handle_doc: head.text("handle_doc"),
        k5_name,
        catalogue_types,
        root: head.required_text("root"),
        dialect: {
            let line = head.line_of("errors");
            let dialect = head.required_text("errors");
            if !["", "keystone", "swift", "nova"].contains(&dialect.as_str()) {
                head.problem(line, format!("errors: {dialect:?} is none of keystone, swift, nova"));
            }
            dialect
        },
        beyond: head.text("beyond"),
        hand_types: Vec::new(),
        path_params: Vec::new(),
        operations: Vec::new(),
        models: Vec::new(),
        header_models: Vec::new(),
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
                rest: table.flag("rest").unwrap_or(false),
                check: table.text("check"),
                line: value.line,
            });
            table.finish();
        }
    }
    for value in top.list("operation") {
        if let Some(table) = value.table("operation") {
            service.operations.push(operation(table, rows, vocabulary));
        }
    }
    // A parameter without words of its own takes the shared ones.
    let used: Vec<String> = service.operations.iter().flat_map(|op| op.path_names()).map(str::to_owned).collect();
    for name in used {
        match service.path_params.iter_mut().find(|param| param.name == name) {
            Some(param) if param.doc.is_some() => {}
            Some(param) => param.doc = vocabulary.look_up("path", &name).map(|word| word.doc),
            None => {
                if let Some(word) = vocabulary.look_up("path", &name) {
                    service.path_params.push(PathParam { name, doc: Some(word.doc), rest: false, check: None, line: word.line });
                }
            }
        }
    }
    service.models = models(top.table("type"), "type", Form::Document);
    service.header_models = models(top.table("headers"), "headers", Form::Headers);
    Some(service)
}

fn texts(values: &[Value<'_, '_>], what: &str) -> Vec<String> {
    values.iter().filter_map(|value| value.text(what)).map(str::to_owned).collect()
}

fn operation(mut table: Table<'_, '_>, rows: &[Row], vocabulary: &mut Vocabulary) -> Operation {
    let line = table.line_of("id");
    let id = table.required_text("id");
    table.rename(match id.is_empty() {
        true => "operation".to_owned(),
        false => id.clone(),
    });
    let row_list = table.list("rows");
    let row_use = |value: &Value<'_, '_>| {
        let name = value.text("rows")?.to_owned();
        let title = rows.iter().find(|row| row.name() == name).map(|row| row.title.clone()).unwrap_or_default();
        Some(RowUse { name, title, line: value.line })
    };
    let used: Vec<RowUse> = row_list.iter().filter_map(row_use).collect();
    let title = table.text("title").or_else(|| used.first().map(|row| row.title.clone()));
    if title.is_none() {
        table.problem(line, "title is missing, and no documented row lends one");
    }
    let auth_line = table.line_of("auth");
    let auth = match table.text("auth").as_deref() {
        None | Some("required") => Auth::Required,
        Some("optional") => Auth::Optional,
        Some("none") => Auth::None,
        Some(other) => {
            table.problem(auth_line, format!("auth: {other:?} is none of required, optional, none"));
            Auth::Required
        }
    };
    let beyond = table.text("beyond");
    let method = table.required_text("method");
    let path_line = table.line_of("path");
    let path = table.required_text("path");
    let root = table.text("root");
    let idempotent = table.flag("idempotent");
    let slow = table.flag("slow").unwrap_or(false);
    let query = params(&mut table, "query", vocabulary);
    let headers = params(&mut table, "headers", vocabulary);
    let body = request_body(&mut table);
    let answer_line = table.line_of("answer");
    let (success, answer, answer_headers) = answer(&mut table);
    let page = page(&mut table);
    table.finish();
    let title = title.unwrap_or_default();
    Operation {
        line,
        id,
        title,
        rows: used,
        beyond,
        method,
        path,
        path_line,
        root,
        auth,
        idempotent,
        slow,
        query,
        headers,
        body,
        success,
        answer,
        answer_headers,
        answer_line,
        page,
    }
}

fn params(table: &mut Table<'_, '_>, key: &str, vocabulary: &mut Vocabulary) -> Vec<Param> {
    let place = if key == "headers" { "header" } else { "query" };
    let Some(mut list) = table.table(key) else { return Vec::new() };
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
                    format!("{wire}: {text:?} is none of {}{extra}, each but the last with or without `?`", PARAM_TYPES.join(", ")),
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

fn request_body(table: &mut Table<'_, '_>) -> RequestBody {
    let Some(mut body) = table.table("body") else { return RequestBody::None };
    let json = read_type(&mut body, "json");
    let stream = body.flag("stream").unwrap_or(false);
    let text = body.flag("text").unwrap_or(false);
    let read = match (json, stream, text) {
        (Some(json), false, false) => RequestBody::Json(json),
        (None, true, false) => RequestBody::Stream,
        (None, false, true) => RequestBody::Text,
        _ => {
            body.problem(body.line, "expected one of json, stream, text");
            RequestBody::None
        }
    };
    body.finish();
    read
}

fn answer(table: &mut Table<'_, '_>) -> (Vec<u16>, AnswerBody, Option<String>) {
    let Some(mut answer) = table.table("answer") else {
        table.problem(table.line, "answer is missing");
        return (Vec::new(), AnswerBody::None, None);
    };
    let mut success = Vec::new();
    for value in answer.list("status") {
        match value.number("status") {
            Some(status @ 200..=299) => success.push(status as u16),
            Some(other) => answer.problem(value.line, format!("{other} is no status of success")),
            None => {}
        }
    }
    if success.is_empty() {
        answer.problem(answer.line, "status is missing");
    }
    let json = read_type(&mut answer, "json");
    let list = read_type(&mut answer, "list");
    let stream = answer.text("stream");
    let headers = answer.text("headers");
    let body = match (json, list, stream) {
        (None, None, None) => AnswerBody::None,
        (Some(json), None, None) => AnswerBody::Json(json),
        (None, Some(list), None) => AnswerBody::List(list),
        (None, None, Some(stream)) => AnswerBody::Stream(stream),
        _ => {
            answer.problem(answer.line, "json, list and stream exclude each other");
            AnswerBody::None
        }
    };
    if matches!(&body, AnswerBody::Json(Type::Optional(_))) && headers.is_some() {
        answer.problem(answer.line, "an optional document has no headers beside it");
    }
    if matches!(&body, AnswerBody::Stream(_)) && headers.is_none() {
        answer.problem(answer.line, "a stream needs headers, which describe it");
    }
    answer.finish();
    (success, body, headers)
}

fn page(table: &mut Table<'_, '_>) -> Option<Page> {
    let mut page = table.table("page")?;
    let what = "page: size";
    let size = match page.take("size") {
        Some(size) => size.number(what).unwrap_or(0),
        None => {
            page.problem(page.line, "size is missing");
            0
        }
    };
    let read = Page { item: page.required_text("item"), marker: page.required_text("marker"), size, line: page.line };
    page.finish();
    Some(read)
}

fn read_type(table: &mut Table<'_, '_>, key: &str) -> Option<Type> {
    let line = table.line_of(key);
    let text = table.text(key)?;
    let read = Type::parse(&text);
    if read.is_none() {
        table.problem(line, format!("{key}: {text:?} is no type"));
    }
    read
}

/// Which kind of model a table declares.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Document,
    Headers,
}

fn models(table: Option<Table<'_, '_>>, key: &str, form: Form) -> Vec<Model> {
    let Some(mut table) = table else { return Vec::new() };
    let entries = table.take_rest();
    let read = |(name, value): (&str, Value<'_, '_>)| {
        let mut model = value.table(format!("{key}.{name}"))?;
        let doc = model.required_text("doc");
        let fields = model.take_rest().into_iter().filter_map(|(name, value)| field(&model, name, value, form)).collect();
        Some(Model { name: name.to_owned(), doc, fields, line: value.line })
    };
    entries.into_iter().filter_map(read).collect()
}

fn field(model: &Table<'_, '_>, name: &str, value: Value<'_, '_>, form: Form) -> Option<Field> {
    let mut entry = value.table(format!("{}.{name}", model.what()))?;
    let line = value.line;
    let type_text = entry.required_text("type");
    let kind = match (form, type_text.as_str()) {
        (Form::Headers, "map") => Type::Map(Box::new(Type::Named("String".to_owned()))),
        (_, text) => match Type::parse(text) {
            Some(kind) => kind,
            None => {
                entry.problem(line, format!("{text:?} is no type"));
                Type::Named("String".to_owned())
            }
        },
    };
    let wire = match form {
        Form::Headers => entry.required_text("wire"),
        Form::Document => entry.text("wire").unwrap_or_else(|| name.to_owned()),
    };
    let doc = entry.required_text("doc");
    entry.finish();
    Some(Field { name: name.to_owned(), wire, kind, doc, line })
}
