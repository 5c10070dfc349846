//! The spec tables: what `spec/*.toml` says, parsed and checked. `spec/README.md` describes every key.

mod answer;
mod check;
pub(crate) mod commands;
mod finder;
mod models;
mod names;
mod operation;
mod params;
mod parse;
mod problem;
mod reader;
mod reserved;
mod routes;
#[cfg(test)]
mod tests;
mod types;
mod vocabulary;
mod waiter;

pub(crate) use answer::{Answer, Variant};
pub(crate) use names::{pascal_case, screaming_case, snake_case, variant, waiter_type};
pub(crate) use problem::Problem;
#[cfg(test)]
pub(crate) use reserved::is_taken_type;
pub(crate) use routes::{Mark, Route, routes};
pub(crate) use types::{CORE_TYPES, Type};

use crate::rows::Row;
use crate::scan::Wanted;
use std::path::Path;

/// All services, in the order of their file names.
#[derive(Debug, Default)]
pub(crate) struct Spec {
    pub(crate) services: Vec<Service>,
    /// The nouns of the command line.
    pub(crate) nouns: Vec<commands::Noun>,
}

/// One file: the head and its entries.
#[derive(Debug)]
pub(crate) struct Service {
    /// `xtask/spec/x.toml`.
    pub(crate) file: String,
    /// Where the head begins.
    pub(crate) line: usize,
    /// Unique across all files.
    pub(crate) name: String,
    pub(crate) title: String,
    /// The crate that contains the rendered code.
    pub(crate) crate_name: String,
    /// The type with the operations' methods.
    pub(crate) handle: String,
    /// Its doc.
    pub(crate) handle_doc: String,
    pub(crate) k5_name: String,
    /// Other names of its endpoint in K5's catalogue.
    pub(crate) k5_aliases: Vec<String>,
    /// The first label of its host on K5, if it is not the endpoint's name.
    pub(crate) k5_host: Option<String>,
    pub(crate) catalogue_types: Vec<String>,
    /// The module of its crate that it lives in, for a crate with several services.
    pub(crate) module: Option<String>,
    pub(crate) any_success: bool,
    pub(crate) root: String,
    /// What a plain OpenStack cloud uses instead of the root, on the emulator's one host.
    pub(crate) plain_root: Option<String>,
    /// The emulator's type that serves it, as a path in that crate.
    pub(crate) emulator: String,
    pub(crate) dialect: String,
    /// Why its operations are included although the documented list lacks them.
    pub(crate) beyond: Option<String>,
    pub(crate) hand_types: Vec<HandType>,
    pub(crate) path_params: Vec<PathParam>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) models: Vec<Model>,
    pub(crate) header_models: Vec<Model>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) views: Vec<View>,
    pub(crate) waiters: Vec<Waiter>,
    pub(crate) finders: Vec<Finder>,
}

/// A hand-written type that entries may name.
#[derive(Debug)]
pub(crate) struct HandType {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// The shared description of a path parameter.
#[derive(Debug)]
pub(crate) struct PathParam {
    pub(crate) name: String,
    pub(crate) doc: Option<String>,
    /// The type of its argument, if that is not plain text.
    pub(crate) kind: Option<String>,
    pub(crate) rest: bool,
    pub(crate) check: Option<String>,
    pub(crate) line: usize,
}

/// An HTTP operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) line: usize,
    /// Unique within its service.
    pub(crate) id: String,
    /// Its own, or that of its first row.
    pub(crate) title: String,
    /// What it does, in a sentence.
    pub(crate) does: Option<String>,
    pub(crate) rows: Vec<RowUse>,
    pub(crate) beyond: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) path_line: usize,
    /// The path parameter whose value decides which of its rows is meant.
    pub(crate) decides: Option<String>,
    /// Replaces the service's.
    pub(crate) root: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) idempotent: Option<bool>,
    pub(crate) slow: bool,
    pub(crate) query: Vec<Param>,
    pub(crate) headers: Vec<Param>,
    pub(crate) body: RequestBody,
    pub(crate) body_line: usize,
    pub(crate) success: Vec<u16>,
    pub(crate) answer: Answer,
    pub(crate) answer_line: usize,
    pub(crate) page: Option<Page>,
}

/// A documented row that an operation serves.
#[derive(Debug)]
pub(crate) struct RowUse {
    pub(crate) name: String,
    /// The documented title; empty if the list has no such row.
    pub(crate) title: String,
    pub(crate) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    Required,
    Optional,
    None,
}

/// A query or header parameter.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    /// As written in the table.
    pub(crate) wire: String,
    /// The setter or argument.
    pub(crate) name: String,
    pub(crate) kind: ParamKind,
    pub(crate) required: bool,
    pub(crate) fixed: Option<String>,
    /// Whether a fixed parameter can still be set.
    pub(crate) setter: bool,
    pub(crate) doc: String,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParamKind {
    /// A value of this scalar type.
    Value(String),
    /// A family of headers: `X-Object-Meta-`.
    Family,
    /// Removes one header of a family.
    Remove,
    /// A header whose mere presence matters.
    Flag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestBody {
    None,
    Document(Document),
    Stream,
    Text,
}

/// A document in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// `None` for an action without arguments: `{"key": null}`.
    pub(crate) kind: Option<Type>,
    pub(crate) format: Format,
    /// What it is wrapped in.
    pub(crate) key: Option<String>,
    /// Fields of a form that always have this value.
    pub(crate) fixed: Vec<(String, String)>,
    /// The field whose own fields are arguments and setters of the operation as well.
    pub(crate) inline: Option<String>,
    /// Whether the caller passes it as one argument.
    pub(crate) whole: bool,
    /// The path parameter that is the only name in it.
    pub(crate) item: Option<String>,
    pub(crate) media: Option<String>,
    /// The checks that names and values must pass before they are sent.
    pub(crate) check: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
    Form,
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) item: String,
    pub(crate) marker: String,
    pub(crate) way: PageWay,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageWay {
    /// By the last item, in pages of this size.
    Marker(u32),
    /// By the last item, as long as this field beside the list says that there are more.
    Links(String),
    /// By the number of the first item in this query, in pages of this size.
    Offset(String, u32),
}

/// A document, or a set of headers.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) doc: String,
    /// What a document must pass as a whole.
    pub(crate) check: Option<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) line: usize,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) kind: Type,
    pub(crate) doc: String,
    pub(crate) check: Option<String>,
    /// Required when creating a request, although the server doesn't require it.
    pub(crate) argument: bool,
    /// Sent as null while it is not set.
    pub(crate) null: bool,
    /// The documented rows that need it.
    pub(crate) rows: Vec<RowUse>,
    pub(crate) line: usize,
}

impl Field {
    /// Whether a request is made with it.
    pub(crate) fn is_argument(&self) -> bool {
        self.argument || !matches!(self.kind, Type::Optional(_))
    }
}

/// An open enum.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) values: Vec<String>,
    pub(crate) line: usize,
}

/// The part of a document that some documented rows describe.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) of: String,
    pub(crate) doc: String,
    pub(crate) rows: Vec<RowUse>,
    pub(crate) fields: Vec<String>,
    pub(crate) fields_line: usize,
    pub(crate) line: usize,
}

/// How to wait for one kind of thing.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// `server`: the method is `wait_server`.
    pub(crate) name: String,
    pub(crate) doc: String,
    /// The operation that shows it.
    pub(crate) poll: String,
    /// Paths of fields.
    pub(crate) state: String,
    pub(crate) state_line: usize,
    pub(crate) reason: Option<String>,
    pub(crate) busy: Option<String>,
    pub(crate) failed: Vec<String>,
    /// Seconds.
    pub(crate) first: u32,
    pub(crate) longest: u32,
    /// Methods with the states that they wait for.
    pub(crate) until: Vec<(String, Vec<String>)>,
    pub(crate) until_line: usize,
    /// The same for something that is removed.
    pub(crate) gone: Option<(String, Vec<String>)>,
    pub(crate) line: usize,
}

/// How to find one of a kind of thing by its id or name.
#[derive(Debug)]
pub(crate) struct Finder {
    /// `server`: the method is `find_server`.
    pub(crate) name: String,
    /// The operation that lists them.
    pub(crate) list: String,
    /// The operation that shows the resource with an id, if ids look like UUIDs.
    pub(crate) show: Option<String>,
    /// The listing's query for a name.
    pub(crate) filter: Option<String>,
    pub(crate) line: usize,
}

impl Service {
    /// Root and path of an operation of this service, as the server sees it.
    pub(crate) fn full_path(&self, operation: &Operation) -> String {
        format!("{}{}", operation.root.as_ref().unwrap_or(&self.root), operation.path)
    }

    /// The description of a path parameter.
    pub(crate) fn path_param(&self, name: &str) -> Option<&PathParam> {
        self.path_params.iter().find(|param| param.name == name)
    }

    /// `object_storage.list_objects`: unique, because service names are unique, and ids are unique within their service.
    pub(crate) fn full_name(&self, operation: &Operation) -> String {
        format!("{}.{}", self.name, operation.id)
    }

    /// `ObjectStorage::list_objects`.
    pub(crate) fn method_name(&self, operation: &Operation) -> String {
        format!("{}::{}", self.handle, operation.id)
    }

    /// The path to its handle for users, in examples.
    pub(crate) fn example_root(&self) -> String {
        let module = self.module.as_deref().filter(|module| *module == "v1").map(|module| format!("::{module}"));
        match self.crate_name.as_str() {
            "k5-client" => "k5_client::keystone".to_owned(),
            name => name.replace('-', "_") + &module.unwrap_or_default(),
        }
    }

    /// What a finder looks through: the listing, and the types of an item and of its id.
    pub(crate) fn found(&self, finder: &Finder) -> Option<(&Operation, String, String)> {
        let list = self.operation(&finder.list)?;
        let Type::Named(item) = list.answer.items()? else { return None };
        let id = self.model(item)?.fields.iter().find(|field| field.name == "id")?;
        let Type::Named(kind) = &id.kind else { return None };
        Some((list, item.clone(), kind.clone()))
    }

    /// The folder of the rendered code of its crate, below the workspace's root.
    pub(crate) fn generated_folder(&self) -> String {
        match &self.module {
            Some(module) => format!("crates/{}/src/{module}/generated", self.crate_name),
            None => format!("crates/{}/src/generated", self.crate_name),
        }
    }

    /// The document of this name.
    pub(crate) fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    /// The document that a builder holds; `None` for one that is passed as a whole, or that is not a type of the table.
    pub(crate) fn held(&self, document: &Document) -> Option<&Model> {
        match (&document.kind, document.whole) {
            (Some(Type::Named(name)), false) => self.model(name),
            _ => None,
        }
    }

    /// The document in a field of it, whose fields are arguments and setters of the operation as well.
    pub(crate) fn inlined<'a>(&'a self, model: &Model, document: &Document) -> Option<(&'a Model, String)> {
        let name = document.inline.as_ref()?;
        let field = model.fields.iter().find(|field| field.name == *name)?;
        let Type::Named(kind) = &field.kind else { return None };
        Some((self.model(kind)?, name.clone()))
    }

    /// The operation with this id.
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Names of the documents that callers create: what operations send, and what it contains.
    pub(crate) fn made_by_callers(&self) -> Vec<&str> {
        let bodies = self.operations.iter().filter_map(|operation| match &operation.body {
            RequestBody::Document(Document { kind: Some(kind), .. }) => Some(kind),
            _ => None,
        });
        let mut names: Vec<&str> = bodies.flat_map(Type::names).collect();
        let mut at = 0;
        while let Some(name) = names.get(at).copied() {
            at += 1;
            let inner = self.model(name).into_iter().flat_map(|model| &model.fields).flat_map(|field| field.kind.names());
            for name in inner {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names.retain(|name| self.model(name).is_some());
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Operation {
    /// The names in the path's braces, in order.
    pub(crate) fn path_names(&self) -> Vec<&str> {
        names::placeholders(&self.path)
    }

    /// Why it is included although the list lacks it.
    pub(crate) fn beyond<'a>(&'a self, service: &'a Service) -> Option<&'a str> {
        self.beyond.as_deref().or(service.beyond.as_deref())
    }
}

impl Spec {
    /// Every operation with its service.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Service, &Operation)> {
        self.services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)))
    }

    /// The names by which a test refers to an operation.
    pub(crate) fn wanted<'a>(&self, service: &'a Service, operation: &'a Operation) -> Wanted<'a> {
        let is_shared = self.operations().filter(|(_, other)| other.id == operation.id).count() > 1;
        Wanted { service: &service.name, handle: &service.handle, id: &operation.id, is_shared }
    }

    /// The operation that serves a documented row.
    pub(crate) fn serving(&self, row: &Row) -> Option<(&Service, &Operation)> {
        let name = row.name();
        self.operations().find(|(_, operation)| operation.rows.iter().any(|used| used.name == name))
    }
}

/// The file with the docs of parameters that several operations share.
const VOCABULARY: &str = "vocabulary.toml";

/// The folder with the commands of the command line.
const COMMANDS: &str = "commands/";

/// Reads and checks the tables of the workspace at `root`.
pub(crate) fn load(root: &Path, rows: &[Row]) -> Result<Spec, String> {
    let mut files = tables(root, "")?;
    files.extend(tables(root, COMMANDS)?);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    from_files(&files, rows).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        lines.join("\n")
    })
}

/// The tables in a folder of `xtask/spec`, with their names below that, sorted.
fn tables(root: &Path, below: &str) -> Result<Vec<(String, String)>, String> {
    let folder = root.join("xtask/spec").join(below);
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    names.into_iter().map(|name| Ok((format!("{below}{name}"), crate::workspace::read(&folder.join(&name))?))).collect()
}

/// Parses and checks tables given as pairs of name and text. `vocabulary.toml` may be among them.
pub(crate) fn from_files(files: &[(&str, &str)], rows: &[Row]) -> Result<Spec, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut vocabulary = vocabulary::Vocabulary::default();
    if let Some((name, text)) = files.iter().find(|(name, _)| *name == VOCABULARY) {
        vocabulary = vocabulary::read(name, text, &mut problems);
    }
    let mut spec = Spec::default();
    let mut nouns = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| *name != VOCABULARY) {
        match name.starts_with(COMMANDS) {
            true => nouns.extend(commands::read(name, text, &mut problems)),
            false => spec.services.extend(parse::service(name, text, rows, &mut vocabulary, &mut problems)),
        }
    }
    check::check(&spec, rows, &mut problems);
    if problems.is_empty() {
        spec.nouns = commands::resolve(&spec, &nouns, &mut problems);
    }
    // An unused word is only worth reporting if all tables could be read.
    if problems.is_empty() {
        vocabulary.report_unused(&mut problems);
    }
    problems.sort();
    match problems.is_empty() {
        true => Ok(spec),
        false => Err(problems),
    }
}
