//! Volume types: the same few in every cloud.

use serde_json::{Value, json};

use super::BlockStorage;
use crate::cloud::nova::{self, json_reply};
use crate::cloud::{Call, Fail, Outcome, Page, Sort, derived_uuid, fields, not_found};

/// K5's type, and the type of small test clouds.
const NAMES: &[&str] = &["M1", "file"];
const MAX_LIMIT: usize = 1000;
const CREATED: &str = "2016-01-01T00:00:00.000000";

pub(super) struct VolumeType {
    pub(super) id: String,
    pub(super) name: &'static str,
}

impl VolumeType {
    fn all() -> Vec<Self> {
        NAMES.iter().map(|name| Self { id: derived_uuid(&format!("volume type:{name}")), name }).collect()
    }

    /// The one with this id or name.
    pub(super) fn find(text: &str) -> Option<Self> {
        Self::all().into_iter().find(|kind| kind.id == text || kind.name == text)
    }

    fn view(&self) -> Value {
        json!({"id": self.id, "name": self.name, "description": null, "is_public": true, "extra_specs": {}})
    }

    /// As stored in the database, which one answer shows.
    pub(super) fn row(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "qos_specs_id": null, "deleted": false, "created_at": CREATED, "updated_at": null,
            "deleted_at": null,
        })
    }

    fn value(&self, key: &str) -> Value {
        match key {
            "id" => json!(self.id),
            "name" => json!(self.name),
            _ => json!(CREATED),
        }
    }
}

fn no_type(id: &str) -> Fail {
    not_found(format!("Volume type {id} could not be found."))
}

impl BlockStorage {
    pub(crate) async fn list_volume_types(&self, call: &mut Call<'_>) -> Outcome {
        let limit = fields::limit(call.query("limit"), MAX_LIMIT)?;
        let (all, marker) = (VolumeType::all(), call.query("marker"));
        if let Some(unknown) = marker.filter(|marker| all.iter().all(|kind| kind.id != *marker)) {
            return Err(no_type(unknown));
        }
        let sort = Sort::of(call, &["id", "name", "created_at"])?.unwrap_or_default();
        let items = sort.page(all, VolumeType::value, |kind| marker == Some(&*kind.id), limit);
        let page = Page { is_full: items.len() == limit, items };
        // Cinder's name for these links has no `s` in the middle.
        let names = ("volume_types", "volume_type_links", "types");
        Ok(nova::list_linked(call, names, &page, |kind| &kind.id, VolumeType::view))
    }

    pub(crate) async fn show_volume_type(&self, call: &mut Call<'_>) -> Outcome {
        let id = call.parameter("volume_type_id");
        let kind = VolumeType::find(&id).filter(|kind| kind.id == id).ok_or_else(|| no_type(&id))?;
        let mut document = kind.view();
        // K5 shows it here, and not in the list.
        document["availability_zone"] = json!(self.cloud.zone);
        Ok(json_reply(200, &json!({"volume_type": document})))
    }
}
