//! The files of one service's crate.

use super::writer::Writer;
use super::{Rendered, api, meta, models, operations, stamp, waiters};
use crate::spec::Service;

/// `src/generated/` of the service's crate.
pub(super) fn files(service: &Service) -> Vec<Rendered> {
    let folder = service.generated_folder();
    let mut files = vec![
        ("mod.rs", module(service)),
        ("api.rs", api::render(service)),
        ("meta.rs", meta::render(service)),
        ("operations.rs", operations::render(service)),
    ];
    if has_models(service) {
        files.push(("models.rs", models::render(service)));
    }
    if !service.waiters.is_empty() {
        files.push(("waiters.rs", waiters::render(service)));
    }
    let stamp = stamp(&service.file);
    files.into_iter().map(|(name, text)| Rendered { path: format!("{folder}/{name}"), text: format!("{stamp}{text}") }).collect()
}

fn has_models(service: &Service) -> bool {
    !service.models.is_empty() || !service.header_models.is_empty() || !service.enums.is_empty()
}

fn module(service: &Service) -> String {
    let mut out = Writer::default();
    out.line(format!("//! {}: what the table says of its operations.", service.title));
    if let Some(beyond) = &service.beyond {
        out.line("//!");
        out.line(format!("//! Why some are not in the documented list: {}.", beyond.trim_end_matches('.')));
    }
    out.line("");
    out.line("pub mod api;");
    out.line("pub mod meta;");
    if has_models(service) {
        out.line("mod models;");
    }
    out.line("mod operations;");
    if !service.waiters.is_empty() {
        out.line("mod waiters;");
    }
    out.line("");
    out.line("pub use api::OPERATIONS;");
    out.line("pub use meta::*;");
    if has_models(service) {
        out.line("pub use models::*;");
    }
    out.line("pub use operations::*;");
    if !service.waiters.is_empty() {
        out.line("pub use waiters::*;");
    }
    out.into_text()
}
