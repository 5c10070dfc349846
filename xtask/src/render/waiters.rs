//! `waiters.rs`: what is polled for each kind of thing, and when to stop.

use super::operations::{operation_type, path_argument, path_arguments};
use super::writer::{Writer, imports, literal};
use crate::spec::{AnswerBody, CORE_TYPES, Service, Type, Waiter, pascal_case, screaming_case};

const IMPORTS: &[&str] = &["k5_core::Gone", "k5_core::WaitRule", "k5_core::Waiter", "k5_core::Watched"];

pub(super) fn render(service: &Service) -> String {
    let mut out = Writer::default();
    for waiter in &service.waiters {
        out.line("");
        render_one(&mut out, service, waiter);
    }
    let text = out.into_text();
    let mut own: Vec<String> = service.models.iter().map(|model| format!("super::models::{}", model.name)).collect();
    own.extend(service.operations.iter().map(|operation| format!("super::operations::{}", operation_type(operation))));
    own.push(format!("crate::{}", service.handle));
    let candidates = own.iter().map(String::as_str).chain(IMPORTS.iter().copied()).chain(CORE_TYPES.iter().copied());
    format!("//! Waiting until something is as it should be.\n\n{}{text}", imports(&text, candidates.collect()))
}

fn render_one(out: &mut Writer, service: &Service, waiter: &Waiter) {
    let Some(operation) = service.operation(&waiter.poll) else { return };
    let AnswerBody::Document(kind, _) = &operation.answer else { return };
    let (model, poll) = (kind.rust(), operation_type(operation));
    let name = format!("Wait{}", pascal_case(&waiter.name));
    let rule = screaming_case(&waiter.name);
    let texts = |texts: &[String]| format!("&[{}]", texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "));
    let fields = [
        format!("what: {},", literal(&waiter.name.replace('_', " "))),
        format!("failed: {},", texts(&waiter.failed)),
        format!("first: {},", waiter.first),
        format!("longest: {},", waiter.longest),
    ];
    out.literal(&format!("static {rule}: WaitRule ="), "WaitRule", fields.map(|field| vec![field]).to_vec());
    out.line("");
    out.block(format!("impl Watched for {model} {{"), "}", |out| {
        let (state, optional) = path(service, &model, &waiter.state, "as_str");
        let end = if optional { ".unwrap_or_default()" } else { "" };
        out.block("fn state(&self) -> &str {", "}", |out| out.line(format!("{state}{end}")));
        if let Some(reason) = &waiter.reason {
            let (reason, optional) = path(service, &model, reason, "to_string");
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
    out.line("");
    let arguments = path_arguments(service, operation);
    out.block(format!("impl {} {{", service.handle), "}", |out| {
        out.doc(&format!("{} Polls [`{}`].", waiter.doc, service.method_name(operation)));
        let mut taken = vec!["&self".to_owned()];
        taken.extend(arguments.iter().map(|(name, kind)| path_argument(name, *kind)));
        let given: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
        out.signature(&format!("pub fn wait_{}(", waiter.name), &taken, &format!(") -> {name} {{"), |out| {
            out.line(format!("{name}(self.{}({}))", operation.id, given.join(", ")));
        });
    });
    out.line("");
    out.doc(&format!("What to wait for; see [`{}::wait_{}`].", service.handle, waiter.name));
    out.line("#[derive(Debug)]");
    out.line("#[must_use = \"it says what to wait for, and is awaited then\"]");
    out.line(format!("pub struct {name}({poll});"));
    out.line("");
    out.block(format!("impl {name} {{"), "}", |out| {
        for (goal, states) in &waiter.until {
            let states_doc: Vec<String> = states.iter().map(|state| format!("`{state}`")).collect();
            out.doc(&format!("Until it is {}.", states_doc.join(" or ")));
            out.block(format!("pub fn {goal}(self) -> Waiter<{model}> {{"), "}", |out| {
                out.line(format!("self.until({})", texts(states)));
            });
            out.line("");
        }
        if let Some((goal, states)) = &waiter.gone {
            out.doc("Until it is gone.");
            out.block(format!("pub fn {goal}(self) -> Gone<{model}> {{"), "}", |out| {
                out.line(format!("Gone::new(self.until({}))", texts(states)));
            });
            out.line("");
        }
        out.block(format!("fn until(self, goals: &'static [&'static str]) -> Waiter<{model}> {{"), "}", |out| {
            out.line(format!("Waiter::new(self.0.0, |call| Box::pin({poll}(call).send()), &{rule}, goals)"));
        });
    });
}

/// The expression of a field's text by its path (`fault.message`), and whether that is an option.
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
