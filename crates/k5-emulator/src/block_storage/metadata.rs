//! Metadata of volumes and snapshots, item by item.

use serde_json::json;

use super::{BlockStorage, Snapshot, Volume, VolumeStatus};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Outcome, bad_request, fields, not_found};
use crate::time::Ticks;

impl BlockStorage {
    /// Adds items, and replaces existing ones with the same key.
    pub(crate) async fn update_volume_metadata(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let new = fields::metadata(&body, "metadata")?.ok_or_else(|| fields::missing("metadata"))?;
        let changed = self.cloud.update(call, "volume_id", move |volume: &mut Volume, _| {
            volume.check_metadata_change("Updating")?;
            volume.metadata.extend(new);
            volume.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &json!({"metadata": changed.await?.metadata})))
    }

    pub(crate) async fn delete_volume_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let key = call.parameter("key");
        let deleted = self.cloud.update(call, "volume_id", move |volume: &mut Volume, _| {
            if !volume.metadata.contains_key(&key) {
                return Err(not_found(format!("Volume {} has no metadata with key {key}.", volume.id)));
            }
            volume.check_metadata_change("Deleting")?;
            volume.metadata.remove(&key);
            volume.updated = Ticks::now();
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(200))
    }

    /// Adds items, and replaces existing ones with the same key.
    pub(crate) async fn update_snapshot_metadata(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let new = fields::metadata(&body, "metadata")?.ok_or_else(|| fields::missing("metadata"))?;
        let changed = self.cloud.update(call, "snapshot_id", move |snapshot: &mut Snapshot, _| {
            snapshot.metadata.extend(new);
            snapshot.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &json!({"metadata": changed.await?.metadata})))
    }

    pub(crate) async fn delete_snapshot_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let key = call.parameter("key");
        let deleted = self.cloud.update(call, "snapshot_id", move |snapshot: &mut Snapshot, _| {
            if snapshot.metadata.remove(&key).is_none() {
                return Err(not_found(format!("Snapshot {} has no metadata with key {key}.", snapshot.id)));
            }
            snapshot.updated = Ticks::now();
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(200))
    }
}

impl Volume {
    /// The refusal while an image is made of it.
    fn check_metadata_change(&self, doing: &str) -> Outcome<()> {
        match self.status {
            VolumeStatus::Uploading => {
                let status = self.status.name();
                Err(bad_request(format!("Invalid volume: {doing} metadata is not allowed for volumes in {status} status.")))
            }
            _ => Ok(()),
        }
    }
}
