//! `waiter.rs`: what is polled for each kind of thing, and when to stop.

use super::operations::{operation_type, path_argument, path_arguments};
use super::scope::Scope;
use super::writer::{Writer, imports, literal};
use crate::spec::{Operation, Service, Type, Waiter, waiter_type};

pub(super) const IMPORTS: &[&str] = &["k5_core::Watched"];

pub(super) fn render(service: &Service) -> String {
    // What is polled is imported, what is waited with is declared here.
    let polled = service.waiters.iter().filter_map(|waiter| service.operation(&waiter.poll));
    let builders: Vec<String> = polled.map(operation_type).collect();
    let waiters = service.waiters.iter().map(|waiter| waiter_type(&waiter.name));
    let taken: Vec<String> = builders.iter().cloned().chain(waiters).collect();
    let scope = &Scope::new(service, &taken);
    let mut out = Writer::default();
    out.block(format!("impl {} {{", service.handle), "}", |out| {
        for (index, waiter) in service.waiters.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            method(out, service, scope, waiter);
        }
    });
    for waiter in &service.waiters {
        out.line("");
        out.block("k5_core::waiter! {", "}", |out| declare(out, service, scope, waiter));
        out.line("");
        watched(&mut out, service, scope, waiter);
    }
    let text = out.into_text();
    let mut own: Vec<String> = builders.iter().map(|builder| format!("super::builder::{builder}")).collect();
    own.push(format!("super::handle::{}", service.handle));
    let candidates = own.iter().map(String::as_str).chain(scope.imports()).chain(IMPORTS.iter().copied());
    format!("//! Waiting until something reaches a state.\n\n{}\n{text}", imports(&text, candidates.collect()))
}

/// The operation that is polled, and its answer's type.
fn polled<'a>(service: &'a Service, waiter: &Waiter) -> Option<(&'a Operation, String)> {
    let operation = service.operation(&waiter.poll)?;
    Some((operation, operation.answer.document()?.rust()))
}

fn method(out: &mut Writer, service: &Service, scope: &Scope, waiter: &Waiter) {
    let Some((operation, _)) = polled(service, waiter) else { return };
    out.doc(&format!("{} Polls [`{}`].", waiter.doc, service.method_name(operation)));
    let arguments = path_arguments(service, scope, operation);
    let mut taken = vec!["&self".to_owned()];
    taken.extend(arguments.iter().map(|(name, kind)| path_argument(name, kind.as_deref())));
    let given: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
    let name = waiter_type(&waiter.name);
    out.signature(&format!("pub fn wait_{}(", waiter.name), &taken, &format!(") -> {name} {{"), |out| {
        out.line(format!("{name}(self.{}({}))", operation.id, given.join(", ")));
    });
}

fn declare(out: &mut Writer, service: &Service, scope: &Scope, waiter: &Waiter) {
    let Some((operation, model)) = polled(service, waiter) else { return };
    let texts = |texts: &[String]| format!("[{}]", texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "));
    let head = format!(
        "{} of {}::wait_{} ({} => {}) {}, pauses {}..{} s, fails at {}",
        waiter_type(&waiter.name),
        service.handle,
        waiter.name,
        operation_type(operation),
        scope.name(&model),
        literal(&waiter.name.replace('_', " ")),
        waiter.first,
        waiter.longest,
        texts(&waiter.failed)
    );
    out.block(format!("{head} {{"), "}", |out| {
        for (goal, states) in &waiter.until {
            out.line(format!("{goal}: {},", texts(states)));
        }
        if let Some((goal, states)) = &waiter.gone {
            out.line(format!("gone {goal}: {},", texts(states)));
        }
    });
}

fn watched(out: &mut Writer, service: &Service, scope: &Scope, waiter: &Waiter) {
    let Some((_, model)) = polled(service, waiter) else { return };
    out.block(format!("impl Watched for {} {{", scope.name(&model)), "}", |out| {
        let (state, optional) = path(service, &model, &waiter.state, "as_str");
        let end = if optional { ".unwrap_or_default()" } else { "" };
        out.block("fn state(&self) -> &str {", "}", |out| out.line(format!("{state}{end}")));
        if let Some(reason) = &waiter.reason {
            let (reason, optional) = match reason.contains("::") {
                true => (format!("{reason}(self)"), true),
                false => path(service, &model, reason, "to_string"),
            };
            out.line("");
            out.block("fn reason(&self) -> Option<String> {", "}", |out| {
                out.line(if optional { reason } else { format!("Some({reason})") });
            });
        }
        if let Some(busy) = &waiter.busy {
            out.line("");
            out.block("fn is_busy(&self) -> bool {", "}", |out| out.line(format!("self.{busy}.is_some()")));
        }
    });
}

/// The expression for a field's text by its path (`fault.message`), and whether that is an option.
fn path(service: &Service, model: &str, path: &str, read: &str) -> (String, bool) {
    let (mut expression, mut model, mut optional) = ("self".to_owned(), model.to_owned(), false);
    let parts: Vec<&str> = path.split('.').collect();
    for (index, part) in parts.iter().enumerate() {
        let field = service.model(&model).and_then(|model| model.fields.iter().find(|field| field.name == *part));
        let kind = field.map(|field| &field.kind);
        let is_option = matches!(kind, Some(Type::Optional(_)));
        if let Some(Type::Named(name)) = kind.map(Type::bare) {
            model = name.clone();
        }
        let last = index + 1 == parts.len();
        let reader = if last { format!(".{read}()") } else { String::new() };
        expression = match (optional, is_option, last) {
            (false, false, _) => format!("{expression}.{part}{reader}"),
            (false, true, true) => format!("{expression}.{part}.as_ref().map(|value| value.{read}())"),
            (false, true, false) => format!("{expression}.{part}.as_ref()"),
            (true, true, true) => format!("{expression}.and_then(|value| value.{part}.as_ref()).map(|value| value.{read}())"),
            (true, true, false) => format!("{expression}.and_then(|value| value.{part}.as_ref())"),
            (true, false, true) => format!("{expression}.map(|value| value.{part}.{read}())"),
            (true, false, false) => format!("{expression}.map(|value| &value.{part})"),
        };
        optional |= is_option;
    }
    (expression, optional)
}
