//! `answer`: what an operation returns on success. It is classified here, once; the renderers only ask which kind it is.

use super::operation::read_type;
use super::reader::Table;
use super::{Format, Type};

/// What a successful operation returns.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Nothing, except that it succeeded.
    Empty,
    /// The values of the headers.
    Headers(String),
    /// A JSON document.
    Document(Type),
    /// A JSON document, unless the body is empty.
    Optional(Type),
    /// A JSON document, and the values of the headers.
    WithHeaders { kind: Type, headers: String },
    /// A document inside something: a JSON key, or elements of XML.
    Keyed { kind: Type, format: Format, key: String },
    /// The same, unless the body is empty.
    OptionalKeyed { kind: Type, format: Format, key: String },
    /// A document inside something, or another document in its place.
    Variant { kind: Type, format: Format, key: String, variant: Variant },
    /// A bare JSON list, and the values of the headers. `entries`: a query which, once it is set, makes the items `Entry`s.
    List { kind: Type, headers: Option<String>, entries: Option<String> },
    /// A list inside something.
    KeyedList { kind: Type, format: Format, key: String },
    /// A type made from the headers and the unparsed body.
    Stream { kind: String, headers: String },
}

/// Another answer, which a flag of the request asks for.
#[derive(Debug)]
pub(crate) struct Variant {
    /// The method that sends such a request.
    pub(crate) name: String,
    pub(crate) doc: String,
    /// The field that asks for it, a `bool`.
    pub(crate) when: String,
    pub(crate) key: String,
    pub(crate) kind: Type,
    pub(crate) line: usize,
}

impl Answer {
    /// How the body is written, where it is a document or a list.
    pub(crate) fn format(&self) -> Option<Format> {
        match self {
            Self::Empty | Self::Headers(_) | Self::Stream { .. } => None,
            Self::Document(_) | Self::Optional(_) | Self::WithHeaders { .. } | Self::List { .. } => Some(Format::Json),
            Self::Keyed { format, .. }
            | Self::OptionalKeyed { format, .. }
            | Self::Variant { format, .. }
            | Self::KeyedList { format, .. } => Some(*format),
        }
    }

    /// What the document or list is wrapped in.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Keyed { key, .. } | Self::OptionalKeyed { key, .. } | Self::Variant { key, .. } | Self::KeyedList { key, .. } => {
                Some(key)
            }
            _ => None,
        }
    }

    /// The type that the headers are read into.
    pub(crate) fn headers(&self) -> Option<&str> {
        match self {
            Self::Headers(headers) | Self::WithHeaders { headers, .. } | Self::Stream { headers, .. } => Some(headers),
            Self::List { headers, .. } => headers.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn variant(&self) -> Option<&Variant> {
        match self {
            Self::Variant { variant, .. } => Some(variant),
            _ => None,
        }
    }

    /// The document, if `send` returns one document and nothing else.
    pub(crate) fn document(&self) -> Option<&Type> {
        match self {
            Self::Document(kind) | Self::Keyed { kind, .. } | Self::Variant { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// The query that makes the items of a list `Entry`s.
    pub(crate) fn entries(&self) -> Option<&str> {
        match self {
            Self::List { entries, .. } => entries.as_deref(),
            _ => None,
        }
    }

    /// The type of a list's items.
    pub(crate) fn items(&self) -> Option<&Type> {
        match self {
            Self::List { kind, .. } | Self::KeyedList { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// Every type in it but those of the headers and of a variant.
    pub(crate) fn types(&self) -> Vec<Type> {
        match self {
            Self::Empty | Self::Headers(_) => Vec::new(),
            Self::Document(kind) | Self::Optional(kind) | Self::WithHeaders { kind, .. } | Self::Keyed { kind, .. } => {
                vec![kind.clone()]
            }
            Self::OptionalKeyed { kind, .. }
            | Self::Variant { kind, .. }
            | Self::List { kind, .. }
            | Self::KeyedList { kind, .. } => vec![kind.clone()],
            Self::Stream { kind, .. } => vec![Type::Named(kind.clone())],
        }
    }
}

/// What stands in the answer's place for a body.
enum Body {
    Document(Type, Format),
    List(Type, Format),
    Stream(String),
}

/// The statuses of success, and what each returns.
pub(super) fn read(table: &mut Table<'_, '_>) -> (Vec<u16>, Answer) {
    let Some(mut answer) = table.table("answer") else {
        table.problem(table.line, "answer is missing");
        return (Vec::new(), Answer::Empty);
    };
    let mut success = Vec::new();
    for value in answer.list("status") {
        match value.number("status") {
            Some(status @ 200..=299) => success.push(status as u16),
            Some(other) => answer.problem(value.line, format!("{other} is not a status of success")),
            None => {}
        }
    }
    if success.is_empty() {
        answer.problem(answer.line, "status is missing");
    }
    let mut bodies: Vec<Body> = Vec::new();
    bodies.extend(read_type(&mut answer, "json").map(|kind| Body::Document(kind, Format::Json)));
    bodies.extend(read_type(&mut answer, "xml").map(|kind| Body::Document(kind, Format::Xml)));
    bodies.extend(read_type(&mut answer, "list").map(|kind| Body::List(kind, Format::Json)));
    bodies.extend(read_type(&mut answer, "xml_list").map(|kind| Body::List(kind, Format::Xml)));
    bodies.extend(answer.text("stream").map(Body::Stream));
    if bodies.len() > 1 {
        answer.problem(answer.line, "json, xml, list, xml_list and stream exclude each other");
    }
    let (key, headers, variant) = (answer.text("key"), answer.text("headers"), variant(&mut answer));
    let (mut read, fault) = classified(bodies.into_iter().next(), key, headers, variant);
    if let Some(fault) = fault {
        answer.problem(answer.line, fault);
    }
    if let Some(query) = answer.text("entries") {
        match &mut read {
            Answer::List { entries, .. } => *entries = Some(query),
            _ => answer.problem(answer.line, "entries is for a list without a key"),
        }
    }
    answer.finish();
    (success, read)
}

fn variant(answer: &mut Table<'_, '_>) -> Option<Variant> {
    let mut table = answer.table("variant")?;
    let read = Variant {
        name: table.required_text("name"),
        doc: table.required_text("doc"),
        when: table.required_text("when"),
        key: table.required_text("key"),
        kind: read_type(&mut table, "json").unwrap_or(Type::Named("json".to_owned())),
        line: table.line,
    };
    table.finish();
    Some(read)
}

/// The kind of answer; for an invalid one, the closest kind, and what is wrong.
fn classified(
    body: Option<Body>,
    key: Option<String>,
    headers: Option<String>,
    variant: Option<Variant>,
) -> (Answer, Option<&'static str>) {
    const NO_KEY: &str = "key is for a document or list, without headers beside it";
    const NO_VARIANT: &str = "a variant is for a document with a key";
    const NO_ROOT: &str = "key is missing: the root element, or the path from there";
    const OPTIONAL: &str =
        "an optional document is JSON without a key or XML with one, and has no headers beside it and no variant";
    let list = |kind, headers| Answer::List { kind, headers, entries: None };
    let answer = match (body, key, headers, variant) {
        (None, None, None, None) => Answer::Empty,
        (None, None, Some(headers), None) => Answer::Headers(headers),
        (None, None, _, Some(_)) => return (Answer::Empty, Some(NO_VARIANT)),
        (None, Some(_), ..) => return (Answer::Empty, Some(NO_KEY)),

        (Some(Body::Document(Type::Optional(kind), Format::Json)), None, None, None) => Answer::Optional(*kind),
        (Some(Body::Document(Type::Optional(kind), format @ Format::Xml)), Some(key), None, None) => {
            Answer::OptionalKeyed { kind: *kind, format, key }
        }
        (Some(Body::Document(Type::Optional(kind), _)), ..) => {
            return (Answer::Document(*kind), Some(OPTIONAL));
        }
        (Some(Body::Document(kind, _)), Some(_), Some(_), _) => return (Answer::Document(kind), Some(NO_KEY)),
        (Some(Body::Document(kind, format)), Some(key), None, None) => Answer::Keyed { kind, format, key },
        (Some(Body::Document(kind, format)), Some(key), None, Some(variant)) => Answer::Variant { kind, format, key, variant },
        (Some(Body::Document(kind, _)), None, _, Some(_)) => return (Answer::Document(kind), Some(NO_VARIANT)),
        (Some(Body::Document(kind, Format::Json)), None, None, None) => Answer::Document(kind),
        (Some(Body::Document(kind, Format::Json)), None, Some(headers), None) => Answer::WithHeaders { kind, headers },
        (Some(Body::Document(kind, _)), None, _, None) => return (Answer::Document(kind), Some(NO_ROOT)),

        (Some(Body::List(kind, _)), _, _, Some(_)) => return (list(kind, None), Some(NO_VARIANT)),
        (Some(Body::List(kind, _)), Some(_), Some(_), None) => return (list(kind, None), Some(NO_KEY)),
        (Some(Body::List(kind, format)), Some(key), None, None) => Answer::KeyedList { kind, format, key },
        (Some(Body::List(kind, Format::Json)), None, headers, None) => list(kind, headers),
        (Some(Body::List(kind, _)), None, _, None) => return (list(kind, None), Some(NO_ROOT)),

        (Some(Body::Stream(_)), Some(_), ..) => return (Answer::Empty, Some(NO_KEY)),
        (Some(Body::Stream(_)), None, _, Some(_)) => return (Answer::Empty, Some(NO_VARIANT)),
        (Some(Body::Stream(kind)), None, Some(headers), None) => Answer::Stream { kind, headers },
        (Some(Body::Stream(_)), None, None, None) => return (Answer::Empty, Some("a stream needs headers, which describe it")),
    };
    (answer, None)
}
