//! `os-volume_upload_image`: an image of a volume.

use serde_json::{Value, json};

use super::types::VolumeType;
use super::{BlockStorage, Then, Volume, VolumeStatus};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, FAIL_PREFIX, Outcome, bad_request, fields, uuid};
use crate::image::{EVERYONE, Image, ImageStatus};
use crate::store::bodies::md5_hex;
use crate::time::Ticks;

const CONTAINER_FORMATS: &[&str] = &["bare", "ovf", "ami", "aki", "ari"];
const DISK_FORMATS: &[&str] = &["raw", "qcow2", "vmdk", "vdi"];

impl BlockStorage {
    pub(crate) async fn upload_volume_to_image(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("os-volume_upload_image").await?;
        let name = fields::name(&body, "image_name")?;
        let force = fields::flag(&body, "force")?.unwrap_or_default();
        let (now, due) = (Ticks::now(), self.cloud.due());
        let mut image = Image::queued(uuid(), call.tenant(), now);
        image.container_format = Some(one_of(&body, "container_format", CONTAINER_FORMATS)?);
        image.disk_format = Some(one_of(&body, "disk_format", DISK_FORMATS)?);
        (image.status, image.becomes) = (ImageStatus::Saving, Some((due, ImageStatus::Active)));
        if name.starts_with(FAIL_PREFIX) {
            let reason = json!(format!("ERROR: {name} could not be copied to the other availability zone."));
            image.properties.insert("sync_status_reason".to_owned(), reason);
        }
        image.name = Some(name);
        let mut answer = json!({
            "image_id": image.id, "image_name": image.name, "container_format": image.container_format,
            "disk_format": image.disk_format, "visibility": image.visibility,
        });
        let uploading = self.cloud.update(call, "volume_id", move |volume: &mut Volume, documents| {
            let allowed = volume.status == VolumeStatus::Available || (force && volume.status == VolumeStatus::InUse);
            if !allowed {
                let (id, statuses) = (&volume.id, if force { "available or in-use" } else { "available" });
                return Err(bad_request(format!("Invalid volume: Volume {id} status must be {statuses}")));
            }
            image.size = Some(volume.size << 30);
            image.checksum = Some(md5_hex(format!("{}:{}", volume.id, volume.content).as_bytes()));
            image.min_disk = volume.size;
            volume.begin(VolumeStatus::Uploading, due, Then::Uploaded);
            Ok(documents.put(EVERYONE, &image)?)
        });
        let volume = uploading.await?;
        answer["id"] = json!(volume.id);
        answer["status"] = json!(volume.status.name());
        answer["size"] = json!(volume.size);
        answer["display_description"] = json!(volume.description);
        answer["updated_at"] = json!(volume.updated.iso());
        answer["volume_type"] = volume.volume_type.as_deref().and_then(VolumeType::find).map_or(Value::Null, |kind| kind.row());
        Ok(json_reply(202, &json!({"os-volume_upload_image": answer})))
    }
}

/// One of these; the first if it is not specified.
fn one_of(body: &Value, name: &str, formats: &[&str]) -> Outcome<String> {
    let format = fields::text(body, name)?.unwrap_or_else(|| formats[0].to_owned());
    if !formats.contains(&&*format) {
        let why = format!("'{format}' is not one of {formats:?}");
        return Err(bad_request(format!("Invalid input for field/attribute {name}. Value: {format}. {why}")));
    }
    Ok(format)
}
