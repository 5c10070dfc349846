//! COPY, and PUT with `X-Copy-From`.

use std::io;
use std::sync::Arc;

use super::acl::Origin;
use super::errors::{Fail, Outcome, fail, html, plain};
use super::object::Kind;
use super::upload::stored_reply;
use super::{Call, Swift};
use crate::payload::Payload;
use crate::request::{Request, unquote};
use crate::store::bodies::{BodyWriter, Stored, Written};
use crate::store::{BodyRef, ObjectName, StoreError};

impl Swift {
    pub(crate) async fn copy_object(&self, call: &mut Call<'_>) -> Outcome {
        let source = call.name();
        let Call { origin, request, .. } = call;
        let Some(destination) = request.header("destination").filter(|value| !value.is_empty()) else {
            return html(412, "Destination header required");
        };
        let account = match request.header("destination-account") {
            Some(account) => account_name(&account)?,
            None => source.account.clone(),
        };
        let (container, object) = path_header("Destination", &destination)?;
        self.copy_to(origin, &source, ObjectName { account, container, object }, request).await
    }

    pub(super) async fn copy_from(&self, origin: &Origin, name: ObjectName, request: &mut Request) -> Outcome {
        if request.upload.declared.is_some_and(|length| length > 0) {
            return plain(400, "Copy requests require a zero byte body");
        }
        let account = match request.header("x-copy-from-account") {
            Some(account) => account_name(&account)?,
            None => name.account.clone(),
        };
        let (container, object) = path_header("X-Copy-From", &request.header("x-copy-from").unwrap_or_default())?;
        self.copy_to(origin, &ObjectName { account, container, object }, name, request).await
    }

    async fn copy_to(&self, origin: &Origin, source: &ObjectName, name: ObjectName, request: &Request) -> Outcome {
        let content = self.content(origin, source, request).await?;
        let (row, kind, etag) = (content.row.clone(), content.kind, content.etag.clone());
        let source_version = content.version.clone();
        let source_modified = row.changed.http_date();
        let is_dynamic_manifest = kind == Kind::Plain && row.headers.contains_key("x-object-manifest");
        let found = self.respond(request, content);
        if !found.status.is_success() {
            return Ok(found);
        }
        let length = found.payload.length();
        if length > self.limits.object {
            return fail(413);
        }
        let container = self.writable(origin, &name, length, true)?;
        if container.is_none() {
            return fail(404);
        }

        let mut draft = self.draft(name, request, super::conditions::only_if_absent(request)?)?;
        if !request.flag("x-fresh-metadata") {
            let mut headers = row.headers.clone();
            headers.remove("x-object-manifest");
            headers.append(&mut draft.headers);
            draft.headers = headers;
            draft.delete_at = draft.delete_at.or(row.delete_at);
        }
        if is_dynamic_manifest && let Some(manifest) = row.headers.get("x-object-manifest") {
            draft.headers.insert("x-object-manifest".to_owned(), manifest.clone());
        }
        if request.header("content-type").is_none_or(|given| given.is_empty()) {
            draft.content_type.clone_from(&row.content_type);
        }
        if let Some(link) = &row.link
            && !request.flag("x-fresh-metadata")
        {
            let etag = link.fixed.as_ref().map(|fixed| fixed.etag.as_str());
            self.prepare_link(origin, &draft.name, &link.target, link.account.as_deref(), etag)?.make(&mut draft, request);
            draft.content_type.clone_from(&row.content_type);
        }
        let shown = draft.headers.clone();
        let delete_at = draft.delete_at;

        let mut reply = if kind == Kind::Manifest {
            let raw = self.raw_manifest(&row).await?;
            self.store_manifest(origin, draft, &raw, request).await?
        } else {
            let whole = found.status == http::StatusCode::OK && kind == Kind::Plain;
            let written = if whole {
                self.duplicate(row.body, row.size, &etag, found.payload).await?
            } else {
                self.stream(found.payload).await?
            };
            let Written { stored, size, etag } = written;
            let row = self.store_object(draft, stored, size, etag).await?;
            stored_reply(&row, &row.etag)
        };
        if reply.status.is_success() {
            let path = format!("{}/{}", source.container, source.object);
            reply
                .header("x-copied-from-account", &super::manifest::quote(&source.account))
                .header("x-copied-from", &super::manifest::quote(&path))
                .header("x-copied-from-last-modified", &source_modified);
            if let Some(id) = &source_version {
                reply.header("x-copied-from-version-id", id);
            }
            for (header, value) in shown.iter().filter(|(header, _)| header.starts_with("x-object-meta-")) {
                reply.header(header, value);
            }
            if let Some(at) = delete_at {
                reply.header("x-delete-at", &at.to_string());
            }
        }
        Ok(reply)
    }

    /// The same bytes again: a body never changes, so a second name for its file will do.
    async fn duplicate(&self, body: BodyRef, size: u64, etag: &str, payload: Payload) -> Outcome<Written> {
        let BodyRef::File(id) = body else { return self.stream(payload).await };
        let bodies = Arc::clone(&self.store.bodies);
        let linked = tokio::task::spawn_blocking(move || bodies.link(id)).await;
        match linked {
            Ok(Ok(incoming)) => Ok(Written { stored: Stored::File(incoming), size, etag: etag.to_owned() }),
            Ok(Err(error)) => Err(Fail::Store(StoreError::Io(error))),
            Err(_) => Err(Fail::Store(StoreError::Io(io::Error::other("the copy stopped")))),
        }
    }

    async fn stream(&self, mut payload: Payload) -> Outcome<Written> {
        let mut writer = BodyWriter::new(Arc::clone(&self.store.bodies));
        while let Some(chunk) = payload.next().await {
            match chunk {
                Ok(chunk) => writer.push(chunk).await?,
                // A segment went away in the middle: what is there is not the object.
                Err(error) if error.kind() == io::ErrorKind::Other => return fail(409),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(writer.finish().await?)
    }
}

/// `/container/object` from a header; the slash in front may be missing.
pub(super) fn path_header(name: &str, value: &str) -> Outcome<(String, String)> {
    let decoded = unquote(value).unwrap_or_default();
    let path = decoded.strip_prefix('/').unwrap_or(&decoded);
    match path.split_once('/') {
        Some((container, object)) if !container.is_empty() && !object.is_empty() && !path.contains('\0') => {
            Ok((container.to_owned(), object.to_owned()))
        }
        _ => html(412, &format!("{name} header must be of the form <container name>/<object name>")),
    }
}

pub(super) fn account_name(value: &str) -> Outcome<String> {
    match unquote(value) {
        Some(account) if !account.is_empty() && !account.contains(['/', '\0']) => Ok(account),
        Some(account) if account.is_empty() => html(412, "Account name cannot be empty"),
        _ => html(412, "Account name cannot contain slashes"),
    }
}
