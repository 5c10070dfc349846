//! What the emulator has of the tables: the routes, so that a path exists once in the whole repository, and for each service its
//! operations and the method that serves each.

use super::writer::{Writer, literal};
use super::{Rendered, stamp};
use crate::spec::{Mark, Operation, Route, Service, Spec, pascal_case, routes};

const FOLDER: &str = "crates/k5-emulator/src/generated";

pub(super) fn files(spec: &Spec) -> Vec<Rendered> {
    let stamp = stamp("xtask/spec");
    let mut modules: Vec<&str> = spec.services.iter().map(|service| service.name.as_str()).chain(["routes"]).collect();
    modules.sort_unstable();
    let modules: String = modules.iter().map(|name| format!("pub(crate) mod {name};\n")).collect();
    let mut files = vec![
        Rendered {
            path: format!("{FOLDER}/mod.rs"),
            text: format!("{stamp}//! What the spec tables say about this crate.\n\n{modules}"),
        },
        Rendered { path: format!("{FOLDER}/routes.rs"), text: format!("{stamp}{}", table(spec)) },
    ];
    files.extend(spec.services.iter().map(|service| Rendered {
        path: format!("{FOLDER}/{}.rs", service.name),
        text: format!("{}{}", super::stamp(&service.file), dispatch(service)),
    }));
    files
}

/// A service's operations, and the `match` that calls a method for each.
fn dispatch(service: &Service) -> String {
    let (module, handler) = service.emulator.rsplit_once("::").unwrap_or(("", &service.emulator));
    let mut names = ["Call", "Outcome", handler];
    names.sort_unstable();
    let mut out = Writer::default();
    out.line(format!("//! {}: the operations, and the method that serves each.", service.title));
    out.line("");
    out.line(format!("use crate::{module}::{{{}}};", names.join(", ")));
    out.line("");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub(crate) enum Operation {", "}", |out| {
        for operation in &service.operations {
            out.line(format!("{},", pascal_case(&operation.id)));
        }
    });
    out.line("");
    out.block("impl Operation {", "}", |out| {
        out.doc("The full name.");
        out.block("pub(crate) fn name(self) -> &'static str {", "}", |out| {
            out.block("match self {", "}", |out| {
                for operation in &service.operations {
                    let name = literal(&format!("{}.{}", service.name, operation.id));
                    out.line(format!("Self::{} => {name},", pascal_case(&operation.id)));
                }
            });
        });
        out.line("");
        out.doc("Calls the method that serves it.");
        out.block(format!("pub(crate) async fn serve(self, by: &{handler}, call: &mut Call<'_>) -> Outcome {{"), "}", |out| {
            out.block("match self {", "}", |out| {
                for operation in &service.operations {
                    out.line(format!("Self::{} => by.{}(call).await,", pascal_case(&operation.id), operation.id));
                }
            });
        });
    });
    out.into_text()
}

fn table(spec: &Spec) -> String {
    let mut out = Writer::default();
    out.line("//! Which operation a request belongs to. The first route that fits is the right one.");
    out.line("");
    let mut modules: Vec<&str> = spec.services.iter().map(|service| service.name.as_str()).collect();
    modules.sort_unstable();
    out.fill("use super::{", &modules.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), "};");
    out.line("use crate::routes::{Choice, Mark, Prefix, Route};");
    out.line("");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub(crate) enum Service {", "}", |out| {
        for service in &spec.services {
            out.line(format!("{},", pascal_case(&service.name)));
        }
    });
    out.line("");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub(crate) enum Operation {", "}", |out| {
        for service in &spec.services {
            out.line(format!("{}({}::Operation),", pascal_case(&service.name), service.name));
        }
    });
    out.line("");
    out.block("impl Operation {", "}", |out| {
        let by_service = |out: &mut Writer, head: &str, arm: &dyn Fn(&str) -> String| {
            out.block(head, "}", |out| {
                out.block("match self {", "}", |out| {
                    for service in &spec.services {
                        out.line(arm(&pascal_case(&service.name)));
                    }
                });
            });
        };
        by_service(out, "pub(crate) fn service(self) -> Service {", &|name| format!("Self::{name}(_) => Service::{name},"));
        out.line("");
        out.doc("The full name.");
        by_service(out, "pub(crate) fn name(self) -> &'static str {", &|name| {
            format!("Self::{name}(operation) => operation.name(),")
        });
    });
    out.line("");
    out.block("pub(crate) static ROUTES: &[Route] = &[", "];", |out| {
        for route in &routes(spec).0 {
            route_lines(out, route);
        }
    });
    out.line("");
    out.doc("What each service's paths begin with, the longest first.");
    out.block("pub(crate) static PLACES: &[(&str, Service)] = &[", "];", |out| {
        for (place, service) in places(spec) {
            out.line(format!("({}, Service::{}),", literal(&place), pascal_case(&service.name)));
        }
    });
    out.line("");
    out.doc("What a plain cloud has in place of the documented roots.");
    out.block("pub(crate) static PREFIXES: &[Prefix] = &[", "];", |out| {
        for (prefix, service, below) in prefixes(spec) {
            let below: Vec<String> = below.iter().map(|segment| literal(segment)).collect();
            let (prefix, root) = (literal(prefix), literal(&service.root));
            let name = pascal_case(&service.name);
            let below = below.join(", ");
            out.line(format!("Prefix {{ prefix: {prefix}, service: Service::{name}, root: {root}, below: &[{below}] }},"));
        }
    });
    out.into_text()
}

fn route_lines(out: &mut Writer, route: &Route<'_>) {
    let head = format!("Route::new({}, {}, &[", literal(route.method), literal(&route.path));
    let choices: Vec<[String; 3]> = route
        .choices
        .iter()
        .map(|choice| {
            let list = |items: Vec<String>| format!("&[{}]", items.join(", "));
            let parameters = list(parameters(choice.service, choice.operation).iter().map(|name| literal(name)).collect());
            [variant(choice.service, choice.operation), parameters, list(choice.marks.iter().map(mark).collect())]
        })
        .collect();
    match choices.as_slice() {
        [only] if head.len() + "    Choice::new()]),".len() + only.join(", ").len() <= 132 => {
            out.line(format!("{head}Choice::new({})]),", only.join(", ")));
        }
        _ => out.block(&head, "]),", |out| {
            for choice in &choices {
                out.fill("Choice::new(", choice, "),");
            }
        }),
    }
}

/// All of the whole path, the root's first.
fn parameters(service: &Service, operation: &Operation) -> Vec<String> {
    let full = service.full_path(operation);
    full.split('/').filter_map(|segment| Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned())).collect()
}

fn mark(mark: &Mark) -> String {
    let valued = |kind: &str, name: &str, value: &Option<String>| {
        let value = value.as_ref().map_or("None".to_owned(), |value| format!("Some({})", literal(value)));
        format!("Mark::{kind}({}, {value})", literal(name))
    };
    match mark {
        Mark::Query(name, value) => valued("Query", name, value),
        Mark::JsonKey(key) => format!("Mark::Json {{ key: {}, alone: true }}", literal(key)),
        Mark::JsonMember(name) => format!("Mark::Json {{ key: {}, alone: false }}", literal(name)),
        Mark::Xml(path) => format!("Mark::Xml({})", literal(path)),
        Mark::Form(name, value) => valued("Form", name, value),
    }
}

fn variant(service: &Service, operation: &Operation) -> String {
    format!("Operation::{}({}::Operation::{})", pascal_case(&service.name), service.name, pascal_case(&operation.id))
}

/// What the paths of each service begin with: its root up to the first parameter, or the first segment of a path, with the version
/// before it.
fn places(spec: &Spec) -> Vec<(String, &Service)> {
    let mut places: Vec<(String, &Service)> = Vec::new();
    for (service, operation) in spec.operations() {
        let root = operation.root.as_ref().unwrap_or(&service.root);
        let full = service.full_path(operation);
        let plain: Vec<&str> = full.split('/').skip(1).take_while(|segment| !segment.starts_with('{')).collect();
        let is_version =
            |segment: &str| segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let length = match root.is_empty() {
            true => plain.iter().take_while(|segment| is_version(segment)).count() + 1,
            false => root.split('/').skip(1).take_while(|segment| !segment.starts_with('{')).count(),
        };
        let place: String = plain.iter().take(length).map(|segment| format!("/{segment}")).collect();
        if !places.iter().any(|(known, _)| *known == place) {
            places.push((place, service));
        }
    }
    // Stable: what is equally long stays in the tables' order.
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
    places
}

/// Where services share a prefix, all but the first are known by the segments that follow it.
fn prefixes(spec: &Spec) -> Vec<(&str, &Service, Vec<&str>)> {
    let mut prefixes: Vec<(&str, &Service, Vec<&str>)> = Vec::new();
    for service in &spec.services {
        let Some(prefix) = &service.plain_root else { continue };
        let mut below: Vec<&str> = Vec::new();
        let at = match prefixes.iter().position(|(known, ..)| known == prefix) {
            None => prefixes.len(),
            Some(first) => {
                below.extend(service.operations.iter().filter_map(|operation| operation.path.split('/').nth(1)));
                below.sort_unstable();
                below.dedup();
                first
            }
        };
        prefixes.insert(at, (prefix, service, below));
    }
    prefixes
}
