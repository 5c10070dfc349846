//! The data of images: `PUT` and `GET /v2/images/{image_id}/file`.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};

use super::{EVERYONE, Image, ImageStatus, Images, visible_image};
use crate::cloud::nova::empty_reply;
use crate::cloud::{Call, Caller, Cloud, Outcome, bad_request, conflict, forbidden, not_found, refused};
use crate::payload::{Part, Payload};
use crate::reply::Reply;
use crate::store::bodies::{BodyWriter, Written, hex};
use crate::store::{BodyRef, StoreError, Tables};
use crate::time::Ticks;

const MEDIA_TYPE: &str = "application/octet-stream";
/// What the data is hashed with, beside MD5.
pub(super) const HASH: &str = "sha512";

/// Where an image's data is.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Data {
    Stored(BodyRef),
    /// Nothing but zeros, which take no room.
    Zeros,
}

impl Image {
    /// The refusal if this caller may not upload its data now.
    fn check_upload(&self, caller: &Caller) -> Outcome<()> {
        if !self.is_writable_by(caller) {
            return Err(forbidden("You do not own this image"));
        }
        if self.status != ImageStatus::Queued {
            let status = self.status.name();
            return Err(conflict(format!("Image status transition from {status} to saving is not allowed")));
        }
        let formats = [("disk_format", &self.disk_format), ("container_format", &self.container_format)];
        let missing: Vec<&str> = formats.iter().filter(|(_, format)| format.is_none()).map(|(name, _)| *name).collect();
        match missing.as_slice() {
            [] => Ok(()),
            [one] => Err(bad_request(format!("Property {one} must be set prior to saving data."))),
            several => Err(bad_request(format!("Properties {} must be set prior to saving data.", several.join(", ")))),
        }
    }
}

impl Images {
    pub(crate) async fn upload_image(&self, call: &mut Call<'_>) -> Outcome {
        let kind = call.request.header("content-type").unwrap_or_default();
        if kind != MEDIA_TYPE {
            return Err(refused(415, format!("Unsupported content type: {kind}")));
        }
        let image: Image = self.cloud.load(call, "image_id")?;
        image.check_upload(&call.caller)?;
        let mut writer = BodyWriter::new(Arc::clone(&self.cloud.store.bodies));
        let mut hash = Sha512::new();
        while let Some(chunk) = call.request.upload.chunk().await? {
            hash.update(&chunk);
            writer.push(chunk).await.map_err(StoreError::from)?;
        }
        let Written { stored, size, etag } = writer.finish().await.map_err(StoreError::from)?;
        let (caller, hash) = (call.caller.clone(), hex(hash.finalize().as_slice()));
        let saved = self.cloud.change_tables(move |tables| {
            // Somebody else may have been faster.
            let mut image = visible(tables, &caller, &image.id)?;
            image.check_upload(&caller)?;
            image.data = Some(Data::Stored(tables.put_body(stored)?));
            (image.size, image.checksum, image.hash) = (Some(size), Some(etag), Some(hash));
            (image.status, image.updated) = (ImageStatus::Active, Ticks::now());
            Ok(tables.documents.put(EVERYONE, &image)?)
        });
        saved.await?;
        Ok(empty_reply(204))
    }

    pub(crate) async fn download_image(&self, call: &mut Call<'_>) -> Outcome {
        let image: Image = self.cloud.load(call, "image_id")?;
        let size = image.size.unwrap_or_default();
        let part = match image.data.filter(|_| image.status == ImageStatus::Active) {
            // What is being written, and what was never here.
            None => return Ok(empty_reply(204)),
            Some(Data::Stored(body)) => Part::Stored { body, offset: 0, length: size },
            Some(Data::Zeros) => Part::Bytes(Bytes::from(vec![0; usize::try_from(size).unwrap_or_default()])),
        };
        let mut reply = Reply::new(StatusCode::OK).with("content-type", MEDIA_TYPE);
        reply.payload = Payload::parts(vec![part], Arc::clone(&self.cloud.store));
        reply.set_length();
        if reply.payload.prime().await.is_err() {
            // It was deleted a moment ago.
            return Err(not_found(format!("No image found with ID {}", image.id)));
        }
        if let Some(checksum) = &image.checksum {
            reply.header("content-md5", checksum);
        }
        Ok(reply)
    }
}

/// Removes the image that the path names and its data, unless `check` refuses.
pub(crate) async fn remove<F>(cloud: &Cloud, call: &Call<'_>, check: F) -> Outcome<()>
where
    F: FnOnce(&Image) -> Outcome<()> + Send + 'static,
{
    let (caller, id) = (call.caller.clone(), call.parameter("image_id"));
    let removed = cloud.change_tables(move |tables| {
        let image = visible(tables, &caller, &id)?;
        check(&image)?;
        if let Some(Data::Stored(body)) = image.data {
            tables.drop_body(body)?;
        }
        Ok(tables.documents.remove::<Image>(EVERYONE, &id)?)
    });
    removed.await
}

fn visible(tables: &Tables<'_>, caller: &Caller, id: &str) -> Outcome<Image> {
    visible_image(&tables.documents, &caller.project.id, caller.is_admin(), id)
}
