//! `k5 object stat`.

use crate::cloud::Connection;
use crate::commands::container::show;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::Record;
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5::Timestamp;

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
    let shown = connection.swift().show_object(&url.container, &url.object).send().await;
    let info = shown.map_err(|error| Failure::cloud(url, &error))?;
    Record::new()
        .with("account", connection.account().await?)
        .with("container", url.container.as_str())
        .with("object", url.object.as_str())
        .with("content_length", info.content_length)
        .with("content_type", info.content_type)
        .with("etag", info.etag)
        .with("last_modified", info.last_modified.as_ref().map(Timestamp::as_str))
        .with("timestamp", info.timestamp.as_ref().map(Timestamp::as_str))
        .with("content_encoding", info.content_encoding)
        .with("content_disposition", info.content_disposition)
        .with("delete_at", info.delete_at)
        .with("object_manifest", info.object_manifest)
        .with("static_large_object", info.static_large_object)
        .with_metadata(&info.metadata)
        .print(globals)
}
