//! Finds what the entries of commands name: operations, parameters, fields and their types, other nouns.

use super::read::{self, Columns, Place};
use super::{Argument, Column, Command, Fill, Follow, Goes, Noun, Prints, Reads};
use crate::spec::problem::Problem;
use crate::spec::{Document, Operation, ParamKind, RequestBody, Service, Spec, Type};

/// Resolves all nouns, and reports every name that stands for nothing.
pub(in crate::spec) fn resolve(spec: &Spec, nouns: &[read::Noun], problems: &mut Vec<Problem>) -> Vec<Noun> {
    let mut resolved = Vec::new();
    for noun in nouns {
        let mut scope = Scope { spec, nouns, noun, problems: Vec::new() };
        if let Some(find) = &noun.find {
            scope.finder(find, noun.line);
        }
        let commands = noun.commands.iter().filter_map(|command| scope.command(command)).collect();
        problems.append(&mut scope.problems);
        let (file, name, about, groups) = (noun.file.clone(), noun.name.clone(), noun.about.clone(), noun.groups.clone());
        resolved.push(Noun { file, name, about, groups, commands });
    }
    resolved
}

/// The options that the command line has everywhere, or adds itself.
const RESERVED: &[&str] = &[
    "anonymous",
    "cache_token",
    "cloud",
    "color",
    "column",
    "dry-run",
    "human_readable",
    "insecure",
    "long",
    "no-name-lookup",
    "no_pager",
    "no_progress",
    "output",
    "sort-ascending",
    "sort-column",
    "sort-descending",
    "timeout",
    "verbose",
    "wait",
    "wait-timeout",
    "yes",
];

/// What a hook may be given.
const HOOKED: &[(&str, Reads)] = &[("text", Reads::Text), ("number", Reads::Number), ("truth", Reads::Truth), ("map", Reads::Map)];

struct Scope<'a> {
    spec: &'a Spec,
    nouns: &'a [read::Noun],
    noun: &'a read::Noun,
    problems: Vec<Problem>,
}

/// An operation with its service.
type Known<'a> = (&'a Service, &'a Operation);

/// A document's field: its path on the wire, its type and its doc, and whether the document is incomplete without it.
struct Found<'a> {
    path: Vec<String>,
    kind: &'a Type,
    doc: &'a str,
    required: bool,
}

impl<'a> Scope<'a> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem { file: self.noun.file.clone(), line, message: message.into() });
    }

    fn operation(&mut self, name: &str, line: usize) -> Option<Known<'a>> {
        let found = self.spec.operations().find(|(service, operation)| service.full_name(operation) == name);
        if found.is_none() {
            self.problem(line, format!("there is no operation {name}"));
        }
        found
    }

    /// The listing in which names of a noun are looked up.
    fn find(&mut self, noun: &str, line: usize) -> Option<String> {
        let found = self.nouns.iter().find(|known| known.name == noun).and_then(|known| known.find.clone());
        if found.is_none() {
            self.problem(line, format!("there is no noun {noun} with a `find`"));
        }
        found
    }

    fn finder(&mut self, name: &str, line: usize) {
        if let Some((service, operation)) = self.operation(name, line)
            && !service.finders.iter().any(|finder| finder.list == operation.id)
        {
            self.problem(line, format!("{name} has no [find.*] in its table"));
        }
    }

    fn command(&mut self, command: &read::Command) -> Option<Command> {
        self.names(command);
        let mut calls = Vec::new();
        for (name, line) in &command.calls {
            calls.push(self.operation(name, *line)?);
        }
        let last = *calls.last()?;
        let arguments: Vec<Argument> =
            command.arguments.iter().filter_map(|argument| self.argument(command, &calls, argument)).collect();
        for (service, operation) in &calls {
            for param in operation.path_names() {
                let given = |argument: &Argument| matches!(&argument.goes, Goes::Path(name) if name == param);
                if !arguments.iter().any(given) {
                    let full = service.full_name(operation);
                    self.problem(command.line, format!("{}: no argument gives {param} of {full}", command.verb));
                }
            }
        }
        let then = command.then.as_ref().and_then(|then| self.follow(command, then, &arguments, last, true));
        let wait = command.wait.as_ref().and_then(|wait| {
            let follow = self.follow(command, &wait.follow, &arguments, last, false)?;
            let (service, shown) = self.operation(&wait.follow.call, wait.follow.line)?;
            let waiter = service.waiters.iter().find(|waiter| waiter.poll == shown.id);
            let goals =
                waiter.map(|waiter| waiter.until.iter().chain(&waiter.gone).map(|(goal, _)| goal.as_str()).collect::<Vec<_>>());
            if !goals.as_deref().unwrap_or_default().contains(&wait.goal.as_str()) {
                let goals = goals.unwrap_or_default().join(", ");
                self.problem(wait.follow.line, format!("{}: {} is not a goal of its waiter: {goals}", command.verb, wait.goal));
            }
            Some((follow, wait.goal.clone()))
        });
        let shown = match &command.then {
            Some(then) => self.operation(&then.call, then.line)?,
            None => last,
        };
        let has_targets = arguments.iter().any(|one| one.several && !one.is_option && matches!(one.goes, Goes::Path(_)));
        let prints = match (&command.only, command.quiet) {
            (_, true) => Prints::Nothing,
            (Some(field), false) => Prints::Only(self.answer_field(shown, field, command.line)),
            (None, false) if shown.1.answer.items().is_some() => Prints::List,
            // What several things answer is a list.
            (None, false) if answer_type(shown.1).is_some() && has_targets => Prints::List,
            (None, false) if answer_type(shown.1).is_some() => Prints::Record,
            (None, false) => Prints::Nothing,
        };
        let (columns, usual, long) = self.columns(command, shown, &prints);
        Some(Command {
            verb: command.verb.clone(),
            about: command.about.clone(),
            note: command.note.clone(),
            examples: command.examples.clone(),
            calls: command.calls.iter().map(|(name, _)| name.clone()).collect(),
            then,
            wait,
            arguments,
            columns,
            shown: usual,
            long,
            item: command.item.clone(),
            hook: command.hook.clone(),
            prints,
            reveals: command.reveals.clone(),
            open: command.open,
            destroys: command.destroys,
        })
    }

    /// How an operation on the result is called.
    fn follow(
        &mut self,
        command: &read::Command,
        follow: &read::Follow,
        arguments: &[Argument],
        (service, operation): Known<'a>,
        needs_answer: bool,
    ) -> Option<Follow> {
        let (_, then) = self.operation(&follow.call, follow.line)?;
        if needs_answer && answer_type(then).is_none() {
            self.problem(follow.line, format!("{}: {} answers with no document", command.verb, follow.call));
        }
        let mut fills = Vec::new();
        let mut open = Vec::new();
        for param in then.path_names() {
            let same = |argument: &&Argument| matches!(&argument.goes, Goes::Path(name) if name == param);
            match arguments.iter().find(same) {
                Some(argument) if follow.from.is_none() || then.path_names().len() > 1 => {
                    fills.push((param.to_owned(), Fill::Argument(argument.name.clone())));
                }
                _ => open.push(param),
            }
        }
        match (open.as_slice(), &follow.argument) {
            ([], None) => {}
            ([param], Some(name)) => {
                if !arguments.iter().any(|argument| argument.name == *name) {
                    self.problem(follow.line, format!("{}: there is no argument {name}", command.verb));
                }
                fills.push(((*param).to_owned(), Fill::Argument(name.clone())));
            }
            ([param], None) => {
                let from = follow.from.as_deref().unwrap_or("id");
                let path = self.answer_field((service, operation), from, follow.line);
                fills.push(((*param).to_owned(), Fill::Answer(path)));
            }
            _ => self.problem(follow.line, format!("{}: {} needs more than the answer has", command.verb, follow.call)),
        }
        Some(Follow { call: follow.call.clone(), fills })
    }

    /// The path of a field of an answer, or of a list's items.
    fn answer_field(&mut self, (service, operation): Known<'a>, field: &str, line: usize) -> String {
        let kind = answer_type(operation).or_else(|| operation.answer.items());
        match kind.and_then(|kind| model_field(service, kind.bare(), field)) {
            Some(found) => found.path.join("."),
            // A text is the whole answer.
            None if field == "*" => String::new(),
            None => {
                self.problem(line, format!("the answer of {} has no field {field}", service.full_name(operation)));
                String::new()
            }
        }
    }

    /// Reports names that every command has, and names that are taken twice.
    fn names(&mut self, command: &read::Command) {
        for (index, argument) in command.arguments.iter().enumerate() {
            let before = &command.arguments[..index];
            if RESERVED.contains(&argument.name.as_str()) {
                self.problem(argument.line, format!("{}: every command has --{}", command.verb, argument.name));
            }
            if before.iter().any(|other| other.name == argument.name) {
                self.problem(argument.line, format!("{}: {} appears twice", command.verb, argument.name));
            }
        }
    }

    fn argument(&mut self, command: &read::Command, calls: &[Known<'a>], given: &read::Argument) -> Option<Argument> {
        let what = match given.is_option {
            true => format!("{}: --{}", command.verb, given.name),
            false => format!("{}: {}", command.verb, given.name),
        };
        let own: Vec<(usize, Known<'a>)> = calls
            .iter()
            .enumerate()
            .filter(|(_, (service, operation))| given.call.as_ref().is_none_or(|call| *call == service.full_name(operation)))
            .map(|(index, known)| (index, *known))
            .collect();
        let find = given.find.as_ref().and_then(|noun| self.find(noun, given.line));
        let mut of_param = Reads::Text;
        let (goes, kind, doc, required) = match &given.place {
            Place::Path(name) => {
                let known = own.iter().find(|(_, (_, operation))| operation.path_names().contains(&name.as_str()));
                let Some((_, (service, _))) = known else {
                    self.problem(given.line, format!("{what}: no call has the path parameter {name}"));
                    return None;
                };
                let doc = service.path_param(name).and_then(|param| param.doc.as_deref()).unwrap_or_default();
                (Goes::Path(name.clone()), None, doc, !given.is_option)
            }
            Place::Query(name) | Place::Header(name) => {
                let is_query = matches!(given.place, Place::Query(_));
                let param = |operation: &'a Operation| {
                    let params = if is_query { &operation.query } else { &operation.headers };
                    params.iter().find(|param| param.wire == *name)
                };
                let known = own.iter().find_map(|(index, (_, operation))| Some((*index, param(operation)?)));
                let Some((index, param)) = known else {
                    self.problem(given.line, format!("{what}: no call has the parameter {name}"));
                    return None;
                };
                if let ParamKind::Value(name) = &param.kind {
                    of_param = reads(own[0].1.0, &Type::Named(name.clone())).map_or(Reads::Text, |(reads, _)| reads);
                }
                let goes = if is_query { Goes::Query(index, name.clone()) } else { Goes::Header(index, name.clone()) };
                (goes, None, param.doc.as_str(), param.required)
            }
            Place::Hook(kind) => {
                if command.hook.is_none() {
                    self.problem(given.line, format!("{what}: the command has no hook"));
                }
                if !HOOKED.iter().any(|(name, _)| name == kind) {
                    let names: Vec<&str> = HOOKED.iter().map(|(name, _)| *name).collect();
                    self.problem(given.line, format!("{what}: hook is one of {}", names.join(", ")));
                }
                (Goes::Hook, None, "", false)
            }
            Place::Field(field) => {
                let known: Vec<_> = own
                    .iter()
                    .filter_map(|(index, (service, operation))| {
                        Some((*index, *service, document_field(service, operation, field)?))
                    })
                    .collect();
                match known.as_slice() {
                    [(index, own_service, found)] => {
                        (Goes::Field(*index, found.path.clone()), Some((*own_service, found.kind)), found.doc, found.required)
                    }
                    [] => {
                        self.problem(given.line, format!("{what}: no call's document has the field {field}"));
                        return None;
                    }
                    _ => {
                        self.problem(given.line, format!("{what}: several calls have the field {field}: say which with `call`"));
                        return None;
                    }
                }
            }
        };
        let doc = given.doc.clone().unwrap_or_else(|| doc.to_owned());
        if doc.is_empty() {
            self.problem(given.line, format!("{what}: doc is missing"));
        }
        let (reads, listed) = match (&given.reader, kind) {
            (Some(reader), _) => {
                (Reads::Named(reader.clone()), matches!(kind.map(|(_, kind)| bare(kind)), Some(Type::List(_) | Type::Map(_))))
            }
            (None, Some((service, kind))) => match (reads(service, kind), &given.wrap) {
                (Some(found), _) => found,
                (None, Some(_)) => (Reads::Text, matches!(bare(kind), Type::List(_))),
                // A flag writes the whole value.
                (None, None) if given.flag.is_some() => (Reads::Text, false),
                (None, None) => {
                    self.problem(given.line, format!("{what}: its type needs a `reader`"));
                    (Reads::Text, false)
                }
            },
            (None, None) => match &given.place {
                Place::Hook(kind) => {
                    let reads = HOOKED.iter().find(|(name, _)| name == kind).map_or(Reads::Text, |(_, reads)| reads.clone());
                    let is_map = reads == Reads::Map;
                    (reads, is_map)
                }
                _ => (of_param, false),
            },
        };
        if let Some(onto) = &given.onto {
            self.operation(onto, given.line);
            if reads != Reads::Map {
                self.problem(given.line, format!("{what}: onto is for items of a map"));
            }
        }
        // A truth value that needs no word is an option without a value.
        let flag = match (&given.flag, &reads, &given.value_name) {
            (None, Reads::Truth, None) if given.is_option => Some("true".to_owned()),
            (flag, ..) => flag.clone(),
        };
        for other in given.conflicts.iter().chain(&given.requires) {
            if !command.arguments.iter().any(|argument| argument.name == *other) {
                self.problem(given.line, format!("{what}: there is no argument {other}"));
            }
        }
        let value_name = given.value_name.clone().unwrap_or_else(|| match reads {
            Reads::Map => "NAME=VALUE".to_owned(),
            _ => given.name.to_uppercase(),
        });
        let short = given.short.as_ref().and_then(|short| short.chars().next());
        Some(Argument {
            name: given.name.clone(),
            is_option: given.is_option,
            goes,
            reads,
            find,
            wrap: given.wrap.clone(),
            onto: given.onto.clone(),
            flag,
            default: given.default.clone(),
            doc: help(&doc),
            value_name,
            required: given.required.unwrap_or(required && given.default.is_none() && given.flag.is_none()),
            several: given.several || listed,
            short,
            aliases: given.aliases.clone(),
            conflicts: given.conflicts.clone(),
            requires: given.requires.clone(),
        })
    }

    /// The columns of a command, those that are shown first, then the others that can be asked for; and how many are shown.
    fn columns(&mut self, command: &read::Command, shown: Known<'a>, prints: &Prints) -> (Vec<Column>, usize, usize) {
        let (service, operation) = shown;
        let kind = match prints {
            Prints::List => operation.answer.items().or_else(|| answer_type(operation)),
            Prints::Record => answer_type(operation),
            Prints::Nothing | Prints::Only(_) => return (Vec::new(), 0, 0),
        };
        let Some(mut kind) = kind.map(bare) else { return (Vec::new(), 0, 0) };
        if let Some(item) = &command.item {
            match model_field(service, kind, item) {
                Some(found) => kind = bare(found.kind),
                None => self.problem(command.line, format!("{}: an item has no field {item}", command.verb)),
            }
        }
        let mut columns = Vec::new();
        let (mut usual, mut long) = (0, 0);
        if *prints == Prints::List {
            let noun = self.noun;
            let named = |scope: &mut Self, names: &[(String, usize)]| -> Vec<read::Column> {
                let find = |(name, line): &(String, usize)| {
                    let found = noun.columns.iter().find(|column| column.field == *name).cloned();
                    if found.is_none() {
                        scope.problem(*line, format!("{}: the noun has no column {name}", command.verb));
                    }
                    found
                };
                names.iter().filter_map(find).collect()
            };
            let mut wanted = match &command.columns {
                None => noun.columns.clone(),
                Some(Columns::Named(names)) => named(self, names),
                Some(Columns::Own(own)) => own.clone(),
            };
            usual = wanted.len();
            wanted.extend(named(self, &command.long));
            long = wanted.len();
            for column in wanted {
                columns.extend(self.column(command, service, kind, &column));
            }
            if columns.is_empty() {
                self.problem(command.line, format!("{}: a list without columns", command.verb));
            }
        }
        if let Type::Named(name) = kind
            && let Some(model) = service.model(name)
        {
            for field in &model.fields {
                let path = field.wire.replace('/', ".");
                if columns.iter().any(|column: &Column| column.name == path) {
                    continue;
                }
                // Attributes and elements of XML have plainer names in the table.
                let plain = !field.wire.starts_with('@') && !field.wire.contains('/');
                // openstackclient's words.
                let renamed = self.noun.fields.iter().find(|(name, _)| *name == field.name).map(|(_, title)| title.clone());
                let title = match field.name.as_str() {
                    _ if renamed.is_some() => renamed.unwrap_or_default(),
                    "metadata" | "extra_specs" => "properties".to_owned(),
                    _ if plain => field.wire.clone(),
                    name => name.to_owned(),
                };
                // Links are nothing for eyes.
                let is_link = matches!(bare(&field.kind), Type::List(inner) if bare(inner) == &Type::Named("Link".to_owned()));
                let kind = if is_link { "Hidden" } else { layout(&field.kind) };
                let same = self.noun.columns.iter().find(|column| column.field == field.name && column.names.is_none());
                let same = same.filter(|_| *prints == Prints::Record);
                let (show, value) = (same.and_then(|column| column.show.clone()), same.and_then(|column| column.value.clone()));
                columns.push(Column { name: path, title, kind: kind.to_owned(), show, value, names: None });
            }
        }
        if *prints == Prints::Record {
            (usual, long) = (columns.len(), columns.len());
        }
        (columns, usual, long)
    }

    fn column(&mut self, command: &read::Command, service: &'a Service, kind: &'a Type, column: &read::Column) -> Option<Column> {
        let Some(found) = model_field(service, kind, &column.field) else {
            self.problem(column.line, format!("{}: an item has no field {}", command.verb, column.field));
            return None;
        };
        let names = column.names.as_ref().and_then(|noun| self.find(noun, column.line));
        Some(Column {
            name: found.path.join("."),
            title: column.title.clone(),
            kind: column.kind.clone().unwrap_or_else(|| layout(found.kind).to_owned()),
            show: column.show.clone(),
            value: column.value.clone(),
            names,
        })
    }
}

/// The type of a document that an operation answers with.
fn answer_type(operation: &Operation) -> Option<&Type> {
    use crate::spec::Answer;
    match &operation.answer {
        Answer::Document(kind)
        | Answer::Optional(kind)
        | Answer::WithHeaders { kind, .. }
        | Answer::Keyed { kind, .. }
        | Answer::OptionalKeyed { kind, .. }
        | Answer::Variant { kind, .. } => Some(kind),
        _ => None,
    }
}

/// A field of an operation's document, by its name in the table; its path includes what the document is wrapped in.
fn document_field<'a>(service: &'a Service, operation: &'a Operation, field: &str) -> Option<Found<'a>> {
    let RequestBody::Document(document) = &operation.body else { return None };
    let Document { kind: Some(kind), .. } = document else { return None };
    let mut path: Vec<String> = document.key.iter().flat_map(|key| key.split('/')).map(str::to_owned).collect();
    if field == "*" {
        // Only what has no fields of its own is given as a whole.
        matches!(kind.bare(), Type::Map(_) | Type::List(_)).then_some(())?;
        return Some(Found { path, kind, doc: "", required: false });
    }
    let inlined = document.inline.as_ref().and_then(|inline| {
        let outer = model_field(service, kind.bare(), inline)?;
        let inner = model_field(service, outer.kind.bare(), field)?;
        Some(Found { path: [outer.path, inner.path].concat(), ..inner })
    });
    let found = inlined.or_else(|| model_field(service, kind.bare(), field))?;
    path.extend(found.path.iter().cloned());
    Some(Found { path, ..found })
}

/// A field of a document type, by its name in the table; dots lead into the documents in it.
fn model_field<'a>(service: &'a Service, kind: &'a Type, field: &str) -> Option<Found<'a>> {
    let (first, rest) = field.split_once('.').map_or((field, None), |(first, rest)| (first, Some(rest)));
    let Type::Named(name) = bare(kind) else { return None };
    let found = service.model(name)?.fields.iter().find(|known| known.name == first)?;
    let path: Vec<String> = found.wire.split('/').map(str::to_owned).collect();
    match rest {
        None => Some(Found { path, kind: &found.kind, doc: &found.doc, required: found.is_argument() }),
        Some(rest) => {
            let inner = model_field(service, &found.kind, rest)?;
            Some(Found { path: [path, inner.path].concat(), required: inner.required && found.is_argument(), ..inner })
        }
    }
}

/// A type without its option, and without what only says that it may be written in several ways.
fn bare(kind: &Type) -> &Type {
    match kind.bare() {
        Type::Of(name, inner) if name == "Loose" || name == "Quoted" => bare(inner),
        other => other,
    }
}

/// How a value of this type is read, and whether an option for it may be repeated; `None` for documents.
fn reads(service: &Service, kind: &Type) -> Option<(Reads, bool)> {
    Some(match bare(kind) {
        Type::List(inner) => (reads(service, inner)?.0, true),
        Type::Map(inner) => match bare(inner) {
            Type::Named(name) if name == "String" => (Reads::Map, true),
            _ => return None,
        },
        Type::Named(name) => {
            let reads = match name.as_str() {
                "Secret" => Reads::Secret,
                "bool" => Reads::Truth,
                "u16" | "u32" | "u64" | "i32" | "i64" => Reads::Number,
                "f64" => Reads::Float,
                "Timestamp" => Reads::Time,
                "String" => Reads::Text,
                // Ids and open enums are texts.
                name if name.ends_with("Id") || name.ends_with("Name") => Reads::Text,
                name if service.enums.iter().any(|known| known.name == name) => Reads::Text,
                name if service.hand_types.iter().any(|known| known.name == name) => Reads::Text,
                _ => return None,
            };
            (reads, false)
        }
        _ => return None,
    })
}

/// How a column of this type is laid out.
fn layout(kind: &Type) -> &'static str {
    match bare(kind) {
        Type::Named(name) => match name.as_str() {
            "u16" | "u32" | "u64" | "i32" | "i64" | "f64" => "Number",
            "bool" => "Truth",
            "Timestamp" => "Time",
            name if name.ends_with("Status") || name.ends_with("State") => "State",
            _ => "Text",
        },
        _ => "Text",
    }
}

/// A doc as the help says it: plain text, without the full stop of a single sentence.
fn help(doc: &str) -> String {
    let plain = doc.replace('`', "").replace(['[', ']'], "");
    match plain.strip_suffix('.') {
        Some(text) if !text.contains(". ") => text.to_owned(),
        _ => plain,
    }
}
