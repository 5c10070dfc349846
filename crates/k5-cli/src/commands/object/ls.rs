//! `k5 object ls`.

use crate::cloud::Connection;
use crate::commands::paging::{Paging, page};
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List, Out, human};
use crate::url::{self, SCHEME, SwiftUrl};
use k5::Items;
use k5::model::Entry;
use k5::object_storage::Object;
use serde_json::json;

/// Those of openstackclient's `object list --long`, and that of pseudo folders.
const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
    Column::new("hash", "Hash"),
    Column::new("content_type", "Content Type"),
    Column::new("last_modified", "Last Modified").kind(Kind::Time),
    Column::new("subdir", "Subdir"),
];

/// How many of them --long shows.
const LONG: usize = 5;

/// List objects, or containers
///
/// `swift://CONTAINER[/PREFIX]` is listed like a folder: names in full, one per line, and names with a further / as one folder unless -r
/// is given. `CONTAINER` is listed as openstackclient does: all names in it, as a table, and folders only with --delimiter.
#[derive(Debug, clap::Args)]
pub(crate) struct Ls {
    /// What to list: swift://CONTAINER[/PREFIX], or CONTAINER; if left out, the containers
    #[arg(value_name = "URL|CONTAINER")]
    place: Option<String>,
    /// List all names, not only those of this level
    #[arg(short, long, requires = "place")]
    recursive: bool,
    /// Show bytes, time and media type as well
    #[arg(short, long)]
    long: bool,
    /// List only names that begin with this
    #[arg(long, requires = "place")]
    prefix: Option<String>,
    /// What separates the levels of names
    #[arg(long, value_name = "TEXT", conflicts_with = "recursive", requires = "place", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    delimiter: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

impl Ls {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Some(place) = &self.place else {
            if self.paging.is_given() {
                return Err(Failure::usage(
                    "without a container there are only containers to list: k5 container list lists a part of them",
                ));
            }
            return containers(globals, connection, self.long).await;
        };
        match place.starts_with(SCHEME) {
            true => self.folder(globals, connection, &place.parse().map_err(Failure::usage)?).await,
            false => self.all(globals, connection, &url::container(place).map_err(Failure::usage)?).await,
        }
    }

    /// A container as openstackclient lists it.
    async fn all(&self, globals: &Globals, connection: &Connection, container: &str) -> Outcome {
        let list = List::new(globals, Format::Table, COLUMNS, if self.long { LONG } else { 1 }, true)?;
        let mut call = page!(&self.paging, connection.swift().list_objects(container).entries());
        if let Some(prefix) = &self.prefix {
            call = call.prefix(prefix);
        }
        if let Some(delimiter) = &self.delimiter {
            call = call.delimiter(delimiter);
        }
        let mut items = Limited { items: call.items(), left: self.paging.limit(), url: SwiftUrl::new(container, "") };
        let first = items.next().await?;
        self.fill(globals, list, first, items).await
    }

    /// A folder, as the URL says.
    async fn folder(&self, globals: &Globals, connection: &Connection, url: &SwiftUrl) -> Outcome {
        url.check()?;
        let mut call = page!(&self.paging, connection.swift().list_objects(&url.container).entries());
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
        let list = match globals.output.is_none() && globals.column.is_empty() {
            true => None,
            false => Some(List::new(globals, Format::Value, COLUMNS, if self.long { LONG } else { 1 }, true)?),
        };
        let mut items = Limited { items: call.items(), left: self.paging.limit(), url: url.clone() };
        let mut entry = items.next().await?;
        // A container may be empty; a folder without a name in it isn't there.
        if entry.is_none() && !url.object.is_empty() && !self.paging.is_given() {
            return Err(Failure::new(
                REFUSED,
                format!("{url}: no name begins with this: k5 object ls swift://{} shows the names", url.container),
            ));
        }
        if let Some(list) = list {
            return self.fill(globals, list, entry, items).await;
        }
        let mut out = Out::new();
        while let Some(found) = entry {
            match (self.long, &found) {
                (false, Entry::Item(object)) => out.line(&object.name)?,
                (false, Entry::Subdir(name)) => out.line(name)?,
                (true, _) => out.line(&long_line(globals, &found))?,
            }
            entry = items.next().await?;
        }
        out.finish()
    }

    async fn fill(&self, globals: &Globals, mut list: List, mut entry: Option<Entry<Object>>, mut items: Limited) -> Outcome {
        // JSON holds what the API has; columns are for people, and there a folder is a name.
        let whole = globals.column.is_empty() && !matches!(globals.output, Some(Format::Table | Format::Value) | None);
        while let Some(found) = entry {
            match &found {
                Entry::Subdir(name) if !whole => list.push(&json!({ "name": name, "subdir": name }))?,
                _ => list.push(&found)?,
            }
            entry = items.next().await?;
        }
        list.finish()
    }
}

/// As many items as are wanted.
struct Limited {
    items: Items<Entry<Object>>,
    left: u64,
    url: SwiftUrl,
}

impl Limited {
    async fn next(&mut self) -> Outcome<Option<Entry<Object>>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        self.items.try_next().await.map_err(|error| Failure::cloud(&self.url, &error))
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
        while let Some(container) = items.try_next().await.map_err(failed)? {
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
        return out.finish();
    }
    let mut list = List::new(globals, Format::Value, COLUMNS, 3, true)?;
    while let Some(container) = items.try_next().await.map_err(failed)? {
        list.push(&container)?;
    }
    list.finish()
}
