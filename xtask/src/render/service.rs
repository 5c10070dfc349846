//! The files of one service's crate.

use super::writer::Writer;
use super::{Rendered, api, finders, meta, models, operations, stamp, waiters};
use crate::spec::Service;

/// `src/generated/` of the service's crate.
pub(super) fn files(service: &Service) -> Vec<Rendered> {
    let folder = service.generated_folder();
    let mut files = vec![
        ("mod.rs", module(service)),
        ("api.rs", api::render(service)),
        ("meta.rs", meta::render(service)),
        ("builder.rs", operations::render(service)),
        ("handle.rs", handle(service)),
    ];
    if has_models(service) {
        files.push(("models.rs", models::render(service)));
    }
    if !service.finders.is_empty() {
        files.push(("finder.rs", finders::render(service)));
    }
    if !service.waiters.is_empty() {
        files.push(("waiter.rs", waiters::render(service)));
    }
    let stamp = stamp(&service.file);
    files.into_iter().map(|(name, text)| Rendered { path: format!("{folder}/{name}"), text: format!("{stamp}{text}") }).collect()
}

fn has_models(service: &Service) -> bool {
    !service.models.is_empty() || !service.header_models.is_empty() || !service.enums.is_empty()
}

fn module(service: &Service) -> String {
    let mut out = Writer::default();
    out.line(format!("//! {}: what the table says about its operations.", service.title));
    if let Some(beyond) = &service.beyond {
        out.line("//!");
        out.line(format!("//! Why some are not in the documented list: {}.", beyond.trim_end_matches('.')));
    }
    out.line("");
    let (models, waiters) = (has_models(service), !service.waiters.is_empty());
    let finders = !service.finders.is_empty();
    let modules = [
        ("mod api;", true),
        ("pub mod builder;", true),
        ("mod finder;", finders),
        ("mod handle;", true),
        ("pub mod meta;", true),
        ("mod models;", models),
    ];
    modules.into_iter().chain([("pub mod waiter;", waiters)]).filter(|(_, is)| *is).for_each(|(line, _)| out.line(line));
    out.line("");
    out.line("pub use api::OPERATIONS;");
    out.line(format!("pub use handle::{};", service.handle));
    if models {
        out.line("pub use models::*;");
    }
    out.into_text()
}

/// `handle.rs`: what the operations are methods of.
fn handle(service: &Service) -> String {
    let name = &service.handle;
    let mut out = Writer::default();
    out.line(format!("//! [`{name}`], which the operations are methods of."));
    out.line("");
    out.line("use k5_core::Session;");
    out.line("");
    out.doc(service.handle_doc.trim_end());
    out.line("#[derive(Clone, Debug)]");
    out.block(format!("pub struct {name} {{"), "}", |out| out.line("pub(crate) session: Session,"));
    out.line("");
    out.block(format!("impl {name} {{"), "}", |out| {
        out.doc("The service that `session` reaches: a client's session or, in a test, that of a fake transport.");
        out.block("pub fn new(session: Session) -> Self {", "}", |out| out.line("Self { session }"));
    });
    out.into_text()
}
