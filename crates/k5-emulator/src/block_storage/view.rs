//! How Cinder shows volumes and snapshots.

use serde_json::{Value, json};

use super::{Snapshot, Volume};
use crate::cloud::nova::links;
use crate::request::Request;

/// `with_links`: the answer to a creation has no links.
pub(super) fn volume(volume: &Volume, request: &Request, tenant: &str, with_links: bool) -> Value {
    let attachments: Vec<Value> = volume
        .attachments
        .iter()
        .map(|attachment| {
            json!({
                "id": volume.id, "attachment_id": attachment.id, "volume_id": volume.id, "server_id": attachment.server,
                "host_name": null, "device": attachment.device, "attached_at": attachment.since.iso(),
            })
        })
        .collect();
    let mut document = json!({
        "id": volume.id, "name": volume.name, "description": volume.description, "status": volume.status.name(),
        "size": volume.size, "availability_zone": volume.zone, "created_at": volume.created.iso(),
        "updated_at": volume.updated.iso(), "volume_type": volume.volume_type, "bootable": volume.bootable.to_string(),
        "snapshot_id": volume.snapshot, "source_volid": volume.source, "metadata": volume.metadata,
        "attachments": attachments, "encrypted": false, "multiattach": false, "replication_status": null,
        "consistencygroup_id": null, "user_id": volume.user, "os-vol-tenant-attr:tenant_id": volume.tenant,
        "k5.emulator:content": volume.content,
    });
    if let Some(image) = &volume.image {
        let name = image.name.as_deref().unwrap_or_default();
        document["volume_image_metadata"] = json!({"image_id": image.id, "image_name": name});
    }
    if with_links {
        document["links"] = links(request, tenant, &format!("volumes/{}", volume.id));
    }
    document
}

/// `full`: with the fields that the answer to a creation leaves out.
pub(super) fn snapshot(snapshot: &Snapshot, full: bool) -> Value {
    let mut document = json!({
        "id": snapshot.id, "name": snapshot.name, "description": snapshot.description, "volume_id": snapshot.volume_id,
        "status": snapshot.status.name(), "size": snapshot.size, "created_at": snapshot.created.iso(),
        "updated_at": snapshot.updated.iso(), "metadata": snapshot.metadata,
    });
    if full {
        document["availability_zone"] = json!(snapshot.zone);
        document["os-extended-snapshot-attributes:progress"] = json!(snapshot.progress());
        document["os-extended-snapshot-attributes:project_id"] = json!(snapshot.tenant);
    }
    document
}
