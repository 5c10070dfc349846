//! What must not be shown.

use serde_json::Value;

/// Replaces the values of what is secret wherever it stands: keys of temporary URLs and of synchronization.
pub(crate) fn hide_secrets(value: &mut Value) {
    hide(value, &is_secret);
}

/// The same for the values of what `is_hidden` names.
pub(super) fn hide(value: &mut Value, is_hidden: &dyn Fn(&str) -> bool) {
    match value {
        Value::Object(map) => {
            for (name, item) in map.iter_mut() {
                match is_hidden(name) {
                    true => *item = "***".into(),
                    false => hide(item, is_hidden),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, is_hidden)),
        _ => {}
    }
}

/// Whether `hide_secrets` would change it.
pub(super) fn has_secrets(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(name, item)| is_secret(name) || has_secrets(item)),
        Value::Array(items) => items.iter().any(has_secrets),
        _ => false,
    }
}

/// What a creation answers once, and its caller keeps: these fields of a record are secrets unless the command is for them.
pub(crate) const ONCE: [&str; 3] = ["adminPass", "AdminPassword", "private_key"];

/// Whether a field of this name in a record is a secret.
pub(super) fn is_secret_field(name: &str) -> bool {
    is_secret(name) || ONCE.contains(&name)
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
