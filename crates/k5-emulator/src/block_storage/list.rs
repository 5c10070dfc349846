//! Lists of volumes, newest first.

use serde_json::{Value, json};

use super::{BlockStorage, Volume, no_volume, view};
use crate::cloud::{Call, Cut, Outcome, Page, Sort, bad_request, fields, nova};

const MAX_LIMIT: usize = 1000;
const KEYS: &[&str] = &["id", "status", "size", "availability_zone", "name", "bootable", "created_at"];

impl BlockStorage {
    pub(crate) async fn list_volumes_detail(&self, call: &mut Call<'_>) -> Outcome {
        let (page, tenant) = (self.volumes(call)?, call.tenant());
        let view = |volume: &Volume| view::volume(volume, call.request, &tenant, true);
        Ok(nova::list(call, ("volumes", "volumes/detail"), &page, |volume| &volume.id, view))
    }

    /// Those that the query asks for.
    pub(super) fn volumes(&self, call: &Call<'_>) -> Outcome<Page<Volume>> {
        let skip = match call.query("offset") {
            None => 0,
            Some(offset) => {
                offset.parse::<usize>().map_err(|_| bad_request(format!("offset param must be an integer: {offset}")))?
            }
        };
        let cut = Cut::limit(fields::limit(call.query("limit"), MAX_LIMIT)?)
            .skip(skip)
            .sort(Sort::of(call, KEYS)?, value)
            .marker(no_volume);
        self.cloud.page(call, cut, |volume: &Volume| {
            call.query("name").is_none_or(|name| volume.name.as_deref() == Some(name))
                && call.query("status").is_none_or(|status| volume.status.name().eq_ignore_ascii_case(status))
                && call.query("availability_zone").is_none_or(|zone| volume.zone == zone)
                && call.query("bootable").is_none_or(|flag| flag.eq_ignore_ascii_case(&volume.bootable.to_string()))
        })
    }
}

fn value(volume: &Volume, key: &str) -> Value {
    match key {
        "id" => json!(volume.id),
        "status" => json!(volume.status.name()),
        "size" => json!(volume.size),
        "availability_zone" => json!(volume.zone),
        "name" => json!(volume.name),
        "bootable" => json!(volume.bootable.to_string()),
        _ => json!(volume.created.0),
    }
}
