//! The volumes under `/v1.1/{tenant_id}/os-volumes`: what is asked has underscores, what is answered has humps.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{BlockStorage, Volume};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Cloud, Dialect, Fail, Outcome};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Sent;

/// The older proxy, before the same volumes.
pub(crate) struct VolumeProxy(BlockStorage);

impl VolumeProxy {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self(BlockStorage::new(cloud))
    }

    pub(crate) async fn list_volumes_detail(&self, call: &mut Call<'_>) -> Outcome {
        let volumes: Vec<Value> = self.0.volumes(call)?.items.iter().map(view).collect();
        Ok(json_reply(200, &json!({"volumes": volumes})))
    }

    pub(crate) async fn create_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("volume").await?;
        let new = self.0.read(call, &body, "display_name", "display_description")?;
        Ok(json_reply(200, &json!({"volume": view(&self.0.create(new).await?)})))
    }
}

/// That of Cinder, which answers.
impl Dialect for VolumeProxy {
    fn cloud(&self) -> &Cloud {
        self.0.cloud()
    }

    fn finish(&self, outcome: Outcome, request: &Request) -> Reply {
        self.0.finish(outcome, request)
    }

    fn check(&self, call: &Call<'_>) -> Outcome<()> {
        self.0.check(call)
    }

    fn no_such_path(&self, wrong_method: bool, request: &Request) -> Fail {
        self.0.no_such_path(wrong_method, request)
    }

    fn no_such_body(&self, sent: &Sent, request: &Request) -> Fail {
        self.0.no_such_body(sent, request)
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
