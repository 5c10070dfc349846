//! Writing an object in parts, several at a time: a static large object, which appears whole or not at all.

use crate::attributes::Attributes;
use crate::failure::{Failure, Result};
use crate::put::Put;
use crate::store::SwiftStore;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use k5_object_storage::k5_core::{Error, ErrorKind};
use k5_object_storage::transfer::{Part, PartsBuilder, PartsUpload};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::RwLock;
use url::form_urlencoded;

/// An upload in parts that lives in this process. Dropped without an end, it sends no further attempts, and what is stored of it stays
/// until segments that belong to no object are collected.
#[derive(Debug)]
pub(crate) struct Multipart {
    store: SwiftStore,
    path: String,
    upload: PartsUpload,
    next: u64,
    parts: Arc<Mutex<Vec<Part>>>,
    /// Locked for reading by each part while it is sent, and for writing by whoever waits until none is.
    sending: Arc<RwLock<()>>,
}

impl SwiftStore {
    /// Begins an upload in parts.
    pub(crate) async fn multipart(&self, path: &str, attributes: &Attributes) -> Result<Multipart> {
        let begun = self.parts(path, attributes).begin().await;
        Ok(Multipart {
            store: self.clone(),
            path: path.to_owned(),
            upload: begun.map_err(|error| Failure::of(path, error))?,
            next: 0,
            parts: Arc::default(),
            sending: Arc::default(),
        })
    }

    fn parts(&self, path: &str, attributes: &Attributes) -> PartsBuilder {
        let parts = self.0.storage.upload_parts(&self.0.container, &self.name(path)).retry(self.0.retry.clone());
        let parts = self.0.segments.iter().fold(parts, |parts, container| parts.segments_container(container));
        let parts = attributes.content_type.iter().fold(parts, |parts, kind| parts.content_type(kind));
        let parts = attributes.headers.iter().fold(parts, |parts, (name, value)| parts.header(name, value));
        attributes.items().fold(parts, |parts, (name, value)| parts.metadata(&name, value))
    }

    /// Begins an upload whose parts may come from several processes: all that they need to know is in its id.
    pub(crate) async fn create_multipart(&self, path: &str, attributes: &Attributes) -> Result<String> {
        let upload = self.parts(path, attributes).begin().await.map_err(|error| Failure::of(path, error))?;
        Ok(match written(attributes).as_str() {
            "" => upload.id().to_owned(),
            stored => format!("{}?{stored}", upload.id()),
        })
    }

    fn resumed(&self, path: &str, id: &str) -> Result<PartsUpload> {
        let (id, stored) = id.split_once('?').unwrap_or((id, ""));
        let attributes = read(stored).ok_or_else(|| Failure::generic(format!("{id:?} is not the id of a multipart upload")))?;
        self.parts(path, &attributes).resume(id).map_err(|error| Failure::of(path, error))
    }

    pub(crate) async fn put_part(&self, path: &str, id: &str, index: usize, chunks: Vec<Bytes>) -> Result<String> {
        let upload = self.resumed(path, id)?;
        // A semaphore that is never closed always grants a permit.
        let _permit = self.0.parts.acquire().await;
        let part = upload.put(index as u64, chunks).await.map_err(|error| Failure::of(path, error))?;
        Ok(part.to_string())
    }

    pub(crate) async fn complete_multipart(&self, path: &str, id: &str, parts: &[String]) -> Result<Put> {
        let upload = self.resumed(path, id)?;
        let parts: Vec<Part> =
            parts.iter().map(|part| part.parse()).collect::<Result<_, Error>>().map_err(|error| Failure::of(path, error))?;
        if let Some((index, part)) = parts.iter().enumerate().find(|(index, part)| part.index() != *index as u64) {
            return Err(Failure::generic(format!("part {} of {path} is in the place of part {index}", part.index())));
        }
        Ok(Box::pin(upload.complete(parts)).await.map_err(|error| Failure::of(path, error))?.into())
    }

    pub(crate) async fn abort_multipart(&self, path: &str, id: &str) -> Result<()> {
        self.resumed(path, id)?.abort().await.map_err(|error| Failure::of(path, error))
    }
}

impl Multipart {
    /// Sends the next part once its future is polled. From then on it is a task of its own: dropping the future does not leave behind
    /// a request of which nobody knows whether it was carried out.
    pub(crate) fn put_part(&mut self, chunks: Vec<Bytes>) -> BoxFuture<'static, Result<()>> {
        let index = self.next;
        self.next += 1;
        let (upload, parts, sending) = (self.upload.clone(), self.parts.clone(), self.sending.clone());
        let (permits, path) = (self.store.0.parts.clone(), self.path.clone());
        let send = async move {
            let _sending = sending.read().await;
            // A semaphore that is never closed always grants a permit.
            let _permit = permits.acquire().await;
            let part = upload.put(index, chunks).await?;
            parts.lock().unwrap_or_else(PoisonError::into_inner).push(part);
            Ok(())
        };
        async move {
            let sent = tokio::spawn(send).await;
            let sent = sent.unwrap_or_else(|_| Err(Error::new(ErrorKind::Local, "the sending of a part was interrupted")));
            sent.map_err(|error| Failure::of(&path, error))
        }
        .boxed()
    }

    /// Puts the parts together.
    pub(crate) async fn complete(&mut self) -> Result<Put> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if parts.len() as u64 != self.next {
            return Err(Failure::generic(format!(
                "{} of {} parts of {} are stored: it can't be completed before all of them are",
                parts.len(),
                self.next,
                self.path
            )));
        }
        Ok(Box::pin(self.upload.complete(parts)).await.map_err(|error| Failure::of(&self.path, error))?.into())
    }

    /// Removes the parts, once none is being sent any more.
    pub(crate) async fn abort(&mut self) -> Result<()> {
        self.upload.stop();
        let _none = self.sending.write().await;
        self.upload.abort().await.map_err(|error| Failure::of(&self.path, error))
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        self.upload.stop();
    }
}

/// The headers that an id carries, by their names.
const HEADERS: [&str; 4] = ["content-disposition", "content-encoding", "content-language", "cache-control"];

/// What is stored with the object, as a query.
fn written(attributes: &Attributes) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(attributes.content_type.iter().map(|kind| ("content-type", kind)));
    query.extend_pairs(&attributes.headers);
    query.extend_pairs(attributes.metadata.iter().map(|(name, value)| (format!("meta-{name}"), value)));
    query.extend_pairs((!attributes.tags.is_empty()).then_some(("tags", &attributes.tags)));
    query.finish()
}

/// The same, read; `None` if it was not written by this.
fn read(query: &str) -> Option<Attributes> {
    let mut attributes = Attributes::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.into_owned();
        match (&*name, HEADERS.iter().find(|header| **header == name), name.strip_prefix("meta-")) {
            ("content-type", ..) => attributes.content_type = Some(value),
            ("tags", ..) => attributes.tags = value,
            (_, Some(header), _) => attributes.headers.push((header, value)),
            (.., Some(item)) => attributes.metadata.push((item.to_owned(), value)),
            _ => return None,
        }
    }
    Some(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_what_is_stored_with_the_object() {
        let attributes = Attributes {
            content_type: Some("text/html; charset=utf-8".to_owned()),
            headers: vec![("cache-control", "max-age=1".to_owned()), ("content-language", "de".to_owned())],
            metadata: vec![("a_b".to_owned(), "1 & 2".to_owned())],
            tags: "x=1&y=2".to_owned(),
        };
        assert_eq!(read(&written(&attributes)), Some(attributes));
        assert_eq!(written(&Attributes::default()), "");
        assert_eq!(read("x-delete-at=1"), None);
    }
}
