//! The plan as a stream: both sides merged, and items examined more closely if listings don't tell enough.

use super::file_sums::FileSums;
use super::left_out::LeftOut;
use super::names::{Names, Scope, entry_of_info};
use super::plan::{Compare, Planned, Step, Verdict, compare, step};
use super::totals::Totals;
use super::walk::{Found, entry_of_small};
use super::{Entry, Fact, Side, broke_off};
use crate::ObjectStorage;
use crate::transfer::{Batches, SMALL_FILE, SmallFile};
use k5_core::{Error, Result};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// One item of a plan.
#[derive(Debug)]
#[non_exhaustive]
pub enum Item {
    /// This is to be done.
    Planned(Box<Planned>),
    /// Something in the source is left out, and why: it is not a file, or an object that is listed but no longer there.
    Skipped {
        /// The name below the root.
        name: String,
        /// Why.
        why: LeftOut,
    },
    /// This can't be examined. What else exists is then not known for certain, so nothing is deleted any more.
    Failed {
        /// The name below the root.
        name: String,
        /// Why.
        error: Error,
    },
}

/// What a plan applies to.
pub(crate) struct Question {
    pub(crate) storage: ObjectStorage,
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) how: Compare,
    pub(crate) window: Duration,
    pub(crate) scope: Scope,
    pub(crate) sums: Arc<FileSums>,
    pub(crate) small: Small,
    /// How many are the same on both sides, so far.
    pub(crate) unchanged: AtomicU64,
    pub(crate) totals: Arc<Totals>,
}

impl Question {
    fn count_unchanged(&self, source: &Entry) {
        self.unchanged.fetch_add(1, Ordering::Relaxed);
        self.totals.unchanged(source.size.value().copied().unwrap_or(0));
    }
}

/// Small files are read and hashed together.
pub(crate) type Small = Arc<Batches<PathBuf, Result<Option<SmallFile>>>>;

/// For a question.
pub(crate) fn small() -> Small {
    Arc::new(Batches::new(|paths, done| SmallFile::read_all(paths).into_iter().for_each(done)))
}

/// The planned items, in the byte order of the names. It holds as many names as are examined at a time, and a page of each listing.
pub struct Plan {
    question: Arc<Question>,
    source: Head,
    target: Head,
    /// Whether to report what is only at the destination.
    deletions: bool,
    /// Whether to report anything else.
    transfers: bool,
    window: VecDeque<Slot>,
    width: usize,
    ended: bool,
    /// What was left out of the source, for as long as names at the destination may be equal to it or below it.
    left_out: Vec<String>,
}

/// A stream and its first name.
struct Head {
    names: Names,
    first: Option<Entry>,
    ended: bool,
}

enum Slot {
    Ready(Item),
    Looking(Looking),
}

/// An examination that ends when this is dropped.
struct Looking(JoinHandle<Option<Item>>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("from", &self.question.from).field("to", &self.question.to).finish_non_exhaustive()
    }
}

impl Plan {
    pub(crate) async fn begin(question: Arc<Question>, transfers: bool, deletions: bool, width: usize) -> Result<Self> {
        let source = Head::new(Names::source(&question.storage, &question.from, &question.scope)?);
        let target = Head::new(Names::target(&question.storage, &question.to, &question.scope).await?);
        Ok(Self {
            question,
            source,
            target,
            deletions,
            transfers,
            window: VecDeque::new(),
            width: width.max(1),
            ended: false,
            left_out: Vec::new(),
        })
    }

    /// Returns the next item, or `None` at the end. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// Fails if a listing fails, or if a folder's root can't be read: then nothing more is known.
    pub async fn next(&mut self) -> Result<Option<Item>> {
        loop {
            while !self.ended && self.window.len() < self.width {
                self.advance().await?;
            }
            let item = match self.window.front_mut() {
                None => return Ok(None),
                Some(Slot::Ready(_)) => None,
                Some(Slot::Looking(looking)) => Some((&mut looking.0).await),
            };
            let front = self.window.pop_front();
            match (item, front) {
                (None, Some(Slot::Ready(item))) => return Ok(Some(item)),
                (Some(Ok(Some(item))), _) => return Ok(Some(item)),
                (Some(Err(_)), _) => return Err(broke_off("the comparison of two files")),
                _ => {}
            }
        }
    }

    /// One step of the merge.
    async fn advance(&mut self) -> Result<()> {
        if let Some(aside) = self.source.fill().await? {
            if let Item::Skipped { name, .. } = &aside {
                self.left_out.push(name.clone());
            }
            self.aside(aside);
            return Ok(());
        }
        if let Some(aside) = self.target.fill().await? {
            // If something at the destination can't be replaced, that shows when it is about to be.
            if matches!(aside, Item::Failed { .. }) {
                self.aside(aside);
            }
            return Ok(());
        }
        let name = |head: &Head| head.first.as_ref().map(|entry| entry.name.clone());
        match step(name(&self.source).as_deref(), name(&self.target).as_deref()) {
            Step::End => self.ended = true,
            Step::Source => {
                if let Some(source) = self.source.first.take().filter(|_| self.transfers) {
                    self.window.push_back(Slot::Ready(Item::Planned(Box::new(Planned::new_at_target(source)))));
                }
            }
            Step::Target => {
                let gone = self.target.first.take().filter(|_| self.deletions);
                if let Some(target) = gone.filter(|target| !self.stays(&target.name)) {
                    self.window.push_back(Slot::Ready(Item::Planned(Box::new(Planned::deletion(target)))));
                }
            }
            Step::Both => {
                if let (Some(source), Some(target), true) = (self.source.first.take(), self.target.first.take(), self.transfers) {
                    self.compare(source, target);
                }
            }
        }
        Ok(())
    }

    /// Whether an item that is only at the destination is not an extra one: it is a segment of a large object, or the source has it
    /// as well, but not as a file.
    fn stays(&mut self, name: &str) -> bool {
        // The character after `/`: everything below the folder sorts before that.
        self.left_out.retain(|left_out| name.as_bytes() < format!("{left_out}0").as_bytes());
        let is_below =
            |left_out: &String| name.strip_prefix(left_out.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.left_out.iter().any(is_below) || self.question.to.is_segment(name)
    }

    fn aside(&mut self, item: Item) {
        self.deletions &= !matches!(item, Item::Failed { .. });
        self.window.push_back(Slot::Ready(item));
    }

    fn compare(&mut self, source: Entry, target: Entry) {
        match compare(self.question.how, self.question.window, &source, &target) {
            Verdict::Same => self.question.count_unchanged(&source),
            Verdict::Do(action) => {
                let planned = Planned { name: source.name.clone(), action, source: Some(source), target: Some(target) };
                self.window.push_back(Slot::Ready(Item::Planned(Box::new(planned))));
            }
            Verdict::LookAt { .. } => {
                let looking = tokio::spawn(look(self.question.clone(), source, target));
                self.window.push_back(Slot::Looking(Looking(looking)));
            }
        }
    }
}

impl Head {
    fn new(names: Names) -> Self {
        Self { names, first: None, ended: false }
    }

    /// Makes sure that there is a first name, unless the stream has ended; or returns an item that has no name.
    async fn fill(&mut self) -> Result<Option<Item>> {
        if self.first.is_some() || self.ended {
            return Ok(None);
        }
        match self.names.next().await? {
            None => self.ended = true,
            Some(Found::Entry(entry)) => self.first = Some(entry),
            Some(Found::Skipped(name, why)) => return Ok(Some(Item::Skipped { name, why })),
            Some(Found::Failed(name, error)) => return Ok(Some(Item::Failed { name, error })),
        }
        Ok(None)
    }
}

/// Compares two as closely as necessary.
async fn look(question: Arc<Question>, mut source: Entry, mut target: Entry) -> Option<Item> {
    let name = source.name.clone();
    loop {
        let (at_source, at_target) = match compare(question.how, question.window, &source, &target) {
            Verdict::Same => {
                question.count_unchanged(&source);
                return None;
            }
            Verdict::Do(action) => {
                let planned = Planned { name, action, source: Some(source), target: Some(target) };
                return Some(Item::Planned(Box::new(planned)));
            }
            Verdict::LookAt { source, target } => (source, target),
        };
        if at_source {
            match look_at(&question, &question.from, &source).await {
                Ok(Some(seen)) => source = seen,
                // It was removed in the meantime; if it is an object, the listing says that it is there.
                Ok(None) => {
                    let listed = matches!(question.from, Side::Objects { .. });
                    return listed.then_some(Item::Skipped { name, why: LeftOut::NotThere });
                }
                Err(error) => return Some(Item::Failed { name, error }),
            }
        }
        if at_target {
            match look_at(&question, &question.to, &target).await {
                Ok(Some(seen)) => target = seen,
                Ok(None) => {
                    let mut planned = Planned::new_at_target(source);
                    // A listed object that is not there may be a link that leads nowhere, which is replaced all the same.
                    planned.target = matches!(question.to, Side::Objects { .. }).then_some(target);
                    return Some(Item::Planned(Box::new(planned)));
                }
                Err(error) => return Some(Item::Failed { name, error }),
            }
        }
    }
}

/// Everything there is to know about an item; `None` if it is not there.
async fn look_at(question: &Question, side: &Side, known: &Entry) -> Result<Option<Entry>> {
    let name = known.name.clone();
    match side {
        Side::Objects { container, prefix } => {
            match question.storage.show_object(container, &format!("{prefix}{name}")).send().await {
                Ok(info) => Ok(Some(entry_of_info(name, &info))),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        }
        Side::Folder(root) => {
            let path = root.join(&name);
            let _hashing = question.totals.hashing();
            if matches!(known.size, Fact::Known(size) if size <= SMALL_FILE)
                && let Some(Ok(Some(file))) = question.small.ask(path.clone()).await
            {
                return Ok(Some(entry_of_small(name, &file)));
            }
            question.sums.entry(path, name).await
        }
    }
}
