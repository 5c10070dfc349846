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
    let fields = [
        format!("name: {},", literal(&service.name)),
        format!("k5_name: {},", literal(&service.k5_name)),
        format!("k5_aliases: &[{}],", service.k5_aliases.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")),
        format!("k5_host: {},", literal(service.k5_host.as_ref().unwrap_or(&service.k5_name))),
        format!("types: &[{}],", types.join(", ")),
        format!("root: {},", literal(&service.root)),
        format!("dialect: Dialect::{},", crate::spec::pascal_case(&service.dialect)),
        format!("any_success: {},", service.any_success),
    ];
    out.literal("pub static SERVICE: ServiceMeta =", "ServiceMeta", fields.map(|field| vec![field]).to_vec());
    for operation in &service.operations {
        out.line("");
        meta(&mut out, service, operation);
    }
    let text = out.into_text();
    format!("//! What is known of each operation before it is called.\n\n{}\n{text}", imports(&text, IMPORTS.to_vec()))
}

fn meta(out: &mut Writer, service: &Service, operation: &Operation) {
    out.doc(&format!("{}: `{} {}`.", operation.title, operation.method, service.full_path(operation)));
    let open = format!("pub static {}: OpMeta =", screaming_case(&operation.id));
    out.literal(&open, "OpMeta", fields(service, operation));
}

/// The lines of each field that has not its usual value.
fn fields(service: &Service, operation: &Operation) -> Vec<Vec<String>> {
    let mut fields = Vec::new();
    if !operation.rows.is_empty() {
        let rows: Vec<String> = operation.rows.iter().map(|used| row(&used.name, &used.title)).collect();
        fields.push(array("rows", &rows));
    }
    let mut field = |line: String| fields.push(vec![line]);
    if let Some(root) = &operation.root {
        field(format!("root: Some({}),", literal(root)));
    }
    let mut params: Vec<String> = operation.path_names().into_iter().map(|name| path_param(service, name)).collect();
    params.extend(operation.query.iter().map(|param| wire_param("query", param)));
    params.extend(operation.headers.iter().map(|param| wire_param("header", param)));
    if !params.is_empty() {
        fields.push(array("params", &params));
    }
    let mut field = |line: String| fields.push(vec![line]);
    match &operation.body {
        RequestBody::None => {}
        RequestBody::Document(document) => {
            field(format!("request_body: BodyKind::{:?},", document.format));
            if let Some(key) = &document.key {
                field(format!("body_key: Some({}),", literal(key)));
            }
            if document.kind.is_none() {
                field("null_body: true,".to_owned());
            } else if requests::body_arguments(service, &Scope::default(), operation).is_empty() {
                field("optional_body: true,".to_owned());
            }
            if !document.fixed.is_empty() {
                let pairs = document.fixed.iter().map(|(name, value)| format!("({}, {})", literal(name), literal(value)));
                field(format!("fixed_fields: &[{}],", pairs.collect::<Vec<_>>().join(", ")));
            }
            if let Some(media) = &document.media {
                field(format!("content_type: Some({}),", literal(media)));
            }
        }
        RequestBody::Stream => field("request_body: BodyKind::Bytes,".to_owned()),
        RequestBody::Text => field("request_body: BodyKind::Text,".to_owned()),
    }
    if let Some(format) = operation.answer.format() {
        field(format!("response_body: BodyKind::{format:?},"));
    } else if let Answer::Stream { .. } = operation.answer {
        field("response_body: BodyKind::Bytes,".to_owned());
    }
    if let Some(key) = operation.answer.key() {
        field(format!("answer_key: Some({}),", literal(key)));
    }
    if let Some(variant) = operation.answer.variant() {
        field(format!("answer_variant: Some({}),", literal(&variant.key)));
    }
    if operation.success != [200] {
        let statuses: Vec<String> = operation.success.iter().map(u16::to_string).collect();
        field(format!("success: &[{}],", statuses.join(", ")));
    }
    if let Some(idempotent) = operation.idempotent {
        field(format!("idempotent: {idempotent},"));
    }
    if operation.slow {
        field("slow: true,".to_owned());
    }
    match operation.auth {
        Auth::Required => {}
        Auth::Optional => field("auth: AuthNeed::Optional,".to_owned()),
        Auth::None => field("auth: AuthNeed::None,".to_owned()),
    }
    let (id, method, path) = (literal(&operation.id), literal(&operation.method), literal(&operation.path));
    field(format!("..OpMeta::new(&SERVICE, {id}, {method}, {path})"));
    fields
}

/// `name: &[...],`, in one line or several.
fn array(name: &str, items: &[String]) -> Vec<String> {
    let mut out = Writer::at_depth(1);
    out.fill(&format!("{name}: &["), items, "],");
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
