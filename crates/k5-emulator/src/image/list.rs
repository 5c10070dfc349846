//! `GET /v2/images`: filters and pages.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{EVERYONE, Image, Images, view, visible_image};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, Sort, bad_request};
use crate::store::Order;

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 1000;
/// What can be sorted by.
const KEYS: &[&str] = &["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];
/// Parameters that are no filters.
const CONTROLS: &[&str] = &["limit", "marker", "sort_key", "sort_dir", "sort", "member_status"];

impl Images {
    pub(super) fn list_images(&self, call: &Call<'_>) -> Outcome {
        let (project, admin) = (call.tenant(), call.caller.is_admin());
        let limit = match call.query("limit") {
            None => DEFAULT_LIMIT,
            Some(limit) => match limit.parse::<usize>() {
                Ok(limit) => limit.min(MAX_LIMIT),
                Err(_) => return Err(bad_request("limit param must be an integer")),
            },
        };
        let sort = Sort::of(call, KEYS)?;
        let reader = self.cloud.reader();
        if let Some(marker) = call.query("marker") {
            visible_image(&reader.documents, &project, admin, marker)
                .map_err(|_| bad_request(format!("No image found with ID {marker}")))?;
        }
        let filters: Vec<(&str, &str)> = call.request.query.pairs().filter(|(name, _)| !CONTROLS.contains(name)).collect();
        for (name, value) in filters.iter().filter(|(name, _)| matches!(*name, "size_min" | "size_max")) {
            value.parse::<u64>().map_err(|_| bad_request(format!("{name} must be an integer: {value}")))?;
        }
        let mut images = Vec::new();
        // To sort, all are needed.
        let (after, most) = if sort.is_some() { (None, usize::MAX) } else { (call.query("marker"), limit) };
        reader.documents.visit(EVERYONE, Order::NewestFirst, after, |image: Image| {
            if images.len() == most {
                return ControlFlow::Break(());
            }
            let document = view::image(&image);
            if image.visible_to(&project, admin) && filters.iter().all(|(name, value)| fits(&image, &document, name, value)) {
                images.push((image.id, document));
            }
            ControlFlow::Continue(())
        })?;
        if let Some(sort) = sort {
            let is_marker = |image: &(String, Value)| call.query("marker") == Some(&image.0);
            images = sort.page(images, |image, key| image.1[key].clone(), is_marker, limit);
        }
        let query = call.request.query.without("marker");
        let first = if query.is_empty() { "/v2/images".to_owned() } else { format!("/v2/images?{query}") };
        let mut answer = json!({"schema": "/v2/schemas/images", "first": first});
        if let Some((last, _)) = images.last().filter(|_| images.len() == limit) {
            answer["next"] = json!(format!("/v2/images?{}", call.request.query.with("marker", last)));
        }
        answer["images"] = images.into_iter().map(|(_, document)| document).collect();
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
