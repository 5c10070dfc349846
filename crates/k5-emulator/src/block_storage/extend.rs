//! `os-extend`.

use super::create::check_size;
use super::{BlockStorage, Then, Volume, VolumeStatus};
use crate::cloud::nova::empty_reply;
use crate::cloud::{Call, Outcome, bad_request, fields};

impl BlockStorage {
    pub(crate) async fn extend_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("os-extend").await?;
        let size = fields::at_least(&body, "new_size", 1)?.ok_or_else(|| fields::missing("new_size"))?;
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let extended = self.cloud.update(call, "volume_id", move |volume: &mut Volume, documents| {
            if volume.status != VolumeStatus::Available {
                return Err(bad_request(format!(
                    "Invalid volume: Volume {} status must be '('available',)' to extend, currently {}.",
                    volume.id,
                    volume.status.name()
                )));
            }
            if size <= volume.size {
                return Err(bad_request(format!(
                    "Invalid input received: New size for extend must be greater than current size. (current: {}, extended: {size}).",
                    volume.size
                )));
            }
            let have: Vec<Volume> = documents.sweep(&tenant)?;
            check_size(&have, size - volume.size)?;
            volume.begin(VolumeStatus::Extending, due, Then::Extended(size));
            Ok(())
        });
        extended.await?;
        Ok(empty_reply(202))
    }
}
