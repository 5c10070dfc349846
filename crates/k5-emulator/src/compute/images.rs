//! Images as Nova shows them: items of their metadata, which are Glance's properties.

use serde_json::{Value, json};

use super::Compute;
use super::create::MAX_METADATA;
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Outcome, bad_request, fields, forbidden, not_found, over_limit};
use crate::image::{EVERYONE, Image, visible_image};
use crate::store::{Documents, Rows};
use crate::time::Ticks;

impl Compute {
    pub(super) fn show_image_metadata_item(&self, call: &Call<'_>) -> Outcome {
        let image = image(&self.cloud.reader().documents, call.tenant(), call.caller.is_admin(), &call.parameter(1))?;
        let key = call.parameter(2);
        let value = image.properties.get(&key).ok_or_else(|| not_found("The resource could not be found."))?;
        Ok(json_reply(200, &json!({"meta": {key: value}})))
    }

    pub(super) async fn set_image_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let (key, body) = (call.parameter(2), call.json_in("meta").await?);
        let value = match body.as_object().filter(|meta| meta.len() == 1).and_then(|meta| meta.get(&key)) {
            Some(Value::String(value)) => value.clone(),
            Some(other) => return Err(fields::wrong_type(&key, other, "string")),
            None => return Err(bad_request("Request body and URI mismatch")),
        };
        fields::check_metadata("meta", &key, &value)?;
        let answer = json!({"meta": {&key: &value}});
        let set = move |image: &mut Image| {
            image.properties.insert(key, Value::String(value));
            if image.properties.len() > MAX_METADATA {
                return Err(over_limit("Image metadata limit exceeded"));
            }
            Ok(())
        };
        self.change_image(call, set).await?;
        Ok(json_reply(200, &answer))
    }

    pub(super) async fn delete_image_metadata_item(&self, call: &Call<'_>) -> Outcome {
        let key = call.parameter(2);
        // Whoever may not change the image hears of the missing item first, as there.
        let shown = image(&self.cloud.reader().documents, call.tenant(), call.caller.is_admin(), &call.parameter(1))?;
        if !shown.properties.contains_key(&key) {
            return Err(not_found("Invalid metadata key"));
        }
        let removed = self.change_image(call, move |image| {
            image.properties.remove(&key).map(drop).ok_or_else(|| not_found("Invalid metadata key"))
        });
        removed.await?;
        Ok(empty_reply(204))
    }

    async fn change_image<F>(&self, call: &Call<'_>, change: F) -> Outcome<()>
    where
        F: FnOnce(&mut Image) -> Outcome<()> + Send + 'static,
    {
        let (project, admin, id) = (call.tenant(), call.caller.is_admin(), call.parameter(1));
        let changed = self.cloud.change(move |documents| {
            let mut image = image(documents, project.clone(), admin, &id)?;
            if !image.writable_by(&project, admin) {
                return Err(forbidden(format!("Not authorized for image {id}.")));
            }
            // K5's rule: what was imported can only be changed through Glance.
            if image.checksum.is_none() {
                return Err(bad_request(format!("Image {id} has no checksum; use the image service to change its properties.")));
            }
            change(&mut image)?;
            image.updated = Ticks::now();
            documents.put(EVERYONE, &image)?;
            Ok(())
        });
        changed.await
    }
}

fn image(documents: &Documents<impl Rows>, project: String, admin: bool, id: &str) -> Outcome<Image> {
    visible_image(documents, &project, admin, id).map_err(|_| not_found("Image not found."))
}
