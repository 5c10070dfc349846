//! `k5 object ls`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List, Out, human};
use crate::url::SwiftUrl;
use k5::model::Entry;
use k5::object_storage::Object;
use serde_json::json;

const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
    Column::new("last_modified", "Last Modified").kind(Kind::Time),
    Column::new("content_type", "Content Type"),
    Column::new("hash", "Hash"),
    Column::new("subdir", "Subdir"),
];

/// List objects, or containers
///
/// Names are shown in full, one per line. Without -r, names with a further / are shown as one folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Ls {
    /// What to list: swift://CONTAINER[/PREFIX]; if left out, the containers
    url: Option<SwiftUrl>,
    /// List all names, not only those of this level
    #[arg(short, long, requires = "url")]
    recursive: bool,
    /// Show bytes, time and media type as well
    #[arg(short, long)]
    long: bool,
    /// List only names that begin with this
    #[arg(long, requires = "url")]
    prefix: Option<String>,
    /// What separates the levels of names
    #[arg(long, value_name = "TEXT", conflicts_with = "recursive", requires = "url", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    delimiter: Option<String>,
}

impl Ls {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Some(url) = &self.url else { return containers(globals, connection, self.long).await };
        url.check()?;
        let mut call = connection.swift().list_objects(&url.container);
        match &self.prefix {
            Some(_) if !url.object.is_empty() => {
                return Err(Failure::usage(format!("{url} already holds a prefix; leave out --prefix, or the name in the URL")));
            }
            Some(prefix) => call = call.prefix(prefix),
            None if !url.object.is_empty() => call = call.prefix(&url.object),
            None => {}
        }
        if !self.recursive {
            call = call.delimiter(self.delimiter.as_deref().unwrap_or("/"));
        }
        let mut items = call.items();
        let failed = |error: k5::Error| Failure::cloud(url, &error);
        let list = match globals.output.is_none() && globals.column.is_empty() {
            true => None,
            false => Some(List::new(globals, Format::Value, COLUMNS, if self.long { 4 } else { 1 }, true)?),
        };
        let mut entry = items.try_next().await.map_err(failed)?;
        // A container may be empty; a folder without a name in it isn't there.
        if entry.is_none() && !url.object.is_empty() {
            return Err(Failure::new(
                REFUSED,
                format!("{url}: no name begins with this: k5 object ls swift://{} shows the names", url.container),
            ));
        }
        let Some(mut list) = list else {
            let mut out = Out::new();
            while let Some(found) = entry {
                match (self.long, &found) {
                    (false, Entry::Item(object)) => out.line(&object.name)?,
                    (false, Entry::Subdir(name)) => out.line(name)?,
                    (true, _) => out.line(&long_line(globals, &found))?,
                }
                entry = items.try_next().await.map_err(failed)?;
            }
            return out.finish();
        };
        // JSON holds what the API has; columns are for people, and there a folder is a name.
        let whole = globals.column.is_empty() && !matches!(globals.output, Some(Format::Table | Format::Value) | None);
        while let Some(found) = entry {
            match &found {
                Entry::Subdir(name) if !whole => list.push(&json!({ "name": name, "subdir": name }))?,
                _ => list.push(&found)?,
            }
            entry = items.try_next().await.map_err(failed)?;
        }
        list.finish()
    }
}

fn long_line(globals: &Globals, entry: &Entry<Object>) -> String {
    match entry {
        Entry::Item(object) => {
            let modified = object.last_modified.as_ref().map_or("-", k5::Timestamp::as_str);
            let kind = object.content_type.as_deref().unwrap_or("-");
            format!("{:>12}  {modified:<26}  {kind:<24}  {}", bytes(globals, object.bytes), object.name)
        }
        Entry::Subdir(name) => format!("{:>12}  {:<26}  {:<24}  {name}", "-", "-", "-"),
    }
}

fn bytes(globals: &Globals, bytes: u64) -> String {
    match globals.human_readable {
        true => human(bytes),
        false => bytes.to_string(),
    }
}

async fn containers(globals: &Globals, connection: &Connection, long: bool) -> Outcome {
    const COLUMNS: &[Column] = &[
        Column::new("name", "Name"),
        Column::new("bytes", "Bytes").kind(Kind::Bytes),
        Column::new("count", "Count").kind(Kind::Number),
        Column::new("last_modified", "Last Modified").kind(Kind::Time),
    ];
    let mut items = connection.swift().list_containers().items();
    let failed = |error: k5::Error| Failure::cloud("object ls", &error);
    if globals.output.is_none() && globals.column.is_empty() {
        let mut out = Out::new();
        while let Some(entry) = items.try_next().await.map_err(failed)? {
            if let Some(container) = entry.item() {
                match long {
                    false => out.line(&format!("swift://{}", container.name))?,
                    true => out.line(&format!(
                        "{:>12}  {:>10}  swift://{}",
                        bytes(globals, container.bytes),
                        container.count,
                        container.name
                    ))?,
                }
            }
        }
        return out.finish();
    }
    let mut list = List::new(globals, Format::Value, COLUMNS, 3, true)?;
    while let Some(entry) = items.try_next().await.map_err(failed)? {
        if let Some(container) = entry.item() {
            list.push(&container)?;
        }
    }
    list.finish()
}
