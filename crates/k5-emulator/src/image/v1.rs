//! `PUT /v1/images/{image_id}`: the older version, with metadata in headers.

use http::HeaderMap;
use serde_json::{Value, json};

use super::patch::set;
use super::{Image, ImageStatus, Images};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, bad_request, conflict, forbidden};
use crate::request::{is_true, latin1};
use crate::time::Ticks;

const PREFIX: &str = "x-image-meta-";
const PROPERTY: &str = "property_";

impl Images {
    pub(crate) async fn update_image_v1(&self, call: &mut Call<'_>) -> Outcome {
        let changes = changes(&call.request.headers);
        // Without this header, properties that the request lacks are removed.
        let purge = call.request.header("x-glance-registry-purge-props").is_none_or(|text| is_true(&text));
        let has_data = !call.body().await?.is_empty();
        let (caller, admin) = (call.caller.clone(), call.caller.is_admin());
        let updated = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            match (image.is_writable_by(&caller), has_data, image.status) {
                (false, ..) => return Err(forbidden(format!("You do not own image {}", image.id))),
                (true, false, _) => {}
                (true, true, ImageStatus::Queued) => return Err(bad_request("An image's data is taken by version 2 of the API.")),
                (true, true, _) => return Err(conflict("Cannot upload to an unqueued image")),
            }
            if purge {
                image.properties.clear();
            }
            for (name, value) in changes {
                apply(image, &name, value, admin)?;
            }
            image.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &json!({"image": view(&updated.await?)})))
    }
}

/// The image's fields in the headers, by names in lower case with `_` for `-`.
fn changes(headers: &HeaderMap) -> Vec<(String, String)> {
    let named = headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix(PREFIX)?, value)));
    named.map(|(name, value)| (name.replace('-', "_"), latin1(value.as_bytes()))).collect()
}

fn apply(image: &mut Image, name: &str, value: String, admin: bool) -> Outcome<()> {
    if let Some(name) = name.strip_prefix(PROPERTY) {
        image.properties.insert(name.to_owned(), if value.is_empty() { Value::Null } else { Value::String(value) });
        return Ok(());
    }
    let status = image.status;
    let kept = |now: Option<&str>| {
        let refusal = || forbidden(format!("Forbidden to modify '{name}' of {} image.", status.name()));
        if status == ImageStatus::Queued || now == Some(value.as_str()) { Ok(()) } else { Err(refusal()) }
    };
    match name {
        "id" if image.id != value => Err(forbidden("Forbidden to modify 'id' of image.")),
        "checksum" => kept(image.checksum.as_deref()),
        "size" => kept(image.size.map(|size| size.to_string()).as_deref()),
        "name" => set(image, name, Value::String(value), admin),
        "container_format" => {
            image.container_format = Some(value);
            Ok(())
        }
        "disk_format" => {
            image.disk_format = Some(value);
            Ok(())
        }
        "min_ram" | "min_disk" => {
            let number = value.parse::<u64>();
            let number = number.map_err(|_| bad_request(format!("Cannot convert image {name} \"{value}\" to an integer.")))?;
            set(image, name, json!(number), admin)
        }
        "protected" => set(image, name, Value::Bool(is_true(&value)), admin),
        "is_public" if is_true(&value) => set(image, "visibility", json!("public"), admin),
        // A shared image stays shared.
        "is_public" if image.visibility == "public" => set(image, "visibility", json!("private"), admin),
        "owner" if admin => set(image, name, Value::String(value), admin),
        "location" | "copy_from" if status == ImageStatus::Queued => {
            Err(bad_request(format!("External sources are not supported: '{value}'")))
        }
        "location" | "copy_from" => Err(bad_request(format!("Attempted to update {name} of an image that is not queued."))),
        // An owner set by anyone but an administrator is ignored, as are unknown names.
        _ => Ok(()),
    }
}

/// Times have no zone here.
fn view(image: &Image) -> Value {
    let time = |ticks: Ticks| ticks.zulu().trim_end_matches('Z').to_owned();
    json!({
        "id": image.id, "name": image.name, "status": image.status.name(), "container_format": image.container_format,
        "disk_format": image.disk_format, "size": image.size.unwrap_or_default(), "min_ram": image.min_ram, "min_disk": image.min_disk,
        "owner": image.owner, "is_public": image.visibility == "public", "protected": image.protected, "deleted": false,
        "created_at": time(image.created), "updated_at": time(image.updated), "deleted_at": null, "checksum": image.checksum,
        "virtual_size": null, "properties": image.properties,
    })
}
