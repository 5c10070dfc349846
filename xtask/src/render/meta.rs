//! `meta.rs`: an `OpMeta` per operation.

use super::writer::{Writer, imports, literal};
use crate::spec::{AnswerBody, Auth, Operation, Param, RequestBody, Service, screaming_case};

const IMPORTS: &[&str] = &[
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
    out.block("pub static SERVICE: ServiceMeta = ServiceMeta {", "};", |out| {
        out.line(format!("name: {},", literal(&service.name)));
        out.line(format!("k5_name: {},", literal(&service.k5_name)));
        let types: Vec<String> = service.catalogue_types.iter().map(|kind| literal(kind)).collect();
        out.list("types: &[", &types, "],");
        out.line(format!("root: {},", literal(&service.root)));
        out.line(format!("dialect: Dialect::{},", crate::spec::pascal_case(&service.dialect)));
    });
    for operation in &service.operations {
        out.line("");
        meta(&mut out, service, operation);
    }
    let text = out.into_text();
    format!("//! What is known of each operation before it is called.\n\n{}\n{text}", imports(&text, IMPORTS.to_vec()))
}

fn meta(out: &mut Writer, service: &Service, operation: &Operation) {
    out.doc(&format!("{}: `{} {}`.", operation.title, operation.method, service.full_path(operation)));
    out.block(format!("pub static {}: OpMeta = OpMeta {{", screaming_case(&operation.id)), "};", |out| {
        if !operation.rows.is_empty() {
            let rows: Vec<String> = operation.rows.iter().map(|row| self::row(&row.name, &row.title)).collect();
            out.list("rows: &[", &rows, "],");
        }
        if let Some(root) = &operation.root {
            out.line(format!("root: Some({}),", literal(root)));
        }
        let mut params: Vec<String> = operation.path_names().into_iter().map(|name| path_param(service, name)).collect();
        params.extend(operation.query.iter().map(|param| wire_param("query", param)));
        params.extend(operation.headers.iter().map(|param| wire_param("header", param)));
        if !params.is_empty() {
            out.list("params: &[", &params, "],");
        }
        match operation.body {
            RequestBody::None => {}
            RequestBody::Json(_) => out.line("request_body: BodyKind::Json,"),
            RequestBody::Stream => out.line("request_body: BodyKind::Bytes,"),
            RequestBody::Text => out.line("request_body: BodyKind::Text,"),
        }
        match operation.answer {
            AnswerBody::None => {}
            AnswerBody::Json(_) | AnswerBody::List(_) => out.line("response_body: BodyKind::Json,"),
            AnswerBody::Stream(_) => out.line("response_body: BodyKind::Bytes,"),
        }
        if operation.success != [200] {
            let statuses: Vec<String> = operation.success.iter().map(u16::to_string).collect();
            out.list("success: &[", &statuses, "],");
        }
        if let Some(idempotent) = operation.idempotent {
            out.line(format!("idempotent: {idempotent},"));
        }
        if operation.slow {
            out.line("slow: true,");
        }
        match operation.auth {
            Auth::Required => {}
            Auth::Optional => out.line("auth: AuthNeed::Optional,"),
            Auth::None => out.line("auth: AuthNeed::None,"),
        }
        let (id, method, path) = (literal(&operation.id), literal(&operation.method), literal(&operation.path));
        out.line(format!("..OpMeta::new(&SERVICE, {id}, {method}, {path})"));
    });
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
