//! Writing an object in one go.

use crate::attributes::Attributes;
use crate::etags;
use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use bytes::Bytes;
use k5_object_storage::Stored;

/// When to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Overwrite,
    /// Only if there is no such object.
    Create,
    /// Only if the object is a certain one.
    Update,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) e_tag: Option<String>,
    pub(crate) version: Option<String>,
}

impl From<Stored> for Put {
    fn from(stored: Stored) -> Self {
        Self { e_tag: stored.etag.as_deref().map(etags::quoted), version: stored.answer.version_id }
    }
}

impl SwiftStore {
    pub(crate) async fn put(&self, path: &str, chunks: Vec<Bytes>, mode: Mode, attributes: &Attributes) -> Result<Put> {
        if mode == Mode::Update {
            return Err(Failure::not_implemented(
                "put_opts with PutMode::Update (Swift compares nothing but the absence of an object before it stores one)",
            ));
        }
        let upload = attributes.on(self.0.storage.upload(&self.0.container, &self.name(path)).from_chunks(chunks));
        let upload = self.0.segments.iter().fold(upload, |upload, container| upload.segments_container(container));
        let upload = upload.retry(self.0.retry.clone());
        let upload = match mode {
            Mode::Create => upload.configure(|put| put.if_none_match("*")),
            // Otherwise the parts of what is replaced would stay.
            _ => upload.remove_old_segments(true),
        };
        let stored = Box::pin(upload.send()).await.map_err(|error| match mode {
            Mode::Create => Failure::of_creation(path, error),
            _ => Failure::of(path, error),
        })?;
        Ok(stored.into())
    }
}
