//! `k5 object rm`.

use super::tally::Tally;
use crate::cloud::Connection;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::url::SwiftUrl;
use k5::Items;
use k5::model::Entry;
use k5::object_storage::{Object, ObjectStorage};
use tokio::task::JoinSet;

/// How many deletions run at a time.
const AT_A_TIME: usize = 8;

/// Remove objects
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    /// The objects: swift://CONTAINER/OBJECT, or with -r folders
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
    /// Remove folders with all that is in them; a container itself stays
    #[arg(short, long)]
    recursive: bool,
    /// Of a static large object, remove the segments, too
    #[arg(long)]
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
        let mut removal = Removal::new(connection.swift(), self.with_segments);
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

struct Removal {
    swift: ObjectStorage,
    with_segments: bool,
    running: JoinSet<Outcome>,
    tally: Tally,
}

impl Removal {
    fn new(swift: ObjectStorage, with_segments: bool) -> Self {
        Self { swift, with_segments, running: JoinSet::new(), tally: Tally::default() }
    }

    /// All that is in a folder, and the object of its name where there is one.
    async fn folder(&mut self, url: &SwiftUrl) -> Outcome {
        let mut found = self.list(url).await?;
        if !url.is_folder() {
            match self.swift.show_object(&url.container, &url.object).send().await {
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
        let mut found = false;
        let mut items: Items<Entry<Object>> = self.swift.list_objects(&url.container).prefix(&url.folder_prefix()).items();
        while let Some(entry) = items.try_next().await.map_err(|error| Failure::cloud(url, &error))? {
            if let Some(object) = entry.item() {
                found = true;
                self.start(SwiftUrl::new(&url.container, object.name)).await?;
            }
        }
        Ok(found)
    }

    async fn start(&mut self, url: SwiftUrl) -> Outcome {
        let (swift, with_segments) = (self.swift.clone(), self.with_segments);
        self.running.spawn(async move { remove(&swift, &url, with_segments).await });
        match self.running.len() >= AT_A_TIME {
            true => self.reap().await,
            false => Ok(()),
        }
    }

    async fn reap(&mut self) -> Outcome {
        match self.running.join_next().await {
            None => Ok(()),
            Some(Ok(outcome)) => self.tally.count(outcome),
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

async fn remove(swift: &ObjectStorage, url: &SwiftUrl, with_segments: bool) -> Outcome {
    let failed = |error: k5::Error| Failure::cloud(url, &error);
    let (container, object) = url.object()?;
    if with_segments {
        let info = swift.show_object(container, object).send().await.map_err(failed)?;
        if info.static_large_object == Some(true) {
            return swift.delete_with_segments(container, object).await.map(drop).map_err(failed);
        }
    }
    swift.delete_object(container, object).send().await.map(drop).map_err(failed)
}
