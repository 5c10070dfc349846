//! `models.rs`: the documents, the sets of headers, the enums and the views.

use super::requests;
use super::writer::{Writer, imports, literal};
use crate::spec::{CORE_TYPES, Enum, Field, Model, RowUse, Service, View, variant};

pub(super) const IMPORTS: &[&str] = &["k5_core::Pairs", "k5_core::Secret", "k5_core::Timestamp", "serde_json::Value"];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    let made = service.made_by_callers();
    let made: Vec<&Model> = service.models.iter().filter(|model| made.contains(&model.name.as_str())).collect();
    several(&mut out, "open_enum", &service.enums, open_enum);
    several(&mut out, "model", &service.models, |out, document| model(out, document, document_wire));
    several(&mut out, "request", &made, |out, model| requests::request(out, model));
    let headers = |out: &mut Writer, headers: &Model| model(out, headers, |field| literal(&field.wire.to_ascii_lowercase()));
    several(&mut out, "header_model", &service.header_models, headers);
    several(&mut out, "view", &service.views, |out, declared| view(out, service, declared));
    let text = out.into_text();
    let mut candidates: Vec<&str> = service.hand_types.iter().map(|hand| hand.path.as_str()).collect();
    candidates.extend(CORE_TYPES.iter().chain(IMPORTS));
    let imports = imports(&text, candidates);
    let gap = if imports.is_empty() { "" } else { "\n" };
    format!("//! Documents, sets of headers, and what is in them.\n{gap}{imports}{text}")
}

/// One macro call per item, so that compiler messages and source links lead to it.
fn several<T>(out: &mut Writer, name: &str, things: &[T], mut write: impl FnMut(&mut Writer, &T)) {
    for thing in things {
        out.line("");
        out.block(format!("k5_core::{name}! {{"), "}", |out| write(out, thing));
    }
}

fn model(out: &mut Writer, model: &Model, wire: impl Fn(&Field) -> String) {
    out.doc(&model.doc);
    let check = model.check.as_ref().map(|check| format!(" => {check}")).unwrap_or_default();
    if model.fields.is_empty() {
        return out.line(format!("pub struct {}{check} {{}}", model.name));
    }
    out.block(format!("pub struct {}{check} {{", model.name), "}", |out| {
        for field in &model.fields {
            out.doc(&with_rows(&field.doc, &field.rows));
            out.line(format!("pub {}: {} = {},", field.name, field.kind.rust(), wire(field)));
        }
    });
}

/// `"name"`, `"Disks" / "Disk"` for a list in an element of its own, and the check.
fn document_wire(field: &Field) -> String {
    let parts: Vec<String> = field.wire.split('/').map(literal).collect();
    let check = field.check.as_ref().map(|check| format!(" => {check}")).unwrap_or_default();
    parts.join(" / ") + &check
}

/// A doc with the documented rows that need the item.
fn with_rows(doc: &str, rows: &[RowUse]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.name, row.title)).collect();
    match rows.is_empty() {
        true => doc.to_owned(),
        false => format!("{doc} {}.", rows.join(", ")),
    }
}

fn open_enum(out: &mut Writer, declared: &Enum) {
    out.doc(&declared.doc);
    let variants: Vec<String> = declared.values.iter().map(|value| format!("{} = {}", variant(value), literal(value))).collect();
    out.fill(&format!("pub enum {} {{ ", declared.name), &variants, " }");
}

fn view(out: &mut Writer, service: &Service, view: &View) {
    let fields = service.model(&view.of).map(|model| model.fields.as_slice()).unwrap_or_default();
    let of = |name: &String| fields.iter().find(|field| field.name == *name);
    let shown: Vec<String> =
        view.fields.iter().filter_map(of).map(|field| format!("{}: {}", field.name, field.kind.rust())).collect();
    out.doc(&with_rows(&view.doc, &view.rows));
    let open = format!("pub struct {} of {} as {} {{ ", view.name, view.of, crate::spec::snake_case(&view.name));
    out.fill(&open, &shown, " }");
}
