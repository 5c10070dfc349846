//! Creating volumes: for Cinder, for the proxy, and for servers that boot from them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::types::VolumeType;
use super::volume::BootImage;
use super::{BlockStorage, Snapshot, Then, Volume, VolumeStatus, view, volume_of};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, FAIL, Outcome, bad_request, fields, not_found, over_limit, uuid};
use crate::image::{ImageStatus, visible_image};
use crate::store::{Documents, OpenDocuments, Rows};
use crate::time::Ticks;

/// How many volumes a project may have, and how many GB of them.
const QUOTA: usize = 100;
const QUOTA_GB: u64 = 10_000;

/// Where the content of a new volume comes from.
pub(crate) enum Source {
    Nothing,
    Image(String),
    Snapshot(String),
    Volume(String),
}

/// The volume that is requested.
pub(crate) struct NewVolume {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// In GB; the source's size if it is not specified.
    pub(crate) size: Option<u64>,
    pub(crate) zone: String,
    pub(crate) volume_type: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) source: Source,
    pub(crate) user: String,
    pub(crate) tenant: String,
    pub(crate) admin: bool,
}

impl BlockStorage {
    pub(crate) async fn create_volume(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("volume").await?;
        let new = self.read(call, &body, "name", "description")?;
        let volume = self.create(new).await?;
        let (request, tenant) = (&*call.request, call.tenant());
        Ok(json_reply(202, &serde_json::json!({"volume": view::volume(&volume, request, &tenant, false)})))
    }

    pub(super) fn read(&self, call: &Call<'_>, body: &Value, name: &str, description: &str) -> Outcome<NewVolume> {
        let sources = [
            fields::text(body, "imageRef")?.map(Source::Image),
            fields::text(body, "snapshot_id")?.map(Source::Snapshot),
            fields::text(body, "source_volid")?.map(Source::Volume),
        ];
        let mut sources = sources.into_iter().flatten();
        let source = sources.next().unwrap_or(Source::Nothing);
        if sources.next().is_some() {
            return Err(bad_request("Only one of imageRef, snapshot_id and source_volid may be given."));
        }
        let size = fields::at_least(body, "size", 1)?;
        if size.is_none() && matches!(source, Source::Nothing | Source::Image(_)) {
            return Err(fields::missing("size"));
        }
        Ok(NewVolume {
            name: fields::text(body, name)?,
            description: fields::text(body, description)?,
            size,
            zone: fields::text(body, "availability_zone")?.unwrap_or_else(|| self.cloud.zone.clone()),
            volume_type: fields::text(body, "volume_type")?.filter(|kind| kind != "None"),
            metadata: fields::metadata(body, "metadata")?.unwrap_or_default(),
            source,
            user: call.user(),
            tenant: call.tenant(),
            admin: call.caller.is_admin(),
        })
    }

    pub(super) async fn create(&self, new: NewVolume) -> Outcome<Volume> {
        let due = self.cloud.due();
        let created = self.cloud.change(move |documents| {
            let volume = make_volume(documents, new, due)?;
            check_quota(documents, &volume.tenant, std::slice::from_ref(&volume))?;
            documents.put(&volume.tenant, &volume)?;
            Ok(volume)
        });
        created.await
    }
}

/// Builds a volume that is being created, without storing it.
pub(crate) fn make_volume(documents: &Documents<impl Rows>, new: NewVolume, due: Ticks) -> Outcome<Volume> {
    let volume_type = match new.volume_type {
        None => None,
        Some(named) => {
            let kind = VolumeType::find(&named);
            Some(kind.ok_or_else(|| not_found(format!("Volume type with name {named} could not be found.")))?.name.to_owned())
        }
    };
    let now = Ticks::now();
    let fails = new.metadata.contains_key(FAIL);
    let mut volume = Volume {
        id: uuid(),
        name: new.name,
        description: new.description,
        size: 0,
        status: VolumeStatus::Creating,
        step: Some((due, if fails { Then::Error } else { Then::Available })),
        created: now,
        updated: now,
        zone: new.zone,
        volume_type,
        image: None,
        bootable: false,
        snapshot: None,
        source: None,
        metadata: new.metadata,
        attachments: Vec::new(),
        user: new.user,
        tenant: new.tenant,
        content: 0,
    };
    let least = match new.source {
        Source::Nothing => 1,
        Source::Image(id) => {
            let image = visible_image(documents, &volume.tenant, new.admin, &id)
                .map_err(|_| bad_request("Invalid image identifier or unable to access requested image."))?;
            if image.status != ImageStatus::Active {
                return Err(bad_request(format!("Invalid input received: Image {id} is not active.")));
            }
            volume.bootable = true;
            volume.image = Some(BootImage { id, name: image.name });
            image.min_disk.max(image.size.unwrap_or_default().div_ceil(1 << 30)).max(1)
        }
        Source::Snapshot(id) => {
            let snapshot: Option<Snapshot> = documents.get(&volume.tenant, &id)?;
            let snapshot = snapshot.ok_or_else(|| not_found(format!("Snapshot {id} could not be found.")))?;
            if !snapshot.is_available() {
                return Err(bad_request(format!("Invalid snapshot: Snapshot {id} is not available.")));
            }
            (volume.image, volume.bootable, volume.content) = (snapshot.image.clone(), snapshot.bootable, snapshot.content);
            volume.snapshot = Some(id);
            snapshot.size
        }
        Source::Volume(id) => {
            let source = volume_of(documents, &volume.tenant, &id)?;
            if !matches!(source.status, VolumeStatus::Available | VolumeStatus::InUse) {
                return Err(bad_request(format!("Invalid volume: Volume {id} is {}.", source.status.name())));
            }
            (volume.image, volume.bootable, volume.content) = (source.image, source.bootable, source.content);
            volume.source = Some(id);
            source.size
        }
    };
    volume.size = new.size.unwrap_or(least);
    if volume.size < least {
        let message = format!("Volume size '{}'GB cannot be smaller than that of its source, {least}GB.", volume.size);
        return Err(bad_request(format!("Invalid input received: {message}")));
    }
    Ok(volume)
}

/// Whether these fit into the project's quota, in addition to its existing ones.
pub(crate) fn check_quota(documents: &mut OpenDocuments<'_>, tenant: &str, more: &[Volume]) -> Outcome<()> {
    let have: Vec<Volume> = documents.sweep(tenant)?;
    if have.len() + more.len() > QUOTA {
        let message = format!("VolumeLimitExceeded: Maximum number of volumes allowed ({QUOTA}) exceeded for quota 'volumes'.");
        return Err(over_limit(message));
    }
    check_size(&have, more.iter().map(|volume| volume.size).sum())
}

/// Whether this many more GB fit.
pub(super) fn check_size(have: &[Volume], more: u64) -> Outcome<()> {
    let used: u64 = have.iter().map(|volume| volume.size).sum();
    if used.saturating_add(more) > QUOTA_GB {
        return Err(over_limit(format!(
            "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested \
             {more}G, quota is {QUOTA_GB}G and {used}G has been consumed."
        )));
    }
    Ok(())
}
