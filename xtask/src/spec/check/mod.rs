//! What must hold between the entries of a table, between tables, and against the documented list.

mod identifiers;

use super::problem::Problem;
use super::types::{SCALARS, Type, core_type};
use super::{
    Answer, Document, Field, Finder, Operation, PageWay, Param, ParamKind, RequestBody, Service, Spec, Waiter, names, reserved,
};
use crate::rows::Row;
use std::collections::{HashMap, HashSet};

/// Adds all problems.
pub(super) fn check(spec: &Spec, rows: &[Row], problems: &mut Vec<Problem>) {
    let mut services: HashMap<&str, &str> = HashMap::new();
    let mut claimed: HashMap<&str, String> = HashMap::new();
    for service in &spec.services {
        let mut checker = Checker { service, problems: &mut *problems };
        // Ids are unique within their service, so full names are as long as names of services are.
        if let Some(earlier) = services.insert(&service.name, &service.file) {
            checker.problem(service.line, format!("the service {} is already in {earlier}", service.name));
        }
        let mut ids: HashMap<&str, usize> = HashMap::new();
        checker.names();
        checker.types();
        checker.path_params();
        checker.views();
        for waiter in &service.waiters {
            checker.waiter(waiter);
        }
        for finder in &service.finders {
            checker.finder(finder);
        }
        for operation in &service.operations {
            if let Some(earlier) = ids.insert(&operation.id, operation.line) {
                checker.problem(operation.line, format!("the id {} is already at {}:{earlier}", operation.id, service.file));
            }
            let name = service.full_name(operation);
            for row in &operation.rows {
                if let Some(other) = claimed.insert(&row.name, name.clone()) {
                    checker.problem(row.line, format!("{name}: the row {:?} is already served by {other}", row.name));
                }
            }
            checker.operation(operation, rows);
        }
    }
    problems.extend(super::routes(spec).1);
}

struct Checker<'a> {
    service: &'a Service,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn problem(&mut self, line: usize, message: String) {
        self.problems.push(Problem { file: self.service.file.clone(), line, message });
    }

    /// Types that are used must be declared.
    fn types(&mut self) {
        let service = self.service;
        let made = service.made_by_callers();
        for model in &service.models {
            for field in &model.fields {
                if field.argument && (!matches!(field.kind, Type::Optional(_)) || !made.contains(&model.name.as_str())) {
                    let rule = "argument is for an optional field of a document that callers make";
                    self.problem(field.line, format!("{}.{}: {rule}", model.name, field.name));
                }
                if field.null && field.is_argument() {
                    self.problem(field.line, format!("{}.{}: null is for a setter", model.name, field.name));
                }
                if field.wire.contains('/') && !matches!(field.kind.bare(), Type::List(_)) {
                    let rule = "a path on the wire is for a list inside an element of its own";
                    self.problem(field.line, format!("{}.{}: {rule}", model.name, field.name));
                }
                for used in &field.rows {
                    self.row_of_this_service(used.line, &format!("{}.{}", model.name, field.name), &used.name);
                }
                self.declared(field.line, &format!("{}.{}", model.name, field.name), &field.kind);
            }
        }
        for model in &service.header_models {
            for field in &model.fields {
                let family = matches!(field.kind, Type::Map(_));
                let text = field.kind.rust();
                if !family && !HEADER_TYPES.contains(&text.as_str()) {
                    let known = HEADER_TYPES.join(", ");
                    self.problem(field.line, format!("{}.{}: a header can't hold {text}; it can {known}", model.name, field.name));
                }
                if family != field.wire.ends_with('-') {
                    let rule = "the name of a family of headers ends in `-`, and no other does";
                    self.problem(field.line, format!("{}.{}: {rule}", model.name, field.name));
                }
            }
        }
    }

    fn declared(&mut self, line: usize, what: &str, kind: &Type) {
        let service = self.service;
        for name in kind.names() {
            let known = name.contains("::")
                || SCALARS.iter().any(|(scalar, _)| *scalar == name)
                || service.hand_types.iter().any(|t| t.name == name)
                || core_type(name).is_some()
                || service.enums.iter().any(|e| e.name == name)
                || service.models.iter().any(|m| m.name == name);
            if !known {
                self.problem(line, format!("{what}: the type {name} is not declared"));
            }
        }
    }

    fn path_params(&mut self) {
        let service = self.service;
        for param in &service.path_params {
            if let Some(kind) = &param.kind {
                self.declared(param.line, &format!("param.{}", param.name), &Type::Named(kind.clone()));
            }
            if !service.operations.iter().any(|op| op.path_names().contains(&param.name.as_str())) {
                self.problem(param.line, format!("param.{}: no path has it", param.name));
            }
        }
    }

    /// The row of a field or view must be one that an operation of this service serves.
    fn row_of_this_service(&mut self, line: usize, what: &str, name: &str) {
        let service = self.service;
        if !service.operations.iter().any(|op| op.rows.iter().any(|row| row.name == name)) {
            self.problem(line, format!("{what}: no operation of this service serves the row {name:?}"));
        }
    }

    fn views(&mut self) {
        let service = self.service;
        let made = service.made_by_callers();
        for view in &service.views {
            for used in &view.rows {
                self.row_of_this_service(used.line, &view.name, &used.name);
            }
            let Some(model) = service.model(&view.of) else {
                self.problem(view.line, format!("{}: the type {} is not declared", view.name, view.of));
                continue;
            };
            let method = names::snake_case(&view.name);
            let is_setter = |field: &&Field| !field.is_argument() && field.name == method;
            if made.contains(&view.of.as_str())
                && (!reserved::is_document_setter(&method) || model.fields.iter().any(|field| is_setter(&field)))
            {
                self.problem(
                    view.line,
                    format!("{}: {} has a method {method} already, which sets a field or makes one", view.name, view.of),
                );
            }
            for field in &view.fields {
                if !model.fields.iter().any(|known| known.name == *field) {
                    self.problem(view.fields_line, format!("{}: {} has no field {field}", view.name, view.of));
                }
            }
        }
    }

    fn waiter(&mut self, waiter: &Waiter) {
        let (service, name) = (self.service, &waiter.name);
        let model = match service.operation(&waiter.poll).map(|operation| (operation.answer.document(), &operation.body)) {
            Some((Some(Type::Named(model)), RequestBody::None)) => model,
            _ => {
                return self
                    .problem(waiter.line, format!("waiter.{name}: {} is not an operation that shows a document", waiter.poll));
            }
        };
        // A function of the crate, which the compiler looks for.
        let reason = waiter.reason.as_ref().filter(|reason| !reason.contains("::"));
        for (what, path) in [("state", Some(&waiter.state)), ("reason", reason), ("busy", waiter.busy.as_ref())] {
            let mut at = service.model(model);
            for part in path.into_iter().flat_map(|path| path.split('.')) {
                let field = at.and_then(|model| model.fields.iter().find(|field| field.name == part));
                match field.map(|field| field.kind.bare()) {
                    Some(Type::Named(kind)) => at = service.model(kind),
                    _ => return self.problem(waiter.state_line, format!("waiter.{name}: {what} leads to no field {part}")),
                }
            }
        }
        if let Some(other) = service.waiters.iter().find(|other| other.poll == waiter.poll && other.line < waiter.line) {
            self.problem(waiter.line, format!("waiter.{name}: {} has the waiter {} already", waiter.poll, other.name));
        }
        if waiter.until.is_empty() && waiter.gone.is_none() {
            self.problem(waiter.until_line, format!("waiter.{name}: nothing to wait for: give it until, gone or both"));
        }
        let mut goals = HashSet::new();
        for goal in waiter.until.iter().map(|(goal, _)| goal).chain(waiter.gone.as_ref().map(|(goal, _)| goal)) {
            if !reserved::is_goal(goal) {
                self.problem(waiter.until_line, format!("waiter.{name}: {goal:?} can't be the name of a method"));
            }
            if !goals.insert(goal) {
                self.problem(waiter.until_line, format!("waiter.{name}: the goal {goal} appears twice"));
            }
        }
    }

    fn finder(&mut self, finder: &Finder) {
        let (service, name, line) = (self.service, &finder.name, finder.line);
        let Some((list, item, id)) = service.found(finder) else {
            let rule = "is not an operation that lists documents with a required id";
            return self.problem(line, format!("find.{name}: {} {rule}", finder.list));
        };
        let field = |name: &str| service.model(&item).and_then(|model| model.fields.iter().find(|field| field.name == name));
        if core_type(&id).is_none() {
            let line = field("id").map_or(line, |field| field.line);
            self.problem(line, format!("find.{name}: the id of a {item} is a {id}, which is not an id type"));
        }
        if !field("name").is_some_and(|field| matches!(field.kind.bare(), Type::Named(kind) if kind == "String")) {
            let line = field("name").map_or(line, |field| field.line);
            self.problem(line, format!("find.{name}: a {item} has no name that is a String"));
        }
        if !list.path_names().is_empty() {
            self.problem(list.path_line, format!("find.{name}: {} lists what belongs to something else", finder.list));
        }
        if let Some(filter) = finder.filter.as_ref().filter(|filter| !list.query.iter().any(|query| query.wire == **filter)) {
            self.problem(line, format!("find.{name}: {} has no query {filter}", finder.list));
        }
        let shown = finder.show.as_ref().map(|show| (show, service.operation(show).and_then(|show| show.answer.document())));
        if let Some((show, _)) = shown.filter(|(_, kind)| kind.is_none_or(|kind| kind.rust() != item)) {
            self.problem(line, format!("find.{name}: {show} is not an operation that shows a {item}"));
        }
        if let Some(other) = service.finders.iter().find(|other| other.list == finder.list && other.line < line) {
            self.problem(line, format!("find.{name}: {} is already searched by {}", finder.list, other.name));
        }
    }

    fn operation(&mut self, operation: &Operation, rows: &[Row]) {
        self.path(operation);
        self.rows(operation, rows);
        self.decides(operation, rows);
        self.params(operation);
        let id = &operation.id;
        if !reserved::is_operation(id) {
            self.problem(operation.line, format!("{id:?} can't be the name of a method"));
        }
        if !METHODS.contains(&operation.method.as_str()) {
            self.problem(operation.line, format!("{id}: {:?} is not one of {}", operation.method, METHODS.join(", ")));
        }
        if let RequestBody::Document(document) = &operation.body {
            self.document(operation, document);
        }
        for kind in operation.answer.types() {
            self.declared(operation.answer_line, id, &kind);
        }
        if let Some(variant) = operation.answer.variant() {
            self.declared(variant.line, id, &variant.kind);
        }
        if let Some(headers) = operation.answer.headers() {
            let service = self.service;
            let declared =
                service.header_models.iter().any(|m| m.name == headers) || service.hand_types.iter().any(|t| t.name == headers);
            if !declared {
                self.problem(operation.answer_line, format!("{id}: the headers {headers} are not declared"));
            }
        }
        self.page(operation);
        self.entries(operation);
    }

    fn document(&mut self, operation: &Operation, document: &Document) {
        let (service, id, line) = (self.service, &operation.id, operation.body_line);
        let Some(kind) = &document.kind else { return };
        self.declared(line, id, kind);
        for (name, _) in &document.fixed {
            let model = kind.names().first().and_then(|name| service.model(name));
            if model.is_none_or(|model| model.fields.iter().any(|field| field.wire == *name)) {
                self.problem(
                    line,
                    format!("{id}: fixed {name:?} is a field of the form's type too, or that is not a type of this table"),
                );
            }
        }
        if let Some(inline) = &document.inline {
            let field = match kind {
                Type::Named(name) => service.model(name).and_then(|model| model.fields.iter().find(|field| field.name == *inline)),
                _ => None,
            };
            if !field.is_some_and(|field| matches!(&field.kind, Type::Named(name) if service.model(name).is_some())) {
                self.problem(line, format!("{id}: inline {inline:?} is not a required field with a document in it"));
            }
        }
        if let Some(item) = &document.item
            && (!matches!(kind, Type::Map(_)) || !operation.path_names().contains(&item.as_str()))
        {
            self.problem(line, format!("{id}: item {item:?} is a parameter of the path that names the one value of a map"));
        }
        if document.check.is_some() && !matches!(kind, Type::Map(_)) {
            self.problem(line, format!("{id}: check is for names and values; the fields of a type have their own"));
        }
    }

    fn path(&mut self, operation: &Operation) {
        let (id, path, line) = (&operation.id, &operation.path, operation.path_line);
        if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
            self.problem(line, format!("{id}: the path {path:?} must be empty, or begin with `/` and not end with it"));
        }
        for segment in path.split('/').skip(1) {
            let whole = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
            if !whole.is_none_or(names::is_identifier) || whole.is_none() && segment.contains(['{', '}', '?', '#']) {
                self.problem(line, format!("{id}: {segment:?} is neither plain text nor one parameter"));
            }
        }
        let names = operation.path_names();
        let mut seen = HashSet::new();
        for (index, name) in names.iter().enumerate() {
            if names::is_identifier(name) && !reserved::is_argument(name) {
                self.problem(
                    line,
                    format!("{id}: {name:?} can't be the name of a parameter: the method has it for something else"),
                );
            }
            if !seen.insert(*name) {
                self.problem(line, format!("{id}: the path has {{{name}}} twice"));
            }
            match self.service.path_param(name) {
                None => self.problem(line, format!("{id}: no [param.{name}] and no word of the vocabulary describes {{{name}}}")),
                Some(param) if param.doc.is_none() => {
                    let at = param.line;
                    self.problem(at, format!("param.{name}: no doc, here or in vocabulary.toml"));
                }
                Some(param) if param.rest && (index + 1 != names.len() || !path.ends_with('}')) => {
                    self.problem(line, format!("{id}: {{{name}}} takes the rest of the path, so it must be last"));
                }
                Some(_) => {}
            }
        }
    }

    fn rows(&mut self, operation: &Operation, rows: &[Row]) {
        let service = self.service;
        let id = &operation.id;
        if operation.rows.is_empty() && operation.beyond(service).is_none() {
            self.problem(operation.line, format!("{id}: neither rows nor `beyond`, which says why it is there without any"));
        }
        if !operation.rows.is_empty() && operation.beyond.is_some() {
            self.problem(operation.line, format!("{id}: it serves documented rows, so it is not beyond them"));
        }
        for used in &operation.rows {
            let Some(row) = rows.iter().find(|row| row.name() == used.name) else {
                self.problem(used.line, format!("{id}: the documented list has no row {:?}", used.name));
                continue;
            };
            if row.method != operation.method {
                self.problem(used.line, format!("{id}: {} has the method {}, not {}", used.name, row.method, operation.method));
            }
            let full = service.full_path(operation);
            // One documented path lacks the project, which its own page has.
            let known = [full.as_str(), &operation.path, &full.replacen("/{tenant_id}", "", 1)];
            if !known.iter().any(|known| same_path(row.bare_path(), known)) {
                self.problem(used.line, format!("{id}: {} has the path {}, not {full}", used.name, row.bare_path()));
            }
        }
    }

    /// Rows whose documented paths name different things in one place are distinguished by the name in that place.
    fn decides(&mut self, operation: &Operation, rows: &[Row]) {
        let id = &operation.id;
        let documented: Vec<&str> = rows
            .iter()
            .filter(|row| operation.rows.iter().any(|used| used.name == row.name()))
            .map(|row| row.bare_path())
            .collect();
        let plain = |segment: &str| segment.trim_matches(['{', '}']).replace('_', "").to_ascii_lowercase();
        let differs = |(index, segment): &(usize, &str)| {
            let names: HashSet<String> = documented.iter().filter_map(|path| Some(plain(path.rsplit('/').nth(*index)?))).collect();
            segment.starts_with('{') && names.len() > 1
        };
        let differing: Vec<&str> = operation.path.rsplit('/').enumerate().filter(differs).map(|(_, segment)| segment).collect();
        let named = |name: &String| differing == [format!("{{{name}}}")];
        match (&operation.decides, differing.as_slice()) {
            (None, []) => {}
            (None, _) => {
                let names = differing.join(", ");
                let message =
                    format!("{id}: its rows mean different things by {names}: name in `decides` the one whose value decides");
                self.problem(operation.line, message);
            }
            (Some(name), _) if named(name) => {}
            (Some(name), _) => {
                let message = format!("{id}: decides: the documented paths of its rows don't differ in {{{name}}} alone");
                self.problem(operation.line, message);
            }
        }
    }

    /// A list whose items become `Entry`s says by which query.
    fn entries(&mut self, operation: &Operation) {
        let Some(query) = operation.answer.entries() else { return };
        let text = ParamKind::Value("String".to_owned());
        let is_it = |param: &Param| param.wire == query && param.kind == text && !param.required && param.fixed.is_none();
        if !operation.query.iter().any(is_it) {
            let message = format!("{}: entries: there is no query {query} of type String?", operation.id);
            self.problem(operation.answer_line, message);
        }
        if operation.answer.items().is_some_and(|kind| !matches!(kind, Type::Named(_))) {
            let message = format!("{}: entries: the list holds the type that they are of, such as Object", operation.id);
            self.problem(operation.answer_line, message);
        }
    }

    fn page(&mut self, operation: &Operation) {
        let Some(page) = &operation.page else { return };
        let id = &operation.id;
        let Some(kind) = operation.answer.items() else {
            return self.problem(page.line, format!("{id}: only a list has pages"));
        };
        if !kind.names().contains(&page.item.as_str()) {
            self.problem(page.line, format!("{id}: the list holds no {}", page.item));
        }
        let model = self.service.models.iter().find(|model| model.name == page.item);
        let field = model.and_then(|model| model.fields.iter().find(|field| field.name == page.marker));
        let is_text =
            |kind: &Type| matches!(kind, Type::Named(name) if name == "String" || name.ends_with("Id") || name.ends_with("Name"));
        if !field.is_some_and(|field| is_text(&field.kind)) {
            self.problem(page.line, format!("{id}: {} has no field {} of type String or an id", page.item, page.marker));
        }
        let has = |name: &str, kinds: &[&str]| {
            let fits =
                |kind: &ParamKind| matches!(kind, ParamKind::Value(kind) if kinds.contains(&kind.as_str()) || kinds.is_empty());
            operation.query.iter().any(|param| param.wire == name && fits(&param.kind))
        };
        let (size, from) = match &page.way {
            PageWay::Marker(size) => (*size, has("marker", &[])),
            PageWay::Links(_) => (1, has("marker", &[])),
            PageWay::Offset(query, size) => (*size, has(query, &["u32"])),
        };
        if size == 0 {
            self.problem(page.line, format!("{id}: a page has at least one item"));
        }
        if !has("limit", &["u32"]) || !from {
            self.problem(page.line, format!("{id}: pages need the query limit (u32?), and marker or the one of their offset"));
        }
        if matches!(page.way, PageWay::Links(_)) && !matches!(operation.answer, Answer::KeyedList { .. }) {
            self.problem(page.line, format!("{id}: links stand beside a list with a key"));
        }
    }
}

/// The methods that the services know.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "COPY"];

/// What one header can hold.
const HEADER_TYPES: [&str; 10] = [
    "u64",
    "String",
    "Secret",
    "Option<u64>",
    "Option<u32>",
    "Option<i64>",
    "Option<String>",
    "Option<bool>",
    "Option<Timestamp>",
    "Option<Secret>",
];

/// Whether two templates are the same path. Parameters may have different names, and the documented list writes some of them
/// without braces (`/l_servers/resourceId`).
fn same_path(documented: &str, path: &str) -> bool {
    let (documented, path): (Vec<&str>, Vec<&str>) = (documented.split('/').collect(), path.split('/').collect());
    let same = |(documented, ours): (&&str, &&str)| {
        let parameter = documented.starts_with('{') || documented.bytes().any(|b| b.is_ascii_uppercase());
        documented == ours || parameter && ours.starts_with('{')
    };
    documented.len() == path.len() && documented.iter().zip(&path).all(same)
}
