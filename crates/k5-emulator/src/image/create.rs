//! Creating images, and deleting them: `POST /v2/images`, `DELETE`.

use serde_json::Value;

use super::patch::{add, set};
use super::{EVERYONE, Image, Images, view};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Caller, Outcome, bad_request, conflict, forbidden, is_uuid, uuid};
use crate::time::Ticks;

impl Image {
    /// The refusal if this caller may not delete it.
    pub(crate) fn check_deletion(&self, caller: &Caller) -> Outcome<()> {
        match (self.is_writable_by(caller), self.protected) {
            (false, _) => Err(forbidden("You do not own this image")),
            (true, true) => Err(forbidden(format!("Image {} is protected and cannot be deleted.", self.id))),
            (true, false) => Ok(()),
        }
    }
}

impl Images {
    pub(crate) async fn create_image(&self, call: &mut Call<'_>) -> Outcome {
        let Value::Object(fields) = call.json().await? else { return Err(bad_request("Request body must be a JSON object.")) };
        let (project, admin) = (call.tenant(), call.caller.is_admin());
        let id = match fields.get("id").map(|id| id.as_str().filter(|id| is_uuid(id))) {
            None => uuid(),
            Some(Some(id)) => id.to_owned(),
            Some(None) => return Err(bad_request("Provided object does not match schema 'image': id is not a UUID")),
        };
        let mut image = Image::queued(id, project, Ticks::now());
        (image.visibility, image.container_format, image.disk_format) = ("shared".to_owned(), None, None);
        for (name, value) in fields {
            match name.as_str() {
                "id" => {}
                "container_format" => image.container_format = value.as_str().map(str::to_owned),
                "disk_format" => image.disk_format = value.as_str().map(str::to_owned),
                own if view::OWN.contains(&own) => set(&mut image, &name, value, admin)?,
                _ => add(&mut image, name, value)?,
            }
        }
        let made = self.cloud.change(move |documents| {
            if documents.get::<Image>(EVERYONE, &image.id)?.is_some() {
                return Err(conflict(format!("Image ID {} already exists!", image.id)));
            }
            documents.put(EVERYONE, &image)?;
            Ok(image)
        });
        let image = made.await?;
        let place = format!("{}/image/v2/images/{}", call.request.base, image.id);
        Ok(json_reply(201, &view::image(&image)).with("location", &place))
    }

    pub(crate) async fn delete_image(&self, call: &mut Call<'_>) -> Outcome {
        let caller = call.caller.clone();
        super::remove_image(&self.cloud, call, move |image| image.check_deletion(&caller)).await?;
        Ok(empty_reply(204))
    }
}
