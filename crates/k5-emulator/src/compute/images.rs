//! Images as Nova shows them. Their metadata are Glance's properties.

use serde_json::{Value, json};

use super::Compute;
use super::create::MAX_METADATA;
use super::list::{MAX_LIMIT, changes_since};
use crate::cloud::nova::{self, empty_reply, json_reply, links, no_marker, reference};
use crate::cloud::{Call, Cut, Fail, Outcome, bad_request, fields, forbidden, not_found, over_limit};
use crate::image::{Image, ImageStatus, MemberStatus, remove_image};
use crate::request::Request;
use crate::time::Ticks;

/// The property of a snapshot that names the server it was made from.
const SERVER: &str = "instance_uuid";

/// In Nova's words.
fn not_there(_: Fail) -> Fail {
    not_found("Image not found.")
}

fn check_count(image: &Image) -> Outcome<()> {
    if image.properties.len() > MAX_METADATA { Err(over_limit("Image metadata limit exceeded")) } else { Ok(()) }
}

/// With the size as text, as K5 has it; stock Nova writes a number.
fn view(image: &Image, request: &Request, tenant: &str) -> Value {
    let (status, progress) = match image.status {
        ImageStatus::Queued => ("SAVING", 25),
        ImageStatus::Saving => ("SAVING", 50),
        ImageStatus::Active => ("ACTIVE", 100),
        ImageStatus::Killed => ("ERROR", 0),
    };
    let mut document = json!({
        "id": image.id, "name": image.name, "status": status, "progress": progress, "created": image.created.zulu(),
        "updated": image.updated.zulu(), "minDisk": image.min_disk, "minRam": image.min_ram, "metadata": image.properties,
        "OS-EXT-IMG-SIZE:size": image.size.unwrap_or_default().to_string(),
    });
    let path = format!("images/{}", image.id);
    let alternate = format!("{}/{path}", request.base);
    document["links"] = links(request, tenant, &path);
    if let Value::Array(links) = &mut document["links"] {
        links.push(json!({"rel": "alternate", "type": "application/vnd.openstack.image", "href": alternate}));
    }
    if let Some(Value::String(server)) = image.properties.get(SERVER) {
        document["server"] = json!({"id": server, "links": links(request, tenant, &format!("servers/{server}"))});
    }
    if let Some(Value::String(flag)) = image.properties.get("auto_disk_config") {
        let auto = matches!(flag.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y");
        document["OS-DCF:diskConfig"] = json!(if auto { "AUTO" } else { "MANUAL" });
    }
    document
}

impl Compute {
    pub(crate) async fn list_images_detail(&self, call: &mut Call<'_>) -> Outcome {
        let (since, tenant) = (changes_since(call)?, call.tenant());
        let cut = Cut::limit(fields::limit(call.query("limit"), MAX_LIMIT)?).marker(no_marker);
        let is = |name: &str, value: Option<&str>| call.query(name).is_none_or(|wanted| value == Some(wanted));
        let page = self.cloud.page(call, cut, |image: &Image| {
            let property = |name: &str| image.properties.get(name).and_then(Value::as_str);
            image.is_listed_for(&call.caller, Some(MemberStatus::Accepted))
                && since.is_none_or(|since| image.updated >= since)
                && call.query("status").is_none_or(|status| status.eq_ignore_ascii_case(image.status.name()))
                && call.query("server").is_none_or(|server| property(SERVER) == Some(&reference(server)))
                && is("name", image.name.as_deref())
                && is("type", property("image_type"))
                && is("minDisk", Some(&image.min_disk.to_string()))
                && is("minRam", Some(&image.min_ram.to_string()))
        })?;
        Ok(nova::list(call, ("images", "images/detail"), &page, |image| &image.id, |image| view(image, call.request, &tenant)))
    }

    pub(crate) async fn show_image(&self, call: &mut Call<'_>) -> Outcome {
        let image = self.cloud.load(call, "image_id").map_err(not_there)?;
        Ok(json_reply(200, &json!({"image": view(&image, call.request, &call.tenant())})))
    }

    pub(crate) async fn delete_image(&self, call: &mut Call<'_>) -> Outcome {
        self.cloud.load::<Image>(call, "image_id").map_err(not_there)?;
        let caller = call.caller.clone();
        let deleted = remove_image(&self.cloud, call, move |image| {
            image.check_deletion(&caller).map_err(|_| forbidden("You are not allowed to delete the image."))
        });
        deleted.await?;
        Ok(empty_reply(204))
    }

    pub(crate) async fn show_image_metadata(&self, call: &mut Call<'_>) -> Outcome {
        let image: Image = self.cloud.load(call, "image_id").map_err(not_there)?;
        Ok(json_reply(200, &json!({"metadata": image.properties})))
    }

    pub(crate) async fn replace_image_metadata(&self, call: &mut Call<'_>) -> Outcome {
        self.set_metadata(call, true).await
    }

    pub(crate) async fn update_image_metadata(&self, call: &mut Call<'_>) -> Outcome {
        self.set_metadata(call, false).await
    }

    /// Sets the items in the body, replacing all existing items or adding to them.
    async fn set_metadata(&self, call: &mut Call<'_>, purge: bool) -> Outcome {
        let body = call.json().await?;
        let new = fields::metadata(&body, "metadata")?.ok_or_else(|| fields::missing("metadata"))?;
        let set = move |image: &mut Image| {
            if purge {
                image.properties.clear();
            }
            image.properties.extend(new.into_iter().map(|(key, value)| (key, Value::String(value))));
            check_count(image)
        };
        Ok(json_reply(200, &json!({"metadata": self.change_image(call, set).await?.properties})))
    }

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
            check_count(image)
        };
        self.change_image(call, set).await?;
        Ok(json_reply(200, &answer))
    }

    pub(crate) async fn delete_image_metadata_item(&self, call: &mut Call<'_>) -> Outcome {
        let key = call.parameter("key");
        // As in Nova, a caller who may not change the image is told of the missing item first.
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

    async fn change_image<F>(&self, call: &Call<'_>, change: F) -> Outcome<Image>
    where
        F: FnOnce(&mut Image) -> Outcome<()> + Send + 'static,
    {
        self.cloud.load::<Image>(call, "image_id").map_err(not_there)?;
        let caller = call.caller.clone();
        let changed = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            if !image.is_writable_by(&caller) {
                return Err(forbidden(format!("Not authorized for image {}.", image.id)));
            }
            // K5's rule: imported images can only be changed through Glance.
            if image.checksum.is_none() {
                let id = &image.id;
                return Err(bad_request(format!("Image {id} has no checksum; use the image service to change its properties.")));
            }
            change(image)?;
            image.updated = Ticks::now();
            Ok(())
        });
        changed.await
    }
}
