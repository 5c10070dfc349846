//! The volumes under `/v1.1/{tenant_id}/os-volumes`: what is asked has underscores, what is answered has humps.

use serde_json::{Value, json};

use super::{BlockStorage, Volume};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome};

impl BlockStorage {
    pub(super) fn list_volumes_detail_v1(&self, call: &Call<'_>) -> Outcome {
        let volumes: Vec<Value> = self.volumes(call)?.iter().map(view).collect();
        Ok(json_reply(200, &json!({"volumes": volumes})))
    }

    pub(super) async fn create_volume_v1(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("volume").await?;
        let new = self.read(call, &body, "display_name", "display_description")?;
        Ok(json_reply(200, &json!({"volume": view(&self.create(new).await?)})))
    }
}

fn view(volume: &Volume) -> Value {
    let mut attachments: Vec<Value> = volume
        .attachments
        .iter()
        .map(|attachment| {
            json!({"id": volume.id, "volumeId": volume.id, "serverId": attachment.server, "device": attachment.device})
        })
        .collect();
    if attachments.is_empty() {
        // Nova's proxy says it this way.
        attachments.push(json!({}));
    }
    json!({
        "id": volume.id, "displayName": volume.name, "displayDescription": volume.description,
        "status": volume.status.name(), "size": volume.size, "volumeType": volume.volume_type,
        "metadata": volume.metadata, "availabilityZone": volume.zone, "snapshotId": volume.snapshot,
        "attachments": attachments, "createdAt": volume.created.iso(),
    })
}
