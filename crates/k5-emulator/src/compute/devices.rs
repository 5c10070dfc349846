//! `block_device_mapping_v2`: the volumes of a new server.

use std::collections::BTreeMap;

use serde_json::Value;

use super::create::NewServer;
use super::server::{Device, SYSTEM_DISK};
use crate::block_storage::{NewVolume, Source, Volume, VolumeStatus, make_volume, volume_of};
use crate::cloud::{Outcome, bad_request, fields};
use crate::store::{Documents, OpenDocuments, Rows};
use crate::time::Ticks;

/// The volumes of one server, as they are to be stored.
#[derive(Default)]
pub(super) struct Devices {
    /// New ones.
    pub(super) made: Vec<Volume>,
    /// Existing ones.
    pub(super) used: Vec<Volume>,
    pub(super) boots_from_volume: bool,
    paths: Vec<Device>,
}

impl Devices {
    pub(super) fn list(&self) -> Vec<Device> {
        self.paths.clone()
    }
}

/// `nth`: the index of the server within the request, from zero.
pub(super) fn devices(
    documents: &Documents<impl Rows>,
    new: &NewServer,
    mapping: &[Value],
    server: &str,
    due: Ticks,
    nth: usize,
) -> Outcome<Devices> {
    let mut devices = Devices::default();
    check_order(mapping)?;
    let is_root = |entry: &Value| {
        let boots = fields::integer(entry, "boot_index")? == Some(0);
        let destination = fields::text(entry, "destination_type")?;
        let of_flavor = destination.is_none() && entry.get("source_type").is_some_and(|source| source == "image");
        Ok::<_, crate::cloud::Fail>(boots && destination.as_deref() != Some("local") && !of_flavor)
    };
    let mut local_root = true;
    for entry in mapping {
        local_root &= !is_root(entry)?;
    }
    for entry in mapping {
        let boots = fields::integer(entry, "boot_index")? == Some(0);
        let source = fields::required_text(entry, "source_type")?;
        let destination = fields::text(entry, "destination_type")?;
        if !matches!(destination.as_deref(), None | Some("volume" | "local")) {
            return Err(invalid("Invalid destination_type."));
        }
        let local = destination.as_deref() == Some("local") || (source == "image" && destination.is_none());
        if local && matches!(source.as_str(), "image" | "blank") {
            // The disk of the flavor, or an ephemeral one: no volume.
            continue;
        }
        let path = path(fields::text(entry, "device_name")?, &devices.paths, local_root)?;
        let uuid = || fields::text(entry, "uuid")?.ok_or_else(|| invalid("Missing device UUID."));
        let delete = fields::flag(entry, "delete_on_termination")?.unwrap_or_default();
        let size = fields::at_least(entry, "volume_size", 1)?;
        let source = match source.as_str() {
            "volume" => {
                let mut volume = volume_of(documents, &new.tenant, &uuid()?)
                    .map_err(|_| invalid(&format!("failed to get volume {}.", uuid().unwrap_or_default())))?;
                let taken = volume.status != VolumeStatus::Available || nth > 0;
                if taken || devices.used.iter().any(|used| used.id == volume.id) {
                    return Err(invalid(&format!("volume {} is not 'available' for one server.", volume.id)));
                }
                volume.attach(server, &path, delete, due);
                devices.boots_from_volume |= boots;
                devices.paths.push(Device { volume: volume.id.clone(), path, gone_at: None });
                devices.used.push(volume);
                continue;
            }
            "image" => Source::Image(uuid()?),
            "snapshot" => Source::Snapshot(uuid()?),
            "blank" => Source::Nothing,
            other => return Err(invalid(&format!("Invalid source_type field: {other}."))),
        };
        if size.is_none() && !matches!(source, Source::Snapshot(_)) {
            let kind = if matches!(source, Source::Image(_)) { "Images" } else { "Blank volumes" };
            return Err(bad_request(format!("{kind} with destination_type 'volume' need to have a non-zero size specified")));
        }
        let wanted = NewVolume {
            name: Some(String::new()),
            description: Some(String::new()),
            size,
            zone: new.zone.clone(),
            volume_type: fields::text(entry, "volume_type")?,
            metadata: BTreeMap::new(),
            source,
            user: new.user.clone(),
            tenant: new.tenant.clone(),
            admin: new.admin,
        };
        let mut volume = make_volume(documents, wanted, due).map_err(|fail| match fail {
            crate::cloud::Fail::Refused(refusal) => invalid(&refusal.message),
            other => other,
        })?;
        // It is created and attached in one step, so that nobody else can attach it in between.
        volume.attach(server, &path, delete, due);
        volume.status = VolumeStatus::Creating;
        devices.boots_from_volume |= boots;
        devices.paths.push(Device { volume: volume.id.clone(), path, gone_at: None });
        devices.made.push(volume);
    }
    Ok(devices)
}

/// A list of disks says which one to boot from first, also beside an image, and numbers the others without gaps.
fn check_order(mapping: &[Value]) -> Outcome<()> {
    let mut order = Vec::new();
    for entry in mapping {
        order.extend(fields::integer(entry, "boot_index")?.filter(|index| *index >= 0));
    }
    order.sort_unstable();
    match mapping.is_empty() || (!order.is_empty() && order.iter().zip(0..).all(|(index, place)| *index == place)) {
        true => Ok(()),
        false => Err(invalid("Boot sequence for the instance and image/block device mapping combination is not valid.")),
    }
}

/// The device's name as given, or the next one that is free. `local_root`: the system disk is the flavor's, and not among the
/// existing devices.
fn path(given: Option<String>, taken: &[Device], local_root: bool) -> Outcome<String> {
    if let Some(path) = given.filter(|path| !path.is_empty()) {
        return match is_taken(&path, taken, local_root) {
            true => Err(invalid(&format!("The supplied device path ({path}) is in use."))),
            false => Ok(path),
        };
    }
    free_path(taken, local_root).ok_or_else(|| invalid("The server has too many devices."))
}

pub(super) fn is_taken(path: &str, taken: &[Device], local_root: bool) -> bool {
    (local_root && path == SYSTEM_DISK) || taken.iter().any(|device| device.path == path)
}

/// The first name that no device has.
pub(super) fn free_path(taken: &[Device], local_root: bool) -> Option<String> {
    ('a'..='z').map(|letter| format!("/dev/vd{letter}")).find(|path| !is_taken(path, taken, local_root))
}

fn invalid(why: &str) -> crate::cloud::Fail {
    bad_request(format!("Block Device Mapping is Invalid: {why}"))
}

/// Detaches all volumes from a server that is being deleted.
pub(super) fn release(documents: &mut OpenDocuments<'_>, tenant: &str, server: &str, due: Ticks) -> Outcome<()> {
    let volumes: Vec<Volume> = documents.sweep(tenant)?;
    for mut volume in volumes {
        if volume.attachments.iter().any(|attachment| attachment.server == server) {
            volume.release(server, due);
            documents.put(tenant, &volume)?;
        }
    }
    Ok(())
}
