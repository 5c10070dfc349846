//! `os-extend`.

use super::create::check_size;
use super::{BlockStorage, Then, Volume, VolumeStatus, volume_of};
use crate::cloud::nova::empty_reply;
use crate::cloud::{Call, Outcome, bad_request, fields};

impl BlockStorage {
    pub(super) async fn extend_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("os-extend").await?;
        let size = fields::at_least(&body, "new_size", 1)?.ok_or_else(|| fields::missing("new_size"))?;
        let (tenant, id, due) = (call.tenant(), call.parameter(1), self.cloud.due());
        let extended = self.cloud.change(move |documents| {
            let mut volume = volume_of(documents, &tenant, &id)?;
            if volume.status != VolumeStatus::Available {
                return Err(bad_request(format!(
                    "Invalid volume: Volume {id} status must be '('available',)' to extend, currently {}.",
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
            documents.put(&tenant, &volume)?;
            Ok(())
        });
        extended.await?;
        Ok(empty_reply(202))
    }
}
