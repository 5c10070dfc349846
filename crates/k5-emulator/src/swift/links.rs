//! Symbolic links: objects that stand for another one.

use http::StatusCode;

use super::acl::Origin;
use super::copy::path_header;
use super::errors::{Fail, Outcome, plain, status};
use super::manifest::quote;
use super::upload::Draft;
use super::{Swift, conditions};
use crate::reply::{HTML, PLAIN, Reply};
use crate::request::{Request, unquote};
use crate::store::{Fixed, Link, ObjectName, ObjectRow};

/// How many links may lead to an object.
pub(super) const MOST: usize = 2;
const TARGET: &str = "x-symlink-target";
const ACCOUNT: &str = "x-symlink-target-account";
const ETAG: &str = "x-symlink-target-etag";
const TYPE: &str = "application/symlink";

/// What a chain of links leads to.
pub(super) struct Followed {
    pub(super) name: ObjectName,
    pub(super) row: ObjectRow,
    /// Where that is, if there was a link at all.
    pub(super) location: Option<String>,
}

/// A link that is about to be stored.
pub(super) struct NewLink {
    link: Link,
    /// A static link has that of its target.
    content_type: Option<String>,
}

impl NewLink {
    /// Makes a draft with an empty body this link.
    pub(super) fn make(self, draft: &mut Draft, request: &Request) {
        if request.header("content-type").is_none_or(|given| given.is_empty()) {
            draft.content_type = self.content_type.unwrap_or_else(|| TYPE.to_owned());
        }
        draft.link = Some(self.link);
    }
}

impl Link {
    fn name(&self, own: &str) -> Option<ObjectName> {
        let account = match &self.account {
            Some(account) => unquote(account)?,
            None => own.to_owned(),
        };
        let target = unquote(&self.target)?;
        let (container, object) = target.split_once('/')?;
        Some(ObjectName::new(&account, container, object))
    }

    /// `/v1/account/container/object`.
    pub(super) fn path(&self, own: &str) -> String {
        let account = self.account.clone().unwrap_or_else(|| quote(own));
        format!("/v1/{account}/{}", self.target)
    }

    /// What `?symlink=get` shows of it.
    pub(super) fn describe(&self, reply: &mut Reply) {
        reply.header(TARGET, &self.target);
        if let Some(account) = &self.account {
            reply.header(ACCOUNT, account);
        }
        if let Some(fixed) = &self.fixed {
            reply.header(ETAG, &fixed.etag).header("x-symlink-target-bytes", &fixed.bytes.to_string());
        }
    }
}

impl Swift {
    /// The link that a PUT asks for.
    pub(super) async fn link(&self, origin: &Origin, name: &ObjectName, request: &mut Request) -> Outcome<Option<NewLink>> {
        let Some(target) = request.header(TARGET) else { return Ok(None) };
        let has_body = match request.upload.declared {
            Some(length) => length > 0,
            None => request.upload.chunk().await?.is_some(),
        };
        if has_body {
            return plain(400, "Symlink requests require a zero byte body");
        }
        let (account, etag) = (request.header(ACCOUNT), request.header(ETAG));
        self.prepare_link(origin, name, &target, account.as_deref(), etag.as_deref()).map(Some)
    }

    /// Checks a link; a static one's target has to be there and as the link says.
    pub(super) fn prepare_link(
        &self,
        origin: &Origin,
        name: &ObjectName,
        target: &str,
        account: Option<&str>,
        etag: Option<&str>,
    ) -> Outcome<NewLink> {
        const FORM: &str = "X-Symlink-Target header must be of the form <container name>/<object name>";
        if unquote(target).is_some_and(|target| target.starts_with('/')) {
            return plain(412, FORM);
        }
        let (container, object) = path_header("X-Symlink-Target", target)?;
        let account = account.map(super::copy::account_name).transpose()?;
        let mut link =
            Link { target: quote(&format!("{container}/{object}")), account: account.as_deref().map(quote), fixed: None };
        let target = ObjectName { account: account.unwrap_or_else(|| name.account.clone()), container, object };
        if target == *name {
            return plain(400, "Symlink cannot target itself");
        }
        let Some(etag) = etag.map(conditions::normalize_etag).filter(|etag| !etag.is_empty()) else {
            return Ok(NewLink { link, content_type: None });
        };
        if etag.contains([';', '"', '\\']) {
            return plain(400, "Bad X-Symlink-Target-Etag format");
        }
        let location = link.path(&name.account);
        self.readable(origin, &target.account, &target.container)?;
        let Some(row) = self.store.reader().object(&target)? else {
            return Err(conflict("X-Symlink-Target does not exist", Some(&location)));
        };
        check_etag(&row, etag, &location)?;
        link.fixed = Some(Fixed {
            etag: etag.to_owned(),
            bytes: row.large.as_ref().map_or(row.size, |large| large.size),
            large_etag: row.large.map(|large| large.etag),
        });
        Ok(NewLink { link, content_type: Some(row.content_type) })
    }

    /// Goes along links to the object they mean. `missing` is the answer where there is none.
    pub(super) fn follow(
        &self,
        origin: &Origin,
        name: &ObjectName,
        row: ObjectRow,
        missing: impl Fn() -> Fail,
    ) -> Outcome<Followed> {
        let mut found = Followed { name: name.clone(), row, location: None };
        for _ in 0..MOST {
            let Some(link) = found.row.link.take() else { return Ok(found) };
            let location = link.path(&found.name.account);
            let elsewhere = |refused: Fail| located(refused, &location);
            let Some(target) = link.name(&found.name.account) else { return Err(elsewhere(missing())) };
            self.readable(origin, &target.account, &target.container).map_err(elsewhere)?;
            let Some(row) = self.store.reader().object(&target)? else { return Err(elsewhere(missing())) };
            if let Some(fixed) = &link.fixed {
                check_etag(&row, &fixed.etag, &location)?;
            }
            found = Followed { name: target, row, location: Some(location) };
        }
        if found.row.link.is_some() {
            let text = format!("Too many levels of symbolic links, maximum allowed is {MOST}");
            return Err(conflict(&text, None));
        }
        Ok(found)
    }

    /// The object of this name or, if that is a link, the one it means; none if any of them is missing or forbidden.
    pub(super) fn object_behind(&self, origin: &Origin, name: &ObjectName) -> Outcome<Option<ObjectRow>> {
        let Some(row) = self.store.reader().object(name)? else { return Ok(None) };
        if row.link.is_none() {
            return Ok(Some(row));
        }
        match self.follow(origin, name, row, || status(404).into()) {
            Ok(found) => Ok(Some(found.row)),
            Err(Fail::Store(error)) => Err(Fail::Store(error)),
            Err(Fail::Reply(_)) => Ok(None),
        }
    }
}

fn check_etag(row: &ObjectRow, wanted: &str, location: &str) -> Outcome<()> {
    if let Some(link) = &row.link {
        let found = link.fixed.as_ref().map_or(row.etag.as_str(), |fixed| fixed.etag.as_str());
        if found != wanted {
            return Err(conflict("X-Symlink-Target-Etag headers do not match", Some(location)));
        }
    } else if row.etag != wanted {
        let text = format!("Object Etag '{}' does not match X-Symlink-Target-Etag header '{wanted}'", row.etag);
        return Err(conflict(&text, Some(location)));
    }
    Ok(())
}

fn conflict(text: &str, location: Option<&str>) -> Fail {
    let mut reply = Reply::with_body(StatusCode::CONFLICT, PLAIN, text.to_owned());
    if let Some(location) = location {
        reply.header("content-location", location);
    }
    reply.into()
}

fn located(refused: Fail, location: &str) -> Fail {
    match refused {
        Fail::Reply(reply) => reply.with("content-location", location).into(),
        store => store,
    }
}

/// The answer to a POST on a link, which changed the link alone.
pub(super) fn redirect(link: &Link, account: &str) -> Reply {
    const TEXT: &str = "The requested POST was applied to a symlink. POST directly to the target to apply requested metadata.";
    let mut reply = Reply::with_body(StatusCode::TEMPORARY_REDIRECT, HTML, TEXT);
    reply.header("location", &link.path(account));
    if let Some(fixed) = &link.fixed {
        reply.header(ETAG, &fixed.etag);
    }
    reply
}

/// A POST makes no link.
pub(super) fn refuse_in_post(request: &Request) -> Outcome<()> {
    match request.header(TARGET) {
        Some(_) => plain(400, "A PUT request is required to set a symlink target"),
        None => Ok(()),
    }
}

/// Whether the link itself is asked for.
pub(super) fn itself(request: &Request) -> bool {
    request.query.get("symlink") == Some("get")
}
