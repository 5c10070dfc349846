//! The segments of a large object copied on the server, one by one.

use crate::large::{Segment, StoredSegment};
use crate::{ObjectStorage, etag};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many segments are copied at a time.
const AT_A_TIME: usize = 8;
/// How deep manifests of manifests may be nested: as deep as Swift follows them.
const DEPTH: u32 = 10;

/// The copies of a large object's segments, and of its manifests of the lower level.
pub(crate) struct Copies {
    storage: ObjectStorage,
    container: String,
    prefix: String,
    delete_at: Option<u64>,
    permits: Arc<Semaphore>,
    /// By location: a segment that is named several times is copied once.
    copied: BTreeMap<(String, String), String>,
    /// Manifests of the lower level so far.
    lower: usize,
}

impl Copies {
    /// Copies whose names begin with `prefix`.
    pub(crate) fn new(storage: &ObjectStorage, container: &str, prefix: &str, delete_at: Option<u64>) -> Self {
        Self {
            storage: storage.clone(),
            container: container.to_owned(),
            prefix: prefix.to_owned(),
            delete_at,
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
            copied: BTreeMap::new(),
            lower: 0,
        }
    }

    /// Copies all segments of a manifest, and returns the entries of a new one over the copies.
    pub(crate) async fn all(mut self, entries: Vec<StoredSegment>) -> Result<Vec<Segment>> {
        let mut lower = BTreeMap::new();
        let mut plain = BTreeSet::new();
        self.collect(&entries, &mut plain, &mut lower, DEPTH).await?;
        let mut running: JoinSet<Result<()>> = JoinSet::new();
        for (n, ((container, name), hash)) in plain.into_iter().enumerate() {
            let copy = format!("{}{n:08}", self.prefix);
            self.copied.insert((container.clone(), name.clone()), copy.clone());
            let (storage, to, permits, delete_at) =
                (self.storage.clone(), self.container.clone(), self.permits.clone(), self.delete_at);
            running.spawn(async move {
                // A semaphore that is never closed always grants a permit.
                let _permit = permits.acquire().await;
                let request = storage.copy((&container, &name), (&to, &copy)).newest(true);
                let copied = delete_at.into_iter().fold(request, |copy, at| copy.delete_at(at)).send().await?;
                match (&hash, &copied.etag) {
                    (Some(hash), Some(copied)) if !etag::same(hash, copied) => {
                        let message = format!("{container}/{name} was replaced: the object's manifest names other bytes");
                        Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
                    }
                    _ => Ok(()),
                }
            });
        }
        while let Some(ended) = running.join_next().await {
            ended.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Local, "the copy of a segment was interrupted").with_sent(Sent::Maybe))
            })?;
        }
        self.renamed(entries, &mut lower).await
    }

    /// The segments of all levels, and the manifests of the lower ones.
    fn collect<'a>(
        &'a self,
        entries: &'a [StoredSegment],
        plain: &'a mut BTreeSet<((String, String), Option<String>)>,
        lower: &'a mut BTreeMap<(String, String), Vec<StoredSegment>>,
        depth: u32,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            for entry in entries {
                let Some((container, name)) = entry.place() else { continue };
                let place = (container.to_owned(), name.to_owned());
                if entry.sub_slo != Some(true) {
                    plain.insert((place, entry.hash.clone()));
                } else if !lower.contains_key(&place) && depth > 0 {
                    let below = self.storage.get_manifest(container, name).await?;
                    self.collect(&below, plain, lower, depth - 1).await?;
                    lower.insert(place, below);
                }
            }
            Ok(())
        })
    }

    /// The same entries with the names of the copies; manifests of the lower level are stored for it.
    fn renamed<'a>(
        &'a mut self,
        entries: Vec<StoredSegment>,
        lower: &'a mut BTreeMap<(String, String), Vec<StoredSegment>>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Vec<Segment>>> + Send + 'a>> {
        Box::pin(async move {
            let mut renamed = Vec::with_capacity(entries.len());
            for entry in entries {
                let Some(place) = entry.place().map(|(container, name)| (container.to_owned(), name.to_owned())) else {
                    renamed.push(entry.again());
                    continue;
                };
                if let Some(below) = lower.remove(&place) {
                    let below = self.renamed(below, lower).await?;
                    let name = format!("{}manifest-{:08}", self.prefix, self.lower);
                    self.lower += 1;
                    let put = self.storage.put_manifest(&self.container, &name, &below);
                    self.delete_at.into_iter().fold(put, |put, at| put.delete_at(at)).send().await?;
                    self.copied.insert(place.clone(), name);
                }
                let Some(copy) = self.copied.get(&place) else {
                    let message = format!("the manifests are nested too deeply at {}/{}", place.0, place.1);
                    return Err(Error::new(ErrorKind::Decode, message).with_sent(Sent::Yes));
                };
                renamed.push(Segment { path: Some(format!("/{}/{copy}", self.container)), ..entry.again() });
            }
            Ok(renamed)
        })
    }
}
