//! Objects that are deleted together with their segments.

use crate::ObjectStorage;
use crate::generated::ObjectInfo;
use crate::transfer::again;
use crate::transfer::segments::look::{Kind, Names, Seen, head_of, is_forbidden, is_unchanged, look};
use crate::transfer::segments::names;
use crate::transfer::segments::release::{self, Left, Released};
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{Error, ErrorKind, Result, Sent, WithOptions};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many objects are examined at a time.
const AT_A_TIME: usize = 32;

/// What was deleted with an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// The object and the segments that were deleted with it.
    pub objects: u64,
    /// The number of segments that stay.
    pub left: u64,
    /// Why they do.
    pub why: Option<Left>,
}

impl Removed {
    fn with(self, released: Released) -> Self {
        Self { objects: self.objects + released.removed, left: self.left + released.left, why: self.why.or(released.why) }
    }
}

impl ObjectStorage {
    /// Deletes an object, and then the segments of a large one, wherever they are.
    ///
    /// Only the link is deleted if the object is a symbolic link; the segments also stay if the container keeps old versions, since
    /// those consist of their segments. Segments stay if another object refers to them: the one that they were stored for, or one
    /// that their manifest was moved to. Of a dynamic large object, only segments with the name of a segment are deleted, because
    /// its prefix may cover anything.
    ///
    /// # Errors
    /// Fails if there is no such object; also if it is gone, but not all of its segments could be deleted: the message says so.
    pub async fn remove_object(&self, container: &str, object: &str) -> Result<Removed> {
        let seen = match look(self, container, object).await {
            Ok(seen) => seen,
            // Whoever may delete it need not be allowed to examine it.
            Err(error) if is_forbidden(&error) => None,
            Err(error) => return Err(error),
        };
        self.remove_seen((container, object), seen).await
    }

    /// The same for an object that was downloaded or copied in the meantime: it is deleted only if it is still what it was when
    /// [`show_object_itself`](ObjectStorage::show_object_itself) returned `before`. An object that is already gone is not an error.
    ///
    /// # Errors
    /// As for [`remove_object`](ObjectStorage::remove_object); also fails if it was replaced in between: then it stays.
    pub async fn remove_unchanged(&self, container: &str, object: &str, before: &ObjectInfo) -> Result<Removed> {
        let seen = match look(self, container, object).await {
            Ok(seen) => seen,
            Err(error) if is_forbidden(&error) => None,
            Err(error) => return Err(error),
        };
        if seen.as_ref().is_some_and(|seen| !seen.is_of(before)) {
            let message = format!("{container}/{object} was replaced meanwhile");
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        match self.remove_seen((container, object), seen).await {
            Err(error) if error.is_not_found() => Ok(Removed::default()),
            outcome => outcome,
        }
    }

    async fn remove_seen(&self, (container, object): (&str, &str), seen: Option<Seen>) -> Result<Removed> {
        self.delete_judged(container, object, seen.as_ref()).await?;
        let removed = Removed { objects: 1, ..Removed::default() };
        let Some(seen) = seen.filter(Seen::is_large) else { return Ok(removed) };
        let released = self.release_all((container, object), &seen).await;
        let note = |error: Error| error.with_note(&format!("{container}/{object} is gone, but not all of its segments"));
        Ok(removed.with(released.map_err(note)?))
    }

    /// Deletes an object that was seen, or that only a listing shows. The request is never blindly repeated: if a deletion restores
    /// an old version, the second one would delete that.
    pub(crate) async fn delete_judged(&self, container: &str, object: &str, seen: Option<&Seen>) -> Result<()> {
        let retry = RetryPolicy::default();
        for made in 1.. {
            let error = match self.delete_object(container, object).with_max_attempts(1).send().await {
                Ok(_) => return Ok(()),
                // It was there, and is gone: somebody else has deleted it.
                Err(error) if error.is_not_found() && seen.is_some() => return Ok(()),
                Err(error) if error.sent() == Sent::No && !error.is_retryable() => return Err(error),
                Err(error) => error,
            };
            match look(self, container, object).await {
                Ok(now) if seen.is_some() && !is_unchanged(seen, now.as_ref()) => return Ok(()),
                Ok(_) => {}
                Err(refused) if is_forbidden(&refused) => {}
                // Nothing more is known then.
                Err(_) => return Err(error),
            }
            let status = error.status().map(|status| status.as_u16());
            let outcome = Outcome::new(status, error.sent()).retry_after(error.retry_after());
            let wait = if error.is_retryable() { retry.delay(outcome, true, made, fastrand::f64()) } else { None };
            let Some(wait) = wait else { return Err(error) };
            again::tell(None, made, wait, &error);
            tokio::time::sleep(wait).await;
        }
        Err(Error::new(ErrorKind::Transport, "the object can't be deleted"))
    }

    async fn release_all(&self, place: (&str, &str), seen: &Seen) -> Result<Released> {
        let mut segments = seen.names();
        let mut others = Names::new();
        if let Kind::Dynamic(_, prefix) = &seen.kind {
            others = segments
                .iter()
                .filter(|(_, name)| !names::is_below(prefix, name) && names::read(name).is_none())
                .cloned()
                .collect();
            segments.retain(|(_, name)| names::is_below(prefix, name));
        }
        let containers: BTreeSet<_> =
            segments.iter().filter(|(_, name)| names::read(name).is_some()).map(|(at, _)| at.clone()).collect();
        let mut released = release::release(self, place, segments).await?;
        // Segments that must stay are not checked twice.
        if released.left == 0 {
            for segments in containers {
                released = released.and(release::sweep(self, place, &segments).await?);
            }
        }
        let left = others.len() as u64;
        Ok(released.and(Released { removed: 0, left, why: (left > 0).then_some(Left::OtherNames) }))
    }

    /// Deletes objects of a container as [`remove_object`](ObjectStorage::remove_object) does, each with an outcome of its own.
    /// They are examined 32 at a time, and those without segments are deleted many at a time by one request if the cluster supports
    /// that. Objects that are already gone are not errors.
    pub async fn remove_many(&self, container: &str, objects: Vec<String>) -> Vec<(String, Result<Removed>)> {
        let mut outcomes = Vec::with_capacity(objects.len());
        let mut plain = Vec::new();
        let mut bulk = if objects.len() > 1 { self.bulk_delete_limit().await } else { None };
        if bulk.is_some() && !self.show_container(container).send().await.is_ok_and(|info| info.versions_location.is_none()) {
            // There a repeated deletion deletes an old version.
            bulk = None;
        }
        let permits = Arc::new(Semaphore::new(AT_A_TIME));
        let mut running = JoinSet::new();
        for object in objects {
            let (storage, container, permits) = (self.clone(), container.to_owned(), permits.clone());
            running.spawn(async move {
                // A semaphore that is never closed always grants a permit.
                let _permit = permits.acquire().await;
                if bulk.is_some() {
                    match head_of(&storage, &container, &object, false).await {
                        Ok(seen) if seen.as_ref().is_none_or(|seen| !seen.is_large()) => return (object, None),
                        Err(error) if is_forbidden(&error) => return (object, None),
                        Ok(_) => {}
                        Err(error) => return (object, Some(Err(error))),
                    }
                }
                let outcome = match storage.remove_object(&container, &object).await {
                    Err(error) if error.is_not_found() => Ok(Removed::default()),
                    outcome => outcome,
                };
                (object, Some(outcome))
            });
        }
        while let Some(ended) = running.join_next().await {
            match ended {
                Ok((object, Some(outcome))) => outcomes.push((object, outcome)),
                Ok((object, None)) => plain.push(object),
                Err(_) => {}
            }
        }
        if let Some(limit) = bulk {
            plain.sort_unstable();
            for objects in plain.chunks(limit.clamp(1, 1000)) {
                self.remove_plain(container, objects, &mut outcomes).await;
            }
        }
        outcomes
    }

    async fn remove_plain(&self, container: &str, objects: &[String], outcomes: &mut Vec<(String, Result<Removed>)>) {
        let list = objects.iter().map(|object| (container, object.as_str()));
        if self.delete_many(list).await.is_ok() {
            let one = Removed { objects: 1, ..Removed::default() };
            outcomes.extend(objects.iter().map(|object| (object.clone(), Ok(one))));
            return;
        }
        // The report of a bulk deletion does not say for certain which objects it is about.
        for object in objects {
            let outcome = match self.remove_object(container, object).await {
                Err(error) if error.is_not_found() => Ok(Removed { objects: 1, ..Removed::default() }),
                outcome => outcome,
            };
            outcomes.push((object.clone(), outcome));
        }
    }
}
