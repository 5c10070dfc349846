//! `PATCH /v2/images/{image_id}`: Glance's dialect of JSON patch.

use serde_json::{Value, json};

use super::{Image, ImageStatus, Images, view};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, bad_request, conflict, forbidden, refused};
use crate::time::Ticks;

const MEDIA_TYPE: &str = "application/openstack-images-v2.1-json-patch";
const MAX_PROPERTIES: usize = 128;

enum Op {
    Add,
    Replace,
    Remove,
}

struct Change {
    op: Op,
    name: String,
    value: Value,
}

impl Images {
    pub(crate) async fn update_image(&self, call: &mut Call<'_>) -> Outcome {
        let content_type = call.request.header("content-type").unwrap_or_default();
        if content_type.split(';').next().is_none_or(|kind| kind.trim() != MEDIA_TYPE) {
            return Err(refused(415, format!("The request media type {content_type} is not supported by this server.")));
        }
        let changes = changes(&call.json().await?)?;
        let caller = call.caller.clone();
        let image = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            if !image.is_writable_by(&caller) {
                return Err(forbidden("You do not own this image"));
            }
            for change in changes {
                apply(image, change, caller.is_admin())?;
            }
            if image.properties.len() > MAX_PROPERTIES {
                let count = image.properties.len();
                let message = format!("The limit has been exceeded on the number of allowed image properties. Attempted: {count}, Maximum: {MAX_PROPERTIES}");
                return Err(refused(413, message));
            }
            image.updated = Ticks::now();
            Ok(())
        });
        Ok(json_reply(200, &view::image(&image.await?)))
    }
}

fn changes(body: &Value) -> Outcome<Vec<Change>> {
    let Value::Array(entries) = body else {
        return Err(bad_request("Request body must be a JSON array of operation objects."));
    };
    let mut changes = Vec::new();
    for entry in entries {
        if !entry.is_object() {
            return Err(bad_request("Operations must be JSON objects."));
        }
        let op = match entry["op"].as_str() {
            Some("add") => Op::Add,
            Some("replace") => Op::Replace,
            Some("remove") => Op::Remove,
            Some(other) => {
                let message = format!("Invalid operation: `{other}`. It must be one of the following: add, remove, replace.");
                return Err(bad_request(message));
            }
            None => {
                let message = "Unable to find `op` in JSON Schema change. It must be one of the following: add, remove, replace.";
                return Err(bad_request(message));
            }
        };
        let Some(path) = entry["path"].as_str() else {
            return Err(bad_request("Unable to find 'path' in JSON Schema change"));
        };
        let value = match (&op, entry.get("value")) {
            (Op::Remove, _) => Value::Null,
            (_, Some(value)) => value.clone(),
            (_, None) => {
                let op = entry["op"].as_str().unwrap_or_default();
                return Err(bad_request(format!("Operation \"{op}\" requires a member named \"value\".")));
            }
        };
        changes.push(Change { op, name: pointer(path)?, value });
    }
    Ok(changes)
}

/// The name that a JSON pointer refers to. Only the top level can be changed.
fn pointer(path: &str) -> Outcome<String> {
    let Some(name) = path.strip_prefix('/') else {
        return Err(bad_request(format!("Pointer `{path}` does not start with \"/\".")));
    };
    if name.is_empty() || name.contains('/') {
        return Err(bad_request(format!("Invalid JSON pointer for this resource: '{path}'")));
    }
    let escapes = name.split('~').skip(1);
    if escapes.clone().any(|rest| !rest.starts_with(['0', '1'])) {
        return Err(bad_request(format!("Pointer `{path}` contains \"~\" not part of a recognized escape sequence.")));
    }
    Ok(name.replace("~1", "/").replace("~0", "~"))
}

fn apply(image: &mut Image, change: Change, admin: bool) -> Outcome<()> {
    let Change { op, name, value } = change;
    match name.as_str() {
        "created_at" | "updated_at" | "status" | "checksum" | "size" | "virtual_size" | "direct_url" | "self" | "file"
        | "schema" | "id" | "os_hash_algo" | "os_hash_value" | "locations" => {
            return Err(forbidden(format!("Attribute '{name}' is read-only.")));
        }
        "location" | "deleted" | "deleted_at" => return Err(forbidden(format!("Attribute '{name}' is reserved."))),
        "owner" if !admin => return Err(forbidden("You are not permitted to modify 'owner' on this image.")),
        _ if view::OWN.contains(&name.as_str()) => {
            return match op {
                Op::Remove => Err(forbidden(format!("Property {name} may not be removed."))),
                Op::Add | Op::Replace => set(image, &name, value, admin),
            };
        }
        _ => {}
    }
    let known = image.properties.contains_key(&name);
    match op {
        Op::Replace | Op::Remove if !known => return Err(conflict(format!("Property {name} does not exist."))),
        Op::Remove => {
            image.properties.remove(&name);
        }
        Op::Add | Op::Replace => add(image, name, value)?,
    }
    Ok(())
}

/// Sets a property, replacing one of the same name.
pub(super) fn add(image: &mut Image, name: String, value: Value) -> Outcome<()> {
    if !(value.is_string() || value.is_null()) {
        return Err(mismatch(&name, &value, "string"));
    }
    image.properties.insert(name, value);
    Ok(())
}

/// Sets one of the image's own members.
pub(super) fn set(image: &mut Image, name: &str, value: Value, admin: bool) -> Outcome<()> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| mismatch(name, value, "string"));
    let number = |value: &Value| value.as_u64().ok_or_else(|| mismatch(name, value, "integer"));
    match name {
        "name" if value.is_null() => image.name = None,
        "name" => {
            let text = text(&value)?;
            if text.chars().count() > 255 {
                return Err(mismatch(name, &json!(text), "string of at most 255 characters"));
            }
            image.name = Some(text);
        }
        "tags" => {
            let Value::Array(tags) = &value else { return Err(mismatch(name, &value, "array")) };
            let mut new: Vec<String> = tags.iter().map(text).collect::<Outcome<_>>()?;
            new.sort();
            new.dedup();
            image.tags = new;
        }
        "visibility" => match text(&value)?.as_str() {
            "public" if !admin => return Err(forbidden("You are not authorized to complete publicize_image action.")),
            "public" | "private" | "shared" | "community" => image.visibility = text(&value)?,
            _ => return Err(mismatch(name, &value, "one of 'community', 'public', 'private', 'shared'")),
        },
        "min_disk" => image.min_disk = number(&value)?,
        "min_ram" => image.min_ram = number(&value)?,
        "protected" => image.protected = value.as_bool().ok_or_else(|| mismatch(name, &value, "boolean"))?,
        "owner" => image.owner = text(&value)?,
        "container_format" if image.status == ImageStatus::Queued => image.container_format = Some(text(&value)?),
        "disk_format" if image.status == ImageStatus::Queued => image.disk_format = Some(text(&value)?),
        "container_format" | "disk_format" => {
            return Err(forbidden(format!("Attribute {name} can be only replaced for a queued image.")));
        }
        // `os_hidden`: this server has no hidden images.
        _ => return Err(forbidden(format!("Attribute '{name}' is read-only."))),
    }
    Ok(())
}

fn mismatch(name: &str, value: &Value, wanted: &str) -> crate::cloud::Fail {
    bad_request(format!("Provided object does not match schema 'image': {value} is not of type '{wanted}' ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_unescaped_once() {
        let name = |path: &str| pointer(path).ok();
        assert_eq!(name("/a~1b~0c"), Some("a/b~c".to_owned()));
        assert_eq!(name("/~01"), Some("~1".to_owned()));
        for bad in ["", "a", "/", "/a/b", "/a~2", "/a~"] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
