//! GET, HEAD, POST and DELETE of an object.

use std::io;
use std::sync::Arc;

use http::StatusCode;

use super::acl::{Access, Origin};
use super::container::no_content;
use super::errors::{Fail, Outcome, fail, status};
use super::object_versions::{self, Wanted};
use super::versions::{self, Deleted};
use super::{Call, Swift, conditions, links, metadata, ranges};
use crate::payload::{Part, Payload, slice};
use crate::reply::{HTML, Reply};
use crate::request::Request;
use crate::store::{BodyRef, ObjectName, ObjectRow, StoreError};
use crate::time::Ticks;

/// How many times a download restarts because its body was replaced during it.
const ATTEMPTS: usize = 5;

/// The kind of object that an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// The manifest of a large object, as it is.
    Manifest,
    Static,
    Dynamic,
}

/// What a GET of an object leads to, before conditions and ranges.
pub(super) struct Content {
    pub(super) row: ObjectRow,
    pub(super) kind: Kind,
    pub(super) parts: Vec<Part>,
    pub(super) length: u64,
    /// As the header is written: in quotes for a large object.
    pub(super) etag: String,
    pub(super) content_type: String,
    /// The location of the content, if a link led to it.
    pub(super) location: Option<String>,
    /// The version, if there are versions.
    pub(super) version: Option<String>,
}

impl Swift {
    /// Whether the caller may read here: an error if not.
    pub(super) fn readable(&self, origin: &Origin, account: &str, container: &str) -> Outcome<bool> {
        let row = self.store.reader().container(account, container)?;
        let acl = row.as_ref().and_then(|row| row.headers.get("x-container-read")).map(String::as_str);
        self.authorize(origin, Access { account, container: Some(container), is_object: true, acl })?;
        Ok(row.is_some())
    }

    pub(crate) async fn show_object(&self, call: &mut Call<'_>) -> Outcome {
        self.download_object(call).await
    }

    pub(crate) async fn download_object(&self, call: &mut Call<'_>) -> Outcome {
        let name = call.name();
        let Call { origin, request, .. } = call;
        for _ in 1..ATTEMPTS {
            match self.download_once(origin, &name, request).await {
                // Overwritten between looking it up and opening its file: the new file is already there.
                Err(Fail::Store(StoreError::Io(error))) if error.kind() == io::ErrorKind::NotFound => {}
                done => return done,
            }
        }
        self.download_once(origin, &name, request).await
    }

    async fn download_once(&self, origin: &Origin, name: &ObjectName, request: &Request) -> Outcome {
        let content = self.content(origin, name, request).await?;
        let mut reply = self.respond(request, content);
        if request.method != "HEAD" && reply.status.is_success() {
            reply.payload.prime().await?;
        }
        Ok(reply)
    }

    /// Looks up an object as the request asks for it: complete, or as a manifest.
    pub(super) async fn content(&self, origin: &Origin, name: &ObjectName, request: &Request) -> Outcome<Content> {
        self.readable(origin, &name.account, &name.container)?;
        let missing = || -> Fail {
            if conditions::demands_any(request) {
                return Reply::with_body(StatusCode::PRECONDITION_FAILED, HTML, "").into();
            }
            status(404).into()
        };
        let reader = self.store.reader();
        let container = reader.container(&name.account, &name.container)?;
        if let Some(wanted) = object_versions::wanted(request, container.as_ref())? {
            let row = object_versions::read(&reader, name, &wanted)?;
            let found = self.open(origin, name, row, request, missing).await?;
            let id = match wanted {
                Wanted::Null => "null".to_owned(),
                Wanted::Id(id) => id.normal(),
            };
            return Ok(Content { version: Some(id), ..found });
        }
        if container.is_none_or(|container| container.versions.is_none()) {
            let Some(row) = reader.object(name)? else { return Err(missing()) };
            return self.open(origin, name, row, request, missing).await;
        }
        let unversioned = |refused: Fail| match refused {
            Fail::Reply(reply) => reply.with(object_versions::ID, "null").into(),
            store => store,
        };
        let Some(row) = reader.object(name)? else { return Err(unversioned(missing())) };
        let id = row.version;
        // The expiry belongs to the name, not to the version.
        let row = ObjectRow { delete_at: row.delete_at.filter(|_| id.is_none()), ..row };
        if let Some(id) = id
            && links::itself(request)
        {
            let link = object_versions::as_link(name, id, row);
            let content = self.content_of(origin, name, link, request).await?;
            return Ok(Content { version: Some(id.normal()), ..content });
        }
        let mut content = self.open(origin, name, row, request, missing).await.map_err(unversioned)?;
        match id {
            Some(id) if content.location.is_none() => {
                content.location = Some(object_versions::location(name, id));
                content.version = Some(id.normal());
            }
            _ => content.version = Some("null".to_owned()),
        }
        Ok(content)
    }

    /// What is behind an object's document, or behind the links that lead on from it.
    async fn open(
        &self,
        origin: &Origin,
        name: &ObjectName,
        row: ObjectRow,
        request: &Request,
        missing: impl Fn() -> Fail,
    ) -> Outcome<Content> {
        if links::itself(request) {
            return self.content_of(origin, name, row, request).await;
        }
        let found = self.follow(origin, name, row, missing)?;
        let content = self.content_of(origin, name, found.row, request).await?;
        Ok(Content { location: found.location, ..content })
    }

    /// What is behind an object's document. Segments are those of the account that was asked for, whereto links may lead.
    async fn content_of(&self, origin: &Origin, name: &ObjectName, row: ObjectRow, request: &Request) -> Outcome<Content> {
        let as_manifest = request.query.get("multipart-manifest") == Some("get");
        if row.large.is_some() {
            if as_manifest {
                return self.manifest_content(row, request).await;
            }
            return self.static_content(origin, &name.account, row, request.method == "HEAD").await;
        }
        if let Some(manifest) = row.headers.get("x-object-manifest").cloned()
            && !as_manifest
        {
            return self.dynamic_content(origin, &name.account, &manifest, row).await;
        }
        Ok(Content {
            parts: vec![Part::Stored { body: row.body, offset: 0, length: row.size }],
            length: row.size,
            etag: row.etag.clone(),
            content_type: row.content_type.clone(),
            kind: Kind::Plain,
            location: None,
            version: None,
            row,
        })
    }

    /// The answer to a GET or HEAD: conditions first, then ranges.
    pub(super) fn respond(&self, request: &Request, content: Content) -> Reply {
        let refused = conditions::check(request, &content.etag, content.row.changed);
        let mut reply = Reply::new(StatusCode::OK);
        describe(&mut reply, &content);
        if let Some(code) = refused {
            reply.status = StatusCode::from_u16(code).unwrap_or(StatusCode::PRECONDITION_FAILED);
            if code == 412 {
                reply.header("content-type", HTML);
                reply.headers.remove("accept-ranges");
            }
            reply.set_length();
            return reply;
        }
        let total = content.length;
        let ranges = request
            .header("range")
            .filter(|_| request.method != "HEAD" && content.kind != Kind::Manifest)
            .and_then(|range| ranges::parse(&range, total))
            // A suffix of nothing is all of nothing.
            .filter(|ranges| total > 0 || ranges.is_empty())
            // A dynamic large object is not cut into several pieces.
            .filter(|ranges| content.kind != Kind::Dynamic || ranges.len() < 2);
        let store = Arc::clone(&self.store);
        match ranges.as_deref() {
            None => {
                reply.payload = Payload::parts(content.parts, store);
                reply.header("content-length", &total.to_string());
            }
            Some([]) => {
                let mut refused = status(416);
                if content.kind != Kind::Dynamic {
                    let text = std::mem::take(&mut refused.payload);
                    let length = refused.headers.get("content-length").cloned();
                    refused.headers = reply.headers;
                    refused.payload = text;
                    if let Some(length) = length {
                        refused.headers.insert("content-length", length);
                    }
                }
                refused.header("content-range", &format!("bytes */{total}")).header("accept-ranges", "bytes");
                return refused;
            }
            Some([(start, end)]) => {
                reply.status = StatusCode::PARTIAL_CONTENT;
                reply.header("content-range", &format!("bytes {start}-{}/{total}", end - 1));
                reply.payload = Payload::parts(slice(&content.parts, *start, *end), store);
                reply.set_length();
            }
            Some(ranges) => {
                let boundary = format!("{:032x}", fastrand::u128(..));
                let mut parts = Vec::with_capacity(ranges.len() * 3 + 1);
                for (start, end) in ranges {
                    let head = format!(
                        "--{boundary}\r\nContent-Type: {}\r\nContent-Range: bytes {start}-{}/{total}\r\n\r\n",
                        content.content_type,
                        end - 1
                    );
                    parts.push(Part::Bytes(crate::request::to_bytes(&head).into()));
                    parts.extend(slice(&content.parts, *start, *end));
                    parts.push(Part::Bytes(bytes::Bytes::from_static(b"\r\n")));
                }
                parts.push(Part::Bytes(format!("--{boundary}--").into()));
                reply.status = StatusCode::PARTIAL_CONTENT;
                reply.header("content-type", &format!("multipart/byteranges;boundary={boundary}"));
                reply.payload = Payload::parts(parts, store);
                reply.set_length();
            }
        }
        // Only a missing first segment can still be reported; later ones abort the answer.
        let first = reply.payload.first_part();
        if matches!(first, Some(Part::Missing { .. })) && request.method != "HEAD" {
            return status(409);
        }
        reply
    }

    /// A stored body that has to be read completely, such as a manifest.
    pub(super) async fn whole(&self, body: BodyRef, length: u64) -> Outcome<Vec<u8>> {
        let parts = vec![Part::Stored { body, offset: 0, length }];
        Ok(Payload::parts(parts, Arc::clone(&self.store)).collect().await?)
    }

    pub(crate) async fn update_object(&self, call: &mut Call<'_>) -> Outcome {
        let name = call.name();
        let Call { origin, request, .. } = call;
        let container = self.writable(origin, &name, 0, false)?;
        object_versions::wanted(request, container.as_ref())?;
        if container.is_none() {
            return fail(404);
        }
        links::refuse_in_post(request)?;
        metadata::check(&request.headers, "object")?;
        let delete_at = metadata::delete_at(request)?;
        let headers = metadata::of_object(&request.headers);
        let content_type = request.header("content-type").filter(|given| !given.is_empty());
        self.store
            .write(move |tables| {
                let Some(row) = tables.object(&name)? else { return Ok(fail(404)) };
                let content_type = content_type.unwrap_or_else(|| row.content_type.clone());
                // Everything that a POST can set is replaced by it, even by being absent.
                let row = ObjectRow { changed: Ticks::next(), content_type, delete_at, headers, ..row };
                object_versions::update(tables, &name, &row)?;
                Ok(Ok(match &row.link {
                    Some(link) => links::redirect(link, &name.account),
                    None => status(202),
                }))
            })
            .await?
    }

    pub(crate) async fn delete_object(&self, call: &mut Call<'_>) -> Outcome {
        let name = call.name();
        let Call { origin, request, .. } = call;
        if request.query.get("multipart-manifest") == Some("delete") {
            return self.delete_manifest(origin, &name, request).await;
        }
        let version = request.query.get("version-id").map(str::to_owned);
        self.delete_one(origin, name, version.as_deref()).await
    }

    /// Deletes one object, or one version of it, for its caller.
    pub(super) async fn delete_one(&self, origin: &Origin, name: ObjectName, version: Option<&str>) -> Outcome {
        let container = self.writable(origin, &name, 0, false)?;
        let wanted = object_versions::parse(version, container.as_ref())?;
        if container.is_none() {
            return fail(404);
        }
        let plainly = match wanted {
            Some(Wanted::Id(id)) => return self.delete_version(name, id).await,
            Some(Wanted::Null) => true,
            None => false,
        };
        let (deleted, marker) = self
            .store
            .write(move |tables| match tables.container(&name.account, &name.container)? {
                Some(container) if object_versions::enabled(&container) && !plainly => {
                    let (existed, id) = object_versions::delete(tables, &name)?;
                    Ok((if existed { Deleted::Gone } else { Deleted::Missing }, Some(id)))
                }
                Some(container) => Ok((versions::delete(tables, &container, &name)?, None)),
                None => Ok((Deleted::Missing, None)),
            })
            .await?;
        let mut reply = match deleted {
            Deleted::Gone => no_content(),
            Deleted::Missing => status(404),
            Deleted::NoLocation => status(412),
        };
        if let Some(id) = marker {
            reply.header(object_versions::ID, &id.normal());
        }
        Ok(reply)
    }
}

fn describe(reply: &mut Reply, content: &Content) {
    let row = &content.row;
    reply
        .headers(&row.headers)
        .header("content-type", &content.content_type)
        .header("etag", &content.etag)
        .header("last-modified", &row.changed.http_date())
        .header("x-timestamp", &row.changed.normal())
        .header("accept-ranges", "bytes");
    if let Some(at) = row.delete_at {
        reply.header("x-delete-at", &at.to_string());
    }
    if let Some(link) = &row.link {
        link.describe(reply);
    }
    if let Some(location) = &content.location {
        reply.header("content-location", location);
    }
    if let Some(version) = &content.version {
        reply.header(object_versions::ID, version);
    }
    if row.large.is_some() {
        reply.header("x-static-large-object", "True");
        if content.kind == Kind::Static {
            reply.header("x-manifest-etag", &row.etag);
        }
    }
}
