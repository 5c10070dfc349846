//! How Glance shows an image.

use serde_json::{Value, json};

use super::Image;
use super::data::HASH;

/// The names of the image's own fields, which no property can have.
pub(super) const OWN: &[&str] = &[
    "id",
    "name",
    "status",
    "visibility",
    "tags",
    "created_at",
    "updated_at",
    "size",
    "checksum",
    "container_format",
    "disk_format",
    "min_disk",
    "min_ram",
    "protected",
    "owner",
    "virtual_size",
    "self",
    "file",
    "schema",
    "os_hash_algo",
    "os_hash_value",
    "os_hidden",
    "direct_url",
    "locations",
    "location",
    "deleted",
    "deleted_at",
];

/// Properties lie flat beside the image's own members.
pub(super) fn image(image: &Image) -> Value {
    let mut document = json!({
        "id": image.id, "name": image.name, "status": image.status.name(), "visibility": image.visibility,
        "tags": image.tags, "created_at": image.created.zulu(), "updated_at": image.updated.zulu(),
        "size": image.size, "checksum": image.checksum, "container_format": image.container_format,
        "disk_format": image.disk_format, "min_disk": image.min_disk, "min_ram": image.min_ram,
        "protected": image.protected, "owner": image.owner, "virtual_size": null, "os_hidden": false,
        "os_hash_algo": image.hash.as_ref().map(|_| HASH), "os_hash_value": image.hash,
        "self": format!("/v2/images/{}", image.id), "file": format!("/v2/images/{}/file", image.id),
        "schema": "/v2/schemas/image",
    });
    for (name, value) in &image.properties {
        document[name] = value.clone();
    }
    document
}
