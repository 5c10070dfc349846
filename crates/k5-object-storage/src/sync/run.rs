//! A sync: built, planned, run.

use super::backup::{self, Backup};
use super::limiter::{Limited, Limiter};
use super::names::Scope;
use super::perform::{Hands, Performed};
use super::plan::{Action, Compare, Planned};
use super::removal::{self, Removal};
use super::stream::{Item, NOT_THERE, Plan, Question, small};
use super::{Configure, Fact, Links, Select, Shard, Side, broke_off};
use crate::ObjectStorage;
use crate::transfer::{Fetch, SMALL_FILE, Slots, SmallFile, TRANSFERS, Upload};
use k5_core::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, JoinSet};

/// Small files that are read at a time.
const BATCH: usize = 32;

/// A sync under construction; see [`ObjectStorage::sync`].
#[must_use = "nothing is done before it is planned or run"]
pub struct Sync {
    pub(crate) storage: ObjectStorage,
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) how: Compare,
    pub(crate) window: Duration,
    pub(crate) delete: bool,
    pub(crate) max_delete: Option<u64>,
    pub(crate) backup: Option<Side>,
    pub(crate) scope: Scope,
    pub(crate) transfers: Option<usize>,
    pub(crate) bytes_per_second: Option<u64>,
    pub(crate) upload: Configure<Upload>,
    pub(crate) fetch: Configure<Fetch>,
}

/// What happens while a sync runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// This was done.
    Done(Box<Planned>),
    /// This is left out of the source, and why: it is no file, or an object that is listed and not there any more.
    Skipped {
        /// The name below the root.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// This could not be done; the others go on.
    Failed {
        /// The name below the root.
        name: String,
        /// Why.
        error: Error,
    },
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Files and objects that were copied.
    pub copied: u64,
    /// Their bytes, as far as listings tell.
    pub bytes: u64,
    /// Files and objects that got another time alone.
    pub times_set: u64,
    /// Files and objects that were deleted.
    pub deleted: u64,
    /// What failed.
    pub failed: u64,
    /// What is no file, or not there any more, and was left out.
    pub skipped: u64,
    /// Whether deletions were asked for and left out, since something failed, the sync was broken off, or there were too many.
    pub deletions_withheld: bool,
    /// Whether there was more to delete than [`Sync::max_delete`] allows.
    pub max_delete_exceeded: bool,
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl Sync {
    /// What makes two of one name differ; size and time unless told otherwise.
    pub fn compare(mut self, how: Compare) -> Self {
        self.how = how;
        self
    }

    /// How far apart the times of two may be that count as the same; nothing unless told otherwise. What the coarser of the two times has no
    /// digits for counts as the same in any case, see [`Mtime::agrees`](super::Mtime::agrees); this is for file systems whose steps are no
    /// decimal fractions, as the two seconds of FAT.
    pub fn modify_window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Whether what the source has not is removed from the destination; off unless told otherwise.
    pub fn delete(mut self, delete: bool) -> Self {
        self.delete = delete;
        self
    }

    /// How many deletions a run may have: where there would be more, nothing is deleted. They are counted before the first, by one more
    /// listing of both sides. No limit unless told otherwise.
    pub fn max_delete(mut self, most: u64) -> Self {
        self.max_delete = Some(most);
        self
    }

    /// Where what is replaced or deleted goes first, under the same name: another folder for a folder here, another container (or place in
    /// it) for one in the cloud, where the server moves it, with the segments of large objects. What has the name there goes. Where the
    /// backup of one fails, that one is neither replaced nor deleted. An object is not at the destination between its move and the end of
    /// the upload that replaces it. Containers and folders are made where they are missing.
    ///
    /// A place that is part of either side, or has one below it, is refused, unless it is excluded by [`Sync::select`].
    pub fn backup(mut self, to: Side) -> Self {
        self.backup = Some(to);
        self
    }

    /// Which names it is about; all unless told otherwise. The others are left alone on both sides.
    pub fn select(mut self, select: impl Select) -> Self {
        self.scope.select = Arc::new(select);
        self
    }

    /// Does one part of several, which together do the whole.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.scope.shard = Some(shard);
        self
    }

    /// What symbolic links of a folder are; left out unless told otherwise.
    pub fn links(mut self, links: Links) -> Self {
        self.scope.links = links;
        self
    }

    /// Whether symbolic links of the source are what they lead to: [`Links::Followed`], or [`Links::LeftOut`].
    pub fn follow_links(self, follow: bool) -> Self {
        self.links(if follow { Links::Followed } else { Links::LeftOut })
    }

    /// How many copies are under way at a time: [`TRANSFERS`], and [`SMALL_TRANSFERS`](crate::transfer::SMALL_TRANSFERS) of small files,
    /// unless told otherwise. Twice as many objects are looked at at a time.
    pub fn transfers(mut self, transfers: usize) -> Self {
        self.transfers = Some(transfers.max(1));
        self
    }

    /// How many bytes all copies together move in a second, both ways.
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.bytes_per_second = Some(bytes_per_second);
        self
    }

    /// Sets what each upload is to have: segments, metadata, expiry.
    pub fn configure_upload(mut self, set: impl Fn(Upload) -> Upload + Send + std::marker::Sync + 'static) -> Self {
        self.upload = Arc::new(set);
        self
    }

    /// Sets what each download is to have.
    pub fn configure_fetch(mut self, set: impl Fn(Fetch) -> Fetch + Send + std::marker::Sync + 'static) -> Self {
        self.fetch = Arc::new(set);
        self
    }

    /// Tells what a run would do, in the byte order of the names, and changes nothing.
    ///
    /// # Errors
    /// When the sides don't fit one another, or the source's root can't be read.
    pub async fn plan(self) -> Result<Plan> {
        self.check()?;
        let (delete, width) = (self.delete, self.width());
        Plan::begin(self.question(), true, delete, width).await
    }

    /// Does what is to be done. `events` is told of each thing, and may break the run off; so does the end of the future. What was
    /// done stays, and the same sync goes on from there.
    ///
    /// # Errors
    /// When the sides don't fit one another, a listing fails, or a folder's root can't be read. What fails for one name alone is an
    /// event.
    pub async fn run(mut self, mut events: impl FnMut(Event) -> ControlFlow<()>) -> Result<Summary> {
        self.check()?;
        if let Some(limit) = self.bytes_per_second {
            self.storage = ObjectStorage::new(Limited::session(self.storage.session.clone(), Limiter::new(limit)));
        }
        let (delete, width, slots) = (self.delete, self.width(), Slots::new(self.transfers));
        let backup = self.backup.take().map(|to| Backup { storage: self.storage.clone(), from: self.to.clone(), to });
        let (max_delete, links) = (self.max_delete, self.scope.links);
        let hands = Arc::new(Hands {
            storage: self.storage.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            upload: self.upload.clone(),
            fetch: self.fetch.clone(),
            links,
            backup: backup.clone(),
        });
        let question = self.question();
        let plan = Plan::begin(question.clone(), true, false, width).await?;
        make_place(&question.storage, &question.to).await?;
        if let Some(backup) = &backup {
            make_place(&backup.storage, &backup.to).await?;
        }
        let mut summary = Summary::default();
        let mut told = |summary: &mut Summary, event: Event| {
            summary.count(&event);
            events(event)
        };
        let (sender, jobs) = mpsc::channel(2 * BATCH);
        let mut producer = Producer(tokio::spawn(produce(plan, question.clone(), sender)));
        let flow = copy_all(&hands, jobs, &slots, &mut |event| told(&mut summary, event)).await?;
        if flow.is_continue() && (&mut producer.0).await.is_err() {
            return Err(broke_off("the plan"));
        }
        drop(producer);
        if !delete {
            return Ok(summary);
        }
        if flow.is_break() || summary.failed > 0 {
            summary.deletions_withheld = true;
            return Ok(summary);
        }
        // Only now, and by another look at both sides: a name that moved is there under the new one before the old one goes.
        if let Some(most) = max_delete
            && count_deletions(&question, width, most).await? > most
        {
            (summary.deletions_withheld, summary.max_delete_exceeded) = (true, true);
            return Ok(summary);
        }
        let plan = Plan::begin(question.clone(), false, true, width).await?;
        let removal = Removal { storage: question.storage.clone(), side: question.to.clone(), links, backup };
        let most = max_delete.unwrap_or(u64::MAX);
        // More may have come up since they were counted.
        summary.max_delete_exceeded = !remove_all(removal, plan, most, &mut |event| told(&mut summary, event)).await?;
        summary.deletions_withheld = summary.failed > 0 || summary.max_delete_exceeded;
        Ok(summary)
    }

    fn width(&self) -> usize {
        self.transfers.unwrap_or(TRANSFERS) * 2
    }

    fn question(self) -> Arc<Question> {
        Arc::new(Question {
            storage: self.storage,
            from: self.from,
            to: self.to,
            how: self.how,
            window: self.window,
            scope: self.scope,
            sums: Arc::default(),
            small: small(),
        })
    }

    fn check(&self) -> Result<()> {
        for side in [&self.from, &self.to] {
            if let Side::Objects { container, prefix } = side {
                crate::limits::container_name(container)?;
                if !prefix.is_empty() {
                    crate::limits::object_name(prefix)?;
                }
            }
        }
        if let Some(backup) = &self.backup {
            backup::check(&self.from, &self.to, backup, &self.scope)?;
        }
        match (self.scope.links, &self.from, &self.to) {
            (Links::Followed, Side::Objects { .. }, _) => {
                return Err(Error::invalid_input("links are followed in a source folder, and the source is in the cloud"));
            }
            (Links::Stored, Side::Objects { .. }, Side::Objects { .. }) => {
                return Err(Error::invalid_input("between containers, stored links are objects as any other"));
            }
            _ => {}
        }
        match (&self.from, &self.to) {
            (Side::Folder(_), Side::Folder(_)) => Err(Error::invalid_input("one side of a sync must be in the cloud")),
            (Side::Objects { container: a, prefix: from }, Side::Objects { container: b, prefix: to })
                if a == b && (from.starts_with(to) || to.starts_with(from)) =>
            {
                Err(Error::invalid_input(format!("{a}/{from} and {b}/{to} are within one another")))
            }
            (_, Side::Objects { container, .. }) if self.delete && container.ends_with("_segments") => {
                Err(Error::invalid_input(format!(
                    "{container} is for the segments of large objects, and nothing in it is deleted as a stranger: leave the deletion out"
                )))
            }
            _ => Ok(()),
        }
    }
}

impl Summary {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Done(planned) => match planned.action {
                Action::Copy(_) => {
                    self.copied += 1;
                    self.bytes += planned.bytes();
                }
                Action::SetTime => self.times_set += 1,
                Action::Delete => self.deleted += 1,
            },
            Event::Skipped { .. } => self.skipped += 1,
            Event::Failed { .. } => self.failed += 1,
        }
    }
}

/// The task that plans ahead; it ends with this.
struct Producer(JoinHandle<()>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Job {
    Do(Box<(Planned, Option<SmallFile>)>),
    Tell(Event),
    /// The plan broke off.
    End(Error),
}

/// Makes a folder or container unless it is there.
async fn make_place(storage: &ObjectStorage, side: &Side) -> Result<()> {
    match side {
        Side::Folder(path) => std::fs::create_dir_all(path)
            .map_err(|error| Error::local(format!("the folder {} can't be made", path.display()), error)),
        Side::Objects { container, .. } => match storage.show_container(container).send().await {
            Err(error) if error.is_not_found() => storage.create_container(container).send().await.map(drop),
            // Who may write objects need not be allowed to look at the container.
            Err(error) if error.kind() == ErrorKind::Status && error.status().is_some_and(|status| status == 403) => Ok(()),
            outcome => outcome.map(drop),
        },
    }
}

/// How many deletions there are; one more than `most` stands for all that are more.
async fn count_deletions(question: &Arc<Question>, width: usize, most: u64) -> Result<u64> {
    let mut plan = Plan::begin(question.clone(), false, true, width).await?;
    let mut count = 0;
    while count <= most
        && let Some(item) = plan.next().await?
    {
        count += u64::from(matches!(item, Item::Planned(_)));
    }
    Ok(count)
}

/// Plans, and reads small files before their turn comes.
async fn produce(mut plan: Plan, question: Arc<Question>, jobs: mpsc::Sender<Job>) {
    loop {
        let mut batch = Vec::new();
        let mut end = None;
        match plan.next().await {
            Ok(Some(item)) => batch.push(item),
            Ok(None) => return,
            Err(error) => end = Some(error),
        }
        while end.is_none() && batch.len() < BATCH {
            match at_once(plan.next()).await {
                Some(Ok(Some(item))) => batch.push(item),
                Some(Err(error)) => end = Some(error),
                Some(Ok(None)) | None => break,
            }
        }
        let mut planned = Vec::new();
        for item in batch {
            let event = match item {
                Item::Planned(one) => {
                    planned.push(*one);
                    continue;
                }
                Item::Skipped { name, why } => Event::Skipped { name, why },
                Item::Failed { name, error } => Event::Failed { name, error },
            };
            if jobs.send(Job::Tell(event)).await.is_err() {
                return;
            }
        }
        for job in prepared(&question, planned).await.into_iter().chain(end.map(Job::End)) {
            if jobs.send(job).await.is_err() {
                return;
            }
        }
    }
}

/// Reads what is small ahead of its upload.
async fn prepared(question: &Question, planned: Vec<Planned>) -> Vec<Job> {
    let is_small = |planned: &Planned| is_small(planned) && !question.scope.links.is_link(&planned.name);
    let Side::Folder(root) = &question.from else { return planned.into_iter().map(|planned| job(planned, None)).collect() };
    let paths: Vec<PathBuf> = planned.iter().filter(|planned| is_small(planned)).map(|planned| root.join(&planned.name)).collect();
    let read = match paths.is_empty() {
        true => Ok(Vec::new()),
        false => tokio::task::spawn_blocking(|| SmallFile::read_all(paths)).await,
    };
    let Ok(read) = read else { return vec![Job::End(broke_off("the reading of small files"))] };
    let mut read = read.into_iter();
    let with = |planned: Planned| match is_small(&planned).then(|| read.next()).flatten() {
        Some(Err(error)) => Job::Tell(Event::Failed { name: planned.name, error }),
        Some(Ok(small)) => job(planned, small),
        None => job(planned, None),
    };
    planned.into_iter().map(with).collect()
}

fn job(planned: Planned, small: Option<SmallFile>) -> Job {
    Job::Do(Box::new((planned, small)))
}

/// Whether what is planned is the upload of a small file, given that it is one.
fn is_small(planned: &Planned) -> bool {
    let size = planned.source.as_ref().map(|source| &source.size);
    matches!(planned.action, Action::Copy(_)) && matches!(size, Some(Fact::Known(size)) if *size <= SMALL_FILE)
}

/// What the future gives without waiting.
async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What is next while copies run.
enum Turn {
    Ended(std::result::Result<Event, JoinError>),
    Job(Option<Job>),
    Nothing,
}

async fn copy_all(
    hands: &Arc<Hands>,
    mut jobs: mpsc::Receiver<Job>,
    slots: &Slots,
    told: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut running: JoinSet<Event> = JoinSet::new();
    let (mut ended, mut failed) = (false, None);
    loop {
        let turn = poll_fn(|cx| {
            if let Poll::Ready(Some(done)) = running.poll_join_next(cx) {
                return Poll::Ready(Turn::Ended(done));
            }
            if ended {
                return if running.is_empty() { Poll::Ready(Turn::Nothing) } else { Poll::Pending };
            }
            match slots.is_free() {
                true => jobs.poll_recv(cx).map(Turn::Job),
                false => Poll::Pending,
            }
        });
        let event = match turn.await {
            Turn::Nothing => break,
            Turn::Ended(Ok(event)) | Turn::Job(Some(Job::Tell(event))) => event,
            Turn::Ended(Err(_)) => {
                failed.get_or_insert_with(|| broke_off("a transfer"));
                continue;
            }
            Turn::Job(Some(Job::Do(job))) => {
                let hands = hands.clone();
                let bytes = job.0.source.as_ref().and_then(|source| source.size.known()).copied();
                let slot = slots.take(bytes);
                running.spawn(Box::pin(async move {
                    let _slot = slot;
                    let (planned, small) = *job;
                    match hands.perform(&planned, small).await {
                        Ok(Performed::Done) => Event::Done(Box::new(planned)),
                        Ok(Performed::NotThere) => Event::Skipped { name: planned.name, why: NOT_THERE },
                        Err(error) => Event::Failed { name: planned.name, error },
                    }
                }));
                continue;
            }
            Turn::Job(Some(Job::End(error))) => {
                failed = Some(error);
                ended = true;
                continue;
            }
            Turn::Job(None) => {
                ended = true;
                continue;
            }
        };
        if told(event).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    failed.map_or(Ok(ControlFlow::Continue(())), Err)
}

/// Deletes what is planned, `left` at most: whether that was all.
async fn remove_all(
    removal: Removal,
    mut plan: Plan,
    mut left: u64,
    told: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<bool> {
    let mut batch = Vec::new();
    loop {
        let item = plan.next().await?;
        let too_many = left == 0 && matches!(item, Some(Item::Planned(_)));
        let last = item.is_none() || too_many;
        match item {
            Some(Item::Planned(_)) if too_many => {}
            Some(Item::Planned(planned)) => {
                left -= 1;
                batch.push(*planned);
            }
            Some(Item::Failed { name, error }) => {
                if told(Event::Failed { name, error }).is_break() {
                    return Ok(true);
                }
            }
            // They were told of in the first round.
            Some(Item::Skipped { .. }) | None => {}
        }
        if batch.len() < removal::BATCH && !last {
            continue;
        }
        let planned: Vec<Planned> = std::mem::take(&mut batch);
        let names = planned.iter().map(|planned| planned.name.clone()).collect();
        let mut outcomes: HashMap<_, _> = removal.remove(names).await.into_iter().collect();
        for planned in planned {
            let event = match outcomes.remove(&planned.name) {
                Some(Ok(())) => Event::Done(Box::new(planned)),
                Some(Err(error)) => Event::Failed { name: planned.name, error },
                None => {
                    let error = broke_off("the deletion");
                    Event::Failed { name: planned.name, error }
                }
            };
            if told(event).is_break() {
                return Ok(true);
            }
        }
        if last {
            return Ok(!too_many);
        }
    }
}
