//! Segments that no object refers to any more: found by examining every object, and removed after another check.

use super::claim::{self, Mark};
use super::look::{Names, look, of_version};
use super::names::{self, segments_container};
use crate::ObjectStorage;
use crate::generated::{Object, meta::LIST_OBJECTS};
use k5_core::{Error, ErrorKind, Result, Sent, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;

/// How many objects are examined at a time.
const AT_A_TIME: usize = 16;

/// The content type of a deletion, in a container that keeps versions.
const DELETED: &str = "application/x-deleted";

/// The result of a search for segments without an object.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Orphans {
    /// Segments that nothing refers to, and the marks beside them.
    pub segments: Vec<Object>,
    /// Objects, `container/object`, whose parts can't be determined. Segments that were stored for them are not among those above.
    pub unreadable: Vec<(String, Error)>,
}

/// An object, by container and name, with what it consists of if that can be determined.
type Looked = (String, String, Result<Names>);

impl ObjectStorage {
    /// Returns the segments in `{container}_segments` that no manifest of the account refers to, and that were stored, like
    /// everything of the same upload, longer than `older_than` ago by the server's clock: segments of uploads that were never
    /// finished, and of objects of which only the manifest was deleted.
    ///
    /// Every object of the account is examined (HEAD), including old versions, since any of them may be a manifest: this takes one
    /// request for each. Only names that an upload in segments creates (`{object}/slo/{time}/{size}/{segment size}/{index}`) are
    /// ever returned. Segments of a running upload look like those of an unfinished one: `older_than` must be longer than the pause
    /// between two of its segments.
    ///
    /// # Errors
    /// Fails if there is no such container, or if one can't be listed.
    pub async fn orphaned_segments(&self, container: &str, older_than: Duration) -> Result<Orphans> {
        let segments = segments_container(container);
        let now = match server_time(self, &segments).await {
            Err(error) if error.is_not_found() => {
                // A container without a segments container has none; an invalid name is reported.
                self.show_container(container).send().await?;
                return Ok(Orphans::default());
            }
            now => now?,
        };
        let mut found: BTreeMap<String, Object> = BTreeMap::new();
        let mut items = self.list_objects(&segments).items();
        while let Some(object) = items.try_next().await? {
            if names::read(&object.name).is_some() {
                found.insert(object.name.clone(), object);
            }
        }
        if found.is_empty() {
            return Ok(Orphans::default());
        }
        let mut search =
            Search { storage: self.clone(), segments, used: BTreeSet::new(), unreadable: Vec::new(), running: JoinSet::new() };
        let mut containers = self.list_containers().items();
        while let Some(container) = containers.try_next().await? {
            search.container(&container.name).await?;
        }
        while !search.running.is_empty() {
            search.take().await;
        }
        let Search { used, unreadable, .. } = search;
        let folder_of = |name: &str| names::read(name).map(|named| named.folder.to_owned());
        let in_use: BTreeSet<_> = used.iter().filter_map(|name| folder_of(name)).collect();
        let mut youngest: BTreeMap<String, SystemTime> = BTreeMap::new();
        for object in found.values() {
            // One of which nobody knows when it was stored may be of this moment.
            let stored = object.last_modified.as_ref().map_or(now, Timestamp::to_system_time);
            if let Some(folder) = folder_of(&object.name) {
                let known = youngest.entry(folder).or_insert(stored);
                *known = (*known).max(stored);
            }
        }
        let odd: BTreeSet<&str> = unreadable.iter().map(|(_, object, _)| object.as_str()).collect();
        let is_orphan = |object: &Object| {
            let Some(named) = names::read(&object.name) else { return false };
            let is_old = youngest.get(named.folder).is_some_and(|at| now.duration_since(*at).unwrap_or_default() >= older_than);
            let is_used = used.contains(&object.name) || named.is_mark && in_use.contains(named.folder);
            is_old && !is_used && !odd.contains(named.object)
        };
        Ok(Orphans {
            segments: found.into_values().filter(is_orphan).collect(),
            unreadable: unreadable.into_iter().map(|(container, object, error)| (format!("{container}/{object}"), error)).collect(),
        })
    }

    /// Removes what [`ObjectStorage::orphaned_segments`] found, except for segments that an object has begun to use since, or that
    /// a resumed upload has claimed. Returns how many segments were removed.
    ///
    /// # Errors
    /// Fails if an object can't be examined, whose segments then stay, or if a segment could not be removed; the others are removed
    /// all the same.
    pub async fn remove_orphaned_segments(&self, container: &str, orphaned: &[Object]) -> Result<u64> {
        let segments = segments_container(container);
        let mut folders: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
        for object in orphaned {
            if let Some(named) = names::read(&object.name) {
                let folder = folders.entry(named.folder).or_insert_with(|| (named.object, Vec::new()));
                if !named.is_mark {
                    folder.1.push(&object.name);
                }
            }
        }
        let (mut removed, mut failed) = (0, None);
        'folders: for (folder, (owner, objects)) in folders {
            let marks = claim::marks(self, &segments, folder).await?;
            // From now on no upload that might have resumed them may name them.
            if marks.is_empty() && !Mark::anonymous().claim(self, &segments, folder, None).await? {
                continue;
            }
            let mut owners = BTreeSet::from([(container.to_owned(), owner.to_owned())]);
            owners.extend(marks.iter().flat_map(Mark::owners).cloned());
            let mut used = Names::new();
            for (container, object) in &owners {
                match look(self, container, object).await {
                    Ok(seen) => used.extend(seen.map(|seen| seen.names()).unwrap_or_default()),
                    Err(error) => {
                        failed = failed.or(Some(error));
                        continue 'folders;
                    }
                }
            }
            let is_used = |name: &str| used.contains(&(segments.clone(), name.to_owned()));
            let gone: Vec<_> =
                objects.iter().filter(|name| !is_used(name)).map(|name| (segments.clone(), (*name).to_owned())).collect();
            removed += self.remove_objects(&gone).await?;
            if gone.len() == objects.len() {
                let marks = claim::names_of(folder).map(|name| (segments.clone(), name));
                self.remove_objects(&marks).await?;
            }
        }
        failed.map_or(Ok(removed), Err)
    }
}

/// What time it is where the objects are.
async fn server_time(storage: &ObjectStorage, container: &str) -> Result<SystemTime> {
    let info = storage.show_container(container).send().await?;
    let date = info.headers.get("date").and_then(|date| date.to_str().ok()?.parse::<Timestamp>().ok());
    Ok(date.map_or_else(SystemTime::now, |date| date.to_system_time()))
}

struct Search {
    storage: ObjectStorage,
    segments: String,
    used: BTreeSet<String>,
    unreadable: Vec<(String, String, Error)>,
    running: JoinSet<Looked>,
}

impl Search {
    /// Examines all objects of a container, and their old versions.
    async fn container(&mut self, container: &str) -> Result<()> {
        let shown = match self.storage.show_container(container).send().await {
            Ok(shown) => shown,
            // It was removed in the meantime, with all manifests in it.
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        if shown.versions_enabled.is_some() {
            return self.versions(container).await;
        }
        let mut objects = self.storage.list_objects(container).items();
        loop {
            match objects.try_next().await {
                Ok(Some(object)) if container == self.segments && names::read(&object.name).is_some() => {}
                Ok(Some(object)) => self.look(container, object.name, None).await,
                Ok(None) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    async fn versions(&mut self, container: &str) -> Result<()> {
        let mut after: Option<(String, String)> = None;
        loop {
            let list = self.storage.list_objects(container).versions(true);
            let list = match &after {
                Some((name, version)) => list.marker(name).version_marker(version),
                None => list,
            };
            let page = match list.send().await {
                Ok(page) => page,
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) => return Err(error),
            };
            let objects = page.items;
            let Some(last) = objects.last() else { return Ok(()) };
            let next = Some((last.name.clone(), last.version_id.clone().unwrap_or_default()));
            if next == after {
                let message = "the listing of versions repeats itself: the server ignores the markers";
                let error = Error::new(ErrorKind::Decode, message).with_operation(&LIST_OBJECTS).with_sent(Sent::Yes);
                return Err(error.with_target(Some(format!("swift://{container}"))));
            }
            after = next;
            for object in objects {
                if !object.content_type.as_deref().is_some_and(|kind| kind.starts_with(DELETED)) {
                    self.look(container, object.name, object.version_id).await;
                }
            }
        }
    }

    async fn look(&mut self, container: &str, object: String, version: Option<String>) {
        while self.running.len() >= AT_A_TIME {
            self.take().await;
        }
        let (storage, container) = (self.storage.clone(), container.to_owned());
        self.running.spawn(async move {
            let names = match &version {
                Some(version) => of_version(&storage, &container, &object, version).await,
                None => look(&storage, &container, &object).await.map(|seen| seen.map(|seen| seen.names()).unwrap_or_default()),
            };
            (container, object, names)
        });
    }

    async fn take(&mut self) {
        match self.running.join_next().await {
            Some(Ok((_, _, Ok(names)))) => {
                self.used.extend(names.into_iter().filter(|(container, _)| *container == self.segments).map(|(_, name)| name));
            }
            Some(Ok((container, object, Err(error)))) => self.unreadable.push((container, object, error)),
            Some(Err(_)) => {
                let error = Error::new(ErrorKind::Local, "the search for manifests was interrupted");
                self.unreadable.push((String::new(), String::new(), error));
            }
            None => {}
        }
    }
}
