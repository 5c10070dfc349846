//! Containers.

use http::{HeaderMap, StatusCode};

use super::acl::{Access, Origin, clean};
use super::errors::{Outcome, fail, html, plain, status};
use super::{Call, MAX_CONTAINER_NAME, Swift, listing, metadata, object_versions, quoted_etags, versions};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{ContainerRow, Reader};
use crate::time::Ticks;

pub(super) const POLICIES: &[&str] = &["gold", "silver"];
pub(super) const DEFAULT_POLICY: &str = "gold";

/// What a container keeps besides its metadata.
const NAMED: &[&str] = &[
    "x-container-read",
    "x-container-write",
    "x-container-sync-to",
    "x-container-sync-key",
    versions::LOCATION,
    versions::HISTORY,
    quoted_etags::OF_CONTAINER,
];
/// What only the account's owner can see.
const OWNERS: &[&str] = &[
    "x-container-read",
    "x-container-write",
    "x-container-sync-to",
    "x-container-sync-key",
    "x-container-meta-temp-url-key",
    "x-container-meta-temp-url-key-2",
];

impl Swift {
    /// The container as its reader sees it, and whether the reader owns it.
    fn read_container(&self, reader: &Reader, origin: &Origin, account: &str, container: &str) -> Outcome<(ContainerRow, bool)> {
        let row = reader.container(account, container)?;
        let acl = row.as_ref().and_then(|row| row.headers.get("x-container-read")).map(String::as_str);
        let owner = self.authorize(origin, Access { account, container: Some(container), is_object: false, acl })?;
        match row {
            Some(row) => Ok((row, owner)),
            None => fail(404),
        }
    }

    pub(crate) async fn show_container(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, container, request, .. } = call;
        let format = listing::Format::of(request)?;
        let (row, owner) = self.read_container(&self.store.reader(), origin, account, container)?;
        let mut reply = Reply::with_body(StatusCode::NO_CONTENT, format.content_type(), "");
        describe(&mut reply, &row, owner);
        format.vary(request, &mut reply);
        Ok(reply)
    }

    pub(crate) async fn list_objects(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, container, request, .. } = call;
        let query = listing::query(request)?;
        let reader = self.store.reader();
        if let Some(from) = object_versions::listing(request, &query)? {
            let (row, owner) = self.read_container(&reader, origin, account, container)?;
            let (account, container) = (account.to_owned(), container.to_owned());
            let body = listing::blocking(move || object_versions::list(&reader, &account, &container, &query, &from)).await?;
            let mut reply = object_versions::listing_reply(body);
            describe(&mut reply, &row, owner);
            return Ok(reply);
        }
        let format = listing::Format::of(request)?;
        let (row, owner) = self.read_container(&reader, origin, account, container)?;
        let (account, container) = (account.to_owned(), container.to_owned());
        let body = listing::blocking(move || listing::objects(&reader, &account, &container, &query, format)).await?;
        let mut reply = format.reply(request, body);
        describe(&mut reply, &row, owner);
        Ok(reply)
    }

    /// Checks that precede writing a container, and its headers with normalized ACLs.
    fn prepare(&self, origin: &Origin, account: &str, container: &str, request: &Request) -> Outcome<HeaderMap> {
        for (quota, text) in
            [("x-container-meta-quota-bytes", "Invalid bytes quota."), ("x-container-meta-quota-count", "Invalid count quota.")]
        {
            if request.header(quota).is_some_and(|value| !value.bytes().all(|byte| byte.is_ascii_digit())) {
                return html(400, text);
            }
        }
        self.authorize(origin, Access { account, container: Some(container), is_object: false, acl: None })?;
        let mut headers = request.headers.clone();
        for name in ["x-container-read", "x-container-write"] {
            if let Some(acl) = request.header(name) {
                let acl = clean(name, &acl)?;
                if let Ok(value) = http::HeaderValue::from_bytes(&crate::request::to_bytes(&acl)) {
                    headers.insert(name, value);
                }
            }
        }
        metadata::check(&headers, "container")?;
        versions::prepare(&mut headers)?;
        quoted_etags::prepare(&mut headers, quoted_etags::OF_CONTAINER);
        Ok(headers)
    }

    pub(crate) async fn create_container(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, container, request, .. } = call;
        let headers = self.prepare(origin, account, container, request)?;
        let asked = request.header("x-storage-policy").filter(|policy| !policy.is_empty());
        let policy = match &asked {
            None => DEFAULT_POLICY,
            Some(asked) => match POLICIES.iter().find(|policy| policy.eq_ignore_ascii_case(asked)) {
                Some(policy) => policy,
                None => return plain(400, &format!("Invalid X-Storage-Policy '{asked}'")),
            },
        };
        if container.len() > MAX_CONTAINER_NAME {
            return html(400, &format!("Container name length of {} longer than {MAX_CONTAINER_NAME}", container.len()));
        }
        let (account, container) = (account.to_owned(), container.to_owned());
        self.store
            .write(move |tables| {
                let now = Ticks::next();
                let known = tables.container(&account, &container)?;
                let existed = known.is_some();
                let mut row = known.unwrap_or_else(|| ContainerRow {
                    created: now,
                    changed: now,
                    policy: policy.to_owned(),
                    objects: 0,
                    bytes: 0,
                    headers: Default::default(),
                    versioning: None,
                    versions: None,
                });
                if asked.is_some() && row.policy != policy {
                    return Ok(fail(409));
                }
                row.changed = now;
                if let Err(refused) = object_versions::switch(&mut row, &headers) {
                    return Ok(Err(refused));
                }
                metadata::update(&mut row.headers, &headers, "container", NAMED);
                if let Err(refused) = metadata::check_total(&row.headers, "container") {
                    return Ok(Err(refused));
                }
                tables.put_container(&account, &container, &row)?;
                Ok(Ok(if existed { status(202) } else { created() }))
            })
            .await?
    }

    pub(crate) async fn update_container(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, container, request, .. } = call;
        let headers = self.prepare(origin, account, container, request)?;
        let (account, container) = (account.to_owned(), container.to_owned());
        self.store
            .write(move |tables| {
                let Some(mut row) = tables.container(&account, &container)? else { return Ok(fail(404)) };
                row.changed = Ticks::next();
                if let Err(refused) = object_versions::switch(&mut row, &headers) {
                    return Ok(Err(refused));
                }
                metadata::update(&mut row.headers, &headers, "container", NAMED);
                if let Err(refused) = metadata::check_total(&row.headers, "container") {
                    return Ok(Err(refused));
                }
                tables.put_container(&account, &container, &row)?;
                Ok(Ok(no_content()))
            })
            .await?
    }

    pub(crate) async fn delete_container(&self, call: &mut Call<'_>) -> Outcome {
        self.remove_container(&call.origin, call.account, call.container).await
    }

    pub(super) async fn remove_container(&self, origin: &Origin, account: &str, container: &str) -> Outcome {
        self.authorize(origin, Access { account, container: Some(container), is_object: false, acl: None })?;
        let (account, container) = (account.to_owned(), container.to_owned());
        self.store
            .write(move |tables| {
                tables.reap_container(&account, &container)?;
                match tables.container(&account, &container)? {
                    None => Ok(fail(404)),
                    Some(row) if row.versions.as_ref().is_some_and(|versions| versions.count > 0) => {
                        Ok(html(409, "Delete all versions before deleting container."))
                    }
                    Some(row) if row.objects > 0 => Ok(fail(409)),
                    Some(_) => {
                        tables.remove_container(&account, &container)?;
                        Ok(Ok(no_content()))
                    }
                }
            })
            .await?
    }
}

pub(super) fn created() -> Reply {
    Reply::with_body(StatusCode::CREATED, crate::reply::HTML, "")
}

pub(super) fn no_content() -> Reply {
    Reply::with_body(StatusCode::NO_CONTENT, crate::reply::HTML, "")
}

fn describe(reply: &mut Reply, row: &ContainerRow, owner: bool) {
    reply
        .header("x-container-object-count", &row.objects.to_string())
        .header("x-container-bytes-used", &row.all_bytes().to_string())
        .header("x-timestamp", &row.created.normal())
        .header("last-modified", &row.changed.http_date())
        .header("accept-ranges", "bytes")
        .header("x-storage-policy", &row.policy);
    object_versions::describe(reply, row);
    for (name, value) in &row.headers {
        if owner || !OWNERS.contains(&name.as_str()) {
            reply.header(name, value);
        }
    }
}
