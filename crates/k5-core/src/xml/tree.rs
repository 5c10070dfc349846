//! A document as a tree of elements.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// How deep elements may be nested: no document of the API comes near, and one that does must not exhaust the stack.
const DEPTH: usize = 64;
/// How many attributes an element may have; each is compared with all before it.
const ATTRIBUTES: usize = 256;

/// An element: its name and its attributes' names, without namespace prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name.
    pub name: String,
    /// Names and values.
    pub attributes: Vec<(String, String)>,
    /// The elements inside.
    pub children: Vec<Element>,
    /// The text directly inside, trimmed.
    pub text: String,
}

impl Element {
    /// Reads a document's root. Entities that the document defines are not expanded.
    ///
    /// # Errors
    /// If the text is not a complete XML document.
    pub fn parse(text: &str) -> Result<Self, String> {
        let broken = |why: &dyn std::fmt::Display| format!("not a complete XML document: {why}");
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().map_err(|error| broken(&error))? {
                Event::Start(start) if open.len() < DEPTH => open.push(Self::begin(&start).map_err(|error| broken(&error))?),
                Event::Start(_) => return Err(broken(&"elements lie too deep")),
                Event::Empty(start) => {
                    let element = Self::begin(&start).map_err(|error| broken(&error))?;
                    close(element, &mut open, &mut root).map_err(|error| broken(&error))?;
                }
                Event::End(_) => {
                    let Some(element) = open.pop() else { return Err(broken(&"an element ends that did not begin")) };
                    close(element, &mut open, &mut root).map_err(|error| broken(&error))?;
                }
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(name) => {
                    let known = match name.resolve_char_ref().map_err(|error| broken(&error))? {
                        Some(character) => Some(character),
                        None => match &*name.xml10_content() {
                            "amp" => Some('&'),
                            "lt" => Some('<'),
                            "gt" => Some('>'),
                            "quot" => Some('"'),
                            "apos" => Some('\''),
                            _ => None,
                        },
                    };
                    let Some(character) = known else { return Err(broken(&"an entity that is not XML's own")) };
                    push(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
                Event::Eof => break,
            }
        }
        match (root, open.is_empty()) {
            (Some(root), true) => Ok(root),
            (_, false) => Err(broken(&"it ends too early")),
            (None, true) => Err(broken(&"it has no element")),
        }
    }

    fn begin(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut element = Self { name: start.local_name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if element.attributes.len() >= ATTRIBUTES {
                return Err("an element has too many attributes".to_owned());
            }
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            element.attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
        }
        Ok(element)
    }

    /// The first direct child element with this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn close(mut element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), &'static str> {
    element.text = element.text.trim().to_owned();
    match (open.last_mut(), root.is_some()) {
        (Some(parent), _) => parent.children.push(element),
        (None, false) => *root = Some(element),
        (None, true) => return Err("it has several roots"),
    }
    Ok(())
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}
