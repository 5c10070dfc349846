//! Objects that are copied or moved within the cloud, of any size: no byte passes through here.

use super::claim::{self, Mark};
use super::commit::{self, Commit};
use super::copies::Copies;
use super::look::{Kind, Seen, is_unchanged, look};
use super::names;
use super::piece::MARGIN;
use super::plan::{self, Bounds, Plan};
use super::{expiry, known, manifest, release};
use crate::generated::{COPY_OBJECT, CopyObject, ObjectInfo, UploadObject};
use crate::large::{StoredSegment, manifest_of};
use crate::{ObjectStorage, etag, limits};
use k5_core::retry::RetryPolicy;
use k5_core::{Body, Error, ErrorKind, Result, Sent};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

/// How often a dynamic large object is copied that changes meanwhile.
const ATTEMPTS: u32 = 5;

/// A copy or a move within the cloud; see [`ObjectStorage::copy_whole`].
#[must_use = "nothing is sent before `send`"]
pub struct ServerCopy {
    storage: ObjectStorage,
    from: (String, String),
    to: (String, String),
    metadata: BTreeMap<String, String>,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    delete_at: Option<u64>,
    delete_after: Option<u64>,
    segments_container: Option<String>,
    no_clobber: bool,
    moves: bool,
    retry: RetryPolicy,
}

impl std::fmt::Debug for ServerCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCopy").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl ObjectStorage {
    /// Copies an object of any size on the server, `(container, object)` to `(container, object)`, in place of what has its name; the
    /// segments of what it replaces go after that. What is stored with the source goes along.
    ///
    /// A static large object becomes a plain one as long as the cluster takes one of that size (usually 5 GiB). A larger one is copied
    /// segment by segment and gets a manifest of its own, and so does a dynamic one, whose segments could come and go meanwhile. Of a
    /// symbolic link, what it leads to is copied.
    ///
    /// Object storage 11 (Copy object).
    pub fn copy_whole(&self, from: (&str, &str), to: (&str, &str)) -> ServerCopy {
        let owned = |(container, object): (&str, &str)| (container.to_owned(), object.to_owned());
        ServerCopy {
            storage: self.clone(),
            from: owned(from),
            to: owned(to),
            metadata: BTreeMap::new(),
            content_type: None,
            headers: Vec::new(),
            delete_at: None,
            delete_after: None,
            segments_container: None,
            no_clobber: false,
            moves: false,
            retry: RetryPolicy { max_attempts: 8, ..RetryPolicy::default() },
        }
    }

    /// Moves an object on the server. A large one moves by its manifest: its segments stay where they are and belong to the new name
    /// from then on. A symbolic link moves as such.
    ///
    /// # Errors
    /// As [`ServerCopy::send`]; and when the source was replaced while it was moved: then it stays.
    pub async fn move_object(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        self.copy_whole(from, to).move_source(true).send().await
    }
}

impl ServerCopy {
    /// Sets an item of metadata; the source's others stay.
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// Another media type than the source's.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.content_type = Some(kind.to_owned());
        self
    }

    /// Another header that is stored with an object, such as `Cache-Control`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// When the copy expires, in seconds since 1970.
    pub fn delete_at(mut self, seconds: u64) -> Self {
        self.delete_at = Some(seconds);
        self
    }

    /// After how many seconds the copy expires.
    pub fn delete_after(mut self, seconds: u64) -> Self {
        self.delete_after = Some(seconds);
        self
    }

    /// The container that copied segments go to, `{container}_segments` unless told otherwise.
    pub fn segments_container(mut self, container: &str) -> Self {
        self.segments_container = Some(container.to_owned());
        self
    }

    /// Whether an object that is there already is an error (412).
    pub fn no_clobber(mut self, no_clobber: bool) -> Self {
        self.no_clobber = no_clobber;
        self
    }

    /// Whether the source goes once the copy is there and the same.
    pub fn move_source(mut self, moves: bool) -> Self {
        self.moves = moves;
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// Names over a limit and a source that is the target, before anything is sent; what the server or the network did; of a move, a
    /// copy that differs and a source that was replaced meanwhile, which both stay.
    pub async fn send(self) -> Result<()> {
        for (container, object) in [&self.from, &self.to] {
            limits::container_name(container)?;
            limits::object_name(object)?;
        }
        if self.from == self.to {
            return Err(Error::invalid_input("source and target are the same object"));
        }
        let from = (self.from.0.as_str(), self.from.1.as_str());
        let source = match self.moves {
            true => Some(look(&self.storage, from.0, from.1).await?.ok_or_else(|| gone(from))?),
            false => None,
        };
        if self.no_clobber && commit::seen(&self.storage, &self.to.0, &self.to.1).await?.is_some() {
            let error = Error::new(ErrorKind::Status, "there is such an object already, and it stays as it is");
            return Err(error.with_operation(&COPY_OBJECT).with_status(http::StatusCode::PRECONDITION_FAILED));
        }
        match source {
            Some(source) => self.relocate(source).await,
            None => self.duplicate().await,
        }
    }

    /// A copy that leaves the source alone.
    async fn duplicate(&self) -> Result<()> {
        for attempt in 1.. {
            let info = self.storage.show_object(&self.from.0, &self.from.1).send().await?;
            let outcome = match info.object_manifest {
                // The server would copy what a listing of its segments has, and miss those that another writer is deleting.
                Some(_) if info.content_length != Some(0) => self.by_segments(&info).await,
                _ => self.at_once(&info).await,
            };
            let Err(error) = outcome else { return Ok(()) };
            let now = self.storage.show_object(&self.from.0, &self.from.1).send().await;
            if attempt >= ATTEMPTS || !now.is_ok_and(|now| is_another(&info, &now)) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// A copy by one request, if there is an object that is large enough.
    async fn at_once(&self, info: &ObjectInfo) -> Result<()> {
        let is_large = info.static_large_object == Some(true);
        let most = if is_large { self.storage.cluster().await.bounds.object } else { u64::MAX };
        if info.content_length.is_some_and(|size| size > most) {
            return self.by_segments(info).await;
        }
        let replaced = known::large_object(&self.storage, &self.to.0, &self.to.1).await?;
        match self.copy().send().await {
            Ok(_) => {}
            // The cluster takes less in one object than it says.
            Err(error) if is_large && error.status().is_some_and(|status| status == 413) => return self.by_segments(info).await,
            Err(error) => return Err(error),
        }
        self.release(replaced).await;
        Ok(())
    }

    async fn relocate(&self, source: Seen) -> Result<()> {
        let (from, to) = ((self.from.0.as_str(), self.from.1.as_str()), (self.to.0.as_str(), self.to.1.as_str()));
        let replaced = known::large_object(&self.storage, to.0, to.1).await?;
        let copy = match source.kind {
            Kind::Plain => self.copy(),
            // In a container that keeps versions, the name itself is a link to the newest of them.
            Kind::Link => source.info.version_id.iter().fold(self.copy().symlink("get"), |copy, id| copy.version_id(id)),
            Kind::Static | Kind::Dynamic(..) => {
                // Before the manifest is there: whoever replaces the source from now on finds that the segments are not its own.
                for (container, folder) in folders_of(&source) {
                    claim::hand_over(&self.storage, (&container, &folder), from, to, source.info.delete_at).await?;
                }
                known::has_large(&self.storage, to.0);
                if let Some(until) = self.expires_by() {
                    // The server counts from its own clock.
                    let late = if self.delete_at.is_some() { 0 } else { MARGIN.as_secs() };
                    expiry::put_off(&self.storage, &source, Some(until.saturating_add(late))).await?;
                }
                self.copy().multipart_manifest("get")
            }
        };
        copy.send().await?;
        let there = look(&self.storage, to.0, to.1).await?;
        if !there.as_ref().is_some_and(|there| is_copy(&source, there)) {
            let mut message = format!("{}/{} is not the same as {}/{}, which stays", to.0, to.1, from.0, from.1);
            if let Some(there) = &there
                && self.is_of_others(there).await?
            {
                // The source was replaced before it was copied, and nobody who deletes its segments would ask for this one.
                self.take_back(Some(there)).await?;
                message += &format!("; {}/{} consists of segments that are not its own, and is deleted", to.0, to.1);
            }
            return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
        }
        let now = look(&self.storage, from.0, from.1).await?;
        if now.is_none() && source.is_large() {
            // Whoever moved it away at the same time has its segments; two objects may not.
            self.take_back(there.as_ref()).await?;
            let message = format!("{}/{} was moved or removed while it was moved, so {}/{} is deleted", from.0, from.1, to.0, to.1);
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        if now.is_some() && !is_unchanged(Some(&source), now.as_ref()) {
            let mut message = format!("{}/{} was replaced while it was moved, and stays", from.0, from.1);
            if source.is_large() {
                // Whoever replaced it may be about to delete its segments, by a look from before they were handed over.
                self.take_back(there.as_ref()).await?;
                message += &format!("; {}/{} would lose its segments, and is deleted", to.0, to.1);
            }
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        release::keep_version(&self.storage, from.0, &source).await?;
        let deleted = self.storage.delete_judged(from.0, from.1, Some(&source)).await;
        // One that is gone by now was moved by another at the same time: then both copies are whole, and the marks name both.
        deleted.map_err(|error| error.with_note("it is copied, and the source stays"))?;
        self.release(replaced).await;
        Ok(())
    }

    /// Deletes the copy that was seen at the target, and leaves no version of it, which would name segments that may go.
    async fn take_back(&self, there: Option<&Seen>) -> Result<()> {
        let (container, object) = (self.to.0.as_str(), self.to.1.as_str());
        let Some(there) = there else { return Ok(()) };
        if let Some(version) = &there.info.version_id {
            return match self.storage.delete_object(container, object).version_id(version).send().await {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(()),
            };
        }
        let now = look(&self.storage, container, object).await?;
        if now.is_none() || !is_unchanged(Some(there), now.as_ref()) {
            return Ok(());
        }
        // Where the deletion keeps an old version all the same, it stays readable.
        release::keep_version(&self.storage, container, there).await?;
        self.storage.delete_judged(container, object, Some(there)).await
    }

    /// Whether the target consists of segments that are marked as those of others.
    async fn is_of_others(&self, there: &Seen) -> Result<bool> {
        let mut is_marked = false;
        for (container, folder) in folders_of(there) {
            for mark in claim::marks(&self.storage, &container, &folder).await? {
                if mark.owners().any(|owner| *owner == self.to) {
                    return Ok(false);
                }
                is_marked = true;
            }
        }
        Ok(is_marked)
    }

    /// What the target consisted of before. What can't be removed is for a collection of segments.
    async fn release(&self, replaced: Option<Seen>) {
        if let Some(replaced) = replaced {
            let old = commit::old_segments(&replaced);
            let _ = release::release(&self.storage, (&self.to.0, &self.to.1), old).await;
        }
    }

    fn copy(&self) -> CopyObject {
        let mut copy = self.storage.copy((&self.from.0, &self.from.1), (&self.to.0, &self.to.1));
        for (name, value) in &self.metadata {
            copy = copy.metadata(name, value);
        }
        copy = self.content_type.iter().fold(copy, |copy, kind| copy.content_type(kind));
        copy = self.delete_at.into_iter().fold(copy, |copy, at| copy.delete_at(at));
        copy = self.delete_after.into_iter().fold(copy, |copy, after| copy.delete_after(after));
        for (name, value) in &self.headers {
            copy.0.header_of("", name, value);
        }
        copy
    }

    /// The copy of a large object that no single one can hold.
    async fn by_segments(&self, info: &ObjectInfo) -> Result<()> {
        let storage = &self.storage;
        let (container, object) = (self.to.0.as_str(), self.to.1.as_str());
        let segments = self.segments_container.clone().unwrap_or_else(|| plan::segments_container(container));
        manifest::make_container(storage, container, &segments).await?;
        known::has_large(storage, container);
        let size = info.content_length.unwrap_or(0);
        let template = self.template(info);
        let delete_at = template.0.headers().get("x-delete-at").and_then(|at| at.to_str().ok()?.parse().ok());
        let entries = self.entries(info).await?;
        let segment = entries.iter().filter_map(|entry| entry.bytes).max().unwrap_or(size).max(1);
        let prefix = plan::upload_prefix(object, "slo", &plan::unique(), Plan { size, segment });
        let copies = Copies::new(storage, &segments, &prefix, delete_at);
        let mark = Mark::new(container, object);
        let folder = prefix.trim_end_matches('/');
        let commit = Commit { storage, container, object, segments: &segments, folder, delete_at, mark: &mark, retry: &self.retry };
        let outcome = async {
            let entries = copies.all(entries).await?;
            if !commit.claim().await? {
                return Err(Error::new(ErrorKind::Status, "the folder of these segments is somebody else's"));
            }
            let before = commit.before().await?;
            let put = manifest::over(storage, (&segments, &prefix), &template, entries, self.bounds().await).await?;
            commit.put(before.as_ref(), &put).await.map(|_| before)
        };
        match outcome.await {
            Ok(before) => {
                commit.finish(before.as_ref()).await;
                Ok(())
            }
            Err(error) => {
                let now = commit::seen(storage, container, object).await;
                if now.is_ok_and(|seen| seen.is_none_or(|seen| !seen.refers_to(&segments, folder))) {
                    // What can't be removed is for a collection of segments.
                    let mine = claim::marks(storage, &segments, folder)
                        .await
                        .is_ok_and(|marks| marks.iter().any(|found| found.by == mark.by));
                    let _ = release::discard(storage, &segments, folder, mine).await;
                }
                Err(error)
            }
        }
    }

    /// When the copy expires, if that is asked for.
    fn expires_by(&self) -> Option<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.delete_at.or(self.delete_after.map(|after| now.saturating_add(after)))
    }

    async fn bounds(&self) -> Bounds {
        self.storage.cluster().await.bounds
    }

    /// What the source consists of; a dynamic one of what its listing has now.
    async fn entries(&self, info: &ObjectInfo) -> Result<Vec<StoredSegment>> {
        if info.static_large_object == Some(true) {
            let download = self.storage.download_object(&self.from.0, &self.from.1).multipart_manifest("get").send().await?;
            // What is stored with the one would go along with the content of the other.
            if download.info().timestamp != info.timestamp {
                return Err(self.changed("was replaced while it was looked at"));
            }
            return manifest_of(download).await;
        }
        let place = info.object_manifest.as_deref().map(k5_core::path::decode).unwrap_or_default();
        let (container, prefix) = place.split_once('/').unwrap_or((&place, ""));
        let mut entries = Vec::new();
        let mut items = self.storage.list_objects(container).prefix(prefix).items();
        while let Some(entry) = items.try_next().await? {
            // An empty one adds nothing, and no manifest takes it.
            if let Some(object) = entry.item().filter(|object| object.bytes > 0) {
                let name = format!("/{container}/{}", object.name);
                entries.push(StoredSegment::plain(Some(name), object.hash, object.bytes));
            }
        }
        if info.content_length.is_some_and(|size| size != entries.iter().filter_map(|entry| entry.bytes).sum::<u64>()) {
            return Err(self.changed("got or lost segments while they were listed"));
        }
        Ok(entries)
    }

    fn changed(&self, how: &str) -> Error {
        let message = format!("{}/{} {how}, so it is not copied", self.from.0, self.from.1);
        Error::new(ErrorKind::Integrity, message).with_operation(&COPY_OBJECT).with_sent(Sent::Yes)
    }

    /// The manifest's request, with all that is stored with the source.
    fn template(&self, info: &ObjectInfo) -> UploadObject {
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

/// The folders of an object's segments, with their containers.
fn folders_of(seen: &Seen) -> BTreeSet<(String, String)> {
    let folder = |(container, name): (String, String)| Some((container, names::read(&name)?.folder.to_owned()));
    seen.names().into_iter().filter_map(folder).collect()
}

fn gone((container, object): (&str, &str)) -> Error {
    Error::new(ErrorKind::Status, format!("there is no {container}/{object}"))
        .with_operation(&COPY_OBJECT)
        .with_status(http::StatusCode::NOT_FOUND)
}

/// Whether something else has the name now.
fn is_another(before: &ObjectInfo, now: &ObjectInfo) -> bool {
    let content =
        |info: &ObjectInfo| (info.content_length, info.etag.clone(), info.object_manifest.clone(), info.timestamp.clone());
    content(before) != content(now)
}

/// Whether what is there is what the source was.
fn is_copy(source: &Seen, copy: &Seen) -> bool {
    let content = |seen: &Seen| (seen.info.content_length, seen.info.symlink_target.clone());
    let same = match source.kind {
        Kind::Plain => match (&source.info.etag, &copy.info.etag) {
            (Some(one), Some(other)) => etag::same(one, other),
            _ => true,
        },
        Kind::Link => true,
        Kind::Static | Kind::Dynamic(..) => source.names() == copy.names(),
    };
    source.kind == copy.kind && content(source) == content(copy) && same
}
