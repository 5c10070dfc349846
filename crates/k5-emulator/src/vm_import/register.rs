//! `POST /v1/imageimport`.

use serde_json::{Map, Value, json};

use super::VmImport;
use super::import::Import;
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, FAIL_PREFIX, Outcome, bad_request, conflict, fields, is_uuid, not_found, uuid};
use crate::image::{EVERYONE, Image, ImageStatus};
use crate::store::ObjectName;
use crate::time::Ticks;

/// Members that are shown again.
const ALSO: &[&str] = &[
    "checksum",
    "conversion",
    "disk_format",
    "container_format",
    "user_name",
    "password",
    "domain_name",
    "ovf_location",
    "is_public",
    "properties",
];

impl VmImport {
    pub(crate) async fn register_image(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let name = fields::name(&body, "name")?;
        let os_type = fields::required_text(&body, "os_type")?;
        let location = fields::required_text(&body, "location")?.trim().to_owned();
        let object = object(&location, &call.tenant())?;
        if fields::text(&body, "checksum")?.is_some_and(|sum| sum.len() != 40 || !sum.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(bad_request("checksum must be a SHA-1 in hexadecimal."));
        }
        if fields::flag(&body, "conversion")?.unwrap_or_default() {
            for name in ["disk_format", "user_name", "password", "domain_name"] {
                fields::text(&body, name)?.ok_or_else(|| bad_request(format!("With conversion, {name} is required.")))?;
            }
        }
        let image_id = fields::text(&body, "id")?;
        if image_id.as_deref().is_some_and(|id| !is_uuid(id)) {
            return Err(bad_request("id must be a UUID."));
        }
        let reader = self.cloud.reader();
        let stored = reader.object(&object)?.ok_or_else(|| bad_request(format!("There is no object {location}.")))?;
        drop(reader);
        let size = stored.large.as_ref().map_or(stored.size, |large| large.size);
        let file = object.object.rsplit('/').next().unwrap_or_default();
        let fails = file.starts_with(FAIL_PREFIX).then(|| format!("The virtual disk {location} could not be converted."));
        let now = Ticks::now();
        let ends = self.cloud.due();
        let also: Map<String, Value> = ALSO
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), body.get(*name).filter(|value| !value.is_null())?.clone())))
            .collect();
        let import = Import {
            import_id: uuid(),
            image: image_id.unwrap_or_else(uuid),
            name,
            location,
            os_type,
            min_ram: fields::at_least(&body, "min_ram", 0)?.unwrap_or_default(),
            min_disk: fields::at_least(&body, "min_disk", 0)?.unwrap_or_default(),
            also,
            begun: now,
            starts: now.after(self.cloud.pace / 4),
            ends,
            fails,
            now,
        };
        let mut image = Image::queued(import.image.clone(), call.tenant(), now);
        image.name = Some(import.name.clone());
        image.size = Some(size);
        (image.min_ram, image.min_disk) = (import.min_ram, import.min_disk);
        image.status = ImageStatus::Saving;
        image.becomes = Some((ends, if import.fails.is_some() { ImageStatus::Killed } else { ImageStatus::Active }));
        image.properties.insert("os_type".to_owned(), json!(import.os_type));
        let tenant = call.tenant();
        let id = self.cloud.change(move |documents| {
            if documents.get::<Image>(EVERYONE, &image.id)?.is_some() {
                return Err(conflict(format!("An image with the id {} already exists.", image.id)));
            }
            documents.put(EVERYONE, &image)?;
            documents.put(&tenant, &import)?;
            Ok(import.import_id)
        });
        Ok(json_reply(201, &json!({"import_id": id.await?})))
    }
}

/// `/v1/AUTH_{project}/{container}/{object}.vmdk`, in the caller's own account.
fn object(location: &str, project: &str) -> Outcome<ObjectName> {
    let mut parts = location.strip_prefix("/v1/").unwrap_or_default().splitn(3, '/');
    let (Some(account), Some(container), Some(object)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(bad_request("location must be /v1/AUTH_{project}/{container}/{object}."));
    };
    if account != format!("AUTH_{project}") {
        return Err(not_found(format!("The account {account} is not that of the token's project.")));
    }
    if container.is_empty() || !object.ends_with(".vmdk") || location.contains('\0') {
        return Err(bad_request("location must name an object that ends with .vmdk."));
    }
    Ok(ObjectName::new(account, container, object))
}
