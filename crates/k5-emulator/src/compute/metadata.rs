//! Metadata of servers.

use serde_json::json;

use super::actions::check;
use super::create::MAX_METADATA;
use super::server::VmState;
use super::{Compute, Server};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Outcome, bad_request, fields, not_found, over_limit};
use crate::time::Ticks;

impl Compute {
    /// Adds items, and replaces existing ones with the same key.
    pub(crate) async fn update_server_metadata(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let new = fields::metadata(&body, "metadata")?.ok_or_else(|| bad_request("'metadata' is a required property"))?;
        let changed = self.cloud.update(call, "server_id", move |server: &mut Server, _| {
            server.metadata.extend(new);
            if server.metadata.len() > MAX_METADATA {
                return Err(over_limit(format!("Maximum number of metadata items exceeds {MAX_METADATA}")));
            }
            server.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &json!({"metadata": changed.await?.metadata})))
    }

    pub(crate) async fn delete_server_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let key = call.parameter("key");
        let deleted = self.cloud.update(call, "server_id", move |server: &mut Server, _| {
            if !server.metadata.contains_key(&key) {
                return Err(not_found("Metadata item was not found"));
            }
            check(server, "delete metadata", &[VmState::Active, VmState::Stopped])?;
            server.metadata.remove(&key);
            server.updated = Ticks::now();
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(204))
    }
}
