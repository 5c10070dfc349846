//! Reads JSON.

use serde::de::{DeserializeOwned, DeserializeSeed};

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
            _ if bytes.trim_ascii_start().first() == Some(&b'<') => "HTML or XML where JSON was expected".to_owned(),
            _ => format!("no whole JSON document: {plain}"),
        }
    })
}
