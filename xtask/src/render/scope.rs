//! How a module's code refers to the service's types.

use crate::spec::{CORE_TYPES, Service, Type};
use std::collections::BTreeMap;

/// The types that a module may import. If the module uses a type's name for something else (a builder may have the same name as a
/// document), the type is not imported, and the code qualifies its name with its module.
#[derive(Debug, Default)]
pub(super) struct Scope {
    imported: Vec<String>,
    /// Names with what stands for them in the code.
    apart: BTreeMap<String, String>,
}

impl Scope {
    /// Of a module that has the names `taken` for itself.
    pub(super) fn new(service: &Service, taken: &[String]) -> Self {
        let mut scope = Self::default();
        for path in types(service) {
            let name = path.rsplit("::").next().unwrap_or(&path).to_owned();
            if taken.contains(&name) {
                scope.apart.insert(name, path.strip_prefix("super::").unwrap_or(&path).to_owned());
            } else {
                scope.imported.push(path);
            }
        }
        scope
    }

    /// The name to use for a type of this name.
    pub(super) fn name(&self, name: &str) -> String {
        self.apart.get(name).map_or(name, String::as_str).to_owned()
    }

    /// The type in Rust.
    pub(super) fn rust(&self, kind: &Type) -> String {
        kind.rust_by(&|name| self.name(name))
    }

    /// What the code may have to import for that.
    pub(super) fn imports(&self) -> impl Iterator<Item = &str> {
        let modules = (!self.apart.is_empty()).then_some("super::models");
        self.imported.iter().map(String::as_str).chain(modules)
    }
}

/// Paths of the types that the table declares or names.
fn types(service: &Service) -> Vec<String> {
    let declared = service.models.iter().chain(&service.header_models).map(|model| &model.name);
    let declared = declared.chain(service.enums.iter().map(|declared| &declared.name));
    let declared = declared.map(|name| format!("super::models::{name}"));
    let hand = service.hand_types.iter().map(|hand| hand.path.clone());
    declared.chain(hand).chain(CORE_TYPES.iter().map(|path| (*path).to_owned())).collect()
}
