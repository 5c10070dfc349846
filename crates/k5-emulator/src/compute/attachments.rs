//! The volumes of an existing server.

use serde_json::{Value, json};

use super::actions::check;
use super::server::{Device, SYSTEM_DISK, Server, VmState};
use super::{Compute, devices};
use crate::block_storage::{Then, VolumeStatus, volume_of};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Fail, Outcome, bad_request, conflict, fields, is_uuid, not_found};
use crate::time::Ticks;

const MOST: usize = 1000;
const STATES: &[VmState] = &[VmState::Active, VmState::Stopped, VmState::Resized];

impl Compute {
    pub(crate) async fn list_volume_attachments(&self, call: &mut Call<'_>) -> Outcome {
        let server: Server = self.cloud.load(call, "server_id")?;
        let limit = fields::limit(call.query("limit"), MOST)?;
        let offset = match call.query("offset") {
            None => 0,
            Some(text) => text.parse::<usize>().map_err(|_| {
                let why = format!("'{text}' does not match '^[0-9]*$'");
                bad_request(format!("Invalid input for query parameters offset. Value: {text}. {why}"))
            })?,
        };
        let shown: Vec<Value> = server.devices.iter().skip(offset).take(limit).map(|device| view(&server, device)).collect();
        Ok(json_reply(200, &json!({"volumeAttachments": shown})))
    }

    /// With its availability zone, which only this answer of K5 has.
    pub(crate) async fn show_volume_attachment(&self, call: &mut Call<'_>) -> Outcome {
        let (server, volume): (Server, _) = (self.cloud.load(call, "server_id")?, call.parameter("volume_id"));
        let mut shown = view(&server, device(&server, &volume)?);
        shown["availability_zone"] = json!(server.zone);
        Ok(json_reply(200, &json!({"volumeAttachment": shown})))
    }

    pub(crate) async fn attach_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("volumeAttachment").await?;
        let id = fields::required_text(&body, "volumeId")?;
        if !is_uuid(&id) {
            return Err(bad_request(format!("Invalid input for field/attribute volumeId. Value: {id}. '{id}' is not a 'uuid'")));
        }
        let path = fields::text(&body, "device")?.filter(|path| !path.is_empty());
        if let Some(path) = path.as_ref().filter(|path| !is_device(path)) {
            let why = format!("'{path}' does not match '(^/dev/x{{0,1}}[a-z]{{0,1}}d{{0,1}})([a-z]+)[0-9]*$'");
            return Err(bad_request(format!("Invalid input for field/attribute device. Value: {path}. {why}")));
        }
        let (tenant, wanted, due) = (call.tenant(), id.clone(), self.cloud.due());
        let attached = self.cloud.update(call, "server_id", move |server: &mut Server, documents| {
            check(server, "attach_volume", STATES)?;
            let mut volume = volume_of(documents, &tenant, &wanted)?;
            if let Some(holder) = volume.attachments.first() {
                let holder = &holder.server;
                return Err(bad_request(format!("Invalid volume: volume {wanted} is already attached to instances: {holder}")));
            }
            if volume.status != VolumeStatus::Available {
                let status = volume.status.name();
                let why = format!("status must be 'available'. Currently in '{status}'");
                return Err(bad_request(format!("Invalid volume: volume '{wanted}' {why}")));
            }
            if volume.zone != server.zone {
                let (id, zone, volume_zone) = (&server.id, &server.zone, &volume.zone);
                return Err(bad_request(format!(
                    "Invalid volume: Instance {id} and volume {wanted} are not in the same availability_zone. Instance is in {zone}. \
                     Volume is in {volume_zone}"
                )));
            }
            let local_root = !server.boots_from_volume();
            let path = match path {
                Some(path) if devices::is_taken(&path, &server.devices, local_root) => {
                    return Err(conflict(format!("The supplied device path ({path}) is in use.")));
                }
                Some(path) => path,
                None => {
                    let free = devices::free_path(&server.devices, local_root);
                    free.ok_or_else(|| bad_request("The server has too many devices."))?
                }
            };
            volume.attach(&server.id, &path, false, due);
            documents.put(&tenant, &volume)?;
            server.devices.push(Device { volume: volume.id, path, gone_at: None });
            server.updated = Ticks::now();
            Ok(())
        });
        let server = attached.await?;
        Ok(json_reply(200, &json!({"volumeAttachment": view(&server, device(&server, &id)?)})))
    }

    pub(crate) async fn detach_volume(&self, call: &mut Call<'_>) -> Outcome {
        let (tenant, id, due) = (call.tenant(), call.parameter("volume_id"), self.cloud.due());
        let detached = self.cloud.update(call, "server_id", move |server: &mut Server, documents| {
            check(server, "detach_volume", STATES)?;
            let mut volume = volume_of(documents, &tenant, &id)?;
            if device(server, &id)?.path == SYSTEM_DISK {
                return Err(bad_request("Cannot detach a root device volume"));
            }
            if volume.status != VolumeStatus::InUse {
                return Err(bad_request(
                    "Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' \
                     to detach.",
                ));
            }
            volume.begin(VolumeStatus::Detaching, due, Then::Detached(server.id.clone()));
            documents.put(&tenant, &volume)?;
            for device in server.devices.iter_mut().filter(|device| device.volume == id) {
                device.gone_at = Some(due);
            }
            server.updated = Ticks::now();
            Ok(())
        });
        detached.await?;
        Ok(empty_reply(202))
    }
}

fn view(server: &Server, device: &Device) -> Value {
    json!({"id": device.volume, "volumeId": device.volume, "serverId": server.id, "device": device.path})
}

fn device<'s>(server: &'s Server, volume: &str) -> Result<&'s Device, Fail> {
    let unknown = || not_found(format!("Instance {} is not attached to volume {volume}", server.id));
    server.devices.iter().find(|device| device.volume == volume).ok_or_else(unknown)
}

/// `/dev/`, letters, digits.
fn is_device(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_lowercase())
}
