//! What must not be shown.

use serde_json::Value;

/// Replaces the values of what is secret wherever it stands: keys of temporary URLs and of synchronization.
pub(crate) fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, item) in map.iter_mut() {
                match is_secret(name) {
                    true => *item = "***".into(),
                    false => hide_secrets(item),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

/// Whether a header or an item of metadata of this name is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["temp-url-key", "temp-url-key-2", "sync-key", "x-auth-token", "x-subject-token"].iter().any(|secret| name.ends_with(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let mut value = serde_json::json!({"metadata": {"temp-url-key": "k", "colour": "red"}, "headers": [{"X-Account-Meta-Temp-URL-Key-2": "k"}]});
        hide_secrets(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"metadata": {"temp-url-key": "***", "colour": "red"}, "headers": [{"X-Account-Meta-Temp-URL-Key-2": "***"}]})
        );
    }
}
