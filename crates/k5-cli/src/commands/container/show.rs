//! `k5 container show`, which `k5 object stat` does of a container as well.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::Record;

/// Prints what the headers say of a container.
pub(crate) async fn print(globals: &Globals, connection: &Connection, container: &str) -> Outcome {
    let shown = connection.swift().show_container(container).send().await;
    let info = shown.map_err(|error| Failure::cloud(format_args!("container {container}"), &error))?;
    Record::new()
        .with("account", connection.account().await?)
        .with("container", container)
        .with("object_count", info.object_count)
        .with("bytes_used", info.bytes_used)
        .with("read_acl", info.read_acl)
        .with("write_acl", info.write_acl)
        .with("storage_policy", info.storage_policy)
        .with("versions_location", info.versions_location.map(|name| k5_core::path::decode(&name)))
        .with("quota_bytes", info.quota_bytes)
        .with("quota_count", info.quota_count)
        .with("sync_to", info.sync_to)
        .with("timestamp", info.timestamp.as_ref().map(k5::Timestamp::as_str))
        .with_metadata(&info.metadata)
        .print(globals)
}
