//! `k5 object stat`.

use super::missing::explained;
use super::targets::Targets;
use crate::cloud::Connection;
use crate::commands::container::show as container;
use crate::commands::shown::Shown;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Kind};
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5::Timestamp;
use serde_json::{Value, json};

/// openstackclient's, and then what else is known.
const FIELDS: &[Column] = &[
    Column::field("account"),
    Column::field("container"),
    Column::new("content_length", "content-length").kind(Kind::Bytes),
    Column::new("content_type", "content-type"),
    Column::field("etag"),
    Column::new("last_modified", "last-modified").kind(Kind::Time),
    Column::field("object"),
    Column::new("metadata", "properties"),
    Column::new("object_manifest", "x-object-manifest"),
    Column::new("content_disposition", "content-disposition"),
    Column::new("content_encoding", "content-encoding"),
    Column::new("delete_at", "x-delete-at").kind(Kind::Time),
    Column::new("static_large_object", "x-static-large-object").kind(Kind::Truth),
    Column::new("timestamp", "x-timestamp").kind(Kind::Time),
];

/// How many of them are openstackclient's.
const USUAL: usize = 9;

/// Show what is known about objects
///
/// One object is shown as a record; of several, each is a row. `swift://CONTAINER` shows a container.
#[derive(Debug, clap::Args)]
pub(crate) struct Stat {
    #[command(flatten)]
    targets: Targets,
}

impl Stat {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let urls = self.targets.urls()?;
        let containers = urls.iter().filter(|url| url.object.is_empty()).count();
        if containers > 0 && containers < urls.len() {
            return Err(Failure::usage("containers and objects have different fields: k5 container show shows the containers"));
        }
        let (fields, usual) = if containers > 0 { (container::FIELDS, container::USUAL) } else { (FIELDS, USUAL) };
        let mut shown = Shown::new(globals, fields, usual, urls.len() > 1)?;
        let mut tally = Tally::default();
        for url in &urls {
            tally.count(match record(connection, url).await {
                Ok(record) => shown.push(record),
                Err(failure) => Err(failure),
            })?;
        }
        shown.finish()?;
        tally.outcome()
    }
}

async fn record(connection: &Connection, url: &SwiftUrl) -> Outcome<Value> {
    if url.object.is_empty() {
        return container::record(connection, &url.container).await;
    }
    let shown = connection.swift().show_object(&url.container, &url.object).send().await;
    let info = match shown {
        Ok(info) => info,
        Err(error) => return Err(explained(&connection.swift(), url, &error, Failure::cloud(url, &error)).await),
    };
    Ok(json!({
        "account": connection.account().await?,
        "container": url.container.as_str(),
        "object": url.object.as_str(),
        "content_length": info.content_length,
        "content_type": info.content_type,
        "etag": info.etag,
        "last_modified": info.last_modified.as_ref().map(Timestamp::as_str),
        "timestamp": info.timestamp.as_ref().map(Timestamp::as_str),
        "content_encoding": info.content_encoding,
        "content_disposition": info.content_disposition,
        "delete_at": info.delete_at,
        "object_manifest": info.object_manifest,
        "static_large_object": info.static_large_object,
        "metadata": info.metadata,
    }))
}
