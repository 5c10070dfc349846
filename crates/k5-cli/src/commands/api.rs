//! `k5 api`: every operation by its name.

use crate::cloud::Connection;
use crate::commands::described;
use crate::commands::hand::PAUSE;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::input;
use crate::output::{document, hide_secrets, list_document};
use crate::progress::Waiting;
use crate::stdio;
use k5::dynamic::{ApiOperation, ApiPage, Arguments, WaitOptions};
use k5::object_storage::transfer::SMALL_FILE;
use k5::{Body, Reason};
use k5_core::BodyKind;
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

mod operations;
mod shape;

use shape::Shape;

/// What a request document may be long, at most.
const DOCUMENT: u64 = 64 * 1024 * 1024;

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
    #[arg(long, conflicts_with_all = ["all_pages", "wait"])]
    raw: bool,
    /// Print a document for --body to fill in; null is the same as left out. Nothing is sent
    #[arg(long, conflicts_with_all = ["list", "param", "header", "body", "raw", "all_pages", "wait"])]
    pub(crate) skeleton: bool,
    /// List over all pages; the items are printed without what is around them
    #[arg(long, conflicts_with = "wait")]
    all_pages: bool,
    /// Repeat the call until what it shows reaches this goal, such as active; print it then
    #[arg(long, value_name = "GOAL")]
    wait: Option<String>,
    /// How long to wait at most: 90, 15m, 2h [default: 30m]
    #[arg(long, value_name = "TIME", requires = "wait", value_parser = input::duration)]
    wait_timeout: Option<Duration>,
    /// Take fields of the body, and columns, even if the operation does not know them
    #[arg(long)]
    allow_unknown: bool,
}

impl Api {
    pub(crate) fn print_list(&self, globals: &Globals) -> Outcome {
        operations::print(globals, self.json)
    }

    /// Prints what the operation of this name does and takes.
    pub(crate) fn explain(&self) -> Option<Outcome> {
        let id = self.id.as_deref()?;
        Some(find(id).and_then(described::help))
    }

    pub(crate) fn print_skeleton(&self, globals: &Globals) -> Outcome {
        let operation = find(self.id.as_deref().unwrap_or_default())?;
        let format = globals.output.unwrap_or(Format::Json);
        if !globals.column.is_empty() || matches!(format, Format::Table | Format::Value) {
            return Err(Failure::usage("--skeleton prints a document: -o json, jsonl or yaml, and no -c"));
        }
        match described::skeleton(operation) {
            Some(skeleton) => document(format, &skeleton),
            None => Err(Failure::usage(format!("{} takes no document", operation.meta.full_name()))),
        }
    }

    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let id = self.id.as_deref().unwrap_or_default();
        let operation = find(id)?;
        if let Some(goal) = &self.wait {
            check_goal(operation, goal)?;
        }
        if self.all_pages && operation.items.is_none() {
            return Err(Failure::usage(format!("--all-pages: {} does not list anything", operation.meta.full_name())));
        }
        let shape = Shape::of(globals, operation, self.raw, self.all_pages, self.allow_unknown)?;
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
        let shape = match shape {
            Shape::List(mut list) if self.all_pages => {
                let mut items = operation.items(&connection.session(), arguments).map_err(missing)?;
                while let Some(item) = items.try_next().await.map_err(failed)? {
                    list.push_with(&shape::item(operation, item), &|_, _| None)?;
                }
                return list.finish();
            }
            shape => shape,
        };
        if let Some(goal) = &self.wait {
            let line = Waiting::new(!globals.no_progress, &format!("api {id}: waiting until {goal}"));
            let options = WaitOptions::default().limit(self.wait_timeout).every(PAUSE, PAUSE).each(line.teller());
            let waited = operation.wait(&connection.session(), arguments, goal, options).await;
            drop(line);
            return match (waited.map_err(missing)?, shape) {
                (Some(shown), Shape::Record(record)) => record.print(shown),
                (Some(mut shown), Shape::Document(format)) => {
                    hide_secrets(&mut shown);
                    document(format, &shown)
                }
                _ => Ok(()),
            };
        }
        let call = operation.call(&connection.session(), arguments).map_err(missing)?;
        let mut response = call.send().await.map_err(failed)?.into_response();
        match shape {
            Shape::Bytes => to_stdout(response.body).await,
            Shape::Document(format) => {
                // YAML needs the whole.
                if matches!(format, Format::Json | Format::Jsonl) {
                    response = match operation.decode_page(response).await.map_err(failed)? {
                        Ok(page) => return print_page(format, page, failed),
                        Err(response) => response,
                    };
                }
                match operation.decode(response).await.map_err(failed)? {
                    Ok(mut value) => {
                        hide_secrets(&mut value);
                        document(format, &value)
                    }
                    Err(response) => to_stdout(response.body).await,
                }
            }
            Shape::List(mut list) => {
                if let Ok(page) = operation.decode_page(response).await.map_err(failed)? {
                    for item in page {
                        list.push_with(&shape::item(operation, item.map_err(failed)?), &|_, _| None)?;
                    }
                }
                list.finish()
            }
            Shape::Record(record) => match operation.decode(response).await.map_err(failed)? {
                Ok(value) => record.print(shape::record(operation, value)),
                Err(response) => to_stdout(response.body).await,
            },
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
fn print_page(format: Format, page: ApiPage, failed: impl Fn(k5::Error) -> Failure) -> Outcome {
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
    list_document(format, &around, items)
}

/// Refuses a goal that the operation's waiter does not have.
fn check_goal(operation: &ApiOperation, goal: &str) -> Outcome {
    let Some(waiter) = operation.waiter else {
        return Err(Failure::usage(format!("--wait: what {} shows has no state to wait for", operation.meta.full_name())));
    };
    match waiter.goals.iter().any(|known| known.name == goal) {
        true => Ok(()),
        false => {
            let goals: Vec<_> = waiter.goals.iter().map(|known| known.name).collect();
            Err(Failure::usage(format!("--wait: there is no goal {goal:?}; a {} has {}", waiter.name, goals.join(", "))))
        }
    }
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
    match same.as_slice() {
        [one] => Ok(one),
        [] => {
            let near = near(name);
            let advice = match near.is_empty() {
                true => "k5 api --list shows them all".to_owned(),
                false => format!("did you mean one of {}?", near.join(", ")),
            };
            Err(Failure::usage(format!("there is no operation {name:?}; {advice}")))
        }
        several => {
            let several: Vec<_> = several.iter().map(|operation| operation.meta.full_name()).collect();
            Err(Failure::usage(format!("several services have an operation {name:?}: {}", several.join(", "))))
        }
    }
}

/// The operations that a wrong name may mean, the nearest first: those spelled like it, and those that contain it.
fn near(name: &str) -> Vec<String> {
    let all: Vec<_> = k5::operations().map(|operation| (operation.meta.id, operation.meta.full_name())).collect();
    let spelled = input::all_near(name, all.iter().flat_map(|(id, full)| [*id, full.as_str()]));
    let named = spelled.into_iter().flat_map(|near| all.iter().filter(move |(id, full)| *id == near || full == near));
    let containing = all.iter().filter(|(id, full)| full.contains(name) || name.contains(id));
    let mut near: Vec<String> = Vec::new();
    for (_, full) in named.chain(containing) {
        if !near.contains(full) && near.len() < 5 {
            near.push(full.clone());
        }
    }
    near
}

async fn to_stdout(mut body: k5::ByteStream) -> Outcome {
    let mut stdout = std::io::stdout();
    while let Some(chunk) = body.next_chunk().await {
        stdout.write_all(&chunk.map_err(|error| Failure::cloud("the answer", &error))?)?;
    }
    Ok(stdout.flush()?)
}
