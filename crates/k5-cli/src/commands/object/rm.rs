//! `k5 object rm`.

use super::tally::Tally;
use crate::cloud::Connection;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::url::SwiftUrl;
use k5::Items;
use k5::model::Entry;
use k5::object_storage::transfer::segments_container;
use k5::object_storage::{Object, ObjectStorage};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// How many deletions run at a time.
const AT_A_TIME: usize = 8;

/// Names that one request removes, where the cluster has bulk deletion.
const BULK: usize = 1000;

/// Remove objects
///
/// A large object goes with its segments, unless --keep-segments is given. With -r, objects go many by one request where the cluster
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

/// What one request did: so many are gone, or one failure for all of it.
type Removed = Outcome<usize>;

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
        let failed = |error: k5::Error| Failure::cloud(url, &error);
        let mut found = false;
        let prefix = url.folder_prefix();
        let large = match self.keep_segments {
            true => Owners::default(),
            false => Owners::list(&self.swift, &url.container, &prefix).await.map_err(failed)?,
        };
        let bulk = self.swift.bulk_delete_limit().await.map(|limit| limit.min(BULK));
        let mut names = Vec::new();
        let mut items: Items<Entry<Object>> = self.swift.list_objects(&url.container).prefix(&prefix).items();
        while let Some(entry) = items.try_next().await.map_err(failed)? {
            let Some(object) = entry.item() else { continue };
            found = true;
            match bulk.filter(|_| !large.may_have(&object.name)) {
                None => self.start(SwiftUrl::new(&url.container, object.name)).await?,
                Some(limit) => {
                    names.push(object.name);
                    if names.len() >= limit {
                        self.start_many(url, std::mem::take(&mut names)).await?;
                    }
                }
            }
        }
        self.start_many(url, names).await?;
        Ok(found)
    }

    async fn start(&mut self, url: SwiftUrl) -> Outcome {
        let (swift, keep_segments) = (self.swift.clone(), self.keep_segments);
        self.running.spawn(async move { remove(&swift, &url, keep_segments).await.map(|()| 1) });
        self.make_room().await
    }

    async fn start_many(&mut self, url: &SwiftUrl, names: Vec<String>) -> Outcome {
        if names.is_empty() {
            return Ok(());
        }
        let (swift, url) = (self.swift.clone(), url.clone());
        self.running.spawn(async move {
            let list = names.iter().map(|name| (url.container.as_str(), name.as_str()));
            let report = swift.delete_many(list).await;
            report.map(|_| names.len()).map_err(|error| Failure::cloud(&url, &error))
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
            Some(Ok(Ok(gone))) => (0..gone).try_for_each(|_| self.tally.count(Ok(()))),
            Some(Ok(Err(failure))) => self.tally.count(Err(failure)),
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

/// Which objects have segments in the container of segments: by one listing instead of a request for each object.
#[derive(Default)]
struct Owners(BTreeSet<String>);

impl Owners {
    async fn list(swift: &ObjectStorage, container: &str, prefix: &str) -> k5::Result<Self> {
        let mut folders = BTreeSet::new();
        let mut items = swift.list_objects(&segments_container(container)).prefix(prefix).items();
        loop {
            match items.try_next().await {
                Ok(Some(entry)) => {
                    let folder = entry.item().and_then(|object| Some(object.name.rsplit_once('/')?.0.to_owned()));
                    folders.extend(folder.filter(|folder| !folders.contains(folder)));
                }
                Ok(None) => return Ok(Self(folders)),
                // Without a container of segments, or a look into it, there are none to remove.
                Err(error) if error.is_not_found() || error.is_auth() => return Ok(Self::default()),
                Err(error) => return Err(error),
            }
        }
    }

    fn may_have(&self, object: &str) -> bool {
        let start = format!("{object}/");
        self.0.range(start.clone()..).next().is_some_and(|folder| folder.starts_with(&start))
    }
}

async fn remove(swift: &ObjectStorage, url: &SwiftUrl, keep_segments: bool) -> Outcome {
    let failed = |error: k5::Error| Failure::cloud(url, &error);
    let (container, object) = url.object()?;
    match keep_segments {
        true => swift.delete_object(container, object).send().await.map(drop).map_err(failed),
        false => swift.remove_object(container, object).await.map(drop).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_found_by_name() {
        let owners = Owners(["a/slo/1.0/10/4", "a b/dlo/1.0/10/4"].map(str::to_owned).into());
        assert!(owners.may_have("a") && owners.may_have("a b") && owners.may_have("a/slo"));
        assert!(!owners.may_have("") && !owners.may_have("a ") && !owners.may_have("b"));
    }
}
