//! PUT of an object: everything that can be rejected is rejected before the body is requested.

use std::sync::Arc;

use super::acl::{Access, Origin};
use super::container::created;
use super::errors::{Outcome, fail, html, plain};
use super::versions::{self, Kept};
use super::{Call, MAX_OBJECT_NAME, Swift, conditions, metadata, object_versions};
use crate::reply::Reply;
use crate::request::{Request, is_true};
use crate::store::bodies::{BodyWriter, Stored, Written};
use crate::store::rows::Headers;
use crate::store::{ContainerRow, LargeObject, Link, ObjectName, ObjectRow};
use crate::time::Ticks;

/// An object's document before its body is known.
pub(super) struct Draft {
    pub(super) name: ObjectName,
    pub(super) content_type: String,
    pub(super) headers: Headers,
    pub(super) delete_at: Option<u64>,
    pub(super) large: Option<LargeObject>,
    pub(super) link: Option<Link>,
    pub(super) only_if_absent: bool,
}

enum Put {
    Done(Box<ObjectRow>),
    NoContainer,
    Exists,
    NoLocation,
}

impl Swift {
    pub(crate) async fn upload_object(&self, call: &mut Call<'_>) -> Outcome {
        let name = call.name();
        let Call { origin, request, .. } = call;
        if request.header("x-copy-from").is_some_and(|source| !source.is_empty()) {
            if request.query.get("multipart-manifest") == Some("put") {
                return html(405, "Multipart Manifest PUTs cannot be COPY requests");
            }
            return self.copy_from(origin, name, request).await;
        }
        if request.query.get("version-id").is_some_and(|id| !id.is_empty()) {
            return self.restore_version(origin, name, request).await;
        }
        let length = request.upload.declared.unwrap_or(0);
        let container = self.writable(origin, &name, length, true)?;
        if request.query.get("multipart-manifest") == Some("put") {
            return self.upload_manifest(origin, name, request).await;
        }
        check_manifest_header(request)?;
        let only_if_absent = conditions::only_if_absent(request)?;
        if container.is_none() {
            return fail(404);
        }
        let mut draft = self.draft(name, request, only_if_absent)?;
        if let Some(link) = self.link(origin, &draft.name, request).await? {
            link.make(&mut draft, request);
        }
        if request.upload.declared.is_some_and(|length| length > self.limits.object) {
            return plain(413, "Your request is too large.");
        }
        if request.upload.without_length() {
            return plain(411, "Missing Content-Length header.");
        }
        if only_if_absent && self.store.reader().object(&draft.name)?.is_some() {
            return fail(412);
        }
        let mut writer = BodyWriter::new(Arc::clone(&self.store.bodies));
        while let Some(chunk) = request.upload.chunk().await? {
            writer.push(chunk).await?;
            if writer.size() > self.limits.object {
                return fail(413);
            }
        }
        let Written { stored, size, etag } = writer.finish().await?;
        if let Some(wanted) = request.header("etag").filter(|etag| !etag.is_empty())
            && conditions::normalize_etag(&wanted) != etag
        {
            let now = Ticks::next();
            return fail(422).map_err(|refused: super::Fail| refused.into_reply().with("last-modified", &now.http_date()).into());
        }
        let row = self.store_object(draft, stored, size, etag).await?;
        Ok(stored_reply(&row, &row.etag))
    }

    /// Whether the caller may write here and the quotas allow it; the container, if there is one.
    pub(super) fn writable(
        &self,
        origin: &Origin,
        name: &ObjectName,
        length: u64,
        with_quotas: bool,
    ) -> Outcome<Option<ContainerRow>> {
        let reader = self.store.reader();
        let container = reader.container(&name.account, &name.container)?;
        let acl = container.as_ref().and_then(|row| row.headers.get("x-container-write")).map(String::as_str);
        self.authorize(origin, Access { account: &name.account, container: Some(&name.container), is_object: true, acl })?;
        if !with_quotas {
            return Ok(container);
        }
        if let Some(container) = &container {
            let quota = |name: &str| container.headers.get(name).and_then(|quota| quota.parse::<u64>().ok());
            let over_bytes = quota("x-container-meta-quota-bytes").is_some_and(|most| most < container.bytes + length);
            let over_count = quota("x-container-meta-quota-count").is_some_and(|most| most < container.objects + 1);
            if over_bytes || over_count {
                return html(413, "Upload exceeds quota.");
            }
        }
        if !origin.caller.is_reseller()
            && let Some(account) = reader.account(&name.account)?
            && let Some(quota) = account.headers.get("x-account-meta-quota-bytes")
            && quota.parse::<u64>().is_ok_and(|most| most < account.total().bytes + length)
        {
            return html(413, "Upload exceeds quota.");
        }
        Ok(container)
    }

    /// The document of a PUT from its headers.
    pub(super) fn draft(&self, name: ObjectName, request: &Request, only_if_absent: bool) -> Outcome<Draft> {
        if name.object.len() > MAX_OBJECT_NAME {
            return plain(400, &format!("Object name length of {} longer than {MAX_OBJECT_NAME}", name.object.len()));
        }
        let delete_at = metadata::delete_at(request)?;
        metadata::check(&request.headers, "object")?;
        Ok(Draft {
            content_type: content_type(request, &name.object),
            headers: metadata::of_object(&request.headers),
            name,
            delete_at,
            large: None,
            link: None,
            only_if_absent,
        })
    }

    /// Makes a complete body an object.
    pub(super) async fn store_object(&self, draft: Draft, stored: Stored, size: u64, etag: String) -> Outcome<ObjectRow> {
        let Draft { name, content_type, headers, delete_at, large, link, only_if_absent } = draft;
        let put = self
            .store
            .write(move |tables| {
                let Some(container) = tables.container(&name.account, &name.container)? else {
                    return Ok(Put::NoContainer);
                };
                if only_if_absent && tables.object(&name)?.is_some() {
                    return Ok(Put::Exists);
                }
                let versioned = object_versions::enabled(&container);
                if !versioned && versions::archive(tables, &container, &name)? == Kept::NoLocation {
                    return Ok(Put::NoLocation);
                }
                let body = tables.put_body(stored)?;
                let changed = Ticks::next();
                let row = ObjectRow { changed, size, etag, content_type, body, delete_at, large, link, version: None, headers };
                if versioned {
                    return Ok(Put::Done(Box::new(object_versions::put(tables, &name, row)?)));
                }
                tables.put_object(&name, &row)?;
                Ok(Put::Done(Box::new(row)))
            })
            .await?;
        match put {
            Put::Done(row) => Ok(*row),
            Put::NoContainer => fail(404),
            Put::Exists | Put::NoLocation => fail(412),
        }
    }
}

/// The answer to a PUT that stored something.
pub(super) fn stored_reply(row: &ObjectRow, etag: &str) -> Reply {
    let mut reply = created().with("etag", etag).with("last-modified", &row.changed.http_date());
    if let Some(id) = row.version {
        reply.header(object_versions::ID, &id.normal());
    }
    reply
}

pub(super) fn content_type(request: &Request, object: &str) -> String {
    let detect = request.header("x-detect-content-type").is_some_and(|detect| is_true(&detect));
    match request.header("content-type").filter(|given| !given.is_empty() && !detect) {
        // `swift_bytes` and its like are Swift's own.
        Some(given) if given.contains("swift_") => {
            let kept: Vec<&str> = given.split(';').filter(|part| !part.trim_start().starts_with("swift_")).collect();
            kept.join(";")
        }
        Some(given) => given,
        None => metadata::guess_type(object).to_owned(),
    }
}

fn check_manifest_header(request: &Request) -> Outcome<()> {
    let Some(value) = request.header("x-object-manifest") else { return Ok(()) };
    let well_formed = value
        .split_once('/')
        .is_some_and(|(container, prefix)| !container.is_empty() && !prefix.is_empty() && !prefix.starts_with('/'));
    if well_formed && !value.contains(['?', '&']) {
        return Ok(());
    }
    html(400, "X-Object-Manifest must be in the format container/prefix")
}
