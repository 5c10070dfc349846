//! Lists of volumes, newest first.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{BlockStorage, Volume, view};
use crate::cloud::nova::{json_reply, next_link};
use crate::cloud::{Call, Outcome, Sort, bad_request, fields, not_found};
use crate::store::Order;

const MAX_LIMIT: usize = 1000;
const KEYS: &[&str] = &["id", "status", "size", "availability_zone", "name", "bootable", "created_at"];

impl BlockStorage {
    pub(super) fn list_volumes_detail(&self, call: &Call<'_>) -> Outcome {
        let tenant = call.tenant();
        let volumes = self.volumes(call)?;
        let shown: Vec<Value> = volumes.iter().map(|volume| view::volume(volume, call.request, &tenant, true)).collect();
        let mut answer = json!({"volumes": shown});
        let cut = call.query("limit").is_some() && volumes.len() == fields::limit(call.query("limit"), MAX_LIMIT)?;
        if let Some(last) = volumes.last().filter(|_| cut) {
            answer["volumes_links"] = next_link(call.request, &tenant, "volumes/detail", &last.id);
        }
        Ok(json_reply(200, &answer))
    }

    /// Those that the query asks for.
    pub(super) fn volumes(&self, call: &Call<'_>) -> Outcome<Vec<Volume>> {
        let tenant = call.tenant();
        let limit = fields::limit(call.query("limit"), MAX_LIMIT)?;
        let skip = match call.query("offset") {
            None => 0,
            Some(offset) => {
                offset.parse::<usize>().map_err(|_| bad_request(format!("offset param must be an integer: {offset}")))?
            }
        };
        let sort = Sort::of(call, KEYS)?;
        let reader = self.cloud.reader();
        let marker = call.query("marker");
        if let Some(marker) = marker
            && reader.documents.get::<Volume>(&tenant, marker)?.is_none()
        {
            return Err(not_found(format!("Volume {marker} could not be found.")));
        }
        let fits = |volume: &Volume| {
            call.query("name").is_none_or(|name| volume.name.as_deref() == Some(name))
                && call.query("status").is_none_or(|status| volume.status.name().eq_ignore_ascii_case(status))
                && call.query("availability_zone").is_none_or(|zone| volume.zone == zone)
                && call.query("bootable").is_none_or(|flag| flag.eq_ignore_ascii_case(&volume.bootable.to_string()))
        };
        // To sort, all are needed.
        let most = limit.saturating_add(skip);
        let (after, wanted) = if sort.is_some() { (None, usize::MAX) } else { (marker, most) };
        let mut volumes = Vec::new();
        reader.documents.visit(&tenant, Order::NewestFirst, after, |volume: Volume| {
            if fits(&volume) {
                volumes.push(volume);
            }
            if volumes.len() == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(sort) = sort {
            volumes = sort.page(volumes, value, |volume| marker == Some(&volume.id), most);
        }
        volumes.drain(..skip.min(volumes.len()));
        Ok(volumes)
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
