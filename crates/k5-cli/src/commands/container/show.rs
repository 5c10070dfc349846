//! `k5 container show`, which `k5 object stat` does of a container as well.

use crate::cloud::Connection;
use crate::commands::shown::Shown;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Kind};
use crate::tally::Tally;
use crate::url;
use serde_json::{Value, json};

/// openstackclient's, and then what else is known.
pub(crate) const FIELDS: &[Column] = &[
    Column::field("account"),
    Column::field("bytes_used").kind(Kind::Bytes),
    Column::field("container"),
    Column::field("object_count").kind(Kind::Number),
    Column::new("metadata", "properties"),
    Column::field("read_acl"),
    Column::field("storage_policy"),
    Column::field("sync_to"),
    Column::field("write_acl"),
    Column::field("quota_bytes").kind(Kind::Bytes),
    Column::field("quota_count").kind(Kind::Number),
    Column::field("timestamp").kind(Kind::Time),
    Column::field("versions_location"),
];

/// How many of them are openstackclient's.
pub(crate) const USUAL: usize = 9;

/// Show a container's totals, access lists and metadata
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
}

impl Show {
    pub(super) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let mut shown = Shown::new(globals, FIELDS, USUAL, self.container.len() > 1)?;
        let mut tally = Tally::default();
        for container in &self.container {
            tally.count(match record(connection, container).await {
                Ok(record) => shown.push(record),
                Err(failure) => Err(failure),
            })?;
        }
        shown.finish()?;
        tally.outcome()
    }
}

/// What the headers say of a container.
pub(crate) async fn record(connection: &Connection, container: &str) -> Outcome<Value> {
    let shown = connection.swift().show_container(container).send().await;
    let info = shown.map_err(|error| Failure::cloud(format_args!("container {container}"), &error))?;
    Ok(json!({
        "account": connection.account().await?,
        "container": container,
        "object_count": info.object_count,
        "bytes_used": info.bytes_used,
        "read_acl": info.read_acl,
        "write_acl": info.write_acl,
        "storage_policy": info.storage_policy,
        "versions_location": info.versions_location.map(|name| k5_core::path::decode(&name)),
        "quota_bytes": info.quota_bytes,
        "quota_count": info.quota_count,
        "sync_to": info.sync_to,
        "timestamp": info.timestamp.as_ref().map(k5::Timestamp::as_str),
        "metadata": info.metadata,
    }))
}
