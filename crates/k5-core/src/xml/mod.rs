//! XML documents, read into the same types as JSON documents. An attribute is a field whose name begins with `@`, an element is a
//! field of the same name, repeated elements are a list, and the text of an element that has attributes is `$text`. So the JSON
//! form of a document has `{"@name": "a", "Disks": {"Disk": [...]}}`, and fields are written in the order in which
//! the type declares them.

mod read;
mod tree;
mod write;

pub use tree::Element;

use serde::Serialize;
use serde::de::DeserializeSeed;

/// Reads a document. The text of the error names the field.
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(bytes: &[u8], seed: S) -> Result<S::Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "no UTF-8 text".to_owned())?;
    let root = Element::parse(text)?;
    let mut track = serde_path_to_error::Track::new();
    let roots = std::slice::from_ref(&root);
    let document = read::Document(roots);
    seed.deserialize(serde_path_to_error::Deserializer::new(document, &mut track)).map_err(|error| {
        match track.path().to_string().as_str() {
            "." => error.to_string(),
            path => format!("field {path}: {error}"),
        }
    })
}

/// Writes a document whose one field is the root element.
pub(crate) fn encode(document: &impl Serialize) -> Result<Vec<u8>, String> {
    let node = document.serialize(write::ToNode).map_err(|error| error.to_string())?;
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    node.write_document(&mut out)?;
    Ok(out.into_bytes())
}

#[cfg(test)]
mod tests;
