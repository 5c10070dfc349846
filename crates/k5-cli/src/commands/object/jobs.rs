//! The single transfers that a copy consists of, found one after the other: a million of them take no memory.

use super::files;
use super::links;
use super::plan::{Plan, Target};
use super::walk::{self, Ahead, Found, Walk};
use crate::failure::{Failure, Outcome};
use crate::url::{Place, SwiftUrl};
use k5::Items;
use k5::object_storage::sync::{LINK_SUFFIX, marks_folder};
use k5::object_storage::transfer::SmallFile;
use k5::object_storage::{Object, ObjectStorage};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// One transfer.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// A file into the cloud; a small one may have been read ahead.
    Up { from: PathBuf, to: SwiftUrl, bytes: Option<u64>, small: Option<SmallFile> },
    /// A symbolic link into the cloud, as such.
    UpLink { from: PathBuf, to: SwiftUrl },
    /// Where a symbolic link leads, into a link below `root`.
    DownLink { from: SwiftUrl, to: PathBuf, root: PathBuf, bytes: u64 },
    /// stdin into the cloud.
    UpStdin { to: SwiftUrl },
    /// An object into a file; below `root`, folders are made, and only what is not a file yet or a plain one is written.
    Down { from: SwiftUrl, to: PathBuf, root: Option<PathBuf>, bytes: Option<u64> },
    /// The mark of a pseudo folder.
    Folder { from: SwiftUrl, to: PathBuf, root: PathBuf },
    /// An object to stdout.
    DownStdout { from: SwiftUrl },
    /// Within the cloud; the bytes are those that a listing has.
    Copy { from: SwiftUrl, to: SwiftUrl, bytes: Option<u64> },
}

impl Job {
    /// How many bytes it moves, where that is known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match self {
            Self::Up { bytes, .. } | Self::Down { bytes, .. } | Self::Copy { bytes, .. } => *bytes,
            Self::Folder { .. } | Self::UpLink { .. } | Self::DownLink { .. } => Some(0),
            Self::UpStdin { .. } | Self::DownStdout { .. } => None,
        }
    }

    /// Where from and where to, in full.
    pub(crate) fn sides(&self) -> (String, String) {
        match self {
            Self::Up { from, to, .. } | Self::UpLink { from, to } => (from.display().to_string(), to.full()),
            Self::UpStdin { to } => ("-".to_owned(), to.full()),
            Self::Down { from, to, .. } | Self::DownLink { from, to, .. } | Self::Folder { from, to, .. } => {
                (from.full(), to.display().to_string())
            }
            Self::DownStdout { from } => (from.full(), "-".to_owned()),
            Self::Copy { from, to, .. } => (from.full(), to.full()),
        }
    }
}

/// Finds the transfers of a plan.
pub(crate) struct Jobs {
    plan: Plan,
    swift: ObjectStorage,
    /// Whether small files of a folder are read before their turn comes.
    read_ahead: bool,
    next: usize,
    current: Option<Current>,
    /// Transfers that were put together elsewhere.
    given: VecDeque<Outcome<Job>>,
}

enum Current {
    Walk(Ahead, SwiftUrl),
    Listing(Box<Listing>),
}

struct Listing {
    items: Items<Object>,
    from: SwiftUrl,
    prefix: String,
    found: bool,
}

impl Jobs {
    pub(crate) fn new(plan: Plan, swift: ObjectStorage, read_ahead: bool) -> Self {
        Self { plan, swift, read_ahead, next: 0, current: None, given: VecDeque::new() }
    }

    /// These, and no others.
    pub(crate) fn given(jobs: impl IntoIterator<Item = Outcome<Job>>, swift: ObjectStorage) -> Self {
        let nothing = Plan { sources: Vec::new(), to: Target::Std, recursive: false, links: false };
        Self { given: jobs.into_iter().collect(), ..Self::new(nothing, swift, false) }
    }

    /// The transfers found by a task of its own, one ahead of who takes them. It ends with the channel.
    pub(crate) fn ahead(mut self) -> (JoinHandle<()>, mpsc::Receiver<Outcome<Job>>) {
        let (sender, jobs) = mpsc::channel(1);
        let search = tokio::spawn(async move {
            while let Some(found) = self.next().await {
                if sender.send(found).await.is_err() {
                    return;
                }
            }
        });
        (search, jobs)
    }

    /// The next transfer, or what keeps it from being one; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Outcome<Job>> {
        if let Some(given) = self.given.pop_front() {
            return Some(given);
        }
        loop {
            match &mut self.current {
                Some(Current::Walk(walk, to)) => match walk.next().await {
                    Some(found) => {
                        let to = to.clone();
                        return Some(found.and_then(|Found { path, name, bytes, small, is_link }| {
                            let name = to.object + &name;
                            if !is_link {
                                return up(path, SwiftUrl::new(&to.container, name), Some(bytes), small);
                            }
                            let name = links::object_name(&name);
                            let name = name.map_err(|why| Failure::usage(format!("{}: {why}", path.display())))?;
                            Ok(Job::UpLink { from: path, to: SwiftUrl::new(&to.container, name) })
                        }));
                    }
                    None => self.current = None,
                },
                Some(Current::Listing(_)) => {
                    if let Some(job) = self.next_listed().await {
                        return Some(job);
                    }
                    self.current = None;
                }
                None => {
                    let source = self.plan.sources.get(self.next)?.clone();
                    self.next += 1;
                    if let Some(job) = self.begin(source).transpose() {
                        return Some(job);
                    }
                }
            }
        }
    }

    /// Begins a source: a transfer if it is one, `None` if it is a folder, whose contents follow.
    fn begin(&mut self, source: Place) -> Outcome<Option<Job>> {
        match (source, &self.plan.to) {
            (Place::Std, Target::Swift(to)) => {
                to.object()?;
                Ok(Some(Job::UpStdin { to: to.clone() }))
            }
            (Place::Local(path), Target::Swift(to)) => {
                let about = std::fs::metadata(&path).map_err(|error| Failure::file(path.display(), &error))?;
                if !about.is_dir() {
                    let bytes = about.is_file().then_some(about.len());
                    return up_one(path, to, bytes, self.plan.several()).map(Some);
                }
                if !self.plan.recursive {
                    return Err(is_folder(&path));
                }
                let object = folder_in(&self.plan, &Place::Local(path.clone()), to)?;
                let walk = Walk::new(&path, self.plan.links).map_err(|error| Failure::file(path.display(), &error))?;
                self.current = Some(Current::Walk(Ahead::new(walk, self.read_ahead), SwiftUrl::new(&to.container, object)));
                Ok(None)
            }
            (Place::Swift(from), to) => {
                let from_folder = self.plan.recursive;
                if from_folder {
                    let prefix = from.folder_prefix();
                    let items = self.swift.list_objects(&from.container).prefix(&prefix).items();
                    self.current = Some(Current::Listing(Box::new(Listing { items, from, prefix, found: false })));
                    return Ok(None);
                }
                single(from, to, self.plan.several()).map(Some)
            }
            (source, _) => Err(Failure::usage(format!("{source} can't be copied to a file here"))),
        }
    }

    async fn next_listed(&mut self) -> Option<Outcome<Job>> {
        let Some(Current::Listing(listing)) = &mut self.current else { return None };
        match listing.items.try_next().await {
            Ok(Some(object)) => {
                listing.found = true;
                let (from, prefix) = (listing.from.clone(), listing.prefix.clone());
                Some(self.listed(&from, &prefix, &object))
            }
            // Without a folder of this name, -r takes an object, as cp does.
            Ok(None) if !listing.found && !listing.from.is_folder() => {
                let from = listing.from.clone();
                self.current = None;
                Some(single(from, &self.plan.to, self.plan.several()))
            }
            Ok(None) if !listing.found && !listing.from.object.is_empty() => {
                let text = format!("{}: there is nothing in this folder", listing.from);
                self.current = None;
                Some(Err(Failure::new(crate::failure::REFUSED, text)))
            }
            Ok(None) => None,
            Err(error) => {
                let failure = Failure::cloud(&listing.from, &error);
                self.current = None;
                Some(Err(failure))
            }
        }
    }

    /// The transfer of an object of a listing.
    fn listed(&self, source: &SwiftUrl, prefix: &str, object: &Object) -> Outcome<Job> {
        let from = SwiftUrl::new(&source.container, object.name.as_str());
        match &self.plan.to {
            Target::Swift(to) => {
                let name = name_below(prefix, object);
                let to = SwiftUrl::new(&to.container, folder_in(&self.plan, &Place::Swift(source.clone()), to)? + name);
                to.object()?;
                Ok(Job::Copy { from, to, bytes: Some(object.bytes) })
            }
            Target::Local { path: root, .. } => match file_of(&self.plan, source, prefix, object)? {
                (to, Kind::Folder) => Ok(Job::Folder { from, to, root: root.clone() }),
                (to, Kind::File) => Ok(Job::Down { from, to, root: Some(root.clone()), bytes: Some(object.bytes) }),
                (to, Kind::Link) => Ok(Job::DownLink { from, to, root: root.clone(), bytes: object.bytes }),
            },
            Target::Std => Err(Failure::usage("a folder can't go to stdout")),
        }
    }
}

fn name_below<'a>(prefix: &str, object: &'a Object) -> &'a str {
    object.name.get(prefix.len()..).unwrap_or_default()
}

/// What an object of a listing is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Link,
}

/// What an object of a listing becomes here.
pub(crate) fn file_of(plan: &Plan, source: &SwiftUrl, prefix: &str, object: &Object) -> Outcome<(PathBuf, Kind)> {
    let Target::Local { path: root, .. } = &plan.to else { return Err(Failure::usage("a folder can't go to stdout")) };
    let refuse = |why: String| Failure::usage(format!("{}: {why}", SwiftUrl::new(&source.container, object.name.as_str())));
    let mut name = name_below(prefix, object).to_owned();
    if plan.several() {
        name = format!("{}/{name}", folder_name(source));
    }
    if let Some(name) = name.strip_suffix(LINK_SUFFIX).filter(|_| plan.links) {
        return Ok((files::below(root, name).map_err(refuse)?, Kind::Link));
    }
    if !marks_folder(object) {
        return Ok((files::below(root, &name).map_err(refuse)?, Kind::File));
    }
    let name = name.strip_suffix('/').unwrap_or(&name);
    let folder = if name.is_empty() { root.clone() } else { files::below(root, name).map_err(refuse)? };
    Ok((folder, Kind::Folder))
}

/// The name that one of several sources keeps.
pub(crate) fn own_name(source: &Place, recursive: bool) -> Outcome<String> {
    match source {
        Place::Local(path) => file_name(path),
        Place::Swift(url) if recursive => Ok(folder_name(url).to_owned()),
        Place::Swift(url) => Ok(url.last_part().to_owned()),
        Place::Std => Ok(String::new()),
    }
}

/// The name of a folder in the cloud; a container's own for all of it.
fn folder_name(url: &SwiftUrl) -> &str {
    let name = url.object.trim_end_matches('/').rsplit('/').next();
    name.filter(|name| !name.is_empty()).unwrap_or(&url.container)
}

/// How the names of what is in a folder begin at a destination in the cloud.
pub(crate) fn folder_in(plan: &Plan, source: &Place, to: &SwiftUrl) -> Outcome<String> {
    let mut folder = folder_of(to);
    if plan.several() {
        folder.push_str(&own_name(source, true)?);
        folder.push('/');
    }
    Ok(folder)
}

pub(crate) fn is_folder(path: &Path) -> Failure {
    Failure::usage(format!("{} is a directory: add -r to copy everything in it", path.display()))
}

/// One object.
pub(crate) fn single(from: SwiftUrl, to: &Target, several: bool) -> Outcome<Job> {
    from.object()?;
    match to {
        Target::Std => Ok(Job::DownStdout { from }),
        Target::Swift(to) => {
            let to = match to.is_folder() || several {
                // There is no part of the name to keep, so the destination is meant as it is.
                true if from.last_part().is_empty() && !several => to.clone(),
                true if from.last_part().is_empty() => {
                    return Err(Failure::usage(format!("{from} -> {to}: the name ends in '/', so copy it by itself")));
                }
                true => SwiftUrl::new(&to.container, folder_of(to) + from.last_part()),
                false => to.clone(),
            };
            to.object()?;
            match from == to {
                true => Err(Failure::usage(format!("{from} -> {to}: they are the same object"))),
                false => Ok(Job::Copy { from, to, bytes: None }),
            }
        }
        Target::Local { path, is_folder } => {
            let (to, root) = match *is_folder || several {
                true => {
                    let file = files::below(path, from.last_part()).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
                    (file, Some(path.clone()))
                }
                false => (path.clone(), None),
            };
            Ok(Job::Down { from, to, root, bytes: None })
        }
    }
}

fn folder_of(to: &SwiftUrl) -> String {
    if to.object.is_empty() { String::new() } else { to.folder_prefix() }
}

pub(crate) fn up_one(path: PathBuf, to: &SwiftUrl, bytes: Option<u64>, several: bool) -> Outcome<Job> {
    let to = match to.is_folder() || several {
        true => SwiftUrl::new(&to.container, folder_of(to) + &file_name(&path)?),
        false => to.clone(),
    };
    up(path, to, bytes, None)
}

fn up(from: PathBuf, to: SwiftUrl, bytes: Option<u64>, small: Option<SmallFile>) -> Outcome<Job> {
    to.object()?;
    Ok(Job::Up { from, to, bytes, small })
}

/// The last part of a path, as a name in the cloud.
fn file_name(path: &Path) -> Outcome<String> {
    // `.` and `..` have no name of their own.
    let whole = path.file_name().map(Path::new).map_or_else(|| std::fs::canonicalize(path), |name| Ok(name.to_owned()));
    let whole = whole.map_err(|error| Failure::file(path.display(), &error))?;
    let name = whole.file_name().unwrap_or_default();
    walk::utf8(path, name.to_str()).map(str::to_owned)
}
