//! `k5 api`: every operation by its name.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::input;
use crate::output::{Column, List, can_be_document, document, hide_secrets, list_document};
use crate::stdio;
use k5::dynamic::{ApiOperation, ApiPage, Arguments};
use k5::object_storage::transfer::SMALL_FILE;
use k5::{Body, Reason};
use k5_core::{BodyKind, ParamPlace};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// What a request document may be long, at most.
const DOCUMENT: u64 = 64 * 1024 * 1024;

const COLUMNS: &[Column] =
    &[Column("id", "Operation"), Column("method", "Method"), Column("path", "Path"), Column("rows", "Documented as")];

/// Call any operation of the API by name
#[derive(Debug, clap::Args)]
pub(crate) struct Api {
    /// List the operations
    #[arg(long)]
    pub(crate) list: bool,
    /// With --list, the same as -o json: parameters and bodies are shown as well
    #[arg(long, requires = "list")]
    json: bool,
    /// The operation, such as compute.show_server; the service may be left out if no other has an operation of this name
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    id: Option<String>,
    /// A parameter of the path, the query or the headers; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::pair)]
    param: Vec<(String, String)>,
    /// An additional header; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::pair)]
    header: Vec<(String, String)>,
    /// The request body: a file, or - for stdin
    #[arg(long, value_name = "FILE|-")]
    body: Option<PathBuf>,
    /// Print the response body as it is
    #[arg(long)]
    raw: bool,
    /// Send fields of the body even if the operation does not know them
    #[arg(long)]
    allow_unknown: bool,
}

impl Api {
    pub(crate) fn print_list(&self, globals: &Globals) -> Outcome {
        let format = if self.json { Some(Format::Json) } else { globals.output };
        if matches!(format, Some(Format::Json | Format::Yaml)) {
            let all = k5::operations().map(described).collect();
            return document(globals, format.unwrap_or(Format::Json), &Value::Array(all));
        }
        let mut list = List::new(globals, Format::Table, COLUMNS, COLUMNS.len(), true)?;
        for operation in k5::operations() {
            match format {
                Some(Format::Jsonl) => list.push(&described(operation))?,
                _ => list.push(&for_people(operation))?,
            }
        }
        list.finish()
    }

    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let id = self.id.as_deref().unwrap_or_default();
        let operation = find(id)?;
        let format = globals.output.unwrap_or(Format::Json);
        if !self.raw && (operation.answer.is_some() || operation.page.is_some()) {
            can_be_document(globals, format)?;
        }
        let arguments = Arguments::default()
            .params(self.param.clone())
            .headers(self.header.clone())
            .body(self.read_body(operation)?)
            .allow_unknown(self.allow_unknown);
        let failed = |error: k5::Error| Failure::cloud(format_args!("api {id}"), &error);
        let missing = |error: k5::Error| match how_to_give(error.reason()) {
            Some(how) => failed(error).with_hint(how),
            None => failed(error),
        };
        let call = operation.call(&connection.session(), arguments).map_err(missing)?;
        let answer = call.send().await.map_err(failed)?;
        if self.raw {
            return to_stdout(answer.into_response().body).await;
        }
        let mut response = answer.into_response();
        // YAML needs the whole.
        if matches!(format, Format::Json | Format::Jsonl) {
            response = match operation.decode_page(response).await.map_err(failed)? {
                Ok(page) => return print_page(globals, format, page, failed),
                Err(response) => response,
            };
        }
        match operation.decode(response).await.map_err(failed)? {
            Ok(mut value) => {
                hide_secrets(&mut value);
                document(globals, format, &value)
            }
            Err(response) => to_stdout(response.body).await,
        }
    }

    fn read_body(&self, operation: &ApiOperation) -> Outcome<Option<Body>> {
        let Some(path) = &self.body else { return Ok(None) };
        let unreadable = |error: std::io::Error| Failure::file(path.display(), &error);
        let mut file = match path.as_os_str() == "-" {
            true => stdio::stdin_file()?,
            false => File::open(path).map_err(unreadable)?,
        };
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(Failure::usage(format!("{} is a directory", path.display())));
        }
        let streams = operation.meta.request_body == BodyKind::Bytes;
        if streams && about.is_file() && path.as_os_str() != "-" {
            if about.len() > SMALL_FILE {
                return Ok(Some(Body::read_at(Arc::new(file), 0, about.len())));
            }
            // Files of /proc and /sys have other lengths than they say.
            let mut bytes = Vec::new();
            (&mut file).take(SMALL_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
            if bytes.len() as u64 <= SMALL_FILE {
                return Ok(Some(Body::bytes(bytes)));
            }
            file.rewind().map_err(unreadable)?;
        }
        if streams {
            return Ok(Some(Body::one_shot(None, stdio::stream_of(file))));
        }
        let mut bytes = Vec::new();
        (&mut file).take(DOCUMENT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > DOCUMENT {
            return Err(Failure::usage(format!("{}: longer than any document of the API", path.display())));
        }
        let document = operation.document(&bytes, self.allow_unknown);
        let document = document.map_err(|error| {
            let failure = Failure::cloud(format_args!("api {}", operation.meta.full_name()), &error);
            match error.reason() {
                Some(Reason::UnknownField) => failure.with_hint("--allow-unknown sends it anyway."),
                _ => failure,
            }
        })?;
        Ok(Some(Body::bytes(document)))
    }
}

/// Prints a page as one document, item by item.
fn print_page(globals: &Globals, format: Format, page: ApiPage, failed: impl Fn(k5::Error) -> Failure) -> Outcome {
    let around = page.around().map(|(key, beside)| {
        let mut beside = Value::Object(beside.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect());
        hide_secrets(&mut beside);
        (key, beside)
    });
    let around: Vec<_> = around.collect();
    let items = page.map(|item| {
        let mut item = item.map_err(&failed)?;
        hide_secrets(&mut item);
        Ok(item)
    });
    list_document(globals, format, &around, items)
}

/// How to give what a call lacks.
fn how_to_give(reason: Option<&Reason>) -> Option<String> {
    match reason? {
        Reason::MissingBody => Some("Give it with --body FILE, or --body - for stdin.".to_owned()),
        Reason::MissingParameter { name, .. } => Some(format!("Give it with --param {name}=VALUE.")),
        _ => None,
    }
}

/// An operation by its full name, `compute.create_server`, or by its id where one service alone has it.
fn find(name: &str) -> Outcome<&'static ApiOperation> {
    if let Some(found) = k5::operations().find(|operation| operation.meta.full_name() == name) {
        return Ok(found);
    }
    let same: Vec<_> = k5::operations().filter(|operation| operation.meta.id == name).collect();
    let names = |operations: &mut dyn Iterator<Item = &'static ApiOperation>| {
        operations.map(|operation| operation.meta.full_name()).collect::<Vec<_>>().join(", ")
    };
    match same.as_slice() {
        [one] => Ok(one),
        [] => {
            let is_near = |operation: &&ApiOperation| {
                let (id, full) = (operation.meta.id, operation.meta.full_name());
                full.contains(name) || name.contains(id)
            };
            let near = names(&mut k5::operations().filter(is_near).take(5));
            let all =
                || k5::operations().flat_map(|operation| [operation.meta.full_name().to_string(), operation.meta.id.to_owned()]);
            let advice = match input::nearest(name, all().collect::<Vec<_>>().iter().map(String::as_str)) {
                _ if !near.is_empty() => format!("did you mean one of {near}?"),
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "k5 api --list shows them all".to_owned(),
            };
            Err(Failure::usage(format!("there is no operation {name:?}; {advice}")))
        }
        several => {
            let several = names(&mut several.iter().copied());
            Err(Failure::usage(format!("several services have an operation {name:?}: {several}")))
        }
    }
}

async fn to_stdout(mut body: k5::ByteStream) -> Outcome {
    let mut stdout = std::io::stdout();
    while let Some(chunk) = body.next_chunk().await {
        stdout.write_all(&chunk.map_err(|error| Failure::cloud("the answer", &error))?)?;
    }
    Ok(stdout.flush()?)
}

fn path_of(operation: &ApiOperation) -> String {
    let meta = operation.meta;
    format!("{}{}", meta.root.unwrap_or(meta.service.root), meta.path)
}

fn described(operation: &ApiOperation) -> Value {
    let meta = operation.meta;
    let rows: Vec<_> =
        meta.rows.iter().map(|row| json!({ "section": row.section, "number": row.number, "title": row.title })).collect();
    let params: Vec<_> = meta
        .params
        .iter()
        .map(|param| {
            let required = param.required && param.fixed.is_none() || param.place == ParamPlace::Path;
            json!({ "name": param.name, "in": param.place.name(), "required": required })
        })
        .collect();
    json!({
        "id": meta.full_name(),
        "method": meta.method,
        "path": path_of(operation),
        "rows": rows,
        "params": params,
        "request_body": meta.request_body.name(),
        "response_body": meta.response_body.name(),
    })
}

fn for_people(operation: &ApiOperation) -> Value {
    let rows: Vec<_> = operation.meta.rows.iter().map(|row| format!("{} {}", row.section, row.number)).collect();
    json!({ "id": operation.meta.full_name(), "method": operation.meta.method, "path": path_of(operation), "rows": rows.join(", ") })
}
