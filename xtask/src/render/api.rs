//! `api.rs`: the operations by name, for callers that hold documents instead of types.

use super::operations::operation_type;
use super::scope::Scope;
use super::writer::{Writer, imports, literal};
use crate::spec::{Answer, Document, Operation, RequestBody, Service, screaming_case, waiter_type};

pub(super) const IMPORTS: &[&str] = &[
    "k5_core::dynamic::ApiFinder",
    "k5_core::dynamic::ApiItems",
    "k5_core::dynamic::ApiOperation",
    "k5_core::dynamic::ApiWaiter",
    "k5_core::dynamic::checked_request",
    "k5_core::dynamic::empty_answer",
    "k5_core::dynamic::find",
    "k5_core::dynamic::header_answer",
    "k5_core::dynamic::json_answer",
    "k5_core::dynamic::keyed_answer",
    "k5_core::dynamic::keyed_page",
    "k5_core::dynamic::null_request",
    "k5_core::dynamic::optional_json_answer",
    "k5_core::dynamic::optional_keyed_answer",
    "k5_core::dynamic::plain_page",
    "k5_core::dynamic::typed_answer",
    "k5_core::dynamic::typed_request",
    "k5_core::dynamic::variant_answer",
    "k5_core::dynamic::wait",
    "k5_core::Pairs",
    "serde_json::Value",
    "std::marker::PhantomData",
];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    out.doc("Every operation, in the table's order.");
    out.block("pub static OPERATIONS: &[ApiOperation] = &[", "];", |out| {
        for operation in &service.operations {
            let made = format!("ApiOperation::new(&meta::{})", screaming_case(&operation.id));
            let parts = [
                request(operation).map(|read| format!(".request({read})")),
                answer(operation).map(|read| format!(".answer({read})")),
                page(operation).map(|read| format!(".page({read})")),
                fields(service, operation).map(|model| format!(".fields({model}::FIELDS)")),
                items(operation).map(|list| format!(".lists({list})")),
                waiter(service, operation).map(|wait| format!(".waits({wait})")),
                finder(service, operation).map(|find| format!(".finds({find})")),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let line = format!("{made}{},", parts.concat());
            match line.len() + 4 <= 132 && !line.contains('\n') {
                true => out.line(line),
                false => {
                    out.line(made);
                    let last = parts.len() - 1;
                    for (at, part) in parts.iter().enumerate() {
                        let part = if at == last { format!("{part},") } else { part.clone() };
                        part.lines().for_each(|line| out.line(format!("    {line}")));
                    }
                }
            }
        }
    });
    let text = out.into_text();
    let scope = Scope::new(service, &[]);
    let mut candidates: Vec<&str> = scope.imports().chain(IMPORTS.iter().copied()).collect();
    let handle = format!("super::handle::{}", service.handle);
    candidates.extend(["super::builder", "super::meta", "super::waiter", &handle]);
    format!("//! The operations by name, with their types behind functions.\n\n{}\n{text}", imports(&text, candidates))
}

/// How the items of a listing are obtained: over all its pages, or at once.
fn items(operation: &Operation) -> Option<String> {
    // One that changes something is called once and not page by page, though its answer is a list.
    if operation.method != "GET" {
        return None;
    }
    let kind = operation.answer.items()?;
    let name = operation_type(operation);
    // Whoever calls it by name may set the query that makes entries of them.
    let made = match operation.answer.entries() {
        Some(_) => format!("builder::{name}::<Entry<{}>>(call, PhantomData)", kind.rust()),
        None => format!("builder::{name}(call)"),
    };
    Some(match operation.page.is_some() {
        true => format!("|call| ApiItems::paged({made}.items())"),
        false => format!("|call| ApiItems::whole(async {{ Ok({made}.send().await?.items) }})"),
    })
}

/// How to wait for what the operation shows.
fn waiter(service: &Service, operation: &Operation) -> Option<String> {
    let waiter = service.waiters.iter().find(|waiter| waiter.poll == operation.id)?;
    let (name, kind) = (literal(&waiter.name), format!("waiter::{}", waiter_type(&waiter.name)));
    Some(format!(
        "ApiWaiter::new({name}, {kind}::GOALS, |call, goal, options| {{\n    wait({kind}::by_name(call, goal), goal, options)\n}})"
    ))
}

/// How to find one of what the operation lists.
fn finder(service: &Service, operation: &Operation) -> Option<String> {
    let finder = service.finders.iter().find(|finder| finder.list == operation.id)?;
    let (name, handle) = (&finder.name, &service.handle);
    Some(format!(
        "ApiFinder::new({}, |session, wanted| {{\n    \
         find(async move {{ {handle}::new(session).find_{name}(wanted).await }})\n}})",
        literal(&name.replace('_', " "))
    ))
}

fn request(operation: &Operation) -> Option<String> {
    Some(match &operation.body {
        RequestBody::Document(Document { kind: Some(kind), check: Some(check), .. }) => {
            format!("|meta, bytes| checked_request::<{}>(meta, bytes, {check})", kind.rust())
        }
        RequestBody::Document(Document { kind: Some(kind), .. }) => format!("typed_request::<{}>", kind.rust()),
        RequestBody::Document(Document { kind: None, .. }) => "null_request".to_owned(),
        RequestBody::None | RequestBody::Stream | RequestBody::Text => return None,
    })
}

/// How a list is decoded item by item.
fn page(operation: &Operation) -> Option<String> {
    match &operation.answer {
        Answer::KeyedList { kind, .. } => Some(format!("keyed_page::<{}>", kind.rust())),
        Answer::List { kind, headers, entries } => {
            let kind = if entries.is_some() { format!("Entry<{}>", kind.rust()) } else { kind.rust() };
            Some(format!("plain_page::<{kind}, {}>", headers.as_deref().unwrap_or("()")))
        }
        _ => None,
    }
}

/// The type whose fields the answer's record has, or each item of its list; `None` if the table does not declare it.
fn fields(service: &Service, operation: &Operation) -> Option<String> {
    let kind = match &operation.answer {
        Answer::Headers(headers) => headers.clone(),
        Answer::Document(kind)
        | Answer::WithHeaders { kind, .. }
        | Answer::Keyed { kind, .. }
        | Answer::Variant { kind, .. }
        | Answer::List { kind, .. }
        | Answer::KeyedList { kind, .. } => kind.rust(),
        Answer::Empty | Answer::Optional(_) | Answer::OptionalKeyed { .. } | Answer::Stream { .. } => return None,
    };
    let kind = kind.strip_prefix("Entry<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(&kind);
    let mut models = service.models.iter().chain(&service.header_models);
    models.any(|model| model.name == kind).then(|| kind.to_owned())
}

fn answer(operation: &Operation) -> Option<String> {
    Some(match &operation.answer {
        Answer::Stream { .. } => return None,
        Answer::Empty => "empty_answer".to_owned(),
        Answer::Headers(headers) => format!("header_answer::<{headers}>"),
        Answer::Optional(kind) => format!("optional_json_answer::<{}>", kind.rust()),
        Answer::WithHeaders { kind, headers } => format!("json_answer::<{}, {headers}>", kind.rust()),
        Answer::Variant { kind, variant, .. } => format!("variant_answer::<{}, {}>", kind.rust(), variant.kind.rust()),
        Answer::Keyed { kind, .. } => format!("keyed_answer::<{}>", kind.rust()),
        Answer::OptionalKeyed { kind, .. } => format!("optional_keyed_answer::<{}>", kind.rust()),
        Answer::Document(kind) => format!("typed_answer::<{}>", kind.rust()),
        Answer::KeyedList { .. } | Answer::List { .. } => return None,
    })
}
