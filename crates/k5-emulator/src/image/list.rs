//! `GET /v2/images`: filters and pages.

use serde_json::{Value, json};

use super::{Image, Images, MemberStatus, view};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Cut, Outcome, Sort, bad_request};

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 1000;
/// The keys to sort by.
const KEYS: &[&str] = &["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];
/// Parameters that are not filters.
const CONTROLS: &[&str] = &["limit", "marker", "sort_key", "sort_dir", "sort", "member_status"];

impl Images {
    pub(crate) async fn list_images(&self, call: &mut Call<'_>) -> Outcome {
        let limit = match call.query("limit") {
            None => DEFAULT_LIMIT,
            Some(limit) => match limit.parse::<usize>() {
                Ok(limit) => limit.min(MAX_LIMIT),
                Err(_) => return Err(bad_request("limit param must be an integer")),
            },
        };
        let filters: Vec<(&str, &str)> = call.request.query.pairs().filter(|(name, _)| !CONTROLS.contains(name)).collect();
        for (name, value) in filters.iter().filter(|(name, _)| matches!(*name, "size_min" | "size_max")) {
            value.parse::<u64>().map_err(|_| bad_request(format!("{name} must be an integer: {value}")))?;
        }
        let said = match call.query("member_status") {
            None | Some("accepted") => Some(MemberStatus::Accepted),
            Some("pending") => Some(MemberStatus::Pending),
            Some("rejected") => Some(MemberStatus::Rejected),
            Some("all") => None,
            Some(other) => return Err(bad_request(format!("Invalid status: {other}"))),
        };
        let fits = |image: &Image| {
            let document = view::image(image);
            image.is_listed_for(&call.caller, said) && filters.iter().all(|(name, value)| fits(image, &document, name, value))
        };
        let cut = Cut::limit(limit)
            .sort(Sort::of(call, KEYS)?, |image, key| view::image(image)[key].clone())
            .marker(|marker| bad_request(format!("No image found with ID {marker}")));
        let page = self.cloud.page(call, cut, fits)?;
        let query = call.request.query.without("marker");
        let first = if query.is_empty() { "/v2/images".to_owned() } else { format!("/v2/images?{query}") };
        let mut answer = json!({"schema": "/v2/schemas/images", "first": first});
        if let Some(last) = page.items.last().filter(|_| page.is_full) {
            answer["next"] = json!(format!("/v2/images?{}", call.request.query.with("marker", &last.id)));
        }
        answer["images"] = page.items.iter().map(view::image).collect();
        Ok(json_reply(200, &answer))
    }
}

fn fits(image: &Image, document: &Value, name: &str, wanted: &str) -> bool {
    let size = image.size.unwrap_or_default();
    match name {
        "tag" => image.tags.iter().any(|tag| tag == wanted),
        "size_min" => wanted.parse().is_ok_and(|least: u64| size >= least),
        "size_max" => wanted.parse().is_ok_and(|most: u64| size <= most),
        "visibility" if wanted == "all" => true,
        // One of several.
        "id" | "name" | "status" | "container_format" | "disk_format" if wanted.starts_with("in:") => {
            wanted[3..].split(',').any(|wanted| document[name] == wanted.trim_matches('"'))
        }
        _ => match &document[name] {
            Value::String(value) => value == wanted,
            Value::Bool(value) => wanted.eq_ignore_ascii_case(&value.to_string()),
            Value::Null => false,
            Value::Number(value) => wanted.parse().ok() == value.as_u64(),
            Value::Array(_) | Value::Object(_) => false,
        },
    }
}
