//! Filters, order and pages of Neutron's lists.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, bad_request, not_found};

/// Parameters that are not filters.
const CONTROLS: &[&str] = &["limit", "marker", "sort_key", "sort_dir", "page_reverse", "fields"];

/// `{"networks": [...]}`, with `networks_links` if a limit was given and reached.
pub(super) fn answer(call: &Call<'_>, key: &str, mut items: Vec<Value>) -> Outcome {
    let limit = match call.query("limit") {
        None => None,
        Some(limit) => {
            let number = limit.parse::<usize>();
            let number = number.map_err(|_| bad_request(format!("Limit must be an integer 0 or greater and not '{limit}'")))?;
            // Zero means none, as for the real one.
            Some(number).filter(|number| *number > 0)
        }
    };
    sort(call, &mut items)?;
    if let Some(marker) = call.query("marker") {
        let at = items.iter().position(|item| item["id"] == marker);
        let at = at.ok_or_else(|| not_found(format!("The marker {marker} could not be found.")))?;
        items.drain(..=at);
    }
    items.retain(|item| fits(call, item));
    items.truncate(limit.unwrap_or(usize::MAX));
    let mut answer = json!({ key: items });
    if let Some(last) = items.last().filter(|_| Some(items.len()) == limit) {
        let (request, id) = (&call.request, last["id"].as_str().unwrap_or_default());
        let root = request.root.as_deref().unwrap_or_default();
        let href = format!("{}{root}/v2.0/{key}?{}", request.base, request.query.with("marker", id));
        answer[format!("{key}_links")] = json!([{"rel": "next", "href": href}]);
    }
    Ok(json_reply(200, &answer))
}

/// By the query's keys, and by id among equals.
fn sort(call: &Call<'_>, items: &mut [Value]) -> Outcome<()> {
    let all = |wanted: &'static str| call.request.query.pairs().filter(move |(name, _)| *name == wanted).map(|(_, value)| value);
    let (keys, directions): (Vec<&str>, Vec<&str>) = (all("sort_key").collect(), all("sort_dir").collect());
    if keys.len() != directions.len() {
        return Err(bad_request("The number of sort_keys and sort_dirs must be same"));
    }
    if let Some(key) = keys.iter().find(|key| items.first().is_some_and(|item| item.get(**key).is_none())) {
        return Err(bad_request(format!("{key} is invalid attribute for sort_keys")));
    }
    if let Some(direction) = directions.iter().find(|direction| !matches!(**direction, "asc" | "desc")) {
        return Err(bad_request(format!("{direction} is invalid value for sort_dirs, valid value is 'asc' and 'desc'")));
    }
    items.sort_by(|a, b| {
        let by = |(key, direction): (&&str, &&str)| {
            let order = compare(&a[*key], &b[*key]);
            if *direction == "asc" { order } else { order.reverse() }
        };
        let chosen = keys.iter().zip(&directions).map(by).find(|order| order.is_ne());
        chosen.unwrap_or_else(|| compare(&a["id"], &b["id"]))
    });
    Ok(())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => a.as_u64().cmp(&b.as_u64()),
    }
}

/// Whether an item has one of the wanted values for each of the filters. What it doesn't have at all is no filter.
fn fits(call: &Call<'_>, item: &Value) -> bool {
    let filters = || call.request.query.pairs().filter(|(name, _)| !CONTROLS.contains(name));
    filters().all(|(name, _)| {
        let mut wanted = filters().filter(|(other, _)| *other == name).map(|(_, value)| value);
        match &item[name] {
            Value::String(value) => wanted.any(|wanted| wanted == value),
            Value::Bool(value) => wanted.any(|wanted| matches!(wanted.to_ascii_lowercase().as_str(), "true" | "1") == *value),
            Value::Number(value) => wanted.any(|wanted| wanted == value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => true,
        }
    })
}
