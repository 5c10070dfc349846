//! Cinder v2, and the volumes of Nova's old proxy, which are the same ones in another spelling.

mod create;
mod extend;
mod list;
mod proxy;
mod snapshot;
mod view;
mod volume;

use std::sync::Arc;

pub(crate) use create::{NewVolume, Source, check_quota, make_volume};
pub(crate) use snapshot::Snapshot;
pub(crate) use volume::{Then, Volume, VolumeStatus};

use crate::cloud::nova::{self, check_tenant, empty_reply, json_reply};
use crate::cloud::{Call, Cloud, Fail, Outcome, bad_request, not_found};
use crate::generated::routes::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Documents, Rows};

pub(crate) struct BlockStorage {
    cloud: Arc<Cloud>,
}

impl BlockStorage {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        nova::finish(self.operate(operation, parameters, request).await)
    }

    async fn operate(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        let mut call = Call::new(caller, parameters, request);
        check_tenant(&call.parameter(0), &call.tenant())?;
        match operation {
            Operation::BlockStorageListVolumesDetail => self.list_volumes_detail(&call),
            Operation::BlockStorageCreateVolume => self.create_volume(&mut call).await,
            Operation::BlockStorageShowVolume => self.show_volume(&call),
            Operation::BlockStorageDeleteVolume => self.delete_volume(&call).await,
            Operation::BlockStorageExtendVolume => self.extend_volume(&mut call).await,
            Operation::BlockStorageCreateSnapshot => self.create_snapshot(&mut call).await,
            Operation::BlockStorageShowSnapshot => self.show_snapshot(&call),
            Operation::BlockStorageDeleteSnapshot => self.delete_snapshot(&call).await,
            Operation::BlockStorageRestoreSnapshot => self.restore_snapshot(&mut call).await,
            Operation::VolumeProxyListVolumesDetailV1 => self.list_volumes_detail_v1(&call),
            Operation::VolumeProxyCreateVolumeV1 => self.create_volume_v1(&mut call).await,
            _ => Err(not_found("The resource could not be found.")),
        }
    }

    fn show_volume(&self, call: &Call<'_>) -> Outcome {
        let volume = volume_of(&self.cloud.reader().documents, &call.tenant(), &call.parameter(1))?;
        Ok(json_reply(200, &serde_json::json!({"volume": view::volume(&volume, call.request, &call.tenant(), true)})))
    }

    async fn delete_volume(&self, call: &Call<'_>) -> Outcome {
        let (tenant, id, due) = (call.tenant(), call.parameter(1), self.cloud.due());
        let deleted = self.cloud.change(move |documents| {
            let mut volume = volume_of(documents, &tenant, &id)?;
            let snapshots: Vec<Snapshot> = documents.sweep(&tenant)?;
            let has_snapshots = snapshots.iter().any(|snapshot| snapshot.volume_id == id);
            let deletable = matches!(volume.status, VolumeStatus::Available | VolumeStatus::Error | VolumeStatus::ErrorExtending);
            if !deletable || !volume.attachments.is_empty() || has_snapshots {
                return Err(bad_request(
                    "Invalid volume: Volume status must be available or error or error_restoring or error_extending or \
                     error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a \
                     transfer, or be disassociated from snapshots after volume transfer.",
                ));
            }
            volume.begin(VolumeStatus::Deleting, due, Then::Gone);
            documents.put(&tenant, &volume)?;
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(202))
    }
}

pub(crate) fn volume_of(documents: &Documents<impl Rows>, tenant: &str, id: &str) -> Outcome<Volume> {
    documents.get(tenant, id)?.ok_or_else(|| no_volume(id))
}

pub(crate) fn no_volume(id: &str) -> Fail {
    not_found(format!("Volume {id} could not be found."))
}
