//! The emulator's route table: a path exists once in the whole repository.

use super::writer::{Writer, literal};
use super::{Rendered, stamp};
use crate::spec::{Document, Operation, RequestBody, Service, Spec, pascal_case};
use std::collections::HashMap;

const FOLDER: &str = "crates/k5-emulator/src/generated";

pub(super) fn files(spec: &Spec) -> Vec<Rendered> {
    let stamp = stamp("xtask/spec");
    let module = format!("{stamp}//! What the spec tables say about this crate.\n\npub(crate) mod routes;\n");
    vec![
        Rendered { path: format!("{FOLDER}/mod.rs"), text: module },
        Rendered { path: format!("{FOLDER}/routes.rs"), text: format!("{stamp}{}", render(spec)) },
    ]
}

fn render(spec: &Spec) -> String {
    let mut out = Writer::default();
    out.line("//! Operations, and which method and path leads to which. The first route that fits is the right one.");
    out.line("");
    out.line("use crate::routes::Route;");
    out.line("");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub(crate) enum Operation {", "}", |out| {
        for (service, operation) in spec.operations() {
            out.line(format!("{},", variant(service, operation)));
        }
    });
    let mut routes: Vec<(String, &Service, &Operation)> =
        spec.operations().map(|(service, operation)| (template(service, operation), service, operation)).collect();
    // Stable: what is equally specific stays in the tables' order.
    routes.sort_by_key(|(path, ..)| specificity(path));
    out.line("");
    out.block("pub(crate) static ROUTES: &[Route] = &[", "];", |out| {
        let mut seen: HashMap<(&str, &str, Option<&str>), String> = HashMap::new();
        for (path, service, operation) in &routes {
            let variant = variant(service, operation);
            let method = operation.method.as_str();
            // Actions share method and path: the body's one key tells them apart.
            let key = match &operation.body {
                RequestBody::Document(Document { key: Some(key), .. }) if path.ends_with("/action") => Some(key.as_str()),
                _ => None,
            };
            if let Some(first) = seen.get(&(method, path.as_str(), key)) {
                out.line(format!("// Never found by path: {first} has the same and looks at the query."));
            }
            let shown = key.map_or("None".to_owned(), |key| format!("Some({})", literal(key)));
            let (wire, template) = (literal(method), literal(path));
            let fields = [
                format!("operation: Operation::{variant}"),
                format!("method: {wire}"),
                format!("path: {template}"),
                format!("key: {shown}"),
            ];
            let line = format!("Route {{ {} }},", fields.join(", "));
            match line.len() + 4 <= 132 {
                true => out.line(line),
                false => out.fill("Route {", &fields, "},"),
            }
            seen.entry((method, path, key)).or_insert(variant);
        }
    });
    out.into_text()
}

fn variant(service: &Service, operation: &Operation) -> String {
    pascal_case(&service.name) + &pascal_case(&operation.id)
}

/// The full path; `{name+}` for what takes the rest.
fn template(service: &Service, operation: &Operation) -> String {
    let mut path = service.full_path(operation);
    for name in operation.path_names() {
        if service.path_param(name).is_some_and(|param| param.rest) {
            path = path.replace(&format!("{{{name}}}"), &format!("{{{name}+}}"));
        }
    }
    path
}

/// Plain segments before parameters before the rest, from left to right.
fn specificity(path: &str) -> Vec<u8> {
    let class = |segment: &str| match (segment.starts_with('{'), segment.ends_with("+}")) {
        (_, true) => 2,
        (true, false) => 1,
        (false, false) => 0,
    };
    path.split('/').skip(1).map(class).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_segments_come_first() {
        let mut paths = ["/v1/{account}/{container}/{object+}", "/v2/{tenant_id}/servers", "/v2/images", "/v1/{account}", "/info"];
        paths.sort_by_key(|path| specificity(path));
        assert_eq!(
            paths,
            ["/info", "/v2/images", "/v1/{account}", "/v2/{tenant_id}/servers", "/v1/{account}/{container}/{object+}"]
        );
    }
}
