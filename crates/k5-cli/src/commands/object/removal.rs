//! Removes objects, and folders of them, several at a time.

use super::missing::explained;
use super::transfer::tell_left;
use crate::commands::report::{Action, Done, Report};
use crate::failure::{Failure, Outcome, REFUSED};
use crate::progress::Bar;
use crate::url::SwiftUrl;
use k5::object_storage::ObjectStorage;
use std::collections::HashMap;
use tokio::task::JoinSet;

/// How many objects, or batches of them, are removed at a time.
const AT_A_TIME: usize = 8;

/// Names that are looked at and removed together.
const BATCH: usize = 1000;

/// What came of an object: its size where a listing had it.
type Removed = (SwiftUrl, Option<u64>, Outcome);

/// A removal in progress: objects and batches of them, several at a time.
pub(crate) struct Removal<'a> {
    swift: ObjectStorage,
    keep_segments: bool,
    running: JoinSet<Vec<Removed>>,
    bar: Bar,
    report: &'a mut Report,
}

impl<'a> Removal<'a> {
    /// Nothing yet.
    pub(crate) fn new(swift: ObjectStorage, keep_segments: bool, bar: Bar, report: &'a mut Report) -> Self {
        Self { swift, keep_segments, running: JoinSet::new(), bar, report }
    }

    /// All that is in a folder, and the object of its name where there is one. What fails is a failure of this folder alone.
    pub(super) async fn folder(&mut self, url: &SwiftUrl) -> Outcome {
        match self.all_of(url).await {
            Err(failure) if failure.status() != 0 => self.report.failed(failure),
            other => other,
        }
    }

    async fn all_of(&mut self, url: &SwiftUrl) -> Outcome {
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
            false => Err(nothing_in(url)),
        }
    }

    /// All that is in a folder or container. Says whether there was anything.
    pub(crate) async fn list(&mut self, url: &SwiftUrl) -> Outcome<bool> {
        let failed = |error: k5::Error| Failure::cloud(url, &error);
        let mut found = false;
        let mut objects = Vec::new();
        let mut items = self.swift.list_objects(&url.container).prefix(&url.folder_prefix()).items();
        while let Some(object) = items.try_next().await.map_err(failed)? {
            found = true;
            self.bar.expect(1, object.bytes);
            objects.push((object.name, object.bytes));
            if objects.len() >= BATCH {
                self.start_many(url, std::mem::take(&mut objects)).await?;
            }
        }
        self.start_many(url, objects).await?;
        Ok(found)
    }

    /// One object.
    pub(super) async fn start(&mut self, url: SwiftUrl) -> Outcome {
        let (swift, keep_segments) = (self.swift.clone(), self.keep_segments);
        self.running.spawn(async move {
            let removed = remove(&swift, &url, keep_segments).await;
            vec![(url, None, removed)]
        });
        self.make_room().await
    }

    async fn start_many(&mut self, url: &SwiftUrl, objects: Vec<(String, u64)>) -> Outcome {
        if objects.is_empty() {
            return Ok(());
        }
        let (swift, container, keep_segments) = (self.swift.clone(), url.container.clone(), self.keep_segments);
        self.running.spawn(async move {
            match keep_segments {
                true => remove_manifests(&swift, &container, objects).await,
                false => remove_whole(&swift, &container, objects).await,
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
            Some(Ok(removed)) => removed.into_iter().try_for_each(|(url, bytes, outcome)| {
                self.bar.done();
                self.bar.done_in_cloud(bytes.unwrap_or(0));
                match outcome {
                    Ok(()) => self.report.done(&Done::deleted(Action::Delete, url.full(), bytes)),
                    Err(failure) => self.report.failed(failure),
                }
            }),
            Some(Err(_)) => self.report.failed(Failure::new(REFUSED, "a deletion stopped unexpectedly")),
        }
    }

    /// Waits for all of it.
    pub(crate) async fn finish(mut self) -> Outcome {
        self.bar.expected_all();
        while !self.running.is_empty() {
            self.reap().await?;
        }
        Ok(())
    }
}

/// A folder in which there is nothing.
pub(super) fn nothing_in(url: &SwiftUrl) -> Failure {
    Failure::new(REFUSED, format!("{url}: there is nothing with this name"))
        .with_hint(format!("k5 object ls swift://{} shows the names in the container.", url.container))
}

async fn remove_whole(swift: &ObjectStorage, container: &str, objects: Vec<(String, u64)>) -> Vec<Removed> {
    let sizes: HashMap<String, u64> = objects.iter().cloned().collect();
    let names = objects.into_iter().map(|(name, _)| name).collect();
    let removed = swift.remove_many(container, names).await.into_iter().map(|(name, outcome)| {
        let bytes = sizes.get(&name).copied();
        let url = SwiftUrl::new(container, name);
        let outcome = match outcome {
            Ok(removed) => {
                tell_left(&url, &removed);
                Ok(())
            }
            Err(error) => Err(Failure::cloud(&url, &error)),
        };
        (url, bytes, outcome)
    });
    removed.collect()
}

async fn remove_manifests(swift: &ObjectStorage, container: &str, objects: Vec<(String, u64)>) -> Vec<Removed> {
    let names: Vec<_> = objects.iter().map(|(name, _)| (container.to_owned(), name.clone())).collect();
    match swift.remove_objects(&names).await {
        Ok(_) => objects.into_iter().map(|(name, bytes)| (SwiftUrl::new(container, name), Some(bytes), Ok(()))).collect(),
        Err(error) => {
            let url = SwiftUrl::new(container, "");
            let failure = Failure::cloud(format_args!("swift://{container}"), &error);
            vec![(url, None, Err(failure))]
        }
    }
}

async fn remove(swift: &ObjectStorage, url: &SwiftUrl, keep_segments: bool) -> Outcome {
    let (container, object) = url.object()?;
    let removed = match keep_segments {
        true => swift.delete_object(container, object).send().await.map(drop),
        false => swift.remove_object(container, object).await.map(|removed| tell_left(url, &removed)),
    };
    match removed {
        Ok(()) => Ok(()),
        Err(error) => Err(explained(swift, url, &error, Failure::cloud(url, &error)).await),
    }
}
