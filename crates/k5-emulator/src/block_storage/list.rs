//! Lists of volumes and of snapshots, newest first.

use serde_json::{Value, json};

use super::{BlockStorage, Snapshot, Volume, no_volume, view};
use crate::cloud::{Call, Cut, Kept, Outcome, Page, Sort, bad_request, fields, not_found, nova};

const MAX_LIMIT: usize = 1000;
const KEYS: &[&str] = &["id", "status", "size", "availability_zone", "name", "bootable", "created_at"];

const SNAPSHOT_KEYS: &[&str] = &["id", "status", "size", "volume_id", "name", "created_at"];

impl BlockStorage {
    pub(crate) async fn list_volumes(&self, call: &mut Call<'_>) -> Outcome {
        let (page, tenant) = (self.volumes(call)?, call.tenant());
        let view = |volume: &Volume| {
            let links = nova::links(call.request, &tenant, &format!("volumes/{}", volume.id));
            json!({"id": volume.id, "name": volume.name, "links": links})
        };
        Ok(nova::list(call, ("volumes", "volumes"), &page, |volume| &volume.id, view))
    }

    pub(crate) async fn list_volumes_detail(&self, call: &mut Call<'_>) -> Outcome {
        let (page, tenant) = (self.volumes(call)?, call.tenant());
        let view = |volume: &Volume| view::volume(volume, call.request, &tenant, true);
        Ok(nova::list(call, ("volumes", "volumes/detail"), &page, |volume| &volume.id, view))
    }

    /// The ones that the query selects.
    pub(super) fn volumes(&self, call: &Call<'_>) -> Outcome<Page<Volume>> {
        let cut = cut(call)?.sort(Sort::of(call, KEYS)?, value).marker(no_volume);
        self.cloud.page(call, cut, |volume: &Volume| {
            call.query("name").is_none_or(|name| volume.name.as_deref() == Some(name))
                && call.query("status").is_none_or(|status| volume.status.name().eq_ignore_ascii_case(status))
                && call.query("availability_zone").is_none_or(|zone| volume.zone == zone)
                && call.query("bootable").is_none_or(|flag| flag.eq_ignore_ascii_case(&volume.bootable.to_string()))
        })
    }

    pub(crate) async fn list_snapshots(&self, call: &mut Call<'_>) -> Outcome {
        let (page, view) = (self.snapshots(call)?, |snapshot: &Snapshot| view::snapshot(snapshot, false));
        Ok(nova::list(call, ("snapshots", "snapshots"), &page, |snapshot| &snapshot.id, view))
    }

    pub(crate) async fn list_snapshots_detail(&self, call: &mut Call<'_>) -> Outcome {
        let (page, view) = (self.snapshots(call)?, |snapshot: &Snapshot| view::snapshot(snapshot, true));
        Ok(nova::list(call, ("snapshots", "snapshots/detail"), &page, |snapshot| &snapshot.id, view))
    }

    /// The ones that the query selects.
    pub(super) fn snapshots(&self, call: &Call<'_>) -> Outcome<Page<Snapshot>> {
        let unknown = |id: &str| not_found(format!("Snapshot {id} could not be found."));
        let cut = cut(call)?.sort(Sort::of(call, SNAPSHOT_KEYS)?, snapshot_value).marker(unknown);
        self.cloud.page(call, cut, |snapshot: &Snapshot| {
            call.query("name").is_none_or(|name| snapshot.name.as_deref() == Some(name))
                && call.query("status").is_none_or(|status| snapshot.status.name().eq_ignore_ascii_case(status))
                && call.query("volume_id").is_none_or(|volume| snapshot.volume_id == volume)
        })
    }
}

/// By the query's `limit` and `offset`.
fn cut<D: Kept>(call: &Call<'_>) -> Outcome<Cut<D>> {
    let skip = match call.query("offset") {
        None => 0,
        Some(offset) => offset.parse::<usize>().map_err(|_| bad_request(format!("offset param must be an integer: {offset}")))?,
    };
    Ok(Cut::limit(fields::limit(call.query("limit"), MAX_LIMIT)?).skip(skip))
}

fn snapshot_value(snapshot: &Snapshot, key: &str) -> Value {
    match key {
        "id" => json!(snapshot.id),
        "status" => json!(snapshot.status.name()),
        "size" => json!(snapshot.size),
        "volume_id" => json!(snapshot.volume_id),
        "name" => json!(snapshot.name),
        _ => json!(snapshot.created.0),
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
