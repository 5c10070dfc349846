//! XML documents as trees: small, without namespaces, attributes and text as they are.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::cloud::{Call, Outcome, bad_request, refused};
use crate::reply::Reply;

/// How deep a document may be; the documented ones have six levels.
const MAX_DEPTH: usize = 32;
/// How many attributes an element may have; each is compared with all before it.
const MAX_ATTRIBUTES: usize = 256;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn with(mut self, attribute: &str, value: &str) -> Self {
        self.attributes.push((attribute.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Adds a child that has only text.
    pub(crate) fn leaf(self, name: &str, text: &str) -> Self {
        self.child(Self { text: text.to_owned(), ..Self::new(name) })
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first child with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child with this name, without the white space around it; `None` if there is no text.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    fn write(&self, to: &mut String) {
        let escape = |text: &str| quick_xml::escape::escape(text).into_owned();
        *to += &format!("<{}", self.name);
        for (name, value) in &self.attributes {
            *to += &format!(" {name}=\"{}\"", escape(value));
        }
        if self.children.is_empty() && self.text.is_empty() {
            *to += "/>";
            return;
        }
        *to += ">";
        *to += &escape(&self.text);
        for child in &self.children {
            child.write(to);
        }
        *to += &format!("</{}>", self.name);
    }
}

pub(crate) fn reply(status: u16, document: &Element) -> Reply {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    document.write(&mut text);
    let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    Reply::with_body(status, "application/xml; charset=utf-8", text)
}

/// The document in a request, if its root has this name.
pub(super) async fn read(call: &mut Call<'_>, root: &str) -> Outcome<Element> {
    let content_type = call.request.header("content-type").unwrap_or_default();
    if !content_type.split(';').next().is_some_and(|kind| kind.trim().ends_with("/xml")) {
        return Err(refused(415, "The body must be application/xml."));
    }
    let document = parse(call.body().await?).ok_or_else(|| bad_request("The body is not an XML document."))?;
    if document.name == root { Ok(document) } else { Err(bad_request(format!("The body must be a document {root}."))) }
}

/// Reads a document; `None` if it is not XML. Declarations, comments and the like are ignored.
pub(crate) fn parse(body: &[u8]) -> Option<Element> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let closed = match reader.read_event().ok()? {
            Event::Eof => break,
            Event::Start(start) if open.len() < MAX_DEPTH => {
                open.push(element(&start)?);
                continue;
            }
            Event::Start(_) => return None,
            Event::Empty(start) => element(&start)?,
            Event::End(_) => open.pop()?,
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text += &text.xml10_content();
                }
                continue;
            }
            Event::CData(text) => {
                open.last_mut()?.text += &text.xml10_content();
                continue;
            }
            Event::GeneralRef(reference) => {
                let text = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                };
                open.last_mut()?.text += &text;
                continue;
            }
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None if root.is_none() => root = Some(closed),
            None => return None,
        }
    }
    root.filter(|_| open.is_empty())
}

fn element(start: &BytesStart<'_>) -> Option<Element> {
    let mut element = Element::new(start.local_name().as_ref());
    for attribute in start.attributes() {
        let attribute = attribute.ok().filter(|_| element.attributes.len() < MAX_ATTRIBUTES)?;
        let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
        element.attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Some(element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let document = Element::new("a").with("name", "x \"<&").child(Element::new("b").leaf("c", "1 < 2 & \u{e9}")).leaf("d", "t");
        let mut text = String::new();
        document.write(&mut text);
        assert_eq!(parse(text.as_bytes()), Some(document), "{text}");
    }

    #[test]
    fn oddities_are_passed_over() {
        let read =
            parse(b"<?xml version=\"1.0\"?>\n<!-- c --><r>\n <a\n  x='1'\n  y=\"2\"/>&#65;&amp;<![CDATA[<]]></r>\n").unwrap();
        assert_eq!(read.get("a").and_then(|a| a.attribute("y")), Some("2"));
        assert_eq!(read.text.trim(), "A&<");
        for bad in ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nothing;</a>", "<a x=1/>"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse("<a>".repeat(100).as_bytes()), None);
    }
}
