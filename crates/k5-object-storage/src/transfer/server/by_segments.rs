//! The copy of a large object that doesn't fit into one object: segment by segment, with a manifest of its own.

use super::copies::Copies;
use super::copy::ServerCopy;
use crate::generated::{ObjectInfo, Uploaded, builder::UploadObject, meta::COPY_OBJECT};
use crate::large::{StoredSegment, manifest_of};
use crate::transfer::cluster::Bounds;
use crate::transfer::containers;
use crate::transfer::segments::claim::{self, Mark};
use crate::transfer::segments::commit::Commit;
use crate::transfer::segments::look::look_if_allowed;
use crate::transfer::segments::sizes::Sizes;
use crate::transfer::segments::{known, manifest, names, release};
use k5_core::{Body, Error, ErrorKind, Result, Sent};

impl ServerCopy {
    /// The copy of a large object that doesn't fit into one object.
    pub(super) async fn by_segments(&self, info: &ObjectInfo) -> Result<Uploaded> {
        let storage = &self.storage;
        let (container, object) = (self.to.0.as_str(), self.to.1.as_str());
        let segments = self.segments_container.clone().unwrap_or_else(|| names::segments_container(container));
        containers::ensure_for_segments(storage, container, &segments).await?;
        known::has_large(storage, container);
        let size = info.content_length.unwrap_or(0);
        let template = self.template(info);
        let template = if self.only_if_absent { template.if_none_match("*") } else { template };
        let delete_at = template.0.headers().get("x-delete-at").and_then(|at| at.to_str().ok()?.parse().ok());
        let entries = self.entries(info).await?;
        let segment = entries.iter().filter_map(|entry| entry.bytes).max().unwrap_or(size).max(1);
        let prefix = names::upload_prefix(object, "slo", &names::unique(), Sizes { size, segment });
        let copies = Copies::new(storage, &segments, &prefix, delete_at);
        let mark = Mark::new(container, object);
        let folder = prefix.trim_end_matches('/');
        let commit = Commit { storage, container, object, segments: &segments, folder, delete_at, mark: &mark, retry: &self.retry };
        let outcome = async {
            let entries = copies.all(entries).await?;
            if !commit.claim().await? {
                return Err(Error::new(ErrorKind::Status, "the folder of these segments belongs to another upload"));
            }
            let before = commit.before().await?;
            let put = manifest::over(storage, (&segments, &prefix), &template, entries, self.bounds().await).await?;
            commit.put(before.as_ref(), &put).await.map(|answer| (answer, before))
        };
        match outcome.await {
            Ok((answer, before)) => {
                commit.finish(before.as_ref()).await;
                Ok(answer)
            }
            Err(error) => {
                let now = look_if_allowed(storage, container, object).await;
                if now.is_ok_and(|seen| seen.is_none_or(|seen| !seen.refers_to(&segments, folder))) {
                    // What can't be removed is left to a collection of segments.
                    let mine = claim::marks(storage, &segments, folder)
                        .await
                        .is_ok_and(|marks| marks.iter().any(|found| found.by == mark.by));
                    let _ = release::discard(storage, &segments, folder, mine).await;
                }
                Err(error)
            }
        }
    }

    async fn bounds(&self) -> Bounds {
        self.storage.cluster().await.bounds
    }

    /// What the source consists of; a plain one, of itself; for a dynamic one, what its listing shows now.
    async fn entries(&self, info: &ObjectInfo) -> Result<Vec<StoredSegment>> {
        if info.static_large_object == Some(true) {
            let download = self.storage.download_object(&self.from.0, &self.from.1).multipart_manifest("get").send().await?;
            // The metadata of one would be copied with the content of the other.
            if download.info().timestamp != info.timestamp {
                return Err(self.changed("was replaced while it was looked at"));
            }
            return manifest_of(download).await;
        }
        if info.object_manifest.is_none() {
            let name = format!("/{}/{}", self.from.0, self.from.1);
            return Ok(vec![StoredSegment::plain(Some(name), info.etag.clone(), info.content_length.unwrap_or(0))]);
        }
        let place = info.object_manifest.as_deref().map(k5_core::path::decode).unwrap_or_default();
        let (container, prefix) = place.split_once('/').unwrap_or((&place, ""));
        let mut entries = Vec::new();
        let mut items = self.storage.list_objects(container).prefix(prefix).items();
        while let Some(object) = items.try_next().await? {
            // An empty segment adds nothing, and no manifest accepts it.
            if object.bytes > 0 {
                let name = format!("/{container}/{}", object.name);
                entries.push(StoredSegment::plain(Some(name), object.hash, object.bytes));
            }
        }
        if info.content_length.is_some_and(|size| size != entries.iter().filter_map(|entry| entry.bytes).sum::<u64>()) {
            return Err(self.changed("got or lost segments while they were listed"));
        }
        Ok(entries)
    }

    pub(super) fn changed(&self, how: &str) -> Error {
        let message = format!("{}/{} {how}, so it is not copied", self.from.0, self.from.1);
        Error::new(ErrorKind::Integrity, message).with_operation(&COPY_OBJECT).with_sent(Sent::Yes)
    }

    /// The manifest's request, with everything that is stored with the source.
    pub(super) fn template(&self, info: &ObjectInfo) -> UploadObject {
        let mut put = self.storage.upload_object(&self.to.0, &self.to.1, Body::empty());
        let mut metadata = info.metadata.clone();
        metadata.extend(self.metadata.clone());
        for (name, value) in &metadata {
            put = put.metadata(name, value);
        }
        put = self.content_type.iter().chain(&info.content_type).take(1).fold(put, |put, kind| put.content_type(kind));
        put = info.content_disposition.iter().fold(put, |put, value| put.content_disposition(value));
        put = info.content_encoding.iter().fold(put, |put, value| put.content_encoding(value));
        put = info.cache_control.iter().fold(put, |put, value| put.cache_control(value));
        put = info.content_language.iter().fold(put, |put, value| put.content_language(value));
        put = info.expires.iter().fold(put, |put, value| put.fresh_until(value));
        put = info.robots_tag.iter().fold(put, |put, value| put.robots_tag(value));
        put = self.expires_by().or(info.delete_at).into_iter().fold(put, |put, at| put.delete_at(at));
        for (name, value) in &self.headers {
            put.0.header_of("", name, value);
        }
        put
    }
}
