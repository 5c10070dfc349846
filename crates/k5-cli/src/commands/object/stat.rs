//! `k5 object stat`.

use crate::cloud::Connection;
use crate::commands::container::show;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Kind, RecordShape, without_nulls};
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5::Timestamp;
use serde_json::json;

const FIELDS: &[Column] = &[
    Column::field("account"),
    Column::field("container"),
    Column::field("object"),
    Column::new("content_length", "content-length").kind(Kind::Bytes),
    Column::new("content_type", "content-type"),
    Column::field("etag"),
    Column::new("last_modified", "last-modified").kind(Kind::Time),
    Column::field("timestamp").kind(Kind::Time),
    Column::field("content_encoding"),
    Column::field("content_disposition"),
    Column::field("delete_at").kind(Kind::Time),
    Column::new("object_manifest", "object-manifest"),
    Column::field("static_large_object").kind(Kind::Truth),
    Column::new("metadata", "properties"),
];

/// Show what is known about objects
#[derive(Debug, clap::Args)]
pub(crate) struct Stat {
    /// The objects: swift://CONTAINER/OBJECT, or swift://CONTAINER for a container
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
}

impl Stat {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let mut tally = Tally::default();
        for url in &self.url {
            tally.count(show(globals, connection, url).await)?;
        }
        tally.outcome()
    }
}

async fn show(globals: &Globals, connection: &Connection, url: &SwiftUrl) -> Outcome {
    url.check()?;
    if url.object.is_empty() {
        return show::print(globals, connection, &url.container).await;
    }
    let shape = RecordShape::complete(globals, FIELDS)?;
    let shown = connection.swift().show_object(&url.container, &url.object).send().await;
    let info = shown.map_err(|error| Failure::cloud(url, &error))?;
    shape.print(without_nulls(json!({
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
    })))
}
