//! Writing an object in one go.

use crate::attributes::Attributes;
use crate::etags;
use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use bytes::Bytes;
use k5_object_storage::Stored;
use k5_object_storage::k5_core::{Error, ErrorKind};

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
        let put = Put::from(stored);
        if mode == Mode::Create {
            self.keep(path, &put).await?;
        }
        Ok(put)
    }

    /// Checks that what was created was not replaced by a writer who found the name free at the same time: Swift compares when a
    /// request begins.
    async fn keep(&self, path: &str, put: &Put) -> Result<()> {
        let now = self.0.storage.show_object(&self.0.container, &self.name(path)).newest(true).send().await;
        // Whoever may write need not be allowed to read.
        let Ok(Some(now)) = now.map(|info| info.etag.as_deref().map(etags::quoted)) else { return Ok(()) };
        match put.e_tag.as_ref().is_none_or(|stored| *stored == now) {
            true => Ok(()),
            false => Err(Failure::AlreadyExists {
                path: path.to_owned(),
                source: Box::new(Error::new(ErrorKind::Status, "another writer has stored this object at the same time")),
            }),
        }
    }
}
