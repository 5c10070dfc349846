//! How tables show what is more than a text.

use serde_json::Value;

/// The servers that have a volume: `Attached to ID on /dev/vdb`.
pub(crate) fn attachments(value: &Value) -> String {
    let text = |name: &str, attachment: &Value| attachment[name].as_str().unwrap_or_default().to_owned();
    items(value).iter().map(|one| format!("Attached to {} on {} ", text("server_id", one), text("device", one))).collect()
}

/// `a='1', b='2'`.
pub(crate) fn properties(value: &Value) -> String {
    let Some(fields) = value.as_object() else { return String::new() };
    let mut pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}='{}'", text_of(value))).collect();
    pairs.sort();
    pairs.join(", ")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
