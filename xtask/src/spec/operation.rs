//! `[[operation]]`: shapes, unknown keys, defaults.

use super::params::{self, QuerySets};
use super::parse::row_uses;
use super::reader::Table;
use super::types::Type;
use super::vocabulary::Vocabulary;
use super::{Auth, Document, Format, Operation, Page, PageWay, RequestBody, answer};
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
            table.problem(auth_line, format!("auth: {other:?} is not one of required, optional, none"));
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
    let (success, answer) = answer::read(&mut table);
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
        table.problem(line, format!("{key}: {text:?} is not a type"));
    }
    read
}
