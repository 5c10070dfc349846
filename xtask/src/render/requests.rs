//! What callers create: the documents' constructors and setters, and the arguments and setters of the operations that send them.

use super::scope::Scope;
use super::writer::{Writer, literal};
use crate::spec::{Document, Field, Model, Operation, RequestBody, Service, Type};

/// An argument of an operation's method.
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) doc: Option<String>,
}

/// The name of the document that the operation's builder holds.
pub(super) fn made_type(service: &Service, scope: &Scope, document: &Document) -> Option<String> {
    service.held(document).map(|model| scope.name(&model.name))
}

/// Arguments of the operation's method that come from its body.
pub(super) fn body_arguments(service: &Service, scope: &Scope, operation: &Operation) -> Vec<Argument> {
    let plain = |name: &str, kind: &str, doc: Option<&str>| Argument {
        name: name.to_owned(),
        kind: kind.to_owned(),
        doc: doc.map(str::to_owned),
    };
    match &operation.body {
        RequestBody::None => Vec::new(),
        RequestBody::Stream => vec![plain("body", "Body", None)],
        RequestBody::Text => vec![plain("text", "impl Into<String>", None)],
        RequestBody::Document(document) => match (service.held(document), &document.kind) {
            (Some(model), _) => {
                let inner = service.inlined(model, document);
                let own = model.fields.iter().filter(|field| document.inline.as_ref() != Some(&field.name));
                let all = inner.iter().flat_map(|(model, _)| &model.fields).chain(own);
                all.filter(|field| field.is_argument()).map(|field| argument(scope, field)).collect()
            }
            (None, None) => Vec::new(),
            (None, Some(Type::Map(_))) if document.item.is_some() => {
                vec![plain("value", "impl Into<String>", Some("The value."))]
            }
            (None, Some(Type::Map(inner))) => {
                let kind = format!("impl IntoIterator<Item = (impl Into<String>, {})>", taken(scope, inner));
                vec![plain(document.key.as_deref().unwrap_or("body"), &kind, Some("Names and values."))]
            }
            (None, Some(Type::List(inner))) => vec![plain("body", &format!("&[{}]", scope.rust(inner)), None)],
            (None, Some(kind)) => vec![plain("body", &format!("&{}", scope.rust(kind)), None)],
        },
    }
}

fn argument(scope: &Scope, field: &Field) -> Argument {
    Argument { name: field.name.clone(), kind: taken(scope, field.kind.bare()), doc: Some(field.doc.clone()) }
}

/// What an argument or setter of this type accepts.
fn taken(scope: &Scope, kind: &Type) -> String {
    match kind {
        Type::Named(name) if is_plain(name) => name.clone(),
        Type::List(_) | Type::Map(_) => scope.rust(kind),
        other => format!("impl Into<{}>", scope.rust(other)),
    }
}

/// Numbers and booleans are passed as they are: `impl Into<u32>` would not accept `7`.
fn is_plain(name: &str) -> bool {
    matches!(name, "bool" | "u16" | "u32" | "u64" | "i32" | "i64" | "f64")
}

/// The expression that creates the operation's document from its arguments.
pub(super) fn made(service: &Service, scope: &Scope, document: &Document) -> Option<String> {
    let model = service.held(document)?;
    let new = |model: &Model, inner: Option<(&str, String)>| {
        let value = |field: &&Field| match &inner {
            Some((name, made)) if field.name == *name => made.clone(),
            _ => field.name.clone(),
        };
        let (required, given): (Vec<&Field>, Vec<&Field>) =
            model.fields.iter().filter(|field| field.is_argument()).partition(|field| !field.argument);
        let values: Vec<String> = required.iter().chain(&given).map(value).collect();
        format!("{}::new({})", scope.name(&model.name), values.join(", "))
    };
    let inner = service.inlined(model, document).map(|(inner, name)| (name, new(inner, None)));
    Some(new(model, inner.as_ref().map(|(name, made)| (name.as_str(), made.clone()))))
}

/// The statement that accepts a document from the caller.
pub(super) fn given(scope: &Scope, document: &Document) -> String {
    let Some(Type::Map(inner)) = &document.kind else {
        let statement = if document.kind.is_some() { "call.document(body);" } else { "call.null_document();" };
        return statement.to_owned();
    };
    let pairs = match &document.item {
        Some(item) => format!("[({item}, value)]"),
        None => document.key.as_deref().unwrap_or("body").to_owned(),
    };
    let pairs = format!("&k5_core::model::pairs::<{}>({pairs})", scope.rust(inner));
    match &document.check {
        Some(check) => format!("call.checked_document({pairs}, {check});"),
        None => format!("call.document({pairs});"),
    }
}

/// A setter of a document's field.
pub(super) struct Setter<'a> {
    doc: &'a str,
    text: String,
}

impl Setter<'_> {
    pub(super) fn write(&self, out: &mut Writer) {
        out.doc(self.doc);
        out.line(format!("{},", self.text));
    }
}

/// The fields that are setters of the operation's builder: how each list begins, and what is in it.
pub(super) fn fields<'a>(service: &'a Service, scope: &Scope, document: &Document) -> Vec<(String, Vec<Setter<'a>>)> {
    let Some(model) = service.held(document) else { return Vec::new() };
    let inner = service.inlined(model, document);
    let inner = inner.iter().map(|(inner, name)| (format!("fields in {name} {{"), *inner));
    let all = inner.chain([("fields {".to_owned(), model)]);
    let setters = |model: &'a Model| {
        model.fields.iter().filter(|field| !field.is_argument()).map(|field| setter(scope, field)).collect::<Vec<_>>()
    };
    all.map(|(open, model)| (open, setters(model))).filter(|(_, setters)| !setters.is_empty()).collect()
}

/// `text key_name: String`, with its doc.
fn setter<'a>(scope: &Scope, field: &'a Field) -> Setter<'a> {
    let (kind, taken) = match field.kind.bare() {
        Type::List(inner) => ("list", scope.rust(inner)),
        Type::Map(inner) => ("map", scope.rust(inner)),
        Type::Named(name) if is_plain(name) => ("plain", name.clone()),
        other => ("text", scope.rust(other)),
    };
    Setter { doc: &field.doc, text: format!("{kind} {}: {taken}", field.name) }
}

/// Constructor and setters of a document that callers create.
pub(super) fn request(out: &mut Writer, model: &Model) {
    let scope = &Scope::default();
    let arguments: Vec<(&Field, String)> = model
        .fields
        .iter()
        .filter(|field| field.is_argument())
        .map(|field| (field, format!("{}: {}", field.name, taken(scope, field.kind.bare()))))
        .collect();
    let required: Vec<&str> = arguments.iter().filter(|(field, _)| !field.argument).map(|(_, text)| text.as_str()).collect();
    let given: Vec<&str> = arguments.iter().filter(|(field, _)| field.argument).map(|(_, text)| text.as_str()).collect();
    let given = if given.is_empty() { String::new() } else { format!("; {}", given.join(", ")) };
    let setters: Vec<Setter<'_>> =
        model.fields.iter().filter(|field| !field.is_argument()).map(|field| setter(scope, field)).collect();
    let nulls: Vec<String> = model.fields.iter().filter(|field| field.null).map(|field| literal(&field.wire)).collect();
    let nulls = if nulls.is_empty() { String::new() } else { format!(" null [{}]", nulls.join(", ")) };
    let head = format!("{}({}{given}){nulls}", model.name, required.join(", "));
    match setters.is_empty() {
        true => out.line(format!("{head} {{}}")),
        false => out.block(format!("{head} {{"), "}", |out| setters.iter().for_each(|setter| setter.write(out))),
    }
}
