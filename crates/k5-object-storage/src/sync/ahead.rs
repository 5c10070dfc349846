//! The plan, running ahead of the copies: small files are read before their turn comes.

use super::events::Event;
use super::plan::{Action, Planned};
use super::stream::{Item, Plan, Question};
use super::{Fact, Side, broke_off};
use crate::transfer::{SMALL_FILE, SmallFile};
use k5_core::Error;
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many small files are read at once.
const BATCH: usize = 32;

/// The task that plans ahead; it ends when this is dropped.
pub(super) struct Producer(pub(super) JoinHandle<()>);

impl Producer {
    /// Starts planning.
    pub(super) fn start(plan: Plan, question: Arc<Question>) -> (Self, mpsc::Receiver<Job>) {
        let (sender, jobs) = mpsc::channel(2 * BATCH);
        (Self(tokio::spawn(produce(plan, question, sender))), jobs)
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the plan consists of.
pub(super) enum Job {
    Do(Box<(Planned, Option<SmallFile>)>),
    Tell(Event),
    /// The plan was aborted.
    End(Error),
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
        let has_ended = end.is_some();
        for job in prepared(&question, planned).await.into_iter().chain(end.map(Job::End)) {
            if jobs.send(job).await.is_err() {
                return;
            }
        }
        if has_ended {
            return;
        }
    }
}

/// Reads small files ahead of their upload.
async fn prepared(question: &Question, planned: Vec<Planned>) -> Vec<Job> {
    let is_small = |planned: &Planned| is_small(planned) && !question.scope.links.is_link(&planned.name);
    let Side::Folder(root) = &question.from else { return planned.into_iter().map(|planned| job(planned, None)).collect() };
    let paths: Vec<PathBuf> = planned.iter().filter(|planned| is_small(planned)).map(|planned| root.join(&planned.name)).collect();
    let read = match paths.is_empty() {
        true => Ok(Vec::new()),
        false => {
            let _hashing = question.totals.hashing();
            tokio::task::spawn_blocking(|| SmallFile::read_all(paths)).await
        }
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

/// Whether the planned action is the upload of a small file, given that the file is small.
fn is_small(planned: &Planned) -> bool {
    let size = planned.source.as_ref().map(|source| &source.size);
    matches!(planned.action, Action::Copy(_)) && matches!(size, Some(Fact::Known(size)) if *size <= SMALL_FILE)
}

/// The future's result, if it is ready without waiting.
async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
