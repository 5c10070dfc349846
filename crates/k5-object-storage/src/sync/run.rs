//! A running sync: copies first, deletions last.

use super::ahead::{Job, Producer};
use super::backup::Backup;
use super::counting::Counting;
use super::deletions::{count_deletions, remove_all};
use super::events::{Event, Summary};
use super::left_out::LeftOut;
use super::limiter::{Limited, Limiter};
use super::options::Sync;
use super::perform::{Hands, Performed};
use super::removal::Removal;
use super::stream::Plan;
use super::totals::Totals;
use super::{Side, broke_off};
use crate::ObjectStorage;
use crate::transfer::{Slots, ticking};
use k5_core::{Error, Result};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

impl Sync {
    /// Returns what a run would do, in the byte order of the names, and changes nothing.
    ///
    /// # Errors
    /// Fails if the sides are not compatible, or if the source's root can't be read.
    pub async fn plan(self) -> Result<Plan> {
        self.check()?;
        let (delete, width) = (self.delete, self.width());
        Plan::begin(self.question(Arc::default()), true, delete, width).await
    }

    /// Carries out the sync. `events` receives each event and may abort the run, as may dropping the future. What was done by then
    /// stays, and the same sync resumes from there.
    ///
    /// # Errors
    /// Fails if the sides are not compatible, a listing fails, or a folder's root can't be read. A failure that concerns a single
    /// name is reported as an event.
    pub async fn run(mut self, events: impl FnMut(Event) -> ControlFlow<()>) -> Result<Summary> {
        self.check()?;
        let totals = Arc::<Totals>::default();
        let Some(tell) = self.tell.take() else { return self.carry_out(totals, false, events).await };
        let mut last = None;
        let mut tell_if_new = || {
            let now = totals.now();
            if last.replace(now) != Some(now) {
                tell(now);
            }
        };
        let outcome = ticking(Box::pin(self.carry_out(totals.clone(), true, events)), &mut tell_if_new).await;
        tell_if_new();
        outcome
    }

    async fn carry_out(
        mut self,
        totals: Arc<Totals>,
        counts: bool,
        mut events: impl FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Summary> {
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
            counter: counts.then(|| totals.counter().clone()),
        });
        let by_server = matches!((&self.from, &self.to), (Side::Objects { .. }, Side::Objects { .. }));
        let question = self.question(totals);
        let plan = Plan::begin(question.clone(), true, false, width).await?;
        let counting = counts.then(|| Counting::start(question.clone()));
        make_place(&question.storage, &question.to).await?;
        if let Some(backup) = &backup {
            make_place(&backup.storage, &backup.to).await?;
        }
        let mut summary = Summary::default();
        let mut told = |summary: &mut Summary, event: Event| {
            if let Event::Done(planned) = &event {
                question.totals.done(planned, by_server);
            }
            summary.count(&event);
            events(event)
        };
        let (mut producer, jobs) = Producer::start(plan, question.clone());
        let flow = copy_all(&hands, jobs, &slots, &mut |event| told(&mut summary, event)).await?;
        if flow.is_continue() && (&mut producer.0).await.is_err() {
            return Err(broke_off("the plan"));
        }
        drop(producer);
        // The plan has read the same names, so it is about to end if it has not yet.
        if let Some(counting) = counting.filter(|_| flow.is_continue()) {
            counting.finish().await;
        }
        summary.unchanged = question.unchanged.load(Ordering::Relaxed);
        if flow.is_continue() && summary.failed == 0 {
            question.totals.end();
        }
        if !delete {
            return Ok(summary);
        }
        if flow.is_break() || summary.failed > 0 {
            summary.deletions_withheld = true;
            return Ok(summary);
        }
        // Only now, after examining both sides again: a moved name is there under the new name before the old one is deleted.
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
}

/// Creates a folder or container unless it exists.
async fn make_place(storage: &ObjectStorage, side: &Side) -> Result<()> {
    match side {
        Side::Folder(path) => std::fs::create_dir_all(path)
            .map_err(|error| Error::local(format!("the folder {} can't be made", path.display()), error)),
        Side::Objects { container, .. } => storage.ensure_container(container).await,
    }
}

/// Copies what is planned.
async fn copy_all(
    hands: &Arc<Hands>,
    jobs: mpsc::Receiver<Job>,
    slots: &Slots,
    told: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut failed = None;
    let begin = |job| match job {
        Job::Do(job) => {
            let bytes = job.0.source.as_ref().and_then(|source| source.size.known()).copied();
            let hands = hands.clone();
            let copy = Box::pin(async move {
                let (planned, small) = *job;
                Ok(match hands.perform(&planned, small).await {
                    Ok(Performed::Done) => Event::Done(Box::new(planned)),
                    Ok(Performed::NotThere) => Event::Skipped { name: planned.name, why: LeftOut::NotThere },
                    Err(error) => Event::Failed { name: planned.name, error },
                })
            });
            Ok((bytes, copy))
        }
        Job::Tell(event) => Err(Ok(event)),
        Job::End(error) => Err(Err(error)),
    };
    let ended = |outcome: Option<Result<Event>>| match outcome {
        Some(Ok(event)) => told(event),
        Some(Err(error)) => {
            failed = Some(error);
            ControlFlow::Continue(())
        }
        None => {
            failed.get_or_insert_with(|| broke_off("a transfer"));
            ControlFlow::Continue(())
        }
    };
    let flow = slots.run(jobs, begin, ended).await;
    // Whoever aborts it doesn't want any more events.
    if flow.is_break() { Ok(flow) } else { failed.map_or(Ok(flow), Err) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn sendable<T: Send>(_: &T) {}

    #[test]
    fn a_sync_can_be_spawned() {
        struct Nowhere;
        impl k5_core::Transport for Nowhere {
            fn call(&self, _: k5_core::Request) -> k5_core::TransportFuture {
                Box::pin(std::future::pending())
            }

            fn sleep(&self, _: std::time::Duration) -> k5_core::SleepFuture {
                Box::pin(std::future::ready(()))
            }
        }
        let swift = ObjectStorage::new(k5_core::Session::from_transport(Nowhere));
        let to = Side::Objects { container: "c".to_owned(), prefix: String::new() };
        let sync = || swift.sync(Side::Folder(PathBuf::new()), to.clone());
        let mut told = 0;
        sendable(&sync().plan());
        sendable(&sync().run(|_| {
            told += 1;
            ControlFlow::Continue(())
        }));
    }
}
