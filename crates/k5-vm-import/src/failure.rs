//! What the service says about a failed import.

use crate::ImportStatus;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::serde_json::Value;

/// The details of a failed import. Their names are not documented, so every additional field counts; a single text is shown
/// without its name.
pub(crate) fn words(status: &ImportStatus) -> Option<String> {
    let details: Vec<(&str, String)> = status
        .extra
        .iter()
        .filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some((name.as_str(), text.clone())),
            other => Some((name.as_str(), other.to_string())),
        })
        .collect();
    let text = match details.as_slice() {
        [] => return None,
        [(_, text)] => text.clone(),
        details => details.iter().map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join(", "),
    };
    Some(without_password(status, text))
}

/// The service echoes the login's password beside the details, and may echo it within them.
fn without_password(status: &ImportStatus, text: String) -> String {
    let Some(password) = status.password.as_ref().map(|password| password.expose()).filter(|password| !password.is_empty()) else {
        return text;
    };
    let text = text.replace(password, "***");
    match STANDARD.decode(password).ok().and_then(|bytes| String::from_utf8(bytes).ok()).filter(|plain| !plain.is_empty()) {
        Some(plain) => text.replace(&plain, "***"),
        None => text,
    }
}
