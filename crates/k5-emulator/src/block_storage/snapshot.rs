//! Snapshots, and restoring a volume to one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::volume::BootImage;
use super::{BlockStorage, Then, VolumeStatus, view, volume_of};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Caller, FAIL, Fail, Kept, Outcome, bad_request, fields, named, not_found, uuid};
use crate::store::Document;
use crate::time::Ticks;

named! {
    pub(crate) enum SnapshotStatus {
        Creating = "creating",
        Available = "available",
        Restoring = "restoring",
        Deleting = "deleting",
        Error = "error",
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) id: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(crate) volume_id: String,
    pub(super) status: SnapshotStatus,
    /// When the current state ends, and which one follows; `None` means that the snapshot is gone.
    pub(super) step: Option<(Ticks, Option<SnapshotStatus>)>,
    pub(super) created: Ticks,
    pub(super) updated: Ticks,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) tenant: String,
    /// The volume's content at the time.
    pub(crate) size: u64,
    pub(super) zone: String,
    pub(super) content: u64,
    pub(super) volume_metadata: BTreeMap<String, String>,
    pub(super) image: Option<BootImage>,
    pub(super) bootable: bool,
}

impl Document for Snapshot {
    const SERVICE: &'static str = "block_storage";
    const KIND: &'static str = "snapshot";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        if let Some((at, Some(status))) = self.step
            && at <= now
        {
            (self.status, self.updated, self.step) = (status, at, None);
        }
    }

    fn gone_at(&self) -> Option<Ticks> {
        match self.step {
            Some((at, None)) => Some(at),
            _ => None,
        }
    }
}

impl Kept for Snapshot {
    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("Snapshot {id} could not be found."))
    }
}

impl Snapshot {
    pub(crate) fn is_available(&self) -> bool {
        self.status == SnapshotStatus::Available
    }

    pub(super) fn progress(&self) -> &'static str {
        if self.status == SnapshotStatus::Creating { "0%" } else { "100%" }
    }
}

impl BlockStorage {
    pub(crate) async fn create_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let snapshot = self.take_snapshot(call, "name", "description").await?;
        Ok(json_reply(202, &json!({"snapshot": view::snapshot(&snapshot, false)})))
    }

    pub(super) async fn take_snapshot(&self, call: &mut Call<'_>, name: &str, description: &str) -> Outcome<Snapshot> {
        let body = call.json_in("snapshot").await?;
        let volume_id = fields::required_text(&body, "volume_id")?;
        let force = fields::flag(&body, "force")?.unwrap_or_default();
        let (name, description) = (fields::text(&body, name)?, fields::text(&body, description)?);
        let metadata = fields::metadata(&body, "metadata")?.unwrap_or_default();
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let created = self.cloud.change(move |documents| {
            let volume = volume_of(documents, &tenant, &volume_id)?;
            let allowed = volume.status == VolumeStatus::Available || (force && volume.status == VolumeStatus::InUse);
            if !allowed {
                return Err(bad_request(format!(
                    "Invalid volume: Volume {volume_id} status must be available, but current status is: {}.",
                    volume.status.name()
                )));
            }
            let now = Ticks::now();
            let becomes = if metadata.contains_key(FAIL) { SnapshotStatus::Error } else { SnapshotStatus::Available };
            let snapshot = Snapshot {
                id: uuid(),
                name,
                description,
                volume_id,
                status: SnapshotStatus::Creating,
                step: Some((due, Some(becomes))),
                created: now,
                updated: now,
                metadata,
                tenant: tenant.clone(),
                size: volume.size,
                zone: volume.zone,
                content: volume.content,
                volume_metadata: volume.metadata,
                image: volume.image,
                bootable: volume.bootable,
            };
            documents.put(&tenant, &snapshot)?;
            Ok(snapshot)
        });
        created.await
    }

    pub(crate) async fn show_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let snapshot = self.cloud.load(call, "snapshot_id")?;
        Ok(json_reply(200, &json!({"snapshot": view::snapshot(&snapshot, true)})))
    }

    pub(crate) async fn update_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("snapshot").await?;
        if body.get("name").or(body.get("description")).is_none() {
            return Err(bad_request("Invalid input for field/attribute snapshot. It needs a name or a description."));
        }
        let updated = self.cloud.update(call, "snapshot_id", move |snapshot: &mut Snapshot, _| {
            fields::change(&body, "name", &mut snapshot.name)?;
            fields::change(&body, "description", &mut snapshot.description)?;
            snapshot.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &json!({"snapshot": view::snapshot(&updated.await?, false)})))
    }

    pub(crate) async fn delete_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let due = self.cloud.due();
        let deleted = self.cloud.update(call, "snapshot_id", move |snapshot: &mut Snapshot, _| {
            if !matches!(snapshot.status, SnapshotStatus::Available | SnapshotStatus::Error) {
                return Err(bad_request(
                    "Invalid snapshot: Snapshot status must be available or error and must not be part of a group.",
                ));
            }
            (snapshot.status, snapshot.step) = (SnapshotStatus::Deleting, Some((due, None)));
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(202))
    }

    /// `fcx-restore`: Fujitsu's own. The value may be null or an empty object.
    pub(crate) async fn restore_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let value = &body["fcx-restore"];
        if !(value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)) {
            return Err(fields::wrong_type("fcx-restore", value, "null"));
        }
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let restored = self.cloud.update(call, "snapshot_id", move |snapshot: &mut Snapshot, documents| {
            if !snapshot.is_available() {
                let (id, status) = (&snapshot.id, snapshot.status.name());
                return Err(bad_request(format!("Invalid snapshot: Snapshot {id} must be available, but is {status}.")));
            }
            let mut volume = volume_of(documents, &tenant, &snapshot.volume_id)?;
            if volume.status != VolumeStatus::Available {
                let (volume, status) = (&volume.id, volume.status.name());
                return Err(bad_request(format!(
                    "Invalid volume: Volume {volume} must be available to be restored, but is {status}."
                )));
            }
            (snapshot.status, snapshot.step) = (SnapshotStatus::Restoring, Some((due, Some(SnapshotStatus::Available))));
            let metadata = snapshot.volume_metadata.clone();
            let then = Then::Restored { size: snapshot.size, metadata, content: snapshot.content };
            volume.begin(VolumeStatus::Reverting, due, then);
            Ok(documents.put(&tenant, &volume)?)
        });
        restored.await?;
        Ok(empty_reply(202))
    }
}
