//! Cinder v2, and Nova's old proxy, which shows the same volumes in another spelling.

mod create;
mod extend;
mod list;
mod metadata;
mod proxy;
mod snapshot;
mod types;
mod upload;
mod view;
mod volume;

use std::sync::Arc;

use serde_json::json;

pub(crate) use create::{NewVolume, Source, check_quota, make_volume};
pub(crate) use proxy::VolumeProxy;
pub(crate) use snapshot::Snapshot;
pub(crate) use volume::{Then, Volume, VolumeStatus};

use crate::cloud::nova::{self, check_tenant, empty_reply, json_reply};
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail, bad_request, fields, not_found};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Sent;
use crate::store::{Documents, Rows};
use crate::time::Ticks;

pub(crate) struct BlockStorage {
    cloud: Arc<Cloud>,
}

impl BlockStorage {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn show_volume(&self, call: &mut Call<'_>) -> Outcome {
        let volume = self.cloud.load(call, "volume_id")?;
        Ok(json_reply(200, &json!({"volume": view::volume(&volume, call.request, &call.tenant(), true)})))
    }

    pub(crate) async fn update_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("volume").await?;
        let updated = self.cloud.update(call, "volume_id", move |volume: &mut Volume, _| {
            fields::change(&body, "name", &mut volume.name)?;
            fields::change(&body, "description", &mut volume.description)?;
            volume.metadata = fields::metadata(&body, "metadata")?.unwrap_or_else(|| std::mem::take(&mut volume.metadata));
            volume.updated = Ticks::now();
            Ok(())
        });
        let (volume, tenant) = (updated.await?, call.tenant());
        Ok(json_reply(200, &json!({"volume": view::volume(&volume, call.request, &tenant, true)})))
    }

    pub(crate) async fn delete_volume(&self, call: &mut Call<'_>) -> Outcome {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let deleted = self.cloud.update(call, "volume_id", move |volume: &mut Volume, documents| {
            let snapshots: Vec<Snapshot> = documents.sweep(&tenant)?;
            let has_snapshots = snapshots.iter().any(|snapshot| snapshot.volume_id == volume.id);
            let deletable = matches!(volume.status, VolumeStatus::Available | VolumeStatus::Error | VolumeStatus::ErrorExtending);
            if !deletable || !volume.attachments.is_empty() || has_snapshots {
                return Err(bad_request(
                    "Invalid volume: Volume status must be available or error or error_restoring or error_extending or \
                     error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a \
                     transfer, or be disassociated from snapshots after volume transfer.",
                ));
            }
            volume.begin(VolumeStatus::Deleting, due, Then::Gone);
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(202))
    }
}

impl Dialect for BlockStorage {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        nova::finish(outcome)
    }

    fn check(&self, call: &Call<'_>) -> Outcome<()> {
        check_tenant(call)
    }

    fn no_such_path(&self, _: bool, request: &Request) -> Fail {
        nova::no_such_path(request)
    }

    fn no_such_body(&self, sent: &Sent, _: &Request) -> Fail {
        nova::no_such_action(sent.key(), ". Verify the request body and Content-Type header and try again.")
    }
}

pub(crate) fn volume_of(documents: &Documents<impl Rows>, tenant: &str, id: &str) -> Outcome<Volume> {
    documents.get(tenant, id)?.ok_or_else(|| no_volume(id))
}

pub(crate) fn no_volume(id: &str) -> Fail {
    not_found(format!("Volume {id} could not be found."))
}
