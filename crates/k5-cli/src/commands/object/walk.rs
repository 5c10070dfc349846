//! The files below a folder, found ahead of their turn; small ones are read as well.

use crate::failure::{Failure, Outcome, REFUSED};
use k5::object_storage::sync::LINK_SUFFIX;
use k5::object_storage::transfer::{SmallFile, is_unfinished};
use std::collections::VecDeque;
use std::fs::ReadDir;
use std::path::{Path, PathBuf};
use tokio::task::JoinHandle;

/// Files that are found and read at a time.
const BATCH: usize = 32;

/// A file of a folder.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// Its name below the folder.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// What was read of it.
    pub(crate) small: Option<SmallFile>,
    /// Whether it is a symbolic link to be stored as such.
    pub(crate) is_link: bool,
}

/// A walk on a thread of its own, a batch ahead of who takes the files.
pub(crate) struct Ahead {
    batch: VecDeque<Outcome<Found>>,
    /// The batch after that; none once the folder has no more.
    next: Option<JoinHandle<(Walk, VecDeque<Outcome<Found>>)>>,
    read: bool,
}

impl Ahead {
    pub(crate) fn new(walk: Walk, read: bool) -> Self {
        Self { batch: VecDeque::new(), next: Some(find(walk, read)), read }
    }

    /// The next file.
    pub(crate) async fn next(&mut self) -> Option<Outcome<Found>> {
        if self.batch.is_empty() {
            match self.next.take()?.await {
                Ok((walk, batch)) => {
                    self.next = (!batch.is_empty()).then(|| find(walk, self.read));
                    self.batch = batch;
                }
                Err(_) => return Some(Err(Failure::new(REFUSED, "the search for files stopped unexpectedly"))),
            }
        }
        self.batch.pop_front()
    }
}

fn find(mut walk: Walk, read: bool) -> JoinHandle<(Walk, VecDeque<Outcome<Found>>)> {
    tokio::task::spawn_blocking(move || {
        let mut batch = VecDeque::new();
        while batch.len() < BATCH
            && let Some(found) = walk.next()
        {
            batch.push_back(found);
        }
        if read {
            let files = || batch.iter().filter_map(|found| found.as_ref().ok()).filter(|found| !found.is_link);
            let read = SmallFile::read_all(files().map(|found| found.path.clone()).collect::<Vec<_>>());
            let files = batch.iter_mut().filter_map(|found| found.as_mut().ok()).filter(|found| !found.is_link);
            // What can't be read is told when its turn comes.
            files.zip(read).for_each(|(found, small)| found.small = small.ok().flatten());
        }
        (walk, batch)
    })
}

/// The files below a folder, one after the other.
pub(crate) struct Walk {
    stack: Vec<(ReadDir, String)>,
    /// Whether symbolic links are taken as such, and not followed.
    links: bool,
}

impl Walk {
    pub(crate) fn new(root: &Path, links: bool) -> std::io::Result<Self> {
        Ok(Self { stack: vec![(std::fs::read_dir(root)?, String::new())], links })
    }

    /// The next file, of which nothing is read.
    pub(crate) fn next(&mut self) -> Option<Outcome<Found>> {
        loop {
            let (folder, prefix) = self.stack.last_mut()?;
            let entry = match folder.next() {
                Some(Ok(entry)) => entry,
                Some(Err(error)) => {
                    let failure = Failure::file(format_args!("a folder ({prefix})"), &error);
                    // It may say the same again for ever.
                    self.stack.pop();
                    return Some(Err(failure));
                }
                None => {
                    self.stack.pop();
                    continue;
                }
            };
            let path = entry.path();
            let name = match utf8(&path, entry.file_name().to_str()) {
                Ok(name) => format!("{prefix}{name}"),
                Err(failure) => return Some(Err(failure)),
            };
            match self.look_at(&path, name) {
                Ok(Some(found)) => return Some(Ok(found)),
                Ok(None) => {}
                Err(failure) => return Some(Err(failure)),
            }
        }
    }

    fn look_at(&mut self, path: &Path, name: String) -> Outcome<Option<Found>> {
        let unreadable = |error| Failure::file(path.display(), &error);
        let mut about = std::fs::symlink_metadata(path).map_err(unreadable)?;
        if about.is_file() && is_unfinished(&name) {
            return Ok(None);
        }
        if about.is_dir() {
            self.stack.push((std::fs::read_dir(path).map_err(unreadable)?, format!("{name}/")));
            return Ok(None);
        }
        if about.is_symlink() && self.links {
            return Ok(Some(Found { path: path.to_owned(), name, bytes: about.len(), small: None, is_link: true }));
        }
        if self.links && about.is_file() && name.ends_with(LINK_SUFFIX) {
            return Err(Failure::usage(format!(
                "{}: with --links, an object of this name would be a symbolic link",
                path.display()
            )));
        }
        if about.is_symlink() {
            about = std::fs::metadata(path).map_err(unreadable)?;
        }
        if about.is_dir() {
            return Err(Failure::usage(format!("{} is a symbolic link to a folder, which is not followed", path.display())));
        }
        // Nothing says when a pipe or a device ends. Who means one names it.
        if !about.is_file() {
            return Err(Failure::usage(format!("{} is a pipe, a socket or a device: copy it by itself, by name", path.display())));
        }
        Ok(Some(Found { path: path.to_owned(), name, bytes: about.len(), small: None, is_link: false }))
    }
}

pub(crate) fn utf8<'a>(path: &Path, name: Option<&'a str>) -> Outcome<&'a str> {
    name.ok_or_else(|| Failure::usage(format!("{}: names in the cloud are UTF-8, and this one is not", path.display())))
}
