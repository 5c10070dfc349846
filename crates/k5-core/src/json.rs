//! Reads JSON.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// Whether there is nothing but whitespace.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Decodes a JSON document; a failure names the field.
pub(crate) fn decode_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    decode_json_seed(bytes, || std::marker::PhantomData)
}

/// The same with a seed, which is created again for the second pass after a failure.
pub(crate) fn decode_json_seed<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: impl Fn() -> S) -> Result<S::Value, String> {
    // Tracking the path costs time on every key, so it is done only for a document that failed.
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let plain = seed().deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    plain.map_err(|plain| {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let mut track = serde_path_to_error::Track::new();
        match seed().deserialize(serde_path_to_error::Deserializer::new(&mut reader, &mut track)) {
            Err(tracked) if tracked.is_data() => match track.path().to_string().as_str() {
                "." => tracked.to_string(),
                path => format!("field {path}: {tracked}"),
            },
            _ if is_blank(bytes) => "the document is empty".to_owned(),
            _ if bytes.trim_ascii_start().first() == Some(&b'<') => "HTML or XML where JSON was expected".to_owned(),
            _ => format!("not a complete JSON document: {plain}"),
        }
    })
}

/// How many values of one document are read from strings; a document with more of them has a different kind of mistake.
const TEXTS: usize = 1000;

/// The same for a document that a caller wrote: a text in the place of a number or a truth value is read as one (`"0"`, `"True"`), as
/// the services do.
pub(crate) fn decode_request_seed<T, S>(bytes: &[u8], seed: impl Fn() -> S) -> Result<T, String>
where
    S: for<'a> DeserializeSeed<'a, Value = T>,
{
    let mut refusal = match decode_json_seed(bytes, &seed) {
        Ok(value) => return Ok(value),
        Err(refusal) => refusal,
    };
    let Ok(mut document) = serde_json::from_slice::<Value>(bytes) else { return Err(refusal) };
    let mut before = None;
    for _ in 0..TEXTS {
        let mut track = serde_path_to_error::Track::new();
        let Err(error) = seed().deserialize(serde_path_to_error::Deserializer::new(&document, &mut track)) else { break };
        let path = track.path();
        if before.is_some() {
            refusal = format!("field {path}: {error}");
        }
        let at = path.to_string();
        let plain = value_at(&mut document, &path).and_then(|value| Some((of_text(value.as_str()?)?, value)));
        match plain {
            Some((plain, value)) if before.as_ref() != Some(&at) => *value = plain,
            _ => return Err(refusal),
        }
        before = Some(at);
    }
    seed().deserialize(&document).map_err(|_| refusal)
}

/// The value at a path of a document.
fn value_at<'a>(document: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.iter().try_fold(document, |value, segment| match segment {
        Segment::Seq { index } => value.get_mut(index),
        Segment::Map { key } => value.get_mut(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

/// The number or truth value that a text stands for.
fn of_text(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => serde_json::from_str(text).ok().filter(Value::is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::marker::PhantomData;

    crate::model! {
        /// A disk.
        pub(crate) struct Disk {
            /// Its size.
            pub size: u64 = "size",
            /// Whether it can be booted from.
            pub boot: Option<bool> = "boot",
            /// Its name.
            pub name: Option<String> = "name",
            /// Others.
            pub more: Option<Vec<Disk>> = "more",
        }
    }

    fn read(text: &str) -> Result<String, String> {
        let disk = decode_request_seed(text.as_bytes(), || PhantomData::<Disk>)?;
        Ok(serde_json::to_string(&disk).expect("writes"))
    }

    #[test]
    fn texts_of_numbers_and_truth_values() {
        assert_eq!(read(r#"{"size":"20","boot":"True"}"#).as_deref(), Ok(r#"{"size":20,"boot":true}"#));
        let nested = r#"{"size":1,"name":"20","more":[{"size":"2","boot":null},{"size":3,"boot":"false","new":"4"}]}"#;
        let plain = r#"{"size":1,"name":"20","more":[{"size":2,"boot":null},{"size":3,"boot":false,"new":"4"}]}"#;
        assert_eq!(read(nested).as_deref(), Ok(plain), "a text that is wanted stays one");
    }

    #[test]
    fn other_texts_are_refused_where_they_are() {
        let refused = |text: &str| read(text).expect_err(text);
        assert_eq!(refused(r#"{"size":"x"}"#), "field size: invalid type: string \"x\", expected u64 at line 1 column 11");
        for (text, field) in
            [(r#"{"size":"-1"}"#, "size"), (r#"{"size":"1","boot":"2"}"#, "boot"), (r#"{"size":"1","more":"1"}"#, "more")]
        {
            assert!(refused(text).starts_with(&format!("field {field}: ")), "{}", refused(text));
        }
        assert!(refused(r#"{"boot":"true"}"#).contains("missing field `size`"));
        assert!(refused(r#"{"size":1"#).contains("not a complete JSON document"));
    }
}
