//! An upload whose caller cuts the parts: they come in any order, several at a time, and from different processes if need be.

use super::drive::pause;
use super::stored::Stored;
use crate::generated::builder::UploadObject;
use crate::transfer::cluster::Bounds;
use crate::transfer::containers;
use crate::transfer::hash::memory::Together;
use crate::transfer::progress::Meter;
use crate::transfer::segments::claim::{self, Mark};
use crate::transfer::segments::commit::Commit;
use crate::transfer::segments::expiry::Expiry;
use crate::transfer::segments::look::look_if_allowed;
use crate::transfer::segments::segment::{Done, Piece};
use crate::transfer::segments::sizes::{self, Sizes};
use crate::transfer::segments::store::Store;
use crate::transfer::segments::{Layout, known, manifest, names, release};
use crate::{ObjectStorage, limits};
use bytes::Bytes;
use k5_core::retry::RetryPolicy;
use k5_core::{Body, Error, ErrorKind, Pairs, Result, Sent};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::OnceCell;

/// Names of such uploads say neither a size nor a size of segments: nobody knows them in advance.
const UNKNOWN: Sizes = Sizes { size: 0, segment: 0 };

/// An upload in parts; see [`ObjectStorage::upload_parts`]. Cloning it gives another handle to the same upload.
#[derive(Clone)]
pub struct PartsUpload(Arc<Inner>);

struct Inner {
    template: Template,
    segments: String,
    generation: String,
    retry: RetryPolicy,
    mark: Mark,
    /// Whether the segments' container is known to exist.
    ensured: OnceCell<()>,
    store: OnceCell<Arc<Store>>,
    stopped: AtomicBool,
    /// Whether a manifest is under way whose outcome nobody has seen yet.
    committing: AtomicBool,
}

/// What is stored with the object.
#[derive(Clone)]
struct Template {
    storage: ObjectStorage,
    container: String,
    object: String,
    content_type: Option<String>,
    metadata: Pairs<String>,
    headers: Vec<(String, String)>,
}

/// The description of an upload in parts; see [`ObjectStorage::upload_parts`].
#[derive(Clone)]
#[must_use = "nothing is sent before `begin`"]
pub struct PartsBuilder {
    template: Template,
    segments: Option<String>,
    retry: RetryPolicy,
}

/// A part that is stored. Its text (`Display`, `FromStr`) can be handed to another process, which completes the upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    index: u64,
    /// The last component of its name; empty for a part without bytes, which is not stored.
    name: String,
    etag: String,
    bytes: u64,
}

impl fmt::Debug for PartsUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Template { container, object, .. } = &self.0.template;
        f.debug_struct("PartsUpload").field("container", container).field("object", object).field("id", &self.id()).finish()
    }
}

impl fmt::Debug for PartsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Template { container, object, .. } = &self.template;
        f.debug_struct("PartsBuilder").field("container", container).field("object", object).finish_non_exhaustive()
    }
}

impl ObjectStorage {
    /// Stores a large object from parts that the caller cuts: each is held in memory until it is stored, in any order and several
    /// at a time. The object appears with [`PartsUpload::complete`], whole or not at all; until then, whatever had its name stays.
    /// [`ObjectStorage::upload`] cuts a file, reader or stream by itself.
    ///
    /// The object is a static large one, so the cluster must support those. Parts may have any size that the cluster accepts for a
    /// segment; those without bytes are left out.
    ///
    /// ```no_run
    /// # async fn run(swift: k5_object_storage::ObjectStorage) -> k5_core::Result<()> {
    /// let upload = swift.upload_parts("backups", "db.dump").metadata("owner", "ops").begin().await?;
    /// let (first, second) = tokio::join!(upload.put(0, vec!["one".into()]), upload.put(1, vec!["two".into()]));
    /// upload.complete(vec![first?, second?]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_parts(&self, container: &str, object: &str) -> PartsBuilder {
        let template = Template {
            storage: self.clone(),
            container: container.to_owned(),
            object: object.to_owned(),
            content_type: None,
            metadata: Pairs::new(),
            headers: Vec::new(),
        };
        PartsBuilder { template, segments: None, retry: RetryPolicy::default().max_attempts(8) }
    }
}

impl PartsBuilder {
    /// Sets the media type; otherwise it is guessed from the name.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.template.content_type = Some(kind.to_owned());
        self
    }

    /// Sets an item of metadata; `name` without `X-Object-Meta-`.
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.template.metadata.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets another header that is stored with an object, such as `Cache-Control`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.template.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The container for segments, `{container}_segments` by default.
    pub fn segments_container(mut self, container: &str) -> Self {
        self.segments = Some(container.to_owned());
        self
    }

    /// How often to try a part and the manifest, and how long to pause in between.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Begins the upload: checks what was set, and creates the container for segments if it is missing.
    ///
    /// # Errors
    /// Fails if a name or the metadata exceeds a limit, if the cluster has no static large objects, or if there is no such container.
    pub async fn begin(self) -> Result<PartsUpload> {
        let upload = self.with_generation(names::unique())?;
        upload.ensure().await?;
        Ok(upload)
    }

    /// Continues an upload that was begun here or in another process: `id` is its [`PartsUpload::id`]. Container, object, metadata
    /// and the container for segments must be described as they were then. Nothing is sent.
    ///
    /// # Errors
    /// Fails if it is no such id, or if a name or the metadata exceeds a limit.
    pub fn resume(self, id: &str) -> Result<PartsUpload> {
        let folder = format!("x/slo/{id}/0/0");
        if id.contains('/') || names::object_of_folder(&folder) != Some("x") {
            return Err(Error::invalid_input(format!("{id:?} is not the id of an upload in parts")));
        }
        self.with_generation(id.to_owned())
    }

    fn with_generation(self, generation: String) -> Result<PartsUpload> {
        let Template { container, object, metadata, .. } = &self.template;
        limits::container_name(container)?;
        limits::object_name(object)?;
        limits::metadata(metadata)?;
        let segments = self.segments.unwrap_or_else(|| names::segments_container(container));
        limits::container_name(&segments)?;
        Ok(PartsUpload(Arc::new(Inner {
            mark: Mark::new(container, object),
            template: self.template,
            segments,
            generation,
            retry: self.retry,
            ensured: OnceCell::new(),
            store: OnceCell::new(),
            stopped: AtomicBool::new(false),
            committing: AtomicBool::new(false),
        })))
    }
}

impl PartsUpload {
    /// What identifies the upload, for [`PartsBuilder::resume`].
    pub fn id(&self) -> &str {
        &self.0.generation
    }

    /// Stores a part, whose chunks make up its bytes; `index` is its place in the object, counted from 0. The same part may be
    /// stored again: then the part that is handed to [`PartsUpload::complete`] counts.
    ///
    /// # Errors
    /// Fails if it is larger than the cluster accepts, before anything is sent; if the server or the network keeps failing; and
    /// after [`PartsUpload::stop`].
    pub async fn put(&self, index: u64, chunks: Vec<Bytes>) -> Result<Part> {
        let inner = &*self.0;
        let bytes: u64 = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        if bytes == 0 {
            return Ok(Part { index, name: String::new(), etag: String::new(), bytes });
        }
        let most = self.bounds().await.object.min(sizes::MAX_SEGMENT_SIZE);
        if bytes > most {
            return Err(Error::invalid_input(format!(
                "a part of {bytes} bytes is not possible here: the cluster takes up to {most}"
            )));
        }
        let (store, together) = (self.store().await, inner.template.storage.session.remembered::<Together>());
        let mut piece = Piece::memory(index, chunks, None, None).summed_by(&together).without_a_look();
        loop {
            if inner.stopped.load(Ordering::Acquire) {
                return Err(Error::new(ErrorKind::Local, "the upload was stopped before the part was stored"));
            }
            let error = match store.ensure(&mut piece).await {
                Ok(Done { name, etag, bytes, .. }) => {
                    let name = name.strip_prefix(&store.prefix).unwrap_or(&name).to_owned();
                    return Ok(Part { index, name, etag, bytes });
                }
                Err(error) => error,
            };
            piece.attempts += 1;
            let Some(wait) = pause(&inner.retry, &piece, &error) else { return Err(error) };
            tokio::time::sleep(wait).await;
        }
    }

    /// Puts the parts together, in the order of their indices: the object appears, and the segments of one that it replaces go.
    /// Completing it twice is not an error as long as the object still consists of these parts.
    ///
    /// # Errors
    /// Fails if two parts have the same index, or one is smaller than the cluster accepts for a segment, before anything is sent;
    /// if a part is no longer there; or if the upload was aborted. The object is then what it was before, and the parts stay.
    pub async fn complete(&self, mut parts: Vec<Part>) -> Result<Stored> {
        let inner = &*self.0;
        let Template { storage, container, object, .. } = &inner.template;
        parts.sort_by_key(|part| part.index);
        if let Some(twice) = parts.windows(2).find(|pair| pair[0].index == pair[1].index) {
            return Err(Error::invalid_input(format!("part {} is there twice", twice[0].index)));
        }
        parts.retain(|part| part.bytes > 0);
        let bounds = self.bounds().await;
        let last = parts.len().saturating_sub(1);
        if let Some(part) = parts[..last.min(parts.len())].iter().find(|part| part.bytes < bounds.least) {
            return Err(Error::invalid_input(format!(
                "part {} has {} bytes: the cluster takes no parts under {}, except for the last one",
                part.index, part.bytes, bounds.least
            )));
        }
        if parts.is_empty() {
            return self.complete_empty().await;
        }
        let store = self.store().await;
        let mut done = BTreeMap::new();
        for Part { index, name, etag, bytes } in parts {
            done.insert(index, Done { index, name: format!("{}{name}", store.prefix), etag, bytes, reused: false });
        }
        known::has_large(storage, container);
        let commit = Commit {
            storage,
            container,
            object,
            segments: &inner.segments,
            folder: store.folder(),
            delete_at: store.expiry.of_segment(),
            mark: &inner.mark,
            retry: &inner.retry,
        };
        if !commit.claim().await? {
            let seen = look_if_allowed(storage, container, object).await?;
            let there = seen.filter(|seen| seen.refers_to(&inner.segments, store.folder()));
            return match there.and_then(|seen| seen.answer()) {
                Some(answer) => Ok(self.outcome(answer, &done, bounds)),
                None => Err(Error::new(ErrorKind::Status, "this upload was completed or aborted before").with_sent(Sent::Yes)),
            };
        }
        let before = commit.before().await?;
        let put = manifest::request(&store, &self.template(), Layout::Static, &done, bounds).await?;
        inner.committing.store(true, Ordering::Release);
        let outcome = commit.put(before.as_ref(), &put).await;
        inner.committing.store(false, Ordering::Release);
        let answer = outcome?;
        commit.finish(before.as_ref()).await;
        Ok(self.outcome(answer, &done, bounds))
    }

    /// Sends no further attempts of parts: those that are in flight come to an end by themselves.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Release);
    }

    /// Aborts the upload and removes its parts. Parts that are in flight should have ended before: what the server stores after
    /// this is left to a collection of segments.
    ///
    /// # Errors
    /// Fails if it was completed, or if the parts can't be removed.
    pub async fn abort(&self) -> Result<()> {
        self.stop();
        let inner = &*self.0;
        let Template { storage, container, object, .. } = &inner.template;
        let store = self.store().await;
        let now = look_if_allowed(storage, container, object).await?;
        if now.is_some_and(|seen| seen.refers_to(&inner.segments, store.folder())) {
            return Err(Error::invalid_input("the upload was completed before it was aborted: the object is stored"));
        }
        let marks = claim::marks(storage, &inner.segments, store.folder()).await?;
        // If whoever completed it did not wait for the answer, the server may still be storing the manifest.
        let is_over = !inner.committing.load(Ordering::Acquire);
        let is_mine = is_over && marks.iter().any(|found| found.by == inner.mark.by);
        release::discard(storage, &inner.segments, store.folder(), is_mine).await
    }

    /// An object without bytes is a plain one: no manifest can be empty.
    async fn complete_empty(&self) -> Result<Stored> {
        let Template { storage, container, object, .. } = &self.0.template;
        let template = self.template();
        storage.upload(container, object).configure(move |_| template).remove_old_segments(true).send().await
    }

    fn outcome(&self, answer: crate::generated::Uploaded, done: &BTreeMap<u64, Done>, bounds: Bounds) -> Stored {
        let nested = sizes::levels(done.len() as u64, bounds).is_some();
        let etag = match nested {
            true => answer.etag.as_deref().map(|etag| etag.trim_matches('"').to_owned()),
            false => Some(manifest::etag_of_etags(done.values().map(|done| done.etag.as_str()))),
        };
        let bytes = done.values().map(|done| done.bytes).sum();
        Stored { bytes, etag, segments: done.len() as u64, reused: 0, answer }
    }

    async fn bounds(&self) -> Bounds {
        self.0.template.storage.cluster().await.bounds
    }

    /// Creates the container for segments if it is missing.
    async fn ensure(&self) -> Result<()> {
        let inner = &*self.0;
        let Template { storage, container, .. } = &inner.template;
        let ensure = async || {
            if storage.cluster().await.static_objects == Some(false) {
                return Err(Error::invalid_input("this cluster has no static large objects, which an upload in parts needs"));
            }
            containers::ensure_for_segments(storage, container, &inner.segments).await
        };
        inner.ensured.get_or_try_init(ensure).await.copied()
    }

    async fn store(&self) -> Arc<Store> {
        let inner = &*self.0;
        let Template { storage, object, headers, .. } = &inner.template;
        let make = async || {
            let prefix = names::upload_prefix(object, Layout::Static.kind(), &inner.generation, UNKNOWN);
            let meter = Arc::new(Meter::new([]));
            let mut store = Store::new(storage.clone(), inner.segments.clone(), prefix, meter);
            let number = |name: &str| {
                let header = headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
                header.and_then(|(_, value)| value.parse().ok())
            };
            store.expiry = Expiry { at: number("x-delete-at"), after: number("x-delete-after") };
            Arc::new(store)
        };
        inner.store.get_or_init(make).await.clone()
    }

    /// The request for the object, without its body.
    fn template(&self) -> UploadObject {
        let Template { storage, container, object, content_type, metadata, headers } = &self.0.template;
        let mut put = storage.upload_object(container, object, Body::empty());
        put = put.content_type(content_type.as_deref().unwrap_or_else(|| super::builder::guess_type(object)));
        for (name, value) in metadata {
            put = put.metadata(name, value);
        }
        for (name, value) in headers {
            put.0.header_of("", name, value);
        }
        put
    }
}

impl Part {
    /// Its place in the object, counted from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            0 => write!(f, "{}", self.index),
            bytes => write!(f, "{}.{}.{bytes}", self.name, self.etag),
        }
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid_input(format!("{text:?} does not describe a stored part"));
        let mut words = text.split('.');
        let (Some(name), etag, bytes, None) = (words.next(), words.next(), words.next(), words.next()) else { return Err(wrong()) };
        let (Some(etag), Some(bytes)) = (etag, bytes) else {
            let index = name.parse().map_err(|_| wrong())?;
            return Ok(Self { index, name: String::new(), etag: String::new(), bytes: 0 });
        };
        let index = names::index_of(name).ok_or_else(wrong)?;
        let is_md5 = etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        match bytes.parse() {
            Ok(bytes) if is_md5 && bytes > 0 => Ok(Self { index, name: name.to_owned(), etag: etag.to_owned(), bytes }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_can_be_written_and_read() {
        let md5 = "5d41402abc4b2a76b9719d911017c592";
        for text in [format!("00000002.{md5}.5"), format!("00000002-0a1b2c3d.{md5}.5"), "7".to_owned()] {
            assert_eq!(text.parse::<Part>().expect(&text).to_string(), text);
        }
        for text in ["", "x", "00000002.x.5", &format!("2.{md5}.5"), &format!("00000002.{md5}.0"), &format!("../a.{md5}.5")] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_ids_of_uploads_are_taken() {
        let storage = ObjectStorage::new(k5_core::Session::from_transport(Nobody));
        let resume = |id: &str| storage.upload_parts("c", "o").resume(id);
        let id = names::unique();
        assert_eq!(resume(&id).expect("an id").id(), id);
        for id in ["", "x", "../1.5", "1.5/2", "1.5/1/1/00000001"] {
            assert!(resume(id).is_err(), "{id}");
        }
    }

    struct Nobody;

    impl k5_core::Transport for Nobody {
        fn call(&self, _: k5_core::Request) -> k5_core::TransportFuture {
            Box::pin(async { Err(Error::invalid_input("nobody is asked")) })
        }
    }
}
