//! `models.rs`: the documents and the sets of headers.

use super::writer::{Writer, imports, literal};
use crate::spec::{Model, Service};

const IMPORTS: &[&str] = &["k5_core::Secret", "k5_core::Timestamp", "serde_json::Value", "std::collections::BTreeMap"];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    for document in &service.models {
        model(&mut out, "model", document, |wire| wire.to_owned());
    }
    for headers in &service.header_models {
        model(&mut out, "header_model", headers, str::to_ascii_lowercase);
    }
    let text = out.into_text();
    let mut hand_types: Vec<&str> = service.hand_types.iter().map(|hand| hand.path.as_str()).collect();
    hand_types.extend(IMPORTS);
    let imports = imports(&text, hand_types);
    let gap = if imports.is_empty() { "" } else { "\n" };
    format!("//! Documents and sets of headers.\n{gap}{imports}{text}")
}

fn model(out: &mut Writer, name: &str, model: &Model, wire: impl Fn(&str) -> String) {
    out.line("");
    out.block(format!("k5_core::{name}! {{"), "}", |out| {
        out.doc(&model.doc);
        out.block(format!("pub struct {} {{", model.name), "}", |out| {
            for field in &model.fields {
                out.doc(&field.doc);
                out.line(format!("pub {}: {} = {},", field.name, field.kind.rust(), literal(&wire(&field.wire))));
            }
        });
    });
}
