//! Metadata of objects: a POST replaces the whole set, so a change means to read, merge and write.

use crate::ObjectStorage;
use crate::limits;
use k5_core::{Error, ErrorKind, Result};
use std::collections::BTreeMap;

/// A change to an object's metadata: what isn't named stays.
#[derive(Clone, Debug, Default)]
pub struct MetadataChange {
    /// Items to set; names without `X-Object-Meta-`.
    pub set: BTreeMap<String, String>,
    /// Items to remove.
    pub remove: Vec<String>,
    /// The new media type.
    pub content_type: Option<String>,
    /// When it is to expire, in seconds since 1970.
    pub delete_at: Option<u64>,
    /// No expiry any more.
    pub keep_for_ever: bool,
    /// The new `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// The new `Content-Encoding`.
    pub content_encoding: Option<String>,
}

impl ObjectStorage {
    /// Changes an object's metadata and keeps what the change doesn't name.
    ///
    /// Object storage 13 and 14 (Retrieve, Update object metadata). Another writer between the two requests is overwritten, for
    /// the API has no condition on this POST.
    ///
    /// # Errors
    /// When there is no such object, or the merged set breaks a limit; then nothing is changed.
    pub async fn change_object_metadata(&self, container: &str, object: &str, change: &MetadataChange) -> Result<()> {
        let now = self.show_object(container, object).send().await?;
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
        match (change.delete_at, now.delete_at) {
            (Some(at), _) => update = update.delete_at(at),
            (None, Some(at)) if !change.keep_for_ever => update = update.delete_at(at),
            (None, Some(_)) => update = update.remove_delete_at(),
            (None, None) => {}
        }
        if let Some(value) = change.content_disposition.as_ref().or(now.content_disposition.as_ref()) {
            update = update.content_disposition(value);
        }
        if let Some(value) = change.content_encoding.as_ref().or(now.content_encoding.as_ref()) {
            update = update.content_encoding(value);
        }
        // Without this a dynamic large object could become an empty plain one.
        if let Some(manifest) = &now.object_manifest {
            update = update.object_manifest(manifest);
        }
        update.send().await.map_err(|error| match error.kind() {
            ErrorKind::Status if error.is_not_found() => Error::new(ErrorKind::Status, "the object went away meanwhile")
                .with_status(error.status().unwrap_or(http::StatusCode::NOT_FOUND)),
            _ => error,
        })
    }
}
