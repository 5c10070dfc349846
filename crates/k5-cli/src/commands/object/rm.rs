//! `k5 object rm`.

use super::tally::Tally;
use super::transfer::tell_left;
use crate::cloud::Connection;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::url::SwiftUrl;
use k5::Items;
use k5::model::Entry;
use k5::object_storage::{Object, ObjectStorage};
use tokio::task::JoinSet;

/// How many objects, or batches of them, are removed at a time.
const AT_A_TIME: usize = 8;

/// Names that are looked at and removed together.
const BATCH: usize = 1000;

/// Remove objects
///
/// A large object goes with its segments, wherever they are, unless --keep-segments is given. Segments stay, and that is told, where old
/// versions of the container or another object consist of them; of a dynamic large object, so does what only begins as its segments do. A
/// symbolic link goes alone. With -r, each object is looked at, and those without segments go many by one request where the cluster
/// can do that.
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    /// The objects: swift://CONTAINER/OBJECT, or with -r folders
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
    /// Remove folders with all that is in them; a container itself stays
    #[arg(short, long)]
    recursive: bool,
    /// Of a large object, remove only the manifest
    #[arg(long)]
    keep_segments: bool,
    /// What is done without --keep-segments; from earlier versions
    #[arg(long, hide = true, conflicts_with = "keep_segments")]
    with_segments: bool,
}

impl Rm {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        for url in &self.url {
            url.check()?;
            if !self.recursive && url.object.is_empty() {
                return Err(Failure::usage(format!("{url} is a container: add -r to remove all objects in it")));
            }
        }
        let mut removal = Removal::new(connection.swift(), self.keep_segments);
        for url in &self.url {
            match self.recursive {
                true => removal.folder(url).await?,
                false => removal.start(url.clone()).await?,
            }
        }
        removal.finish().await?.outcome()
    }
}

/// Removes every object of a container.
pub(crate) async fn remove_all(connection: &Connection, container: &str) -> Outcome {
    let mut removal = Removal::new(connection.swift(), false);
    removal.list(&SwiftUrl::new(container, "")).await?;
    removal.finish().await?.outcome()
}

/// What one task did: so many are gone, and one failure for each that is not.
type Removed = (usize, Vec<Failure>);

struct Removal {
    swift: ObjectStorage,
    keep_segments: bool,
    running: JoinSet<Removed>,
    tally: Tally,
}

impl Removal {
    fn new(swift: ObjectStorage, keep_segments: bool) -> Self {
        Self { swift, keep_segments, running: JoinSet::new(), tally: Tally::default() }
    }

    /// All that is in a folder, and the object of its name where there is one.
    async fn folder(&mut self, url: &SwiftUrl) -> Outcome {
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
            false => self.tally.count(Err(Failure::new(REFUSED, format!("{url}: there is nothing of this name")))),
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

    async fn start(&mut self, url: SwiftUrl) -> Outcome {
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
            Some(Err(_)) => self.tally.count(Err(Failure::new(REFUSED, "a deletion broke off"))),
        }
    }

    async fn finish(mut self) -> Outcome<Tally> {
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
