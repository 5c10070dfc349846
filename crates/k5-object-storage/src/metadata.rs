//! Metadata of objects: a POST replaces the entire set, so a change means reading, merging and writing.

use crate::generated::{ObjectInfo, builder::UpdateObject};
use crate::transfer::{expiry, look, regain};
use crate::{ObjectStorage, etag, limits};
use k5_core::{Error, ErrorKind, Pairs, Result, Timestamp, path};
use std::time::SystemTime;

/// A change to an object's metadata: whatever isn't named stays.
///
/// ```
/// use k5_object_storage::MetadataChange;
/// let change = MetadataChange::new().set("owner", "ops").remove("draft").content_type("text/plain");
/// assert_eq!(change.remove, ["draft"]);
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetadataChange {
    /// Items to set; names without `X-Object-Meta-`.
    pub set: Pairs<String>,
    /// Items to remove.
    pub remove: Vec<String>,
    /// The new media type.
    pub content_type: Option<String>,
    /// When the object is to expire, in seconds since 1970.
    pub delete_at: Option<u64>,
    /// Whether to remove the expiry.
    pub keep_for_ever: bool,
    /// The new `Content-Disposition`; an empty value removes it, as with the headers below.
    pub content_disposition: Option<String>,
    /// The new `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// The new `Cache-Control`: how long others may keep a copy.
    pub cache_control: Option<String>,
    /// The new `Content-Language`.
    pub content_language: Option<String>,
    /// The new `Expires`, an HTTP date: until when a copy is fresh. The object itself stays.
    pub fresh_until: Option<String>,
    /// The new `X-Robots-Tag`: what search engines may do with it.
    pub robots_tag: Option<String>,
}

impl ObjectInfo {
    /// Whether the object is a large one, which consists of segments.
    pub fn is_large(&self) -> bool {
        self.static_large_object == Some(true) || self.object_manifest.is_some()
    }

    /// The MD5 of the object's content in hexadecimal, if its ETag is that: not that of a large object.
    pub fn md5(&self) -> Option<&str> {
        etag::content_md5(self.etag.as_deref(), self.is_large())
    }
}

impl MetadataChange {
    /// A change that does nothing yet.
    pub const fn new() -> Self {
        Self {
            set: Pairs::new(),
            remove: Vec::new(),
            content_type: None,
            delete_at: None,
            keep_for_ever: false,
            content_disposition: None,
            content_encoding: None,
            cache_control: None,
            content_language: None,
            fresh_until: None,
            robots_tag: None,
        }
    }

    /// Sets an item; `name` without `X-Object-Meta-`.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.set.insert(name, value.to_owned());
        self
    }

    /// Removes an item; `name` without `X-Object-Meta-`.
    pub fn remove(mut self, name: &str) -> Self {
        self.remove.push(name.to_owned());
        self
    }

    /// Sets the media type.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.content_type = Some(kind.to_owned());
        self
    }

    /// Sets when the object is to expire, in seconds since 1970.
    pub const fn delete_at(mut self, seconds: u64) -> Self {
        self.delete_at = Some(seconds);
        self
    }

    /// Removes the expiry.
    pub const fn keep_for_ever(mut self) -> Self {
        self.keep_for_ever = true;
        self
    }

    /// Sets `Content-Disposition`; an empty value removes it, as with the headers below.
    pub fn content_disposition(mut self, value: &str) -> Self {
        self.content_disposition = Some(value.to_owned());
        self
    }

    /// Sets `Content-Encoding`.
    pub fn content_encoding(mut self, value: &str) -> Self {
        self.content_encoding = Some(value.to_owned());
        self
    }

    /// Sets `Cache-Control`.
    pub fn cache_control(mut self, value: &str) -> Self {
        self.cache_control = Some(value.to_owned());
        self
    }

    /// Sets `Content-Language`.
    pub fn content_language(mut self, value: &str) -> Self {
        self.content_language = Some(value.to_owned());
        self
    }

    /// Sets `Expires`, an HTTP date: until when a copy is fresh.
    pub fn fresh_until(mut self, value: &str) -> Self {
        self.fresh_until = Some(value.to_owned());
        self
    }

    /// Sets `X-Robots-Tag`.
    pub fn robots_tag(mut self, value: &str) -> Self {
        self.robots_tag = Some(value.to_owned());
        self
    }
}

/// Sets a header of the POST.
type Setter = fn(UpdateObject, &str) -> UpdateObject;

impl ObjectStorage {
    /// Changes an object's metadata and keeps whatever the change doesn't name: custom items, expiry, and the headers stored with
    /// it.
    ///
    /// Object storage 13 and 14 (Retrieve, Update object metadata). If somebody else writes between the two requests, that change
    /// is overwritten, because the API has no conditions for this POST. Segments of a large object that would expire before it are
    /// given its expiry, too.
    ///
    /// # Errors
    /// Fails if there is no such object, if it is a symbolic link (nobody would see the metadata of the link itself), or if the
    /// merged set exceeds a limit; nothing is then changed.
    pub async fn change_object_metadata(&self, container: &str, object: &str, change: &MetadataChange) -> Result<()> {
        let now = self.show_object_itself(container, object).await?;
        if let Some(target) = &now.symlink_target {
            return Err(Error::invalid_input(format!(
                "{container}/{object} is a symbolic link: change the metadata of {}, which it leads to",
                path::decode(target)
            )));
        }
        let is_large = now.is_large();
        let is_put_off = change.delete_at.is_some() || change.keep_for_ever;
        // Its segments expire with it, and must not do so before it.
        if is_large
            && is_put_off
            && let Some(seen) = look(self, container, object).await?
        {
            expiry::put_off(self, &seen, change.delete_at).await?;
        }
        self.write_metadata((container, object), now, change).await
    }

    /// Writes the headers of a dynamic large object by copying it onto itself. A POST would have to repeat what the object consists
    /// of, and might say so of something that somebody else has stored there since, whose content would be lost.
    async fn rewrite(&self, (container, object): (&str, &str), content_type: Option<&str>, update: &UpdateObject) -> Result<()> {
        let mut copy = self.copy((container, object), (container, object)).multipart_manifest("get").fresh_metadata(true);
        for (name, value) in update.0.headers().iter().filter(|(name, _)| *name != "x-remove-delete-at") {
            copy.0.header_of("", name.as_str(), k5_core::header_model::text(value));
        }
        if let Some(kind) = content_type.filter(|_| !update.0.headers().contains_key("content-type")) {
            copy = copy.content_type(kind);
        }
        copy.send().await.map(drop)
    }

    /// Writes an object's existing metadata with a change applied.
    pub(crate) async fn write_metadata(
        &self,
        (container, object): (&str, &str),
        now: ObjectInfo,
        change: &MetadataChange,
    ) -> Result<()> {
        let answered = now.headers.get("date").and_then(|date| date.to_str().ok()?.parse::<Timestamp>().ok());
        // The date has whole seconds, and what was stored before this object is of no concern.
        let since = answered.map(|date| date.to_system_time()).max(now.timestamp.as_ref().map(Timestamp::to_system_time));
        let mut items = now.metadata;
        items.retain(|name, _| !change.remove.iter().any(|removed| removed.eq_ignore_ascii_case(name)));
        items.extend(change.set.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
        limits::metadata(&items)?;
        let mut update = self.update_object(container, object);
        for (name, value) in &items {
            update = update.metadata(name, value);
        }
        if let Some(kind) = &change.content_type {
            update = update.content_type(kind);
        }
        let unreadable = now.headers.get("x-delete-at").filter(|_| now.delete_at.is_none()).map(k5_core::header_model::text);
        match (change.delete_at, now.delete_at) {
            (Some(at), _) => update = update.delete_at(at),
            (None, None) if !change.keep_for_ever => unreadable.iter().for_each(|at| update.0.header("x-delete-at", at)),
            (None, Some(at)) if !change.keep_for_ever => update = update.delete_at(at),
            (None, Some(_)) => update = update.remove_delete_at(),
            (None, None) => {}
        }
        let stored: [(&Option<String>, &Option<String>, Setter); 6] = [
            (&change.content_disposition, &now.content_disposition, UpdateObject::content_disposition),
            (&change.content_encoding, &now.content_encoding, UpdateObject::content_encoding),
            (&change.cache_control, &now.cache_control, UpdateObject::cache_control),
            (&change.content_language, &now.content_language, UpdateObject::content_language),
            (&change.fresh_until, &now.expires, UpdateObject::fresh_until),
            (&change.robots_tag, &now.robots_tag, UpdateObject::robots_tag),
        ];
        for (new, old, set) in stored {
            if let Some(value) = new.as_ref().or(old.as_ref()).filter(|value| !value.is_empty()) {
                update = set(update, value);
            }
        }
        if now.object_manifest.is_some() {
            return self.rewrite((container, object), now.content_type.as_deref(), &update).await;
        }
        let again = update.0.headers().clone();
        update.send().await.map_err(|error| match error.kind() {
            ErrorKind::Status if error.is_not_found() => Error::new(ErrorKind::Status, "the object went away meanwhile")
                .with_status(error.status().unwrap_or(http::StatusCode::NOT_FOUND)),
            _ => error,
        })?;
        match since {
            Some(since) => self.give_back((container, object), since, &again).await,
            None => Ok(()),
        }
    }

    /// Makes an object a dynamic large object again if somebody has stored it between the two requests and the second of them has
    /// turned it into a plain one.
    async fn give_back(&self, (container, object): (&str, &str), since: SystemTime, headers: &http::HeaderMap) -> Result<()> {
        let now = match self.show_object_itself(container, object).await {
            Ok(now) => now,
            // What is gone has lost nothing.
            Err(error) if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403 | 404)) => return Ok(()),
            Err(error) => return Err(error.with_note("its metadata is changed")),
        };
        if now.content_length != Some(0) || now.object_manifest.is_some() || now.symlink_target.is_some() {
            return Ok(());
        }
        let Some(manifest) = regain::lost_manifest(self, (container, object), since).await? else { return Ok(()) };
        let mut update = self.update_object(container, object);
        for (name, value) in headers {
            update.0.header_of("", name.as_str(), k5_core::header_model::text(value));
        }
        update.object_manifest(&manifest).send().await.map(drop)
    }
}
