//! Swift v1.

mod account;
mod acl;
mod bulk;
mod conditions;
mod container;
mod copy;
mod errors;
mod info;
mod large;
mod links;
mod listing;
mod manifest;
mod metadata;
mod object;
mod object_versions;
mod python;
mod quoted_etags;
mod ranges;
mod temp_url;
mod upload;
mod versions;

use std::sync::Arc;

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, StatusCode};

use crate::generated::object_storage::Operation;
use crate::keystone::tokens::Tokens;
use crate::reply::{PLAIN, Reply};
use crate::request::Request;
use crate::routes::Parameters;
use crate::store::{ObjectName, Store, StoreError};
use crate::time::{Clock, unix_now};
use acl::{Access, Origin};
pub(crate) use errors::Outcome;
use errors::{Fail, fail, html, status};

/// The sizes reported in `/info`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The largest object, and the largest body.
    pub(crate) object: u64,
    /// The smallest segment of a static large object, but for the last.
    pub(crate) segment: u64,
    /// The most segments of a manifest.
    pub(crate) segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { object: 5_368_709_122, segment: 1, segments: 1000 }
    }
}

const MAX_OBJECT_NAME: usize = 1024;
const MAX_CONTAINER_NAME: usize = 256;
const MAX_LISTING: usize = 10_000;
/// How many expired objects one transaction removes.
const REAPED: usize = 1000;

/// One call: from where, of what, and the request.
pub(crate) struct Call<'r> {
    origin: Origin,
    account: &'r str,
    /// Empty if the path has none.
    container: &'r str,
    /// Empty if the path has none.
    object: &'r str,
    request: &'r mut Request,
}

impl Call<'_> {
    fn name(&self) -> ObjectName {
        ObjectName::new(self.account, self.container, self.object)
    }
}

pub(crate) struct Swift {
    store: Arc<Store>,
    tokens: Arc<Tokens>,
    limits: Limits,
    pub(crate) clock: Arc<Clock>,
}

impl Swift {
    pub(crate) fn new(store: Arc<Store>, tokens: Arc<Tokens>, limits: Limits, clock: Arc<Clock>) -> Self {
        Self { store, tokens, limits, clock }
    }

    /// Removes what has expired.
    pub(crate) async fn reap(&self) -> Result<(), StoreError> {
        Arc::clone(&self.clock).rules(self.reap_until_now()).await
    }

    async fn reap_until_now(&self) -> Result<(), StoreError> {
        let now = unix_now();
        if !self.store.reader().expiry_due(now)? {
            return Ok(());
        }
        while self.store.write(move |tables| tables.reap_expired(now, REAPED)).await? {}
        Ok(())
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: Parameters<'_>, request: &mut Request) -> Reply {
        let clock = Arc::clone(&self.clock);
        clock.rules(async { self.finish(self.operate(operation, parameters, request).await, &request.method) }).await
    }

    async fn operate(&self, operation: Operation, parameters: Parameters<'_>, request: &mut Request) -> Outcome {
        let account = name(parameters.get("account"))?;
        let container = name(parameters.get("container"))?;
        let object = parameters.get("object");
        let is_object = object.is_some();
        let object = name(object)?;
        let mut origin = self.origin(request);
        let mut presented = None;
        if request.query.has("temp_url_sig") || request.query.has("temp_url_expires") {
            let (caller, answer) = self.temporary_url(request, account, container, object)?;
            origin.caller = caller;
            presented = Some(answer);
        }
        let answer = operation.serve(self, &mut Call { origin, account, container, object, request }).await;
        let answer = match is_object {
            false => answer?,
            true => self.quote_etag(answer, account, container)?,
        };
        Ok(match presented {
            Some(presented) => presented.dress(answer),
            None => answer,
        })
    }

    pub(crate) async fn show_info(&self, _: &mut Call<'_>) -> Outcome {
        Ok(info::info(&self.limits))
    }

    /// What the route table does not know.
    pub(crate) async fn unrouted(&self, request: &mut Request) -> Reply {
        let clock = Arc::clone(&self.clock);
        clock.rules(async { self.finish(self.unrouted_outcome(request).await, &request.method) }).await
    }

    fn finish(&self, outcome: Outcome, method: &str) -> Reply {
        let mut reply = finish(outcome.unwrap_or_else(Fail::into_reply), method);
        if let Some(now) = self.clock.date() {
            // The connection would add the time of this machine.
            reply.header("date", &now);
        }
        reply
    }

    async fn unrouted_outcome(&self, request: &mut Request) -> Outcome {
        let path = request.path.clone();
        if path == b"/healthcheck" {
            return Ok(Reply::with_body(StatusCode::OK, PLAIN, "OK"));
        }
        let Some(rest) = path.strip_prefix(b"/v1/").or_else(|| path.strip_prefix(b"/v1.0/")) else {
            return if path == b"/v1" { html(412, "Bad URL") } else { fail(404) };
        };
        let mut parts = rest.splitn(3, |byte| *byte == b'/');
        let account = parts.next().filter(|account| !account.is_empty());
        let (container, object) = (parts.next(), parts.next());
        if account.is_none() || (container == Some(b"") && object.is_some()) {
            return html(412, "Bad URL");
        }
        let account = name(account)?;
        const ALLOWED: &str = "OPTIONS, PUT, HEAD, GET, POST, DELETE";
        let at_account = container.is_none_or(<[u8]>::is_empty);
        match request.method.as_str() {
            "OPTIONS" => Ok(status(200).with("allow", ALLOWED)),
            "DELETE" if at_account && request.query.has("bulk-delete") => {
                let origin = self.origin(request);
                self.bulk_delete(&mut Call { origin, account, container: "", object: "", request }).await
            }
            "PUT" if at_account => {
                let origin = self.origin(request);
                self.create_account(&origin, account, request).await
            }
            "DELETE" if at_account => {
                let origin = self.origin(request);
                self.authorize(&origin, Access { account, container: None, is_object: false, acl: None })?;
                fail(403)
            }
            _ => Ok(status(405).with("allow", ALLOWED)),
        }
    }
}

/// A name as text: UTF-8 without NUL, which separates the parts of the keys.
fn name(raw: Option<&[u8]>) -> Outcome<&str> {
    match std::str::from_utf8(raw.unwrap_or_default()) {
        Ok(name) if !name.contains('\0') => Ok(name),
        _ => html(412, "Invalid UTF8 or contains NULL"),
    }
}

/// What every answer of Swift carries.
fn finish(mut reply: Reply, method: &str) -> Reply {
    let id = format!("{:032x}", fastrand::u128(..));
    let id = format!("tx{}-{:010x}", &id[..21], unix_now());
    reply.header("x-trans-id", &id).header("x-openstack-request-id", &id);
    if method == "HEAD" && !reply.status.is_success() && reply.status != StatusCode::NOT_MODIFIED {
        reply.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if reply.status == StatusCode::NO_CONTENT {
        // It has no body, so it has no length either (RFC 9110, 8.6).
        reply.headers.remove(CONTENT_LENGTH);
    }
    reply
}
