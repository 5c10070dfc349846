//! `[[operation]]`: shapes, unknown keys, defaults.

use super::params::{self, QuerySets};
use super::parse::row_uses;
use super::reader::Table;
use super::types::Type;
use super::vocabulary::Vocabulary;
use super::{AnswerBody, Auth, Document, Format, Operation, Page, PageWay, RequestBody, Variant};
use crate::rows::Row;

pub(super) fn read(mut table: Table<'_, '_>, rows: &[Row], sets: &mut QuerySets, vocabulary: &mut Vocabulary) -> Operation {
    let line = table.line_of("id");
    let id = table.required_text("id");
    table.rename(match id.is_empty() {
        true => "operation".to_owned(),
        false => id.clone(),
    });
    let used = row_uses(&table.list("rows"), rows);
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
    let does = table.text("does");
    let beyond = table.text("beyond");
    let method = table.required_text("method");
    let path_line = table.line_of("path");
    let path = table.required_text("path");
    let decides = table.text("decides");
    let root = table.text("root");
    let idempotent = table.flag("idempotent");
    let slow = table.flag("slow").unwrap_or(false);
    let query = params::query(&mut table, sets, vocabulary);
    let headers = params::headers(&mut table, vocabulary);
    let body_line = table.line_of("body");
    let body = request_body(&mut table);
    let answer_line = table.line_of("answer");
    let Answer { success, body: answer, key: answer_key, headers: answer_headers, variant } = answer(&mut table);
    let page = page(&mut table);
    table.finish();
    let title = title.unwrap_or_default();
    Operation {
        line,
        id,
        title,
        does,
        rows: used,
        beyond,
        method,
        path,
        path_line,
        decides,
        root,
        auth,
        idempotent,
        slow,
        query,
        headers,
        body,
        body_line,
        success,
        answer,
        answer_key,
        variant,
        answer_headers,
        answer_line,
        page,
    }
}

fn request_body(table: &mut Table<'_, '_>) -> RequestBody {
    let Some(mut body) = table.table("body") else { return RequestBody::None };
    let kinds = [(Format::Json, "json"), (Format::Xml, "xml"), (Format::Form, "form")];
    let mut documents: Vec<(Format, Option<Type>)> = Vec::new();
    for (format, key) in kinds {
        if let Some(kind) = read_type(&mut body, key) {
            documents.push((format, Some(kind)));
        }
    }
    if body.flag("null").unwrap_or(false) {
        documents.push((Format::Json, None));
    }
    let (key, inline, media) = (body.text("key"), body.text("inline"), body.text("media"));
    let whole = body.flag("whole").unwrap_or(false);
    let fixed = fixed_fields(&mut body);
    let (item, check) = (body.text("item"), body.text("check"));
    let stream = body.flag("stream").unwrap_or(false);
    let text = body.flag("text").unwrap_or(false);
    let of_document =
        !fixed.is_empty() || key.is_some() || inline.is_some() || media.is_some() || item.is_some() || check.is_some() || whole;
    let read = match (documents.as_slice(), stream, text) {
        ([(format, kind)], false, false) => {
            if key.is_none() && (kind.is_none() || *format == Format::Xml) {
                body.problem(body.line, "key is missing: the action's name, or the root element");
            }
            if inline.is_some() && key.is_some() {
                body.problem(body.line, "inline names a field of the document, so the document has no key around it");
            }
            if !fixed.is_empty() && *format != Format::Form {
                body.problem(body.line, "fixed is for the fields of a form");
            }
            RequestBody::Document(Document { kind: kind.clone(), format: *format, key, fixed, inline, whole, item, media, check })
        }
        ([], true, false) if !of_document => RequestBody::Stream,
        ([], false, true) if !of_document => RequestBody::Text,
        _ => {
            body.problem(
                body.line,
                "expected one of json, xml, form, null, stream, text; key, fixed, inline, item, check, media and whole are a document's",
            );
            RequestBody::None
        }
    };
    body.finish();
    read
}

/// `fixed = { type = "cloning" }`.
fn fixed_fields(body: &mut Table<'_, '_>) -> Vec<(String, String)> {
    let Some(mut table) = body.table("fixed") else { return Vec::new() };
    let fields = table.take_rest();
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.text(name)?.to_owned()))).collect()
}

/// What `answer` says.
struct Answer {
    success: Vec<u16>,
    body: AnswerBody,
    key: Option<String>,
    headers: Option<String>,
    variant: Option<Variant>,
}

fn answer(table: &mut Table<'_, '_>) -> Answer {
    let mut read = Answer { success: Vec::new(), body: AnswerBody::None, key: None, headers: None, variant: None };
    let Some(mut answer) = table.table("answer") else {
        table.problem(table.line, "answer is missing");
        return read;
    };
    for value in answer.list("status") {
        match value.number("status") {
            Some(status @ 200..=299) => read.success.push(status as u16),
            Some(other) => answer.problem(value.line, format!("{other} is no status of success")),
            None => {}
        }
    }
    if read.success.is_empty() {
        answer.problem(answer.line, "status is missing");
    }
    let mut bodies: Vec<AnswerBody> = Vec::new();
    bodies.extend(read_type(&mut answer, "json").map(|kind| AnswerBody::Document(kind, Format::Json)));
    bodies.extend(read_type(&mut answer, "xml").map(|kind| AnswerBody::Document(kind, Format::Xml)));
    bodies.extend(read_type(&mut answer, "list").map(|kind| AnswerBody::List(kind, Format::Json)));
    bodies.extend(read_type(&mut answer, "xml_list").map(|kind| AnswerBody::List(kind, Format::Xml)));
    bodies.extend(answer.text("stream").map(AnswerBody::Stream));
    read.headers = answer.text("headers");
    read.key = answer.text("key");
    read.variant = variant(&mut answer);
    match bodies.len() {
        0 => {}
        1 => read.body = bodies.remove(0),
        _ => answer.problem(answer.line, "json, xml, list, xml_list and stream exclude each other"),
    }
    let format = match &read.body {
        AnswerBody::Document(_, format) | AnswerBody::List(_, format) => Some(*format),
        AnswerBody::None | AnswerBody::Stream(_) => None,
    };
    if matches!(&read.body, AnswerBody::Document(Type::Optional(_), _)) && (read.headers.is_some() || read.key.is_some()) {
        answer.problem(answer.line, "an optional document has no headers beside it, and no key");
    }
    if matches!(&read.body, AnswerBody::Stream(_)) && read.headers.is_none() {
        answer.problem(answer.line, "a stream needs headers, which describe it");
    }
    if read.key.is_some() && (format.is_none() || read.headers.is_some()) {
        answer.problem(answer.line, "key is for a document or list, without headers beside it");
    }
    if format == Some(Format::Xml) && read.key.is_none() {
        answer.problem(answer.line, "key is missing: the root element, or the path from there");
    }
    if read.variant.is_some() && (read.key.is_none() || !matches!(&read.body, AnswerBody::Document(..))) {
        answer.problem(answer.line, "a variant is for a document with a key");
    }
    answer.finish();
    read
}

fn variant(answer: &mut Table<'_, '_>) -> Option<Variant> {
    let mut table = answer.table("variant")?;
    let read = Variant {
        name: table.required_text("name"),
        doc: table.required_text("doc"),
        when: table.required_text("when"),
        key: table.required_text("key"),
        kind: read_type(&mut table, "json").unwrap_or(Type::Named("json".to_owned())),
        line: table.line,
    };
    table.finish();
    Some(read)
}

fn page(table: &mut Table<'_, '_>) -> Option<Page> {
    let mut page = table.table("page")?;
    let mut size = page.take("size").map(|size| size.number("page: size").unwrap_or(0));
    let way = match (page.text("links"), page.text("offset")) {
        (Some(links), None) => PageWay::Links(links),
        (None, offset) => {
            if size.is_none() {
                page.problem(page.line, "size is missing");
            }
            let size = size.take().unwrap_or(0);
            match offset {
                Some(query) => PageWay::Offset(query, size),
                None => PageWay::Marker(size),
            }
        }
        (Some(_), Some(_)) => {
            page.problem(page.line, "links and offset exclude each other");
            PageWay::Marker(1)
        }
    };
    if size.is_some() {
        page.problem(page.line, "with links the server chooses the size");
    }
    let read = Page { item: page.required_text("item"), marker: page.required_text("marker"), way, line: page.line };
    page.finish();
    Some(read)
}

pub(super) fn read_type(table: &mut Table<'_, '_>, key: &str) -> Option<Type> {
    let line = table.line_of(key);
    let text = table.text(key)?;
    let read = Type::parse(&text);
    if read.is_none() {
        table.problem(line, format!("{key}: {text:?} is no type"));
    }
    read
}
