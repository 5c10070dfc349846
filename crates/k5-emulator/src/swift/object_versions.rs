//! Versions that a container keeps of its own objects: `X-Versions-Enabled`.

use std::collections::HashSet;

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::acl::Origin;
use super::errors::{Outcome, fail, html, plain, status};
use super::listing::{Listed, ObjectLine};
use super::manifest::quote;
use super::upload::stored_reply;
use super::{Swift, python};
use crate::reply::Reply;
use crate::request::{Request, is_true, latin1};
use crate::store::bodies::md5_hex;
use crate::store::{
    BodyRef, ContainerRow, Entry, Fixed, Link, ListQuery, ObjectName, ObjectRow, Reader, StoreError, Tables, backwards,
    split_version,
};
use crate::time::Ticks;

const ENABLED: &str = "x-versions-enabled";
pub(super) const ID: &str = "x-object-version-id";
const DELETED: &str = super::versions::DELETED;

/// Applies what a PUT or POST of a container says of versions.
pub(super) fn switch(row: &mut ContainerRow, headers: &HeaderMap) -> Outcome<()> {
    let Some(wish) = headers.get(ENABLED) else { return Ok(()) };
    if row.headers.contains_key(super::versions::LOCATION) || row.headers.contains_key(super::versions::HISTORY) {
        return html(
            400,
            "Cannot enable object versioning on a container that is already using the legacy versioned writes feature.",
        );
    }
    let on = is_true(&latin1(wish.as_bytes()));
    row.versioning = Some(on);
    if on {
        row.versions.get_or_insert_default();
    }
    Ok(())
}

pub(super) fn describe(reply: &mut Reply, row: &ContainerRow) {
    if let Some(on) = row.versioning {
        reply.header(ENABLED, if on { "True" } else { "False" });
    }
}

/// Whether new objects become versions.
pub(super) fn enabled(container: &ContainerRow) -> bool {
    container.versioning == Some(true)
}

/// An object that was there before versions were kept becomes the oldest of them.
fn keep_current(tables: &mut Tables<'_>, name: &ObjectName) -> Result<(), StoreError> {
    let Some(current) = tables.object(name)?.filter(|current| current.version.is_none()) else { return Ok(()) };
    tables.take_object(name)?;
    let id = current.changed;
    tables.put_version(name, id, &ObjectRow { changed: Ticks::next(), delete_at: None, ..current })
}

/// Stores an object as the newest version.
pub(super) fn put(tables: &mut Tables<'_>, name: &ObjectName, row: ObjectRow) -> Result<ObjectRow, StoreError> {
    keep_current(tables, name)?;
    let id = row.changed;
    tables.put_version(name, id, &ObjectRow { delete_at: None, ..row.clone() })?;
    let row = ObjectRow { version: Some(id), ..row };
    tables.put_object(name, &row)?;
    Ok(row)
}

/// Changes what is stored beside the body, of the current object and of the version that it is.
pub(super) fn update(tables: &mut Tables<'_>, name: &ObjectName, row: &ObjectRow) -> Result<(), StoreError> {
    if let Some(id) = row.version {
        tables.put_version(name, id, &ObjectRow { delete_at: None, version: None, ..row.clone() })?;
    }
    tables.put_object(name, row)
}

/// Leaves a delete marker; whether there was an object, and the marker's version.
pub(super) fn delete(tables: &mut Tables<'_>, name: &ObjectName) -> Result<(bool, Ticks), StoreError> {
    keep_current(tables, name)?;
    let id = Ticks::next();
    let marker = ObjectRow {
        changed: id,
        size: 0,
        etag: md5_hex(b""),
        content_type: DELETED.to_owned(),
        body: BodyRef::Empty,
        delete_at: None,
        large: None,
        link: None,
        version: None,
        headers: Default::default(),
    };
    tables.put_version(name, id, &marker)?;
    Ok((tables.remove_object(name)?, id))
}

fn version_path(name: &ObjectName, id: Ticks) -> String {
    format!("{}?version-id={}", quote(&format!("{}/{}", name.container, name.object)), id.normal())
}

/// `/v1/account/container/object?version-id=...`.
pub(super) fn location(name: &ObjectName, id: Ticks) -> String {
    format!("/v1/{}/{}", quote(&name.account), version_path(name, id))
}

/// The link to the newest version that a client sees who asks for links themselves.
pub(super) fn as_link(name: &ObjectName, id: Ticks, row: ObjectRow) -> ObjectRow {
    let (etag, large_etag) = (row.etag, row.large.as_ref().map(|large| large.etag.clone()));
    let bytes = row.large.map_or(row.size, |large| large.size);
    let link = Link { target: version_path(name, id), account: None, fixed: Some(Fixed { etag, bytes, large_etag }) };
    ObjectRow { size: 0, etag: md5_hex(b""), body: BodyRef::Empty, large: None, link: Some(link), ..row }
}

/// What a request's `version-id` says.
pub(super) enum Wanted {
    /// The object, if it is not a version.
    Null,
    Id(Ticks),
}

/// The version that is asked for, if one is; an error where there are none.
pub(super) fn wanted(request: &Request, container: Option<&ContainerRow>) -> Outcome<Option<Wanted>> {
    let text = request.query.get("version-id").filter(|text| !text.is_empty());
    if text.is_some() && request.method == "POST" {
        return html(400, "POST to a specific version is not allowed");
    }
    parse(text, container)
}

/// The same for a request that is not a request of its own.
pub(super) fn parse(text: Option<&str>, container: Option<&ContainerRow>) -> Outcome<Option<Wanted>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text == "null" {
        return Ok(Some(Wanted::Null));
    }
    if container.is_none_or(|container| container.versions.is_none()) {
        return html(400, "version-aware operations require that the container is versioned");
    }
    match Ticks::parse(text) {
        Some(id) => Ok(Some(Wanted::Id(id))),
        None => html(400, "Invalid version parameter"),
    }
}

/// One version of an object for a GET or HEAD.
pub(super) fn read(reader: &Reader, name: &ObjectName, wanted: &Wanted) -> Outcome<ObjectRow> {
    match wanted {
        Wanted::Null => match reader.object(name)?.filter(|row| row.version.is_none()) {
            Some(row) => Ok(row),
            None => fail(404),
        },
        Wanted::Id(id) => match reader.version(name, *id)? {
            Some(row) if row.content_type == DELETED => {
                Err(status(404).with("content-type", DELETED).with(ID, &id.normal()).into())
            }
            Some(row) => Ok(row),
            None => fail(404),
        },
    }
}

impl Swift {
    /// `PUT ?version-id=`: an older version becomes the current one.
    pub(super) async fn restore_version(&self, origin: &Origin, name: ObjectName, request: &Request) -> Outcome {
        let container = self.writable(origin, &name, 0, false)?;
        let Some(Wanted::Id(id)) = wanted(request, container.as_ref())? else { return fail(404) };
        if request.upload.declared.is_none_or(|length| length > 0) {
            return plain(400, "PUT version-id requests require a zero byte body");
        }
        let row = self
            .store
            .write(move |tables| {
                let found = tables.version(&name, id)?.filter(|row| row.content_type != DELETED);
                let Some(row) = found else { return Ok(None) };
                let row = ObjectRow { version: Some(id), ..row };
                tables.put_object(&name, &row)?;
                Ok(Some(row))
            })
            .await?;
        match row {
            Some(row) => Ok(stored_reply(&row, &row.etag)),
            None => plain(404, "The specified version does not exist"),
        }
    }

    /// `DELETE ?version-id=`: one version is gone for good.
    pub(super) async fn delete_version(&self, name: ObjectName, id: Ticks) -> Outcome {
        let (existed, current) = self
            .store
            .write(move |tables| {
                let mut current = tables.object(&name)?.and_then(|row| row.version);
                if current == Some(id) {
                    tables.remove_object(&name)?;
                    current = None;
                }
                Ok((tables.remove_version(&name, id)?, current))
            })
            .await?;
        let reply = if existed { super::container::no_content() } else { status(404) };
        let current = current.map_or_else(|| "null".to_owned(), Ticks::normal);
        Ok(reply.with(ID, &id.normal()).with("x-object-current-version-id", &current))
    }
}

#[derive(Serialize)]
struct VersionLine<'a> {
    #[serde(flatten)]
    object: ObjectLine<'a>,
    is_latest: bool,
    version_id: String,
}

/// Where a listing of versions begins, beyond what [`ListQuery`] says.
pub(super) enum From {
    Marker,
    Version(Ticks),
    /// Swift then has no version to give, unless the listing goes backwards.
    Null,
}

/// What is to be listed of versions, if that is what the request wants.
pub(super) fn listing(request: &Request, query: &ListQuery) -> Outcome<Option<From>> {
    if !request.query.has("versions") {
        return Ok(None);
    }
    let json = match (request.query.get("format"), request.header("accept")) {
        (Some(format), _) => format.eq_ignore_ascii_case("json"),
        (None, None) => true,
        (None, Some(accept)) => ["*/*", "application/*", "application/json"].iter().any(|kind| accept.contains(kind)),
    };
    if !json {
        return fail(406);
    }
    if query.delimiter.contains(|letter: char| letter.is_ascii_digit() || letter == '.') {
        return html(400, "invalid delimiter param");
    }
    match request.query.get("version_marker") {
        None => Ok(Some(From::Marker)),
        Some(_) if !request.query.has("marker") => html(400, "version_marker param requires marker"),
        Some("null") => Ok(Some(From::Null)),
        Some(text) => match Ticks::parse(text) {
            Some(id) => Ok(Some(From::Version(id))),
            None => html(400, "invalid version_marker param"),
        },
    }
}

/// The objects that are not versions, and all versions, by name and newest first, as JSON.
pub(super) fn list(reader: &Reader, account: &str, container: &str, query: &ListQuery, from: &From) -> Result<Vec<u8>, StoreError> {
    let mut lines: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut current, mut latest, mut folders) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut folder = |name: &str, lines: &mut Vec<(String, Vec<u8>)>| -> Result<(), StoreError> {
        if folders.insert(name.to_owned()) {
            lines.push((name.to_owned(), python::to_json(&serde_json::json!({"subdir": name}))?));
        }
        Ok(())
    };
    reader.list_objects(account, container, query, |entry| match entry {
        Entry::Subdir(name) => folder(name, &mut lines),
        Entry::Row { name, document } => {
            let row: Listed<'_> = serde_json::from_slice(document)?;
            if let Some(id) = row.version {
                current.insert((name.to_owned(), id));
                return Ok(());
            }
            latest.insert(name.to_owned());
            let object = ObjectLine::new(account, container, name, row);
            let line = VersionLine { object, is_latest: true, version_id: "null".to_owned() };
            lines.push((name.to_owned(), python::to_json(&line)?));
            Ok(())
        }
    })?;
    let marker = match from {
        From::Version(id) => format!("{}\0{}", query.marker, backwards(*id)),
        // Past all of its versions.
        From::Marker if !query.marker.is_empty() => format!("{}\0:", query.marker),
        From::Marker => String::new(),
        From::Null if query.reverse => String::new(),
        From::Null => "\u{10ffff}".to_owned(),
    };
    let query_of_versions = ListQuery { marker, end_marker: String::new(), path: None, ..query.clone() };
    reader.list_versions(account, container, &query_of_versions, |entry| match entry {
        Entry::Subdir(name) => folder(name, &mut lines),
        Entry::Row { name, document } => {
            let Some((name, id)) = split_version(name) else { return Ok(()) };
            let row: Listed<'_> = serde_json::from_slice(document)?;
            let is_latest = current.contains(&(name.to_owned(), id)) || (row.is(DELETED) && !latest.contains(name));
            if is_latest {
                latest.insert(name.to_owned());
            }
            let object = ObjectLine::new(account, container, name, row);
            let line = VersionLine { object, is_latest, version_id: id.normal() };
            lines.push((name.to_owned(), python::to_json(&line)?));
            Ok(())
        }
    })?;
    if query.reverse {
        lines.sort_by(|(a, _), (b, _)| b.cmp(a));
    } else {
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let lines: Vec<Vec<u8>> = lines.into_iter().take(query.limit).map(|(_, line)| line).collect();
    Ok([b"[".as_slice(), &lines.join(b", ".as_slice()), b"]"].concat())
}

/// The listing's answer, before the container is described.
pub(super) fn listing_reply(body: Vec<u8>) -> Reply {
    Reply::with_body(StatusCode::OK, super::listing::Format::Json.content_type(), body)
}
