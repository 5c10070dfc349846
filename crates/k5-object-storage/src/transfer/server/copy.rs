//! Objects that are copied or moved within the cloud, of any size: no data passes through this machine.

use crate::generated::{ObjectInfo, builder::CopyObject, meta::COPY_OBJECT};
use crate::transfer::segments::look::{Seen, look, look_if_allowed};
use crate::transfer::segments::{known, release};
use crate::{ObjectStorage, limits};
use k5_core::retry::RetryPolicy;
use k5_core::{Error, ErrorKind, Pairs, Result, Sent};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many times to copy a dynamic large object that changes in the meantime.
const ATTEMPTS: u32 = 5;

/// A copy or a move within the cloud; see [`ObjectStorage::copy_whole`].
#[must_use = "nothing is sent before `send`"]
pub struct ServerCopy {
    pub(super) storage: ObjectStorage,
    pub(super) from: (String, String),
    pub(super) to: (String, String),
    pub(super) metadata: Pairs<String>,
    pub(super) content_type: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) delete_at: Option<u64>,
    pub(super) delete_after: Option<u64>,
    pub(super) segments_container: Option<String>,
    pub(super) no_clobber: bool,
    pub(super) only_if_absent: bool,
    pub(super) moves: bool,
    pub(super) retry: RetryPolicy,
}

impl std::fmt::Debug for ServerCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCopy").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl ObjectStorage {
    /// Copies an object of any size on the server, `(container, object)` to `(container, object)`, replacing any object of that
    /// name; the segments of the replaced object are removed after that. Everything stored with the source is copied too.
    ///
    /// A static large object becomes a plain one as long as the cluster accepts that size (usually 5 GiB). A larger one is copied
    /// segment by segment and gets a manifest of its own, and so does a dynamic one, whose segments could come and go in the
    /// meantime, unless the cluster doesn't support static large objects. If the source is a symbolic link, its target is copied.
    ///
    /// Object storage 11 (Copy object).
    pub fn copy_whole(&self, from: (&str, &str), to: (&str, &str)) -> ServerCopy {
        let owned = |(container, object): (&str, &str)| (container.to_owned(), object.to_owned());
        ServerCopy {
            storage: self.clone(),
            from: owned(from),
            to: owned(to),
            metadata: Pairs::new(),
            content_type: None,
            headers: Vec::new(),
            delete_at: None,
            delete_after: None,
            segments_container: None,
            no_clobber: false,
            only_if_absent: false,
            moves: false,
            retry: RetryPolicy::default().max_attempts(8),
        }
    }

    /// Moves an object on the server. A large object is moved by its manifest: its segments stay where they are and belong to the
    /// new name from then on. A symbolic link is moved as such.
    ///
    /// # Errors
    /// As for [`ServerCopy::send`]; also fails if the source was replaced while it was being moved: then the source stays.
    pub async fn move_object(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        self.copy_whole(from, to).move_source(true).send().await
    }
}

impl ServerCopy {
    /// Sets an item of metadata; the source's other items stay.
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.metadata.insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// Sets a media type other than the source's.
    pub fn content_type(mut self, kind: &str) -> Self {
        self.content_type = Some(kind.to_owned());
        self
    }

    /// Sets another header that is stored with an object, such as `Cache-Control`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets when the copy expires, in seconds since 1970.
    pub fn delete_at(mut self, seconds: u64) -> Self {
        self.delete_at = Some(seconds);
        self
    }

    /// Sets after how many seconds the copy expires.
    pub fn delete_after(mut self, seconds: u64) -> Self {
        self.delete_after = Some(seconds);
        self
    }

    /// The container for copied segments, `{container}_segments` by default.
    pub fn segments_container(mut self, container: &str) -> Self {
        self.segments_container = Some(container.to_owned());
        self
    }

    /// Whether to fail (412) if the object already exists.
    pub fn no_clobber(mut self, no_clobber: bool) -> Self {
        self.no_clobber = no_clobber;
        self
    }

    /// Whether to fail (412) if the object already exists, as the server decides. A copy has no such condition in Swift, but an
    /// upload has. So what has up to 1 MiB passes through this machine, and anything larger becomes a static large object, whose
    /// segments the server copies. Of a symbolic link, its target is copied, even by a move.
    ///
    /// Swift compares when a request begins, so two writers whose requests overlap may both succeed. What is stored is looked at
    /// once more afterwards: it is a failure if it is another writer's by then.
    pub fn only_if_absent(mut self, only: bool) -> Self {
        self.only_if_absent = only;
        self
    }

    /// Whether to delete the source once the copy exists and is identical.
    pub fn move_source(mut self, moves: bool) -> Self {
        self.moves = moves;
        self
    }

    /// Sends the copy.
    ///
    /// # Errors
    /// Fails if names exceed a limit or the source is the target, before anything is sent; and for any failure of the server or the
    /// network. A move also fails if the copy differs or the source was replaced in the meantime; then both stay.
    pub async fn send(self) -> Result<()> {
        for (container, object) in [&self.from, &self.to] {
            limits::container_name(container)?;
            limits::object_name(object)?;
        }
        if self.from == self.to {
            return Err(Error::invalid_input("source and target are the same object"));
        }
        if self.only_if_absent {
            return self.create().await;
        }
        let from = (self.from.0.as_str(), self.from.1.as_str());
        let source = match self.moves {
            true => Some(look(&self.storage, from.0, from.1).await?.ok_or_else(|| gone(from))?),
            false => None,
        };
        if self.no_clobber {
            self.is_absent().await?;
        }
        match source {
            Some(source) => self.relocate(source).await,
            None => self.duplicate().await,
        }
    }

    /// Rejects a target that exists.
    pub(super) async fn is_absent(&self) -> Result<()> {
        if look_if_allowed(&self.storage, &self.to.0, &self.to.1).await?.is_none() {
            return Ok(());
        }
        let error = Error::new(ErrorKind::Status, "this object already exists, and is left as it is");
        Err(error.with_operation(&COPY_OBJECT).with_status(http::StatusCode::PRECONDITION_FAILED))
    }

    /// A copy that leaves the source alone.
    async fn duplicate(&self) -> Result<()> {
        for attempt in 1.. {
            let info = self.storage.show_object(&self.from.0, &self.from.1).send().await?;
            let is_dynamic = info.object_manifest.is_some() && info.content_length != Some(0);
            let outcome = match is_dynamic && self.storage.cluster().await.static_objects != Some(false) {
                // The server would copy what a listing shows of its segments, and miss those that another writer is deleting.
                true => self.by_segments(&info).await.map(drop),
                false => self.at_once(&info).await,
            };
            let outcome = match outcome {
                Ok(()) if is_dynamic => self.is_complete(&info).await,
                outcome => outcome,
            };
            let Err(error) = outcome else { return Ok(()) };
            let now = self.storage.show_object(&self.from.0, &self.from.1).send().await;
            if attempt >= ATTEMPTS || !now.is_ok_and(|now| is_another(&info, &now)) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Rejects a copy whose length differs from the length of what was copied.
    async fn is_complete(&self, info: &ObjectInfo) -> Result<()> {
        let there = look_if_allowed(&self.storage, &self.to.0, &self.to.1).await?;
        match there.is_none_or(|there| there.info.content_length == info.content_length) {
            true => Ok(()),
            false => {
                let ((from, source), (to, target)) = (&self.from, &self.to);
                let message = format!("{to}/{target} has another length than {from}/{source} had: copy it again");
                Err(Error::new(ErrorKind::Integrity, message).with_operation(&COPY_OBJECT).with_sent(Sent::Yes))
            }
        }
    }

    /// A copy by one request, if one object can be that large.
    async fn at_once(&self, info: &ObjectInfo) -> Result<()> {
        let is_large = info.static_large_object == Some(true);
        let most = if is_large { self.storage.cluster().await.bounds.object } else { u64::MAX };
        if info.content_length.is_some_and(|size| size > most) {
            return self.by_segments(info).await.map(drop);
        }
        let replaced = known::large_object(&self.storage, &self.to.0, &self.to.1).await?;
        match self.copy().send().await {
            Ok(_) => {}
            // The cluster accepts less in one object than it reports.
            Err(error) if is_large && error.status().is_some_and(|status| status == 413) => {
                return self.by_segments(info).await.map(drop);
            }
            Err(error) => return Err(error),
        }
        self.release(replaced).await;
        Ok(())
    }

    /// What the target consisted of before. What can't be removed is left to a collection of segments.
    pub(super) async fn release(&self, replaced: Option<Seen>) {
        if let Some(replaced) = replaced {
            let old = release::segments_of(&replaced);
            let _ = release::release(&self.storage, (&self.to.0, &self.to.1), old).await;
        }
    }

    /// The request for a copy by one request.
    pub(super) fn copy(&self) -> CopyObject {
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

    /// When the copy expires, if that is requested.
    pub(super) fn expires_by(&self) -> Option<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.delete_at.or(self.delete_after.map(|after| now.saturating_add(after)))
    }
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
