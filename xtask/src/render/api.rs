//! `api.rs`: the operations by name, for callers that hold documents instead of types.

use super::writer::{Writer, imports};
use crate::spec::{AnswerBody, Document, Operation, RequestBody, Service, Type, screaming_case};

const IMPORTS: &[&str] = &[
    "k5_core::dynamic::ApiOperation",
    "k5_core::dynamic::checked_request",
    "k5_core::dynamic::empty_answer",
    "k5_core::dynamic::header_answer",
    "k5_core::dynamic::json_answer",
    "k5_core::dynamic::keyed_answer",
    "k5_core::dynamic::list_answer",
    "k5_core::dynamic::null_request",
    "k5_core::dynamic::optional_json_answer",
    "k5_core::dynamic::typed_answer",
    "k5_core::dynamic::typed_request",
    "k5_core::dynamic::variant_answer",
    "serde_json::Value",
    "std::collections::BTreeMap",
];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    out.doc("Every operation, in the table's order.");
    out.block("pub static OPERATIONS: &[ApiOperation] = &[", "];", |out| {
        for operation in &service.operations {
            let fields = [
                format!("meta: &meta::{}", screaming_case(&operation.id)),
                format!("request: {}", request(operation)),
                format!("answer: {}", answer(operation)),
            ];
            // A struct's braces stand apart from its fields on one line, and alone on several.
            let line = format!("ApiOperation {{ {} }},", fields.join(", "));
            match line.len() + 4 <= 132 {
                true => out.line(line),
                false => out.fill("ApiOperation {", &fields, "},"),
            }
        }
    });
    let text = out.into_text();
    let own = super::operations::own_types(service);
    let mut candidates: Vec<&str> = own.iter().map(String::as_str).chain(IMPORTS.iter().copied()).collect();
    candidates.push("super::meta");
    format!("//! The operations by name, with their types behind functions.\n\n{}\n{text}", imports(&text, candidates))
}

fn request(operation: &Operation) -> String {
    match &operation.body {
        RequestBody::Document(Document { kind: Some(kind), check: Some(check), .. }) => {
            format!("Some(|meta, bytes| checked_request::<{}>(meta, bytes, {check}))", kind.rust())
        }
        RequestBody::Document(Document { kind: Some(kind), .. }) => format!("Some(typed_request::<{}>)", kind.rust()),
        RequestBody::Document(Document { kind: None, .. }) => "Some(null_request)".to_owned(),
        RequestBody::None | RequestBody::Stream | RequestBody::Text => "None".to_owned(),
    }
}

fn answer(operation: &Operation) -> String {
    let headers = operation.answer_headers.as_deref();
    let keyed = operation.answer_key.is_some();
    match (&operation.answer, headers) {
        (AnswerBody::Stream(_), _) => "None".to_owned(),
        (AnswerBody::None, None) => "Some(empty_answer)".to_owned(),
        (AnswerBody::None, Some(headers)) => format!("Some(header_answer::<{headers}>)"),
        (AnswerBody::Document(Type::Optional(kind), _), _) => format!("Some(optional_json_answer::<{}>)", kind.rust()),
        (AnswerBody::Document(kind, _), Some(headers)) => format!("Some(json_answer::<{}, {headers}>)", kind.rust()),
        (AnswerBody::Document(kind, _), None) => match &operation.variant {
            Some(variant) => format!("Some(variant_answer::<{}, {}>)", kind.rust(), variant.kind.rust()),
            None if keyed => format!("Some(keyed_answer::<{}>)", kind.rust()),
            None => format!("Some(typed_answer::<{}>)", kind.rust()),
        },
        (AnswerBody::List(kind, _), None) if keyed => format!("Some(list_answer::<{}>)", kind.rust()),
        (AnswerBody::List(kind, _), headers) => format!("Some(json_answer::<Vec<{}>, {}>)", kind.rust(), headers.unwrap_or("()")),
    }
}
