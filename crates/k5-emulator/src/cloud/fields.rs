//! Members of JSON bodies, as leniently typed as the vendor's samples need: numbers and flags may be text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Fail, Outcome, bad_request};

/// The longest key and value of metadata.
const MAX_METADATA: usize = 255;
/// The longest name and description.
const MAX_TEXT: usize = 255;

fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    object.get(name).filter(|value| !value.is_null())
}

pub(crate) fn wrong_type(name: &str, value: &Value, wanted: &str) -> Fail {
    bad_request(format!("Invalid input for field/attribute {name}. Value: {value}. {value} is not of type '{wanted}'"))
}

pub(crate) fn missing(name: &str) -> Fail {
    bad_request(format!("Invalid input for field/attribute {name}. '{name}' is a required property"))
}

pub(crate) fn text(object: &Value, name: &str) -> Outcome<Option<String>> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(wrong_type(name, other, "string")),
    }
}

pub(crate) fn required_text(object: &Value, name: &str) -> Outcome<String> {
    text(object, name)?.ok_or_else(|| missing(name))
}

/// Replaces a text if the change contains it; a null removes it.
pub(crate) fn change(object: &Value, name: &str, into: &mut Option<String>) -> Outcome<()> {
    if object.get(name).is_some() {
        let new = text(object, name)?;
        if let Some(length) = new.as_ref().map(|new| new.chars().count()).filter(|length| *length > MAX_TEXT) {
            return Err(bad_request(format!("{name} has {length} characters, more than {MAX_TEXT}.")));
        }
        *into = new;
    }
    Ok(())
}

/// A required name: one to 255 characters, not all blank.
pub(crate) fn name(object: &Value, member: &str) -> Outcome<String> {
    let name = required_text(object, member)?;
    let length = name.chars().count();
    if name.trim().is_empty() || length > 255 {
        let why = if length > 255 { "is too long" } else { "is too short" };
        return Err(bad_request(format!("Invalid input for field/attribute {member}. Value: {name}. '{name}' {why}")));
    }
    Ok(name.trim().to_owned())
}

pub(crate) fn integer(object: &Value, name: &str) -> Outcome<Option<i64>> {
    let Some(value) = member(object, name) else { return Ok(None) };
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Some).ok_or_else(|| wrong_type(name, value, "integer"))
}

/// A whole number that is at least `least`.
pub(crate) fn at_least(object: &Value, name: &str, least: i64) -> Outcome<Option<u64>> {
    let Some(number) = integer(object, name)? else { return Ok(None) };
    if number < least {
        let why = format!("{number} is less than the minimum of {least}");
        return Err(bad_request(format!("Invalid input for field/attribute {name}. Value: {number}. {why}")));
    }
    Ok(u64::try_from(number).ok())
}

pub(crate) fn flag(object: &Value, name: &str) -> Outcome<Option<bool>> {
    let Some(value) = member(object, name) else { return Ok(None) };
    let flag = match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" | "" => Some(false),
            _ => None,
        },
        _ => None,
    };
    flag.map(Some).ok_or_else(|| wrong_type(name, value, "boolean"))
}

pub(crate) fn list<'v>(object: &'v Value, name: &str) -> Outcome<&'v [Value]> {
    match member(object, name) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(other) => Err(wrong_type(name, other, "array")),
    }
}

/// A map of texts whose keys and values have at most 255 characters.
pub(crate) fn metadata(object: &Value, name: &str) -> Outcome<Option<BTreeMap<String, String>>> {
    let map = match member(object, name) {
        None => return Ok(None),
        Some(Value::Object(map)) => map,
        Some(other) => return Err(wrong_type(name, other, "object")),
    };
    let mut metadata = BTreeMap::new();
    for (key, value) in map {
        let Value::String(value) = value else { return Err(wrong_type(key, value, "string")) };
        check_metadata(name, key, value)?;
        metadata.insert(key.clone(), value.clone());
    }
    Ok(Some(metadata))
}

pub(crate) fn check_metadata(name: &str, key: &str, value: &str) -> Outcome<()> {
    if key.is_empty() {
        return Err(bad_request(format!("Invalid input for field/attribute {name}. A key is empty.")));
    }
    for text in [key, value] {
        if text.chars().count() > MAX_METADATA {
            return Err(bad_request(format!("Invalid input for field/attribute {key}. '{text}' is too long")));
        }
    }
    Ok(())
}

/// How many items of a list are requested: `limit` of the query, at most `most`; zero means `most`, as for Nova.
pub(crate) fn limit(given: Option<&str>, most: usize) -> Outcome<usize> {
    let Some(given) = given else { return Ok(most) };
    match given.parse::<usize>() {
        Ok(0) => Ok(most),
        Ok(limit) => Ok(limit.min(most)),
        Err(_) => {
            let why = format!("'{given}' does not match '^[0-9]*$'");
            Err(bad_request(format!("Invalid input for query parameters limit. Value: {given}. {why}")))
        }
    }
}
