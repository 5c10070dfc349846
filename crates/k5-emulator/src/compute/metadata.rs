//! Metadata of servers.

use serde_json::json;

use super::create::MAX_METADATA;
use super::{Compute, Server};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, bad_request, fields, over_limit};
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
}
