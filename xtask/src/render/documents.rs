//! What the command line says of an operation that is called by name: its parameters, and the fields of its document.

use super::writer::{Writer, literal};
use super::{Rendered, stamp};
use crate::spec::{Document, Operation, Param, ParamKind, RequestBody, Service, Spec, Type};

const PATH: &str = "crates/k5-cli/src/commands/generated/documents.rs";

/// Documents within documents end somewhere.
const DEPTH: usize = 8;

/// The file, if there are any commands that need it.
pub(super) fn file(spec: &Spec) -> Option<Rendered> {
    if spec.nouns.is_empty() {
        return None;
    }
    let mut out = Writer::default();
    out.line("//! The operations for those who call them by name.");
    out.line("");
    out.line("use crate::commands::described::data::{Described, Field, Kind};");
    out.line("");
    out.line("/// Every operation, in the order of the tables.");
    out.block("pub(crate) static OPERATIONS: &[Described] = &[", "];", |out| {
        for (service, operation) in spec.operations() {
            described(out, service, operation);
        }
    });
    Some(Rendered { path: PATH.to_owned(), text: stamp("xtask/spec") + &out.into_text() })
}

fn described(out: &mut Writer, service: &Service, operation: &Operation) {
    out.block("Described {", "},", |out| {
        out.line(format!("name: {},", literal(&service.full_name(operation))));
        let does = operation.does.clone().unwrap_or_else(|| format!("{}.", operation.title));
        out.line(format!("does: {},", literal(&plain(&does))));
        let mut params = Vec::new();
        for name in operation.path_names() {
            let param = service.path_param(name);
            let doc = param.and_then(|param| param.doc.clone()).unwrap_or_default();
            params.push(field(0, name, "Kind::Text", true, &doc));
        }
        for param in operation.query.iter().chain(&operation.headers) {
            params.push(parameter(param));
        }
        list(out, "params", &params);
        let mut fields = Vec::new();
        if let RequestBody::Document(Document { kind: Some(kind), .. }) = &operation.body {
            document(service, kind, 0, &mut fields);
        }
        list(out, "fields", &fields);
    });
}

fn list(out: &mut Writer, name: &str, items: &[String]) {
    match items.is_empty() {
        true => out.line(format!("{name}: &[],")),
        false => out.block(format!("{name}: &["), "],", |out| items.iter().for_each(|item| out.line(format!("{item},")))),
    }
}

fn parameter(param: &Param) -> String {
    let kind = match &param.kind {
        ParamKind::Value(name) => scalar(name),
        ParamKind::Family => "Kind::Map",
        ParamKind::Remove | ParamKind::Flag => "Kind::Truth",
    };
    field(0, &param.wire, kind, param.required && param.fixed.is_none(), &param.doc)
}

/// The fields of a document, each followed by those within.
fn document(service: &Service, kind: &Type, depth: usize, fields: &mut Vec<String>) {
    let Type::Named(name) = bare(kind) else {
        // A map or a list as a whole.
        if depth == 0 {
            fields.push(field(0, "", kind_of(service, kind), true, ""));
            if let Type::List(inner) = bare(kind) {
                document(service, inner, 1, fields);
            }
        }
        return;
    };
    let Some(model) = service.model(name).filter(|_| depth < DEPTH) else { return };
    for known in &model.fields {
        // The names of elements of XML lead into documents of their own.
        let parts: Vec<&str> = known.wire.split('/').collect();
        let required = !matches!(known.kind, Type::Optional(_));
        for (inner, part) in parts.iter().enumerate() {
            let is_last = inner + 1 == parts.len();
            let kind = if is_last { kind_of(service, &known.kind) } else { "Kind::Object" };
            let doc = if is_last { documented(service, known) } else { String::new() };
            fields.push(field(depth + inner, part, kind, required, &doc));
        }
        let below = depth + parts.len();
        match bare(&known.kind) {
            Type::List(inner) => document(service, inner, below, fields),
            inner @ Type::Named(_) => document(service, inner, below, fields),
            _ => {}
        }
    }
}

/// A field's doc, with the values of an enum.
fn documented(service: &Service, field: &crate::spec::Field) -> String {
    let Type::Named(name) = bare(&field.kind) else { return field.doc.clone() };
    match service.enums.iter().find(|known| known.name == *name) {
        Some(known) => format!("{} One of {}.", field.doc, known.values.join(", ")),
        None => field.doc.clone(),
    }
}

fn field(depth: usize, name: &str, kind: &str, required: bool, doc: &str) -> String {
    format!("Field({depth}, {}, {kind}, {required}, {})", literal(name), literal(&plain(doc)))
}

fn kind_of(service: &Service, kind: &Type) -> &'static str {
    match bare(kind) {
        Type::List(inner) => match bare(inner) {
            Type::Named(name) if service.model(name).is_some() => "Kind::Objects",
            _ => "Kind::Texts",
        },
        Type::Map(_) => "Kind::Map",
        Type::Named(name) if service.model(name).is_some() => "Kind::Object",
        Type::Named(name) => scalar(name),
        _ => "Kind::Any",
    }
}

fn scalar(name: &str) -> &'static str {
    match name {
        "bool" => "Kind::Truth",
        "u16" | "u32" | "u64" | "i32" | "i64" | "f64" => "Kind::Number",
        "Timestamp" => "Kind::Time",
        "Secret" => "Kind::Secret",
        "json" => "Kind::Any",
        _ => "Kind::Text",
    }
}

fn bare(kind: &Type) -> &Type {
    match kind.bare() {
        Type::Of(name, inner) if name == "Loose" || name == "Quoted" => bare(inner),
        other => other,
    }
}

/// A doc without the marks of Markdown: of a link, its text stays.
fn plain(doc: &str) -> String {
    let mut text = String::new();
    let mut rest = doc;
    while let Some((before, after)) = rest.split_once("](") {
        text += before;
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    (text + rest).replace('`', "").replace(['[', ']'], "").replace('\n', " ")
}
