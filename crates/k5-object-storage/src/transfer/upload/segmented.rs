//! An upload in segments from its beginning to its end: a folder for them, the segments (`drive`), and the manifest last.

use super::drive::{Supply, drive};
use super::running::Cleanup;
use super::source::cutter::Pieces;
use super::source::opening::Large;
use super::stored::Stored;
use super::survey::{self, Survey};
use crate::ObjectStorage;
use crate::generated::{Uploaded, builder::UploadObject};
use crate::transfer::cluster::Bounds;
use crate::transfer::containers;
use crate::transfer::hash::file::FileSource;
use crate::transfer::progress::{Meter, Phase};
use crate::transfer::segments::claim::Mark;
use crate::transfer::segments::commit::Commit;
use crate::transfer::segments::expiry::Expiry;
use crate::transfer::segments::look::{Seen, look_if_allowed};
use crate::transfer::segments::segment::Done;
use crate::transfer::segments::sizes::{self, Sizes};
use crate::transfer::segments::store::Store;
use crate::transfer::segments::sums::Sums;
use crate::transfer::segments::{Layout, known, manifest, names};
use crate::transfer::window::Window;
use k5_core::retry::RetryPolicy;
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often an upload continues in a folder of its own after others have named the segments of its folder.
const ROUNDS: u32 = 3;

/// An upload whose layout is decided.
pub(crate) struct Segmented {
    pub(crate) storage: ObjectStorage,
    pub(crate) container: String,
    pub(crate) object: String,
    /// Where the segments go; `{container}_segments` unless told otherwise.
    pub(crate) segments_container: Option<String>,
    /// The manifest's request without its body.
    pub(crate) template: UploadObject,
    pub(crate) segment_size: Option<u64>,
    pub(crate) layout: Layout,
    pub(crate) concurrency: usize,
    pub(crate) buffer_limit: u64,
    pub(crate) retry: RetryPolicy,
    pub(crate) bounds: Bounds,
    pub(crate) verify: bool,
    pub(crate) resume: bool,
    pub(crate) meter: Arc<Meter>,
    pub(crate) cleanup: Arc<Cleanup>,
}

impl Segmented {
    /// Carries it out.
    pub(crate) async fn run(self, source: Large) -> Result<Stored> {
        let segments = self.segments_container.clone().unwrap_or_else(|| names::segments_container(&self.container));
        containers::ensure_for_segments(&self.storage, &self.container, &segments).await?;
        known::has_large(&self.storage, &self.container);
        let expiry = self.expiry();
        let (size, sizes) = self.sizes(&source)?;
        let (generation, known) = self.generation(&source, expiry);
        let kind = self.layout.kind();
        let file = match &source {
            Large::File(file) => Some(file.clone()),
            Large::Stream(..) => None,
        };
        let new_store = |generation: &str| {
            let prefix = names::upload_prefix(&self.object, kind, generation, sizes);
            let mut store = Store::new(self.storage.clone(), segments.clone(), prefix, self.meter.clone());
            (store.verify, store.expiry, store.is_dynamic) = (self.verify, expiry, self.layout == Layout::Dynamic);
            store.sums = file.as_ref().map(|file| Arc::new(Sums::new(file, sizes)));
            store
        };
        self.meter.expect(size, size.map(|_| sizes.count()));
        self.meter.publish();
        let mut store = new_store(&generation);
        if known {
            let now = look_if_allowed(&self.storage, &self.container, &self.object).await?;
            let survey = Survey::of(&store, &self.object, kind, &generation, sizes).await?;
            if let (Some(now), Some(file)) = (&now, &file)
                && let Some(stored) = self.is_there_already(&store, now, file, sizes, &survey).await?
            {
                self.meter.done();
                return Ok(stored);
            }
            // Segments that the object consists of now, or that were claimed, are copied and not named again.
            let chosen = survey.free(&generation, now.as_ref()).unwrap_or_else(|| survey::beside(&generation));
            if chosen != generation {
                store = new_store(&chosen);
            }
            survey.fill(&mut store, &chosen);
        }
        let mut supply = match source {
            Large::File(source) => Supply::File { source, sizes, next: (0..sizes.count()).collect(), again: false },
            Large::Stream(cutter, _) => {
                let hashers = store.hashers.clone();
                let pieces = Pieces::start(*cutter, self.segment_size, self.buffer_limit, self.bounds, hashers);
                Supply::Stream { pieces, ended: false }
            }
        };
        let mark = Mark::new(&self.container, &self.object);
        let mut done = BTreeMap::new();
        for round in 0.. {
            let current = Arc::new(store);
            self.cleanup.arm(&current);
            let outcome = Box::pin(self.stored(&current, &mark, &mut supply, file.as_deref(), &mut done)).await;
            match outcome {
                Ok(Some((answer, delete_at, before))) => {
                    self.cleanup.disarm();
                    self.commit(&current, &mark, delete_at).finish(before.as_ref()).await;
                    self.meter.done();
                    return Ok(self.outcome(answer, &done));
                }
                Ok(None) if round < ROUNDS => {
                    // Somebody else named these segments first. They may be gone at any time: what is there is copied into a folder
                    // of this run's own.
                    let Supply::File { next, again, .. } = &mut supply else {
                        return Err(Error::new(ErrorKind::Status, "the folder of these segments belongs to another upload"));
                    };
                    (*next, *again) = ((0..sizes.count()).collect(), false);
                    let mut own = new_store(&survey::beside(&generation));
                    own.sums = current.sums.clone();
                    own.copy_from(done.values());
                    for lost in std::mem::take(&mut done).into_values() {
                        self.meter.lost(lost.bytes, lost.reused);
                    }
                    store = own;
                }
                Ok(None) => {
                    let error = Error::new(ErrorKind::Status, "other uploads of the same file keep interfering");
                    return Err(self.failed(&current, &mark, file.as_deref(), error.with_sent(Sent::Yes)).await);
                }
                Err(error) => return Err(self.failed(&current, &mark, file.as_deref(), error).await),
            }
        }
        Err(Error::new(ErrorKind::Local, "the upload was interrupted").with_sent(Sent::Maybe))
    }

    fn commit<'a>(&'a self, store: &'a Store, mark: &'a Mark, delete_at: Option<u64>) -> Commit<'a> {
        Commit {
            storage: &self.storage,
            container: &self.container,
            object: &self.object,
            segments: &store.container,
            folder: store.folder(),
            delete_at,
            mark,
            retry: &self.retry,
        }
    }

    pub(super) fn outcome(&self, answer: Uploaded, done: &BTreeMap<u64, Done>) -> Stored {
        let etag = manifest::etag_of_etags(done.values().map(|done| done.etag.as_str()));
        let nested = sizes::levels(done.len() as u64, self.bounds).is_some();
        Stored {
            bytes: done.values().map(|done| done.bytes).sum(),
            etag: match nested || self.layout == Layout::Dynamic {
                true => answer.etag.as_deref().map(|etag| etag.trim_matches('"').to_owned()),
                false => Some(etag),
            },
            segments: done.len() as u64,
            reused: done.values().filter(|done| done.reused).map(|done| done.bytes).sum(),
            answer,
        }
    }

    fn sizes(&self, source: &Large) -> Result<(Option<u64>, Sizes)> {
        if let Some(wish) = self.segment_size {
            sizes::segment_size(wish, self.bounds)?;
        }
        match source {
            Large::File(source) => Ok((Some(source.length), Sizes::new(source.length, self.segment_size, self.bounds)?)),
            Large::Stream(_, length) => {
                if let Some(wish) = self.segment_size.filter(|wish| *wish > self.buffer_limit) {
                    return Err(Error::invalid_input(format!(
                        "a source without positions is held in memory segment by segment: {wish} bytes are over the limit of {}; raise it (buffer_limit) or choose smaller segments",
                        self.buffer_limit
                    )));
                }
                let segment = self.segment_size.unwrap_or_else(|| sizes::growing(0, self.buffer_limit, self.bounds));
                Ok((*length, Sizes { size: length.unwrap_or(0), segment }))
            }
        }
    }

    fn expiry(&self) -> Expiry {
        let header = |name| self.template.0.headers().get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        Expiry { at: header("x-delete-at"), after: header("x-delete-after") }
    }

    /// What distinguishes this upload's segments from those of others, and whether a later run derives the same.
    fn generation(&self, source: &Large, expiry: Expiry) -> (String, bool) {
        match source {
            Large::File(source) if self.resume => match source.modified {
                Some(modified) => (names::written(modified) + &expiry.mark(), true),
                None => (names::unique(), false),
            },
            _ => (names::unique(), false),
        }
    }

    /// All segments, and the manifest over them; `None` if somebody else may have named the segments of this folder.
    async fn stored(
        &self,
        store: &Arc<Store>,
        mark: &Mark,
        supply: &mut Supply,
        file: Option<&FileSource>,
        done: &mut BTreeMap<u64, Done>,
    ) -> Result<Option<(Uploaded, Option<u64>, Option<Seen>)>> {
        let mut window = Window::new(self.concurrency);
        let mut rounds = 0;
        loop {
            if file.is_some() && self.verify {
                self.meter.enter(Phase::Hashing);
            }
            match drive(&self.retry, store, supply, &mut window, done).await {
                Err(_) if store.is_contested() => return Ok(None),
                driven => driven?,
            }
            self.meter.enter(Phase::Waiting);
            if let Some(file) = file {
                file.check().map_err(|error| file.unreadable(error))?;
            }
            let delete_at = store.expiry.of_segment();
            let commit = self.commit(store, mark, delete_at);
            if !commit.claim().await? {
                return Ok(None);
            }
            let before = commit.before().await?;
            let put = manifest::request(store, &self.template, self.layout, done, self.bounds).await;
            let outcome = match put {
                Ok(put) => commit.put(before.as_ref(), &put).await,
                Err(error) => Err(error),
            };
            let error = match outcome {
                Ok(answer) => {
                    if self.layout == Layout::Dynamic {
                        let bytes = done.values().map(|done| done.bytes).sum();
                        manifest::await_listing(&self.storage, &self.container, &self.object, bytes).await?;
                    }
                    return Ok(Some((answer, delete_at, before)));
                }
                Err(error) => error,
            };
            // The server checked every segment, unlike a listing, which may lag behind.
            let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 404 | 409 | 422));
            rounds += 1;
            // A server without support for manifests takes it for a plain object of another MD5.
            let unknown = self.layout == Layout::Static && error.status().is_some_and(|status| status == 422);
            let error = match unknown {
                true => error.with_note("the cluster may not support static large objects: dynamic ones may work"),
                false => error,
            };
            let Supply::File { next, again, .. } = &mut *supply else { return Err(error) };
            if !refused || rounds > 2 {
                return Err(error);
            }
            let missing = manifest::missing(store, done).await?;
            if missing.is_empty() {
                return Err(error);
            }
            for index in missing {
                if let Some(lost) = done.remove(&index) {
                    store.meter.lost(lost.bytes, lost.reused);
                }
                next.push_back(index);
            }
            *again = true;
        }
    }
}
