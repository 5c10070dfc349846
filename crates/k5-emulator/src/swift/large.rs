//! Static and dynamic large objects.

use std::collections::HashMap;

use http::StatusCode;
use k5_md5::Md5;
use serde::Serialize;

use super::acl::{Access, Origin};
use super::bulk::Report;
use super::errors::{Outcome, fail, html, status_line};
use super::manifest::{Segment, Wanted, decode_base64, parse, quote, segment_name};
use super::object::{Content, Kind};
use super::upload::{Draft, stored_reply};
use super::{Swift, conditions, listing, object_versions, python, ranges};
use crate::payload::{Part, slice};
use crate::reply::Reply;
use crate::request::{Request, unquote};
use crate::store::bodies::{BodyWriter, Written, md5_hex};
use crate::store::{Entry, LargeObject, ListQuery, ObjectName, ObjectRow};

pub(super) const MAX_MANIFEST: usize = 8 << 20;
/// Far more than anybody writes; bounds the memory of one download.
const MAX_DYNAMIC_SEGMENTS: usize = 1_000_000;
const MAX_DEPTH: usize = 10;

/// Quoted path, and what is wrong with it.
type Problems = Vec<(String, String)>;

impl Swift {
    /// `PUT ?multipart-manifest=put`.
    pub(super) async fn upload_manifest(&self, origin: &Origin, name: ObjectName, request: &mut Request) -> Outcome {
        if request.upload.without_length() {
            return fail(411);
        }
        let too_large = || html(413, &format!("Manifest File > {MAX_MANIFEST} bytes"));
        if request.upload.declared.is_some_and(|length| length > MAX_MANIFEST as u64) {
            return too_large();
        }
        let Some(body) = request.upload.collect(MAX_MANIFEST).await? else { return too_large() };
        let draft = self.draft(name, request, conditions::only_if_absent(request)?)?;
        self.store_manifest(origin, draft, &body, request).await
    }

    /// Checks a manifest in the client's form against the segments, and stores it.
    pub(super) async fn store_manifest(&self, origin: &Origin, mut draft: Draft, body: &[u8], request: &Request) -> Outcome {
        let wanted = parse(body, &draft.name)?;
        if wanted.iter().filter(|line| matches!(line, Wanted::Path { .. })).count() > self.limits.segments {
            return html(413, &format!("Number of object-backed segments must be <= {}", self.limits.segments));
        }
        let segments = match self.check_segments(origin, &draft.name.account, wanted)? {
            Ok(segments) => segments,
            Err(problems) => {
                let report = Report { errors: problems, ..Report::default() };
                let format = listing::accepted(request).unwrap_or(listing::Format::Text);
                let (content_type, text) = report.render(format, "upload", false);
                return Ok(Reply::with_body(StatusCode::BAD_REQUEST, content_type, text));
            }
        };
        let etag = md5_hex(segments.iter().map(Segment::etag_text).collect::<String>().as_bytes());
        if let Some(expected) = request.header("etag").filter(|etag| !etag.is_empty())
            && conditions::normalize_etag(&expected) != etag
        {
            return fail(422);
        }
        let size = segments.iter().map(Segment::length).sum();
        draft.large = Some(LargeObject { etag: etag.clone(), size });
        let document = python::to_json(&segments)?;
        let mut writer = BodyWriter::new(std::sync::Arc::clone(&self.store.bodies));
        writer.push(document.into()).await?;
        let Written { stored, size, etag: body_etag } = writer.finish().await?;
        let row = self.store_object(draft, stored, size, body_etag).await?;
        Ok(stored_reply(&row, &format!("\"{etag}\"")))
    }

    /// Looks every segment up; either what is to be stored, or what is wrong with whom.
    fn check_segments(&self, origin: &Origin, account: &str, wanted: Vec<Wanted>) -> Outcome<Result<Vec<Segment>, Problems>> {
        let mut allowed: HashMap<String, u16> = HashMap::new();
        let (mut segments, mut problems) = (Vec::new(), Vec::new());
        let count = wanted.len();
        for (index, line) in wanted.into_iter().enumerate() {
            let (path, etag, size, range) = match line {
                Wanted::Data(data) => {
                    segments.push(Segment::Data { data });
                    continue;
                }
                Wanted::Path { path, etag, size, range } => (path, etag, size, range),
            };
            let mut problem = |text: &str| problems.push((quote(&path), text.to_owned()));
            let Some(name) = segment_name(account, &path) else {
                problem(&status_line(404));
                continue;
            };
            let access = match allowed.get(&name.container) {
                Some(code) => *code,
                None => {
                    let code = match self.readable(origin, account, &name.container) {
                        Ok(_) => 200,
                        Err(refused) => refused.into_reply().status.as_u16(),
                    };
                    allowed.insert(name.container.clone(), code);
                    code
                }
            };
            if access != 200 {
                problem(&status_line(access));
                continue;
            }
            let Some(row) = self.object_behind(origin, &name)? else {
                problem(&status_line(404));
                continue;
            };
            let (bytes, hash) = match &row.large {
                Some(large) => (large.size, large.etag.clone()),
                None => (row.size, row.etag.clone()),
            };
            let mut length = bytes;
            let mut stored_range = None;
            if let Some(range) = range {
                match ranges::parse(&format!("bytes={range}"), bytes).as_deref() {
                    Some([(0, end)]) if *end == bytes => {}
                    Some([(start, end)]) => {
                        stored_range = Some(format!("{start}-{}", end - 1));
                        length = end - start;
                    }
                    _ => problem("Unsatisfiable Range"),
                }
            }
            let least = self.limits.segment;
            if length < least && index + 1 != count {
                let plural = if least == 1 { "" } else { "s" };
                problem(&format!("Too small; each segment must be at least {least} byte{plural}."));
            }
            if size.is_some_and(|size| size != bytes) {
                problem("Size Mismatch");
            }
            if etag.is_some_and(|etag| conditions::normalize_etag(&etag) != hash) {
                problem("Etag Mismatch");
            }
            segments.push(Segment::Object {
                name: format!("/{}", path.trim_start_matches('/')),
                bytes,
                hash,
                content_type: row.content_type.split(';').next().unwrap_or_default().trim().to_owned(),
                // From the header, which knows whole seconds.
                last_modified: format!("{}.000000", crate::time::iso_seconds(row.changed.ceil_seconds())),
                range: stored_range,
                sub_slo: row.large.is_some().then_some(true),
            });
        }
        Ok(if problems.is_empty() { Ok(segments) } else { Err(problems) })
    }

    async fn segments(&self, row: &ObjectRow) -> Outcome<Vec<Segment>> {
        Ok(serde_json::from_slice(&self.whole(row.body, row.size).await?)?)
    }

    /// `GET ?multipart-manifest=get`, with `format=raw` in the form a PUT takes.
    pub(super) async fn manifest_content(&self, row: ObjectRow, request: &Request) -> Outcome<Content> {
        if request.query.get("format") == Some("raw") {
            let raw = self.raw_manifest(&row).await?;
            return Ok(Content {
                length: raw.len() as u64,
                etag: md5_hex(&raw),
                content_type: row.content_type.clone(),
                parts: vec![Part::Bytes(raw.into())],
                kind: Kind::Manifest,
                location: None,
                version: None,
                row,
            });
        }
        Ok(Content {
            parts: vec![Part::Stored { body: row.body, offset: 0, length: row.size }],
            length: row.size,
            etag: row.etag.clone(),
            content_type: "application/json; charset=utf-8".to_owned(),
            kind: Kind::Manifest,
            location: None,
            version: None,
            row,
        })
    }

    pub(super) async fn raw_manifest(&self, row: &ObjectRow) -> Outcome<Vec<u8>> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Raw {
            Data {
                data: String,
            },
            Path {
                etag: String,
                path: String,
                #[serde(skip_serializing_if = "Option::is_none")]
                range: Option<String>,
                size_bytes: u64,
            },
        }
        let raw: Vec<Raw> = self
            .segments(row)
            .await?
            .into_iter()
            .map(|segment| match segment {
                Segment::Data { data } => Raw::Data { data },
                Segment::Object { name, bytes, hash, range, .. } => Raw::Path { etag: hash, path: name, range, size_bytes: bytes },
            })
            .collect();
        Ok(python::to_json(&raw)?)
    }

    /// What a static large object reads as. A HEAD does not look at the segments.
    pub(super) async fn static_content(&self, origin: &Origin, account: &str, row: ObjectRow, head: bool) -> Outcome<Content> {
        let parts = if head { Vec::new() } else { self.resolve(origin, account, &row, 0).await? };
        let (etag, length) =
            row.large.as_ref().map_or_else(|| (row.etag.clone(), row.size), |large| (format!("\"{}\"", large.etag), large.size));
        Ok(Content {
            parts,
            length,
            etag,
            content_type: row.content_type.clone(),
            kind: Kind::Static,
            location: None,
            version: None,
            row,
        })
    }

    /// The pieces of stored bodies a manifest stands for; a segment that is gone or has changed is missing.
    async fn resolve(&self, origin: &Origin, account: &str, row: &ObjectRow, depth: usize) -> Outcome<Vec<Part>> {
        let mut parts = Vec::new();
        let mut allowed: HashMap<String, bool> = HashMap::new();
        for segment in self.segments(row).await? {
            let (start, end) = segment.bounds();
            let (name, bytes, hash) = match segment {
                Segment::Data { data } => {
                    parts.push(Part::Bytes(decode_base64(&data).unwrap_or_default().into()));
                    continue;
                }
                Segment::Object { name, bytes, hash, .. } => (name, bytes, hash),
            };
            let found = match segment_name(account, &name) {
                None => None,
                Some(name) => {
                    let may = match allowed.get(&name.container) {
                        Some(may) => *may,
                        None => {
                            let may = self.readable(origin, account, &name.container).is_ok();
                            allowed.insert(name.container.clone(), may);
                            may
                        }
                    };
                    if may { self.object_behind(origin, &name)? } else { None }
                }
            };
            let whole = match found {
                Some(row) if row.large.is_none() && row.size == bytes && row.etag == hash => {
                    vec![Part::Stored { body: row.body, offset: 0, length: bytes }]
                }
                Some(row)
                    if depth < MAX_DEPTH && row.large.as_ref().is_some_and(|large| large.size == bytes && large.etag == hash) =>
                {
                    Box::pin(self.resolve(origin, account, &row, depth + 1)).await?
                }
                _ => vec![Part::Missing { length: bytes }],
            };
            parts.extend(slice(&whole, start, end));
        }
        Ok(parts)
    }

    /// What a dynamic large object reads as: every object under its prefix, by name.
    pub(super) async fn dynamic_content(&self, origin: &Origin, account: &str, manifest: &str, row: ObjectRow) -> Outcome<Content> {
        let manifest = unquote(manifest).unwrap_or_default();
        let Some((container, prefix)) = manifest.split_once('/') else { return fail(404) };
        let reader = self.store.reader();
        let holder = reader.container(account, container)?;
        let acl = holder.as_ref().and_then(|row| row.headers.get("x-container-read")).map(String::as_str);
        self.authorize(origin, Access { account, container: Some(container), is_object: false, acl })?;
        if holder.is_none() {
            return fail(404);
        }
        let query = ListQuery { limit: MAX_DYNAMIC_SEGMENTS, prefix: prefix.to_owned(), ..ListQuery::default() };
        let (owner, from) = (account.to_owned(), container.to_owned());
        let rows = listing::blocking(move || {
            let mut rows: Vec<ObjectRow> = Vec::new();
            reader.list_objects(&owner, &from, &query, |entry| {
                if let Entry::Row { document, .. } = entry {
                    rows.push(serde_json::from_slice(document)?);
                }
                Ok(())
            })?;
            Ok(rows)
        })
        .await?;
        let mut hash = Md5::new();
        let mut parts = Vec::with_capacity(rows.len());
        for segment in &rows {
            hash.update(segment.etag.as_bytes());
            if segment.large.is_some() {
                parts.extend(self.resolve(origin, account, segment, 0).await?);
            } else {
                parts.push(Part::Stored { body: segment.body, offset: 0, length: segment.size });
            }
        }
        Ok(Content {
            length: parts.iter().map(Part::length).sum(),
            parts,
            etag: format!("\"{}\"", k5_md5::hex(&hash.finish())),
            content_type: row.content_type.clone(),
            kind: Kind::Dynamic,
            location: None,
            version: None,
            row,
        })
    }

    /// `DELETE ?multipart-manifest=delete`: the segments, then the manifest, and a report.
    pub(super) async fn delete_manifest(&self, origin: &Origin, name: &ObjectName, request: &Request) -> Outcome {
        let mut report = Report::default();
        let mut doomed = Vec::new();
        let version = request.query.get("version-id");
        self.collect_segments(origin, name, version, &mut doomed, &mut report, 0).await?;
        for doomed in doomed {
            let version = version.filter(|_| doomed == *name);
            self.delete_into(origin, doomed, version, &mut report).await?;
        }
        Ok(report.reply(request))
    }

    async fn collect_segments(
        &self,
        origin: &Origin,
        name: &ObjectName,
        version: Option<&str>,
        doomed: &mut Vec<ObjectName>,
        report: &mut Report,
        depth: usize,
    ) -> Outcome<()> {
        let path = format!("/{}/{}", name.container, name.object);
        if let Err(refused) = self.readable(origin, &name.account, &name.container) {
            report.errors.push((quote(&path), status_line(refused.into_reply().status.as_u16())));
            return Ok(());
        }
        // A link to a large object is deleted with the segments, and the large object itself stays.
        let reader = self.store.reader();
        let container = reader.container(&name.account, &name.container)?;
        let found = match object_versions::parse(version, container.as_ref())? {
            Some(wanted) => object_versions::read(&reader, name, &wanted).ok(),
            None => self.object_behind(origin, name)?,
        };
        let Some(row) = found else {
            report.not_found += 1;
            return Ok(());
        };
        if row.large.is_none() {
            report.errors.push((quote(&path), "Not an SLO manifest".to_owned()));
            return Ok(());
        }
        for segment in self.segments(&row).await? {
            let Segment::Object { name: path, sub_slo, .. } = segment else { continue };
            let Some(segment) = segment_name(&name.account, &path) else { continue };
            if sub_slo == Some(true) && depth < MAX_DEPTH {
                Box::pin(self.collect_segments(origin, &segment, None, doomed, report, depth + 1)).await?;
            } else {
                doomed.push(segment);
            }
        }
        doomed.push(name.clone());
        Ok(())
    }
}
