//! `models.rs`: the documents, the sets of headers, the enums and the views.

use super::requests;
use super::writer::{Writer, imports, literal};
use crate::spec::{CORE_TYPES, Enum, Field, Model, RowUse, Service, View, variant};

const IMPORTS: &[&str] = &["k5_core::Secret", "k5_core::Timestamp", "serde_json::Value", "std::collections::BTreeMap"];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    for declared in &service.enums {
        open_enum(&mut out, declared);
    }
    let made = service.made_by_callers();
    for document in &service.models {
        model(&mut out, "model", document, document_wire);
        if made.contains(&document.name.as_str()) {
            requests::request(&mut out, document);
        }
    }
    for headers in &service.header_models {
        model(&mut out, "header_model", headers, |field| literal(&field.wire.to_ascii_lowercase()));
    }
    for declared in &service.views {
        view(&mut out, service, declared);
    }
    let text = out.into_text();
    let mut candidates: Vec<&str> = service.hand_types.iter().map(|hand| hand.path.as_str()).collect();
    candidates.extend(CORE_TYPES.iter().chain(IMPORTS));
    let imports = imports(&text, candidates);
    let gap = if imports.is_empty() { "" } else { "\n" };
    format!("//! Documents, sets of headers, and what is in them.\n{gap}{imports}{text}")
}

fn model(out: &mut Writer, name: &str, model: &Model, wire: impl Fn(&Field) -> String) {
    out.line("");
    out.block(format!("k5_core::{name}! {{"), "}", |out| {
        out.doc(&model.doc);
        out.block(format!("pub struct {} {{", model.name), "}", |out| {
            for field in &model.fields {
                out.doc(&with_rows(&field.doc, &field.rows));
                out.line(format!("pub {}: {} = {},", field.name, field.kind.rust(), wire(field)));
            }
        });
    });
}

/// `"name"`, `"Disks" / "Disk"` for a list in an element of its own, and the check.
fn document_wire(field: &Field) -> String {
    let parts: Vec<String> = field.wire.split('/').map(literal).collect();
    let check = field.check.as_ref().map(|check| format!(" => {check}")).unwrap_or_default();
    parts.join(" / ") + &check
}

/// A doc with the documented rows that the thing is there for.
fn with_rows(doc: &str, rows: &[RowUse]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.name, row.title)).collect();
    match rows.is_empty() {
        true => doc.to_owned(),
        false => format!("{doc} {}.", rows.join(", ")),
    }
}

fn open_enum(out: &mut Writer, declared: &Enum) {
    out.line("");
    out.block("k5_core::open_enum! {", "}", |out| {
        out.doc(&declared.doc);
        let variants: Vec<String> =
            declared.values.iter().map(|value| format!("{} = {}", variant(value), literal(value))).collect();
        out.fill(&format!("pub enum {} {{ ", declared.name), &variants, " }");
    });
}

fn view(out: &mut Writer, service: &Service, view: &View) {
    let fields = service.model(&view.of).map(|model| model.fields.as_slice()).unwrap_or_default();
    let of = |name: &String| fields.iter().find(|field| field.name == *name);
    let shown: Vec<String> =
        view.fields.iter().filter_map(of).map(|field| format!("{}: {}", field.name, field.kind.rust())).collect();
    out.line("");
    out.block("k5_core::view! {", "}", |out| {
        out.doc(&with_rows(&view.doc, &view.rows));
        let open = format!("pub struct {} of {} as {} {{ ", view.name, view.of, crate::spec::snake_case(&view.name));
        out.fill(&open, &shown, " }");
    });
}
