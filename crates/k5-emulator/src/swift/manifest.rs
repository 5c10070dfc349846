//! Manifests of static large objects: what a client sends, what is stored.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors::{Outcome, html};
use super::ranges;
use crate::reply::{PLAIN, Reply};
use crate::store::ObjectName;
use crate::store::bodies::md5_hex;

/// One line of a stored manifest, in Swift's order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Segment {
    Data {
        data: String,
    },
    Object {
        name: String,
        bytes: u64,
        hash: String,
        content_type: String,
        last_modified: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_slo: Option<bool>,
    },
}

impl Segment {
    pub(super) fn bounds(&self) -> (u64, u64) {
        match self {
            Self::Data { data } => (0, decode_base64(data).map_or(0, |data| data.len() as u64)),
            Self::Object { bytes, range, .. } => range
                .as_deref()
                .and_then(|range| range.split_once('-'))
                .and_then(|(start, end)| Some((start.parse().ok()?, end.parse::<u64>().ok()? + 1)))
                .unwrap_or((0, *bytes)),
        }
    }

    pub(super) fn length(&self) -> u64 {
        let (start, end) = self.bounds();
        end.saturating_sub(start)
    }

    /// What it adds to the text whose MD5 is the large object's ETag.
    pub(super) fn etag_text(&self) -> String {
        match self {
            Self::Data { data } => md5_hex(&decode_base64(data).unwrap_or_default()),
            Self::Object { hash, range: Some(range), .. } => format!("{hash}:{range};"),
            Self::Object { hash, range: None, .. } => hash.clone(),
        }
    }
}

/// A line of a manifest as the client sends it, checked.
pub(super) enum Wanted {
    Data(String),
    Path { path: String, etag: Option<String>, size: Option<u64>, range: Option<String> },
}

/// `/container/object` in this account.
pub(super) fn segment_name(account: &str, path: &str) -> Option<ObjectName> {
    let (container, object) = path.trim_start_matches('/').split_once('/')?;
    (!container.is_empty() && !object.is_empty()).then(|| ObjectName::new(account, container, object))
}

/// A path in a report or header.
pub(super) fn quote(path: &str) -> String {
    quote_bytes(path.as_bytes())
}

pub(super) fn quote_bytes(path: &[u8]) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
    const SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'_').remove(b'.').remove(b'-').remove(b'~');
    percent_encode(path, SAFE).to_string()
}

pub(super) fn parse(body: &[u8], name: &ObjectName) -> Outcome<Vec<Wanted>> {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return html(400, "Manifest must be valid JSON.\n");
    };
    let Some(lines) = document.as_array() else { return html(400, "Manifest must be a list.\n") };
    let (mut wanted, mut errors) = (Vec::new(), Vec::new());
    for (index, line) in lines.iter().enumerate() {
        match parse_line(line, name, index + 1 == lines.len()) {
            Ok(line) => wanted.push(line),
            Err(error) => errors.push(format!("Index {index}: {error}\n")),
        }
    }
    if !lines.is_empty() && lines.iter().all(|line| line.get("data").is_some()) {
        errors.push("Inline data segments require at least one object-backed segment.\n".to_owned());
    }
    if errors.is_empty() {
        return Ok(wanted);
    }
    Err(Reply::with_body(StatusCode::BAD_REQUEST, PLAIN, errors.concat()).into())
}

fn parse_line(line: &Value, name: &ObjectName, last: bool) -> Result<Wanted, String> {
    let line = line.as_object().ok_or("not a JSON object")?;
    let is_data = line.contains_key("data");
    if !is_data && !line.contains_key("path") {
        return Err("expected keys to include one of 'data' or 'path'".into());
    }
    let allowed: &[&str] = if is_data { &["data"] } else { &["path", "range", "etag", "size_bytes"] };
    let extra: Vec<String> =
        line.keys().filter(|key| !allowed.contains(&key.as_str())).map(|key| Value::from(key.as_str()).to_string()).collect();
    if !extra.is_empty() {
        return Err(format!("extraneous keys {}", extra.join(", ")));
    }
    if is_data {
        let data = line["data"].as_str().and_then(decode_base64).ok_or("data must be valid base64")?;
        if data.is_empty() {
            return Err("too small; each segment must be at least 1 byte.".into());
        }
        return Ok(Wanted::Data(padded(line["data"].as_str().unwrap_or_default())));
    }
    let path = line["path"].as_str().ok_or("\"path\" must be a string")?.to_owned();
    let etag = match line.get("etag") {
        None | Some(Value::Null) => None,
        Some(Value::String(etag)) => Some(etag.clone()).filter(|etag| !etag.is_empty()),
        Some(_) => return Err("\"etag\" must be a string or null (if provided)".into()),
    };
    if !path.trim_matches('/').contains('/') {
        return Err("path does not refer to an object. Path must be of the form /container/object.".into());
    }
    let size = match line.get("size_bytes") {
        None | Some(Value::Null) => None,
        Some(Value::Number(size)) => Some(size.as_u64().ok_or("invalid size_bytes")?),
        Some(Value::String(size)) => Some(size.parse().map_err(|_| "invalid size_bytes")?),
        Some(_) => return Err("invalid size_bytes".into()),
    };
    if size == Some(0) && !last {
        return Err("too small; each segment must be at least 1 byte.".into());
    }
    if segment_name(&name.account, &path).as_ref() == Some(name) {
        return Err("manifest must not include itself as a segment".into());
    }
    let range = match line.get("range") {
        None | Some(Value::Null) => None,
        Some(Value::String(range)) if range.is_empty() => None,
        Some(Value::String(range)) => {
            if range.contains(',') {
                return Err("multiple ranges (only one allowed)".into());
            }
            let satisfiable = ranges::parse(&format!("bytes={range}"), size.unwrap_or(u64::MAX));
            match satisfiable {
                None => return Err("invalid range".into()),
                Some(ranges) if ranges.is_empty() => return Err("unsatisfiable range".into()),
                Some(_) => Some(range.clone()),
            }
        }
        Some(_) => return Err("invalid range".into()),
    };
    Ok(Wanted::Path { path, etag, size, range })
}

/// With as much padding as it takes.
fn padded(base64: &str) -> String {
    let digits = base64.trim_end_matches('=');
    format!("{digits}{}", "=".repeat(digits.len().next_multiple_of(4) - digits.len()))
}

/// Too much padding is taken, too little is not.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    if text.len() < padded(text).len() {
        return None;
    }
    let digits = text.trim_end_matches('=').as_bytes();
    let mut decoded = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        if group.len() == 1 {
            return None;
        }
        let mut bits: u32 = 0;
        for digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - group.len());
        let bytes = bits.to_be_bytes();
        decoded.extend_from_slice(&bytes[1..group.len()]);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_decodes() {
        for (text, expected) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("aGVsbG8=", "hello")] {
            assert_eq!(decode_base64(text).as_deref(), Some(expected.as_bytes()), "{text}");
        }
        assert!(["Y", "YQ", "YQ=", "YWI", "YQ==\nYg=="].iter().all(|text| decode_base64(text).is_none()));
        assert_eq!((decode_base64("YQ===="), padded("YQ====")), (Some(b"a".to_vec()), "YQ==".to_owned()));
        assert_eq!(decode_base64("a-b_"), None);
    }

    #[test]
    fn manifests_are_checked_line_by_line() {
        let name = ObjectName::new("AUTH_a", "c", "o");
        let body = br#"[{"path": "/c/1", "size_bytes": "5"}, {"path": "c"}, {"pat": "/c/2"}, {"path": "/c/o"}, 7,
            {"path": "/c/1", "range": "9-"}, {"path": "/c/1", "size_bytes": 3, "range": "9-"}, {"path": "/c/1", "x": 1}]"#;
        let Err(super::super::Fail::Reply(reply)) = parse(body, &name) else { panic!("the manifest was taken") };
        assert_eq!(reply.status, 400);
        let text = text_of(reply.payload.collect());
        let lines: Vec<&str> = text.lines().map(|line| &line[..8]).collect();
        assert_eq!(lines, ["Index 1:", "Index 2:", "Index 3:", "Index 4:", "Index 6:", "Index 7:"]);
        assert!(parse(b"[]", &name).is_ok_and(|lines| lines.is_empty()));
        assert!(parse(b"{}", &name).is_err());
    }

    fn text_of(body: impl Future<Output = std::io::Result<Vec<u8>>>) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        String::from_utf8(runtime.block_on(body).unwrap()).unwrap()
    }
}
