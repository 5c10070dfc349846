//! From types to elements: a tree in the order in which the type writes its fields, then text.

use quick_xml::escape::escape;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::fmt::{Display, Write};

/// Why a document can't be XML.
#[derive(Debug)]
pub(super) struct Unfit(String);

impl Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl serde::ser::Error for Unfit {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value being written.
pub(super) enum Node {
    Text(String),
    Fields(Vec<(String, Node)>),
    List(Vec<Node>),
}

impl Node {
    /// Writes the root element.
    pub(super) fn write_document(&self, out: &mut String) -> Result<(), String> {
        match self {
            Self::Fields(fields) => match fields.as_slice() {
                [(name, root)] => root.write(name, out),
                _ => Err("an XML document has one root element".to_owned()),
            },
            _ => Err("an XML document is an object with the root element as its one field".to_owned()),
        }
    }

    fn write(&self, name: &str, out: &mut String) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("{name:?} can't be the name of an XML element or attribute"));
        }
        match self {
            // Writing to a string can't fail.
            Self::Text(text) => drop(write!(out, "<{name}>{}</{name}>", escape(text.as_str()))),
            Self::List(items) => {
                for item in items {
                    item.write(name, out)?;
                }
            }
            Self::Fields(fields) => {
                let _ = write!(out, "<{name}");
                let mut inside = String::new();
                for (field, node) in fields {
                    match (field.strip_prefix('@'), node) {
                        (Some(attribute), Self::Text(text)) if is_name(attribute) => {
                            let _ = write!(out, " {attribute}=\"{}\"", escape(text.as_str()));
                        }
                        (Some(_), _) => return Err(format!("{name}.{field}: an attribute is a text with a plain name")),
                        (None, Self::Text(text)) if field == "$text" => inside.push_str(&escape(text.as_str())),
                        (None, node) => node.write(field, &mut inside)?,
                    }
                }
                match inside.is_empty() {
                    true => out.push_str("/>"),
                    false => drop(write!(out, ">{inside}</{name}>")),
                }
            }
        }
        Ok(())
    }
}

/// Letters, digits and `-`, `_`, `.`: the characters in the API's own names.
fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(inner)
}

/// Turns anything into a [`Node`].
pub(super) struct ToNode;

macro_rules! text {
    ($($method:ident: $t:ty),*) => {$(
        fn $method(self, value: $t) -> Result<Node, Unfit> {
            Ok(Node::Text(value.to_string()))
        }
    )*};
}

impl Serializer for ToNode {
    type Ok = Node;
    type Error = Unfit;
    type SerializeSeq = List;
    type SerializeMap = Fields;
    type SerializeTuple = Impossible<Node, Unfit>;
    type SerializeTupleStruct = Impossible<Node, Unfit>;
    type SerializeTupleVariant = Impossible<Node, Unfit>;
    type SerializeStruct = Impossible<Node, Unfit>;
    type SerializeStructVariant = Impossible<Node, Unfit>;

    text! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Node, Unfit> {
        Err(Unfit::custom("bytes have no form in XML"))
    }

    fn serialize_none(self) -> Result<Node, Unfit> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, Unfit> {
        value.serialize(self)
    }

    /// An element without anything in it.
    fn serialize_unit(self) -> Result<Node, Unfit> {
        Ok(Node::Fields(Vec::new()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, Unfit> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, Unfit> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Node, Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node, Unfit> {
        Ok(Node::Fields(vec![(variant.to_owned(), value.serialize(ToNode)?)]))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Unfit> {
        Ok(List(Vec::new()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unfit> {
        Err(Unfit::custom("a tuple has no form in XML"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unfit> {
        Err(Unfit::custom("a tuple has no form in XML"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unfit> {
        Err(Unfit::custom("a tuple has no form in XML"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, Unfit> {
        Ok(Fields { fields: Vec::new(), key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Unfit> {
        Err(Unfit::custom("only what `model!` declares can be written as XML"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unfit> {
        Err(Unfit::custom("only what `model!` declares can be written as XML"))
    }
}

pub(super) struct List(Vec<Node>);

impl SerializeSeq for List {
    type Ok = Node;
    type Error = Unfit;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        self.0.push(value.serialize(ToNode)?);
        Ok(())
    }

    fn end(self) -> Result<Node, Unfit> {
        Ok(Node::List(self.0))
    }
}

pub(super) struct Fields {
    fields: Vec<(String, Node)>,
    key: String,
}

impl SerializeMap for Fields {
    type Ok = Node;
    type Error = Unfit;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unfit> {
        match key.serialize(ToNode)? {
            Node::Text(key) => self.key = key,
            _ => return Err(Unfit::custom("a name is a text")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        let key = std::mem::take(&mut self.key);
        self.fields.push((key, value.serialize(ToNode)?));
        Ok(())
    }

    fn end(self) -> Result<Node, Unfit> {
        Ok(Node::Fields(self.fields))
    }
}
