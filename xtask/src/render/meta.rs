//! `meta.rs`: an `OpMeta` per operation.

use super::requests;
use super::scope::Scope;
use super::writer::{Writer, imports, literal};
use crate::spec::{Answer, Auth, Operation, Param, RequestBody, Service, screaming_case};

pub(super) const IMPORTS: &[&str] = &[
    "k5_core::AuthNeed",
    "k5_core::BodyKind",
    "k5_core::Dialect",
    "k5_core::OpMeta",
    "k5_core::Param",
    "k5_core::Row",
    "k5_core::ServiceMeta",
];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    out.doc("The service.");
    let types: Vec<String> = service.catalogue_types.iter().map(|kind| literal(kind)).collect();
    let (name, k5_name) = (literal(&service.name), literal(&service.k5_name));
    let mut setters = Vec::new();
    if !service.k5_aliases.is_empty() {
        let names: Vec<String> = service.k5_aliases.iter().map(|name| literal(name)).collect();
        setters.push(array("k5_aliases", &names));
    }
    if let Some(host) = service.k5_host.as_ref().filter(|host| **host != service.k5_name) {
        setters.push(setter("k5_host", &literal(host)));
    }
    if !types.is_empty() {
        setters.push(array("types", &types));
    }
    if !service.root.is_empty() {
        setters.push(setter("root", &literal(&service.root)));
    }
    if service.any_success {
        setters.push(setter("any_success", ""));
    }
    let dialect = crate::spec::pascal_case(&service.dialect);
    let made = format!("ServiceMeta::new({name}, {k5_name}, Dialect::{dialect})");
    out.chain("pub static SERVICE: ServiceMeta =", &made, &setters);
    for operation in &service.operations {
        out.line("");
        meta(&mut out, service, operation);
    }
    let text = out.into_text();
    format!("//! The description of each operation.\n\n{}\n{text}", imports(&text, IMPORTS.to_vec()))
}

fn meta(out: &mut Writer, service: &Service, operation: &Operation) {
    out.doc(&format!("{}: `{} {}`.", operation.title, operation.method, service.full_path(operation)));
    let (id, method, path) = (literal(&operation.id), literal(&operation.method), literal(&operation.path));
    let made = format!("OpMeta::new(&SERVICE, {id}, {method}, {path})");
    out.chain(&format!("pub static {}: OpMeta =", screaming_case(&operation.id)), &made, &setters(service, operation));
}

/// The lines of a setter for each value that is not the usual one.
fn setters(service: &Service, operation: &Operation) -> Vec<Vec<String>> {
    let mut setters = Vec::new();
    if !operation.rows.is_empty() {
        let rows: Vec<String> = operation.rows.iter().map(|used| row(&used.name, &used.title)).collect();
        setters.push(array("rows", &rows));
    }
    if let Some(root) = &operation.root {
        setters.push(setter("root", &literal(root)));
    }
    let mut params: Vec<String> = operation.path_names().into_iter().map(|name| path_param(service, name)).collect();
    params.extend(operation.query.iter().map(|param| wire_param("query", param)));
    params.extend(operation.headers.iter().map(|param| wire_param("header", param)));
    if !params.is_empty() {
        setters.push(array("params", &params));
    }
    let mut set = |name: &str, value: &str| setters.push(setter(name, value));
    match &operation.body {
        RequestBody::None => {}
        RequestBody::Document(document) => {
            set("request_body", &format!("BodyKind::{:?}", document.format));
            if let Some(key) = &document.key {
                set("body_key", &literal(key));
            }
            if document.kind.is_none() {
                set("null_body", "");
            } else if requests::body_arguments(service, &Scope::default(), operation).is_empty() {
                set("optional_body", "");
            }
            if !document.fixed.is_empty() {
                let pairs = document.fixed.iter().map(|(name, value)| format!("({}, {})", literal(name), literal(value)));
                set("fixed_fields", &format!("&[{}]", pairs.collect::<Vec<_>>().join(", ")));
            }
            if let Some(media) = &document.media {
                set("content_type", &literal(media));
            }
        }
        RequestBody::Stream => set("request_body", "BodyKind::Bytes"),
        RequestBody::Text => set("request_body", "BodyKind::Text"),
    }
    if let Some(format) = operation.answer.format() {
        set("response_body", &format!("BodyKind::{format:?}"));
    } else if let Answer::Stream { .. } = operation.answer {
        set("response_body", "BodyKind::Bytes");
    }
    if let Some(key) = operation.answer.key() {
        set("answer_key", &literal(key));
    }
    if let Some(variant) = operation.answer.variant() {
        set("answer_variant", &literal(&variant.key));
    }
    if operation.success != [200] {
        let statuses: Vec<String> = operation.success.iter().map(u16::to_string).collect();
        set("success", &format!("&[{}]", statuses.join(", ")));
    }
    if let Some(idempotent) = operation.idempotent {
        set("idempotent", &idempotent.to_string());
    }
    if operation.slow {
        set("slow", "");
    }
    match operation.auth {
        Auth::Required => {}
        Auth::Optional => set("auth", "AuthNeed::Optional"),
        Auth::None => set("auth", "AuthNeed::None"),
    }
    setters
}

/// `.name(value)`.
fn setter(name: &str, value: &str) -> Vec<String> {
    vec![format!(".{name}({value})")]
}

/// `.name(&[...])`, in one line or several.
fn array(name: &str, items: &[String]) -> Vec<String> {
    let mut out = Writer::at_depth(1);
    out.fill(&format!(".{name}(&["), items, "])");
    out.into_text().lines().map(|line| line[4..].to_owned()).collect()
}

fn row(name: &str, title: &str) -> String {
    let (section, number) = name.rsplit_once(' ').unwrap_or((name, "0"));
    format!("Row::new({}, {number}, {})", literal(section), literal(title))
}

fn path_param(service: &Service, name: &str) -> String {
    let described = service.path_param(name);
    let kind = if described.is_some_and(|param| param.rest) { "path_rest" } else { "path" };
    let mut text = format!("Param::{kind}({})", literal(name));
    if let Some(check) = described.and_then(|param| param.check.as_ref()) {
        text += &format!(".checked({check})");
    }
    text
}

fn wire_param(place: &str, param: &Param) -> String {
    let wire = if place == "header" { param.wire.to_ascii_lowercase() } else { param.wire.clone() };
    let mut text = format!("Param::{place}({})", literal(&wire));
    if param.required {
        text += ".required()";
    }
    if let Some(fixed) = &param.fixed {
        text += &format!(".fixed({})", literal(fixed));
    }
    text
}
