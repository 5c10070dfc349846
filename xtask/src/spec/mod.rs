//! The spec tables: what `spec/*.toml` says, parsed and checked. `spec/README.md` describes every key.

mod check;
mod names;
mod parse;
mod problem;
mod reader;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use names::{pascal_case, screaming_case};
pub(crate) use problem::Problem;
pub(crate) use types::Type;

use crate::rows::Row;
use std::path::Path;

/// All services, in the order of their files' names.
#[derive(Debug, Default)]
pub(crate) struct Spec {
    pub(crate) services: Vec<Service>,
}

/// One file: the head and what it holds.
#[derive(Debug)]
pub(crate) struct Service {
    /// `xtask/spec/x.toml`.
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) title: String,
    /// The crate that the rendered code goes into.
    pub(crate) crate_name: String,
    /// The type that has the operations' methods.
    pub(crate) handle: String,
    /// Its doc, where it is rendered too and not hand-written.
    pub(crate) handle_doc: Option<String>,
    pub(crate) k5_name: String,
    pub(crate) catalogue_types: Vec<String>,
    pub(crate) root: String,
    pub(crate) dialect: String,
    /// Why its operations are there although the documented list lacks them.
    pub(crate) beyond: Option<String>,
    pub(crate) hand_types: Vec<HandType>,
    pub(crate) path_params: Vec<PathParam>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) models: Vec<Model>,
    pub(crate) header_models: Vec<Model>,
}

/// A hand-written type that entries may name.
#[derive(Debug)]
pub(crate) struct HandType {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// What is said once of a path parameter.
#[derive(Debug)]
pub(crate) struct PathParam {
    pub(crate) name: String,
    pub(crate) doc: Option<String>,
    pub(crate) rest: bool,
    pub(crate) check: Option<String>,
    pub(crate) line: usize,
}

/// An HTTP operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) line: usize,
    pub(crate) id: String,
    /// Its own, or that of its first row.
    pub(crate) title: String,
    pub(crate) rows: Vec<RowUse>,
    pub(crate) beyond: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) path_line: usize,
    /// Replaces the service's.
    pub(crate) root: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) idempotent: Option<bool>,
    pub(crate) slow: bool,
    pub(crate) query: Vec<Param>,
    pub(crate) headers: Vec<Param>,
    pub(crate) body: RequestBody,
    pub(crate) success: Vec<u16>,
    pub(crate) answer: AnswerBody,
    /// The header model of the answer.
    pub(crate) answer_headers: Option<String>,
    pub(crate) answer_line: usize,
    pub(crate) page: Option<Page>,
}

/// A documented row that an operation serves.
#[derive(Debug)]
pub(crate) struct RowUse {
    pub(crate) name: String,
    /// The documented title; empty where the list has no such row.
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
#[derive(Debug)]
pub(crate) struct Param {
    /// As the table writes it.
    pub(crate) wire: String,
    /// The setter or argument.
    pub(crate) name: String,
    pub(crate) kind: ParamKind,
    pub(crate) required: bool,
    pub(crate) fixed: Option<String>,
    /// Whether a fixed one can be set all the same.
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
    /// Takes one header of a family away.
    Remove,
    /// A header whose presence says all.
    Flag,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestBody {
    None,
    Json(Type),
    Stream,
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AnswerBody {
    None,
    Json(Type),
    List(Type),
    Stream(String),
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) item: String,
    pub(crate) marker: String,
    pub(crate) size: u32,
    pub(crate) line: usize,
}

/// A JSON document, or a set of headers.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) line: usize,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) kind: Type,
    pub(crate) doc: String,
    pub(crate) line: usize,
}

impl Service {
    /// Root and path of an operation of this service, as the server sees it.
    pub(crate) fn full_path(&self, operation: &Operation) -> String {
        format!("{}{}", operation.root.as_ref().unwrap_or(&self.root), operation.path)
    }

    /// What is said of a path parameter.
    pub(crate) fn path_param(&self, name: &str) -> Option<&PathParam> {
        self.path_params.iter().find(|param| param.name == name)
    }

    /// `ObjectStorage::list_objects`.
    pub(crate) fn method_name(&self, operation: &Operation) -> String {
        format!("{}::{}", self.handle, operation.id)
    }

    /// Where the rendered code of its crate lies, below the workspace's root.
    pub(crate) fn generated_folder(&self) -> String {
        format!("crates/{}/src/generated", self.crate_name)
    }
}

impl Operation {
    /// The names in the path's braces, in order.
    pub(crate) fn path_names(&self) -> Vec<&str> {
        names::placeholders(&self.path)
    }

    /// Why it is there although the list lacks it.
    pub(crate) fn beyond<'a>(&'a self, service: &'a Service) -> Option<&'a str> {
        self.beyond.as_deref().or(service.beyond.as_deref())
    }
}

impl Spec {
    /// Every operation with its service.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Service, &Operation)> {
        self.services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)))
    }

    /// The operation that serves a documented row.
    pub(crate) fn serving(&self, row: &Row) -> Option<(&Service, &Operation)> {
        let name = row.name();
        self.operations().find(|(_, operation)| operation.rows.iter().any(|used| used.name == name))
    }
}

/// The file with the docs of parameters that several operations share.
const VOCABULARY: &str = "vocabulary.toml";

/// Reads and checks the tables of the workspace at `root`.
pub(crate) fn load(root: &Path, rows: &[Row]) -> Result<Spec, String> {
    let folder = root.join("xtask/spec");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    let mut files = Vec::new();
    for name in names {
        let text = crate::workspace::read(&folder.join(&name))?;
        files.push((name, text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    from_files(&files, rows).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        lines.join("\n")
    })
}

/// Reads and checks tables given as pairs of name and text. `vocabulary.toml` may be among them.
pub(crate) fn from_files(files: &[(&str, &str)], rows: &[Row]) -> Result<Spec, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut vocabulary = parse::Vocabulary::default();
    if let Some((name, text)) = files.iter().find(|(name, _)| *name == VOCABULARY) {
        vocabulary = parse::vocabulary(name, text, &mut problems);
    }
    let mut spec = Spec::default();
    for (name, text) in files.iter().filter(|(name, _)| *name != VOCABULARY) {
        spec.services.extend(parse::service(name, text, rows, &mut vocabulary, &mut problems));
    }
    check::check(&spec, rows, &mut problems);
    // A word that nothing uses is only worth a line when all tables could be read.
    if problems.is_empty() {
        vocabulary.report_unused(&mut problems);
    }
    problems.sort();
    match problems.is_empty() {
        true => Ok(spec),
        false => Err(problems),
    }
}
