//! Names: of types, builders and waiters, fields, arguments and setters.

use super::Checker;
use crate::spec::types::core_type;
use crate::spec::{Field, HandType, Model, Operation, RequestBody, Service, Type, names, reserved};
use std::collections::{HashMap, HashSet};

impl Checker<'_> {
    /// Names that become Rust names.
    pub(super) fn names(&mut self) {
        let service = self.service;
        for hand in &service.hand_types {
            // Its path is imported, so that is what its name means.
            if hand.path.rsplit_once("::").is_none_or(|(_, last)| last != hand.name) {
                self.problem(hand.line, format!("types: {} is not what the path {:?} ends in", hand.name, hand.path));
            }
        }
        let is_core = |hand: &&HandType| core_type(&hand.name) == Some(hand.path.as_str());
        let declared = service.hand_types.iter().filter(|hand| !is_core(hand)).map(|t| (t.name.clone(), t.line));
        let declared = declared.chain(service.models.iter().chain(&service.header_models).map(|m| (m.name.clone(), m.line)));
        let declared = declared.chain(service.enums.iter().map(|e| (e.name.clone(), e.line)));
        self.type_names("type", declared.chain(service.views.iter().map(|v| (v.name.clone(), v.line))));
        // They have modules of their own, so a document may share a name with one of them.
        let operations =
            service.operations.iter().filter(|op| service.operation(&op.id).is_some_and(|first| std::ptr::eq(first, *op)));
        self.type_names("builder", operations.map(|op| (names::pascal_case(&op.id), op.line)));
        self.type_names("waiter", service.waiters.iter().map(|w| (names::waiter_type(&w.name), w.line)));
        let waits = service.waiters.iter().map(|waiter| ("waiter", "wait", &waiter.name, waiter.line));
        let finds = service.finders.iter().map(|finder| ("find", "find", &finder.name, finder.line));
        for (entry, verb, name, line) in waits.chain(finds) {
            let method = format!("{verb}_{name}");
            if !names::is_identifier(&method) {
                self.problem(line, format!("{entry}.{name}: {method:?} can't be the name of a method"));
            }
            if let Some(operation) = service.operation(&method) {
                self.problem(line, format!("{entry}.{name}: the method {method} is that of line {}", operation.line));
            }
        }
        for declared in &service.enums {
            let mut variants = HashSet::from(["Other".to_owned()]);
            for value in &declared.values {
                if !names::is_type_name(&names::variant(value)) {
                    self.problem(declared.line, format!("{}: {value:?} does not make a variant", declared.name));
                }
                if !variants.insert(names::variant(value)) {
                    self.problem(declared.line, format!("{}: {value:?} makes a variant that already exists", declared.name));
                }
            }
        }
        let made = service.made_by_callers();
        for model in service.models.iter().chain(&service.header_models) {
            let kept = if service.models.iter().any(|m| std::ptr::eq(m, model)) { "extra" } else { "headers" };
            let is_made = kept == "extra" && made.contains(&model.name.as_str());
            let mut wires = HashSet::new();
            for field in &model.fields {
                let is_name = match is_made && !field.is_argument() {
                    true => reserved::is_document_setter(&field.name),
                    false => names::is_identifier(&field.name),
                };
                if !is_name || field.name == kept {
                    self.problem(field.line, format!("{}: {:?} can't be the name of a field", model.name, field.name));
                }
                // Headers are the same in either case; fields of a document are not.
                let wire = if kept == "headers" { field.wire.to_ascii_lowercase() } else { field.wire.clone() };
                if !wires.insert(wire) {
                    self.problem(field.line, format!("{}: {} appears twice", model.name, field.wire));
                }
            }
        }
    }

    /// Names of types in one module: they differ from each other and from the handle, which every module has.
    fn type_names(&mut self, what: &str, declared: impl Iterator<Item = (String, usize)>) {
        let mut known: HashMap<String, usize> = HashMap::new();
        for (name, line) in declared {
            if !names::is_type_name(&name) {
                self.problem(line, format!("{name:?} can't be the name of a {what}"));
            } else if reserved::is_taken_type(&name) {
                self.problem(line, format!("{name} can't be the name of a {what}: rendered code has it for something else"));
            } else if name == self.service.handle {
                self.problem(line, format!("the {what} {name} has the handle's name"));
            }
            if let Some(other) = known.insert(name.clone(), line) {
                self.problem(line, format!("the {what} {name} appears twice, see line {other}"));
            }
        }
    }

    /// Arguments and setters: of the path, of queries and headers, and of the body.
    pub(super) fn params(&mut self, operation: &Operation) {
        let id = &operation.id;
        let mut taken: HashSet<&str> = operation.path_names().into_iter().collect();
        let mut setters: HashSet<&str> = HashSet::new();
        for param in operation.query.iter().chain(&operation.headers) {
            let is_setter = param.setter || !param.required && param.fixed.is_none();
            if !is_setter && param.fixed.is_some() {
                continue;
            }
            let (what, is_name) = match is_setter {
                true => ("a setter", reserved::is_setter(&param.name)),
                false => ("an argument", reserved::is_argument(&param.name)),
            };
            if !is_name {
                self.problem(param.line, format!("{id}: {:?} can't be {what} for {}: give it a `name`", param.name, param.wire));
            } else if !taken.insert(&param.name) {
                self.problem(param.line, format!("{id}: the name {:?} for {} is taken: give it a `name`", param.name, param.wire));
            } else if is_setter {
                setters.insert(&param.name);
            }
        }
        let mut wires = HashSet::new();
        for header in &operation.headers {
            if !wires.insert(header.wire.to_ascii_lowercase()) {
                self.problem(header.line, format!("{id}: {} appears twice", header.wire));
            }
        }
        if let Some(variant) = operation.answer.variant()
            && (!reserved::is_setter(&variant.name) || !setters.insert(&variant.name))
        {
            self.problem(variant.line, format!("{id}: {:?} can't be the method that sends it: the builder has one", variant.name));
        }
        // A setter of the body may share its name with a parameter of the path, which is an argument.
        let mut arguments: HashSet<&str> = taken.iter().filter(|name| !setters.contains(*name)).copied().collect();
        for added in of_body(self.service, operation) {
            let (what, known, is_name) = match added.is_argument {
                true => ("an argument", &mut arguments, reserved::is_argument(added.name)),
                false => ("a setter", &mut setters, reserved::is_setter(added.name)),
            };
            if !is_name {
                self.problem(added.line, format!("{id}: {:?} can't be {what}, as {} would be", added.name, added.of));
            } else if !known.insert(added.name) {
                self.problem(added.line, format!("{id}: {} is already {what}, as {} would be", added.name, added.of));
            }
        }
    }
}

/// An argument or a setter that an operation has of its body.
struct OfBody<'a> {
    name: &'a str,
    line: usize,
    /// What in the table makes it one.
    of: String,
    is_argument: bool,
}

fn of_body<'a>(service: &'a Service, operation: &'a Operation) -> Vec<OfBody<'a>> {
    let line = operation.body_line;
    let whole = |name: &'a str| vec![OfBody { name, line, of: "the body".to_owned(), is_argument: true }];
    let document = match &operation.body {
        RequestBody::None => return Vec::new(),
        RequestBody::Stream => return whole("body"),
        RequestBody::Text => return whole("text"),
        RequestBody::Document(document) => document,
    };
    let Some(model) = service.held(document) else {
        return match &document.kind {
            None => Vec::new(),
            Some(Type::Map(_)) if document.item.is_some() => whole("value"),
            Some(Type::Map(_)) => whole(document.key.as_deref().unwrap_or("body")),
            Some(_) => whole("body"),
        };
    };
    let inner = service.inlined(model, document).map(|(inner, _)| inner);
    let own = model.fields.iter().filter(|field| document.inline.as_ref() != Some(&field.name)).map(|field| (model, field));
    let all = inner.into_iter().flat_map(|inner| inner.fields.iter().map(move |field| (inner, field))).chain(own);
    let of = |(model, field): (&Model, &'a Field)| OfBody {
        name: &field.name,
        line: field.line,
        of: format!("{}.{}", model.name, field.name),
        is_argument: field.is_argument(),
    };
    all.map(of).collect()
}
