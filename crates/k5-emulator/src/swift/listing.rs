//! Listings as text, JSON and XML.

use std::borrow::Cow;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::errors::{Outcome, fail, html};
use super::{MAX_LISTING, object_versions, python};
use crate::reply::Reply;
use crate::request::{Request, is_true};
use crate::store::{ContainerRow, Entry, LargeObject, Link, ListQuery, ObjectName, Reader, StoreError};
use crate::time::Ticks;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Xml,
    TextXml,
}

const OFFERED: &[(&str, Format)] = &[
    ("text/plain", Format::Text),
    ("application/json", Format::Json),
    ("application/xml", Format::Xml),
    ("text/xml", Format::TextXml),
];

impl Format {
    /// From `format`, else from `Accept`.
    pub(crate) fn of(request: &Request) -> Outcome<Self> {
        match request.query.get("format").map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("xml") => Ok(Self::Xml),
            Some(_) => Ok(Self::Text),
            None => match accepted(request) {
                Some(format) => Ok(format),
                None => fail(406),
            },
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
            Self::TextXml => "text/xml; charset=utf-8",
        }
    }

    pub(crate) fn vary(self, request: &Request, reply: &mut Reply) {
        if !request.query.has("format") {
            reply.header("vary", "Accept");
        }
    }

    pub(crate) fn reply(self, request: &Request, body: Vec<u8>) -> Reply {
        let status = if body.is_empty() { StatusCode::NO_CONTENT } else { StatusCode::OK };
        let mut reply = Reply::with_body(status, self.content_type(), body);
        self.vary(request, &mut reply);
        reply
    }
}

/// What `Accept` asks for among what is offered; `text/plain` when it does not care.
pub(crate) fn accepted(request: &Request) -> Option<Format> {
    let Some(accept) = request.header("accept").filter(|accept| !accept.trim().is_empty()) else {
        return Some(Format::Text);
    };
    let mut wanted: Vec<(f32, String)> = Vec::new();
    for range in accept.split(',') {
        let mut pieces = range.split(';').map(str::trim);
        let kind = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let quality =
            pieces.find_map(|parameter| parameter.strip_prefix("q=")).and_then(|quality| quality.parse().ok()).unwrap_or(1.0);
        if quality > 0.0 {
            wanted.push((quality, kind));
        }
    }
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, kind) in &wanted {
        for (offered, format) in OFFERED {
            let any = kind == "*/*" || kind == "*";
            let same_half = kind.strip_suffix("/*").is_some_and(|half| offered.starts_with(half));
            if any || same_half || kind == offered {
                return Some(*format);
            }
        }
    }
    None
}

pub(crate) fn query(request: &Request) -> Outcome<ListQuery> {
    let text = |name: &str| request.query.get(name).unwrap_or_default().to_owned();
    let limit = match request.query.get("limit") {
        Some(limit) if !limit.is_empty() && limit.bytes().all(|byte| byte.is_ascii_digit()) => limit.parse().unwrap_or(usize::MAX),
        _ => MAX_LISTING,
    };
    if limit > MAX_LISTING {
        return html(412, &format!("Maximum limit is {MAX_LISTING}"));
    }
    Ok(ListQuery {
        limit: request.page_limit.map_or(limit, |most| most.min(limit)),
        marker: text("marker"),
        end_marker: text("end_marker"),
        prefix: text("prefix"),
        delimiter: text("delimiter"),
        path: request.query.get("path").map(str::to_owned),
        reverse: request.query.get("reverse").is_some_and(is_true),
    })
}

/// Runs a listing where it may take its time.
pub(crate) async fn blocking<T: Send + 'static>(list: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Outcome<T> {
    let clock = crate::time::ruling();
    match tokio::task::spawn_blocking(move || crate::time::lent(clock, list)).await {
        Ok(listed) => Ok(listed?),
        Err(_) => Err(StoreError::Closed.into()),
    }
}

/// What a listing needs of an object's document; the rest is skipped unparsed.
#[derive(Deserialize)]
pub(crate) struct Listed<'a> {
    #[serde(rename = "t")]
    changed: Ticks,
    #[serde(rename = "s")]
    size: u64,
    #[serde(rename = "e", borrow)]
    etag: Cow<'a, str>,
    #[serde(rename = "c", borrow)]
    content_type: Cow<'a, str>,
    #[serde(rename = "l", default)]
    large: Option<LargeObject>,
    #[serde(rename = "y", default)]
    link: Option<Link>,
    #[serde(rename = "v", default)]
    pub(super) version: Option<Ticks>,
}

impl Listed<'_> {
    /// Whether it has this media type.
    pub(super) fn is(&self, content_type: &str) -> bool {
        self.content_type == content_type
    }
}

#[derive(Serialize)]
pub(super) struct ObjectLine<'a> {
    bytes: u64,
    hash: Cow<'a, str>,
    name: &'a str,
    content_type: Cow<'a, str>,
    last_modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink_etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symlink_path: Option<String>,
    /// Whether it is the link to a version that the container keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    version_symlink: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slo_etag: Option<String>,
}

impl<'a> ObjectLine<'a> {
    pub(super) fn new(account: &str, container: &str, name: &'a str, row: Listed<'a>) -> Self {
        let (mut symlink_path, mut fixed) = (None, None);
        if let Some(id) = row.version {
            symlink_path = Some(object_versions::location(&ObjectName::new(account, container, name), id));
        } else if let Some(link) = row.link {
            symlink_path = Some(link.path(account));
            fixed = link.fixed;
        }
        let large_etag = fixed.as_ref().map_or(row.large.as_ref().map(|large| &large.etag), |fixed| fixed.large_etag.as_ref());
        Self {
            bytes: row.large.as_ref().map_or(row.size, |large| large.size),
            hash: row.etag,
            name,
            content_type: row.content_type,
            last_modified: row.changed.iso(),
            slo_etag: large_etag.map(|etag| format!("\"{etag}\"")),
            symlink_bytes: fixed.as_ref().map(|fixed| fixed.bytes),
            symlink_etag: fixed.map(|fixed| fixed.etag),
            symlink_path,
            version_symlink: row.version.map(|_| true),
        }
    }
}

#[derive(Serialize)]
struct ContainerLine<'a> {
    name: &'a str,
    count: u64,
    bytes: u64,
    last_modified: String,
}

#[derive(Serialize)]
struct Subdir<'a> {
    subdir: &'a str,
}

pub(crate) fn containers(reader: &Reader, account: &str, query: &ListQuery, format: Format) -> Result<Vec<u8>, StoreError> {
    let mut out = Writer::new(format, "account", account);
    reader.list_containers(account, query, |entry| match entry {
        Entry::Subdir(name) => {
            out.subdir(name)?;
            out.xml("\n");
            Ok(())
        }
        Entry::Row { name, document } => {
            let row: ContainerRow = serde_json::from_slice(document)?;
            let line = ContainerLine { name, count: row.objects, bytes: row.all_bytes(), last_modified: row.created.iso() };
            out.line(name, &line, |line| {
                [
                    ("name", line.name.to_owned()),
                    ("count", line.count.to_string()),
                    ("bytes", line.bytes.to_string()),
                    ("last_modified", line.last_modified.clone()),
                ]
            })?;
            out.xml("\n");
            Ok(())
        }
    })?;
    Ok(out.finish())
}

pub(crate) fn objects(
    reader: &Reader,
    account: &str,
    container: &str,
    query: &ListQuery,
    format: Format,
) -> Result<Vec<u8>, StoreError> {
    let mut out = Writer::new(format, "container", container);
    reader.list_objects(account, container, query, |entry| match entry {
        Entry::Subdir(name) => out.subdir(name),
        Entry::Row { name, .. } if format == Format::Text => {
            out.body.extend_from_slice(name.as_bytes());
            out.body.push(b'\n');
            Ok(())
        }
        Entry::Row { name, document } => {
            let row: Listed<'_> = serde_json::from_slice(document)?;
            let line = ObjectLine::new(account, container, name, row);
            out.line(name, &line, |line| {
                [
                    ("name", line.name.to_owned()),
                    ("hash", line.hash.to_string()),
                    ("bytes", line.bytes.to_string()),
                    ("content_type", line.content_type.to_string()),
                    ("last_modified", line.last_modified.clone()),
                ]
            })
        }
    })?;
    Ok(out.finish())
}

/// A listing on its way.
struct Writer {
    format: Format,
    kind: &'static str,
    body: Vec<u8>,
    lines: usize,
    /// The body's length before the first line.
    empty: usize,
}

impl Writer {
    fn new(format: Format, kind: &'static str, name: &str) -> Self {
        let mut writer = Self { format, kind, body: Vec::new(), lines: 0, empty: 0 };
        match format {
            Format::Text => {}
            Format::Json => writer.body.push(b'['),
            Format::Xml | Format::TextXml => {
                writer.xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
                writer.xml(&format!("<{kind} name=\"{}\">", escape(name)));
                if kind == "account" {
                    writer.xml("\n");
                }
            }
        }
        writer.empty = writer.body.len();
        writer
    }

    fn xml(&mut self, text: &str) {
        if matches!(self.format, Format::Xml | Format::TextXml) {
            self.body.extend_from_slice(text.as_bytes());
        }
    }

    fn json(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        if self.lines > 0 {
            self.body.extend_from_slice(b", ");
        }
        self.lines += 1;
        Ok(python::write_json(&mut self.body, line)?)
    }

    fn subdir(&mut self, name: &str) -> Result<(), StoreError> {
        match self.format {
            Format::Text => {
                self.body.extend_from_slice(name.as_bytes());
                self.body.push(b'\n');
            }
            Format::Json => self.json(&Subdir { subdir: name })?,
            Format::Xml | Format::TextXml => {
                let name = escape(name);
                let inner = if self.kind == "account" { String::new() } else { format!("<name>{name}</name>") };
                if inner.is_empty() {
                    self.xml(&format!("<subdir name=\"{name}\" />"));
                } else {
                    self.xml(&format!("<subdir name=\"{name}\">{inner}</subdir>"));
                }
            }
        }
        Ok(())
    }

    fn line<L: Serialize, const N: usize>(
        &mut self,
        name: &str,
        line: &L,
        fields: impl FnOnce(&L) -> [(&'static str, String); N],
    ) -> Result<(), StoreError> {
        match self.format {
            Format::Text => {
                self.body.extend_from_slice(name.as_bytes());
                self.body.push(b'\n');
            }
            Format::Json => self.json(line)?,
            Format::Xml | Format::TextXml => {
                let element = if self.kind == "account" { "container" } else { "object" };
                self.xml(&format!("<{element}>"));
                for (tag, value) in fields(line) {
                    self.xml(&format!("<{tag}>{}</{tag}>", escape(&value)));
                }
                self.xml(&format!("</{element}>"));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        match self.format {
            Format::Text => {}
            Format::Json => self.body.push(b']'),
            Format::Xml | Format::TextXml if self.body.len() == self.empty && self.kind == "container" => {
                // An element without content is closed at once.
                self.body.pop();
                self.xml(" />");
            }
            Format::Xml | Format::TextXml => self.xml(&format!("</{}>", self.kind)),
        }
        self.body
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
