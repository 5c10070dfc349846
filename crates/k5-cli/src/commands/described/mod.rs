//! `k5 api OPERATION --help` and `--skeleton`: an operation's parameters and its document.

pub(crate) mod data;

use super::generated::documents::OPERATIONS;
use crate::failure::Outcome;
use crate::output::Out;
use data::{Described, Field, Kind};
use k5::dynamic::ApiOperation;
use serde_json::{Map, Value, json};

/// What is known of an operation.
fn of(operation: &ApiOperation) -> Option<&'static Described> {
    let name = operation.meta.full_name();
    OPERATIONS.iter().find(|known| known.name == name)
}

/// Prints what an operation does and takes.
pub(crate) fn help(operation: &ApiOperation) -> Outcome {
    let meta = operation.meta;
    let known = of(operation);
    let mut text = format!("{}\n\n", known.map_or("", |known| known.does));
    text += &format!("Usage: k5 api {}", meta.full_name());
    let params = known.map(|known| known.params).unwrap_or_default();
    for param in params.iter().filter(|param| param.3) {
        text += &format!(" --param {}=VALUE", param.1);
    }
    if operation.request.is_some() && !meta.null_body && !meta.optional_body {
        text += " --body FILE";
    }
    text += &format!("\n\n{} {}{}\n", meta.method, meta.root.unwrap_or(meta.service.root), meta.path);
    let rows: Vec<String> = meta.rows.iter().map(|row| format!("{} {} ({})", row.section, row.number, row.title)).collect();
    if !rows.is_empty() {
        text += &format!("Documented as: {}\n", rows.join(", "));
    }
    let fields = known.map(|known| known.fields).unwrap_or_default();
    for (title, lines) in [("Parameters", params), ("Document", fields)] {
        if !lines.is_empty() {
            text += &format!("\n{title}:\n");
            if let (true, Some(key)) = (title == "Document", meta.body_key) {
                text += &format!("  (in {:?})\n", key.split('/').collect::<Vec<_>>().join("."));
            }
            lines.iter().for_each(|line| text += &shown(line));
        }
    }
    if !fields.is_empty() {
        text += &format!("\nk5 api {} --skeleton prints a document to fill in.\n", meta.full_name());
    }
    let mut out = Out::new();
    out.raw(&text)?;
    out.finish()
}

fn shown(Field(depth, name, kind, required, doc): &Field) -> String {
    let indent = "  ".repeat(depth + 1);
    let name = if name.is_empty() { "the document" } else { name };
    let required = if *required { ", required" } else { "" };
    let doc = if doc.is_empty() { String::new() } else { format!(": {doc}") };
    format!("{indent}{name} ({}{required}){doc}\n", kind.name())
}

/// A document to fill in: what is required has a value of its kind, what is optional is null, which is the same as left out.
/// `None` if the operation takes none.
pub(crate) fn skeleton(operation: &ApiOperation) -> Option<Value> {
    operation.request?;
    let fields = of(operation)?.fields;
    let key = operation.meta.body_key;
    let mut document = match fields.first() {
        None if operation.meta.null_body => Value::Null,
        None => json!({}),
        Some(Field(0, "", kind, ..)) => match *kind {
            Kind::Objects => json!([object(&fields[1..], 1)]),
            Kind::Map => json!({ "NAME": "VALUE" }),
            kind => value(kind),
        },
        Some(_) => object(fields, 0),
    };
    for name in key.into_iter().flat_map(|key| key.rsplit('/')) {
        document = Value::Object([(name.to_owned(), document)].into_iter().collect());
    }
    Some(document)
}

/// The fields of one depth, with those within.
fn object(fields: &[Field], depth: usize) -> Value {
    let mut object = Map::new();
    let mut at = 0;
    while let Some(Field(own, name, kind, required, _)) = fields.get(at) {
        if *own < depth {
            break;
        }
        let within = fields[at + 1..].iter().take_while(|inner| inner.0 > *own).count();
        let inner = &fields[at + 1..at + 1 + within];
        let filled = match (required, kind) {
            (false, _) => Value::Null,
            (true, Kind::Object) => self::object(inner, own + 1),
            (true, Kind::Objects) => json!([self::object(inner, own + 1)]),
            (true, kind) => value(*kind),
        };
        // Two fields may lead into the same element.
        match (object.get_mut(*name), filled) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, filled) => {
                object.insert((*name).to_owned(), filled);
            }
        }
        at += 1 + within;
    }
    Value::Object(object)
}

fn value(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::Secret => "TEXT".into(),
        Kind::Number => 1.into(),
        Kind::Truth => false.into(),
        Kind::Time => "2026-01-01T00:00:00Z".into(),
        Kind::Any => Value::Null,
        Kind::Map | Kind::Object => json!({}),
        Kind::Texts => json!(["TEXT"]),
        Kind::Objects => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_described() {
        for operation in k5::operations() {
            let known = of(operation).unwrap_or_else(|| panic!("{}", operation.meta.full_name()));
            assert!(known.does.ends_with('.'), "{}: {}", known.name, known.does);
        }
    }

    #[test]
    fn a_skeleton_fits_its_type() {
        let mut count = 0;
        for operation in k5::operations() {
            let (Some(request), Some(skeleton)) = (operation.request, skeleton(operation)) else { continue };
            count += 1;
            let text = serde_json::to_vec(&skeleton).expect("JSON");
            let typed = request(operation.meta, &text);
            let typed = typed.unwrap_or_else(|why| panic!("{}: {why}\n{skeleton}", operation.meta.full_name()));
            assert!(typed.unknown.is_empty(), "{}: {:?}", operation.meta.full_name(), typed.unknown);
        }
        assert!(count > 50, "{count}");
    }
}
