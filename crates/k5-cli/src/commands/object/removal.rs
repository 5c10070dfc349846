//! Removes objects, and folders of them, several at a time.

use super::transfer::tell_left;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5::Items;
use k5::model::Entry;
use k5::object_storage::{Object, ObjectStorage};
use tokio::task::JoinSet;

/// How many objects, or batches of them, are removed at a time.
const AT_A_TIME: usize = 8;

/// Names that are looked at and removed together.
const BATCH: usize = 1000;

/// Removes every object of a container.
pub(crate) async fn remove_all(connection: &Connection, container: &str) -> Outcome {
    let mut removal = Removal::new(connection.swift(), false);
    removal.list(&SwiftUrl::new(container, "")).await?;
    removal.finish().await?.outcome()
}

/// The result of one task: how many were removed, and a failure for each that was not.
type Removed = (usize, Vec<Failure>);

/// A removal in progress: objects and batches of them, several at a time.
pub(super) struct Removal {
    swift: ObjectStorage,
    keep_segments: bool,
    running: JoinSet<Removed>,
    tally: Tally,
}

impl Removal {
    /// Nothing yet.
    pub(super) fn new(swift: ObjectStorage, keep_segments: bool) -> Self {
        Self { swift, keep_segments, running: JoinSet::new(), tally: Tally::default() }
    }

    /// All that is in a folder, and the object of its name where there is one.
    pub(super) async fn folder(&mut self, url: &SwiftUrl) -> Outcome {
        let mut found = self.list(url).await?;
        if !url.is_folder() {
            match self.swift.show_object(&url.container, &url.object).symlink("get").send().await {
                Ok(_) => {
                    found = true;
                    self.start(url.clone()).await?;
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(Failure::cloud(url, &error)),
            }
        }
        match found || url.object.is_empty() {
            true => Ok(()),
            false => self.tally.count(Err(Failure::new(REFUSED, format!("{url}: there is nothing with this name")))),
        }
    }

    async fn list(&mut self, url: &SwiftUrl) -> Outcome<bool> {
        let failed = |error: k5::Error| Failure::cloud(url, &error);
        let mut found = false;
        let mut names = Vec::new();
        let mut items: Items<Entry<Object>> = self.swift.list_objects(&url.container).prefix(&url.folder_prefix()).items();
        while let Some(entry) = items.try_next().await.map_err(failed)? {
            let Some(object) = entry.item() else { continue };
            found = true;
            names.push(object.name);
            if names.len() >= BATCH {
                self.start_many(url, std::mem::take(&mut names)).await?;
            }
        }
        self.start_many(url, names).await?;
        Ok(found)
    }

    /// One object.
    pub(super) async fn start(&mut self, url: SwiftUrl) -> Outcome {
        let (swift, keep_segments) = (self.swift.clone(), self.keep_segments);
        self.running.spawn(async move {
            match remove(&swift, &url, keep_segments).await {
                Ok(()) => (1, Vec::new()),
                Err(failure) => (0, vec![failure]),
            }
        });
        self.make_room().await
    }

    async fn start_many(&mut self, url: &SwiftUrl, names: Vec<String>) -> Outcome {
        if names.is_empty() {
            return Ok(());
        }
        let (swift, container, keep_segments) = (self.swift.clone(), url.container.clone(), self.keep_segments);
        self.running.spawn(async move {
            match keep_segments {
                true => remove_manifests(&swift, &container, names).await,
                false => remove_whole(&swift, &container, names).await,
            }
        });
        self.make_room().await
    }

    async fn make_room(&mut self) -> Outcome {
        match self.running.len() >= AT_A_TIME {
            true => self.reap().await,
            false => Ok(()),
        }
    }

    async fn reap(&mut self) -> Outcome {
        match self.running.join_next().await {
            None => Ok(()),
            Some(Ok((gone, failures))) => {
                (0..gone).try_for_each(|_| self.tally.count(Ok(())))?;
                failures.into_iter().try_for_each(|failure| self.tally.count(Err(failure)))
            }
            Some(Err(_)) => self.tally.count(Err(Failure::new(REFUSED, "a deletion stopped unexpectedly"))),
        }
    }

    /// Waits for all of it.
    pub(super) async fn finish(mut self) -> Outcome<Tally> {
        while !self.running.is_empty() {
            self.reap().await?;
        }
        Ok(self.tally)
    }
}

async fn remove_whole(swift: &ObjectStorage, container: &str, names: Vec<String>) -> Removed {
    let (mut gone, mut failures) = (0, Vec::new());
    for (name, outcome) in swift.remove_many(container, names).await {
        let url = SwiftUrl::new(container, name);
        match outcome {
            Ok(removed) => {
                tell_left(&url, &removed);
                gone += 1;
            }
            Err(error) => failures.push(Failure::cloud(&url, &error)),
        }
    }
    (gone, failures)
}

async fn remove_manifests(swift: &ObjectStorage, container: &str, names: Vec<String>) -> Removed {
    let objects: Vec<_> = names.into_iter().map(|name| (container.to_owned(), name)).collect();
    match swift.remove_objects(&objects).await {
        Ok(_) => (objects.len(), Vec::new()),
        Err(error) => (0, vec![Failure::cloud(format_args!("swift://{container}"), &error)]),
    }
}

async fn remove(swift: &ObjectStorage, url: &SwiftUrl, keep_segments: bool) -> Outcome {
    let failed = |error: k5::Error| Failure::cloud(url, &error);
    let (container, object) = url.object()?;
    match keep_segments {
        true => swift.delete_object(container, object).send().await.map(drop).map_err(failed),
        false => swift.remove_object(container, object).await.map(|removed| tell_left(url, &removed)).map_err(failed),
    }
}
