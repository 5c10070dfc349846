//! `k5 container show`, which `k5 object stat` does of a container as well.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Kind, RecordShape, without_nulls};
use serde_json::json;

const FIELDS: &[Column] = &[
    Column::field("account"),
    Column::field("container"),
    Column::field("object_count").kind(Kind::Number),
    Column::field("bytes_used").kind(Kind::Bytes),
    Column::field("read_acl"),
    Column::field("write_acl"),
    Column::field("storage_policy"),
    Column::field("versions_location"),
    Column::field("quota_bytes").kind(Kind::Bytes),
    Column::field("quota_count").kind(Kind::Number),
    Column::field("sync_to"),
    Column::field("timestamp").kind(Kind::Time),
    Column::new("metadata", "properties"),
];

/// Prints what the headers say of a container.
pub(crate) async fn print(globals: &Globals, connection: &Connection, container: &str) -> Outcome {
    let shape = RecordShape::complete(globals, FIELDS)?;
    let shown = connection.swift().show_container(container).send().await;
    let info = shown.map_err(|error| Failure::cloud(format_args!("container {container}"), &error))?;
    shape.print(without_nulls(json!({
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
    })))
}
