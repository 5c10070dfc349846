//! The volumes and snapshots under `/v1.1/{tenant_id}/os-volumes` and `os-snapshots`: requests are in snake case, answers in camel case.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{BlockStorage, Snapshot, Volume};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Cloud, Dialect, Fail, Outcome};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Sent;

/// The older proxy, in front of the same volumes.
pub(crate) struct VolumeProxy(BlockStorage);

impl VolumeProxy {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self(BlockStorage::new(cloud))
    }

    /// The proxy has no shorter list.
    pub(crate) async fn list_volumes(&self, call: &mut Call<'_>) -> Outcome {
        self.list_volumes_detail(call).await
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

    pub(crate) async fn show_volume(&self, call: &mut Call<'_>) -> Outcome {
        Ok(json_reply(200, &json!({"volume": view(&self.cloud().load(call, "volume_id")?)})))
    }

    pub(crate) async fn delete_volume(&self, call: &mut Call<'_>) -> Outcome {
        self.0.delete_volume(call).await
    }

    pub(crate) async fn create_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let snapshot = self.0.take_snapshot(call, "display_name", "display_description").await?;
        Ok(json_reply(200, &json!({"snapshot": snapshot_view(&snapshot, false)})))
    }

    pub(crate) async fn list_snapshots(&self, call: &mut Call<'_>) -> Outcome {
        self.snapshots(call, false)
    }

    pub(crate) async fn list_snapshots_detail(&self, call: &mut Call<'_>) -> Outcome {
        self.snapshots(call, true)
    }

    fn snapshots(&self, call: &Call<'_>, full: bool) -> Outcome {
        let page = self.0.snapshots(call)?;
        let snapshots: Vec<Value> = page.items.iter().map(|snapshot| snapshot_view(snapshot, full)).collect();
        Ok(json_reply(200, &json!({"snapshots": snapshots})))
    }

    pub(crate) async fn show_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        Ok(json_reply(200, &json!({"snapshot": snapshot_view(&self.cloud().load(call, "snapshot_id")?, true)})))
    }

    pub(crate) async fn delete_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        self.0.delete_snapshot(call).await
    }
}

/// Cinder's operation, which answers.
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
        // Nova's proxy words it this way.
        attachments.push(json!({}));
    }
    json!({
        "id": volume.id, "displayName": volume.name, "displayDescription": volume.description,
        "status": volume.status.name(), "size": volume.size, "volumeType": volume.volume_type,
        "metadata": volume.metadata, "availabilityZone": volume.zone, "snapshotId": volume.snapshot,
        "attachments": attachments, "createdAt": volume.created.iso(),
    })
}

/// `full`: with the zone, the one name that is not in camel case.
fn snapshot_view(snapshot: &Snapshot, full: bool) -> Value {
    let mut document = json!({
        "id": snapshot.id, "displayName": snapshot.name, "displayDescription": snapshot.description,
        "volumeId": snapshot.volume_id, "status": snapshot.status.name(), "size": snapshot.size,
        "createdAt": snapshot.created.iso(),
    });
    if full {
        document["availability_zone"] = json!(snapshot.zone);
    }
    document
}
