//! Images as Nova shows them: items of their metadata, which are Glance's properties.

use serde_json::{Value, json};

use super::Compute;
use super::create::MAX_METADATA;
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Fail, Outcome, bad_request, fields, forbidden, not_found, over_limit};
use crate::image::Image;
use crate::time::Ticks;

/// As Nova says it.
fn not_there(_: Fail) -> Fail {
    not_found("Image not found.")
}

impl Compute {
    pub(crate) async fn show_image_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let image: Image = self.cloud.load(call, "image_id").map_err(not_there)?;
        let key = call.parameter("key");
        let value = image.properties.get(&key).ok_or_else(|| not_found("The resource could not be found."))?;
        Ok(json_reply(200, &json!({"meta": {key: value}})))
    }

    pub(crate) async fn set_image_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let (key, body) = (call.parameter("key"), call.json_in("meta").await?);
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

    pub(crate) async fn delete_image_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let key = call.parameter("key");
        // Whoever may not change the image hears of the missing item first, as there.
        let shown: Image = self.cloud.load(call, "image_id").map_err(not_there)?;
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
        self.cloud.load::<Image>(call, "image_id").map_err(not_there)?;
        let caller = call.caller.clone();
        let changed = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            if !image.is_writable_by(&caller) {
                return Err(forbidden(format!("Not authorized for image {}.", image.id)));
            }
            // K5's rule: what was imported can only be changed through Glance.
            if image.checksum.is_none() {
                let id = &image.id;
                return Err(bad_request(format!("Image {id} has no checksum; use the image service to change its properties.")));
            }
            change(image)?;
            image.updated = Ticks::now();
            Ok(())
        });
        changed.await.map(drop)
    }
}
