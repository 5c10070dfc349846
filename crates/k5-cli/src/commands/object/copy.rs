//! A plan is carried out, or written where nothing is to be done.

use super::check::check;
use super::jobs::{Job, Jobs};
use super::options::Common;
use super::plan::{Plan, Target};
use super::totals;
use super::transfer::{Moved, Options, Transfers};
use crate::cloud::Connection;
use crate::commands::report::{Action, Done, Report, records};
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::output::Out;
use crate::progress::Bar;
use crate::tally::Tally;
use k5::object_storage::ObjectStorage;
use k5::object_storage::transfer::Slots;
use serde_json::Map;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

/// Carries out a plan, with this many transfers at a time.
pub(crate) async fn copy(globals: &Globals, connection: &Connection, plan: Plan, options: Options, common: &Common) -> Outcome {
    let action = if options.move_source { Action::Move } else { Action::Copy };
    if common.dry_run {
        // A column that there is not is refused before anything is sent.
        records(globals, false)?;
        check(&plan, &connection.swift(), options.move_source).await?;
        let jobs = Jobs::new(plan, connection.swift(), false);
        return Box::pin(list(globals, jobs, action)).await;
    }
    let report = Report::new(globals, action)?;
    check(&plan, &connection.swift(), options.move_source).await?;
    let options = Options { make_container: !globals.anonymous(), ..options };
    let swift = common.speed.bwlimit.into_iter().fold(connection.swift(), ObjectStorage::with_bandwidth);
    let slots = Slots::new(common.speed.transfers.map(NonZeroUsize::get));
    carry_out(globals, plan, swift, options, &slots, report).await
}

/// Carries out a plan that was checked.
pub(crate) async fn carry_out(
    globals: &Globals,
    plan: Plan,
    swift: ObjectStorage,
    options: Options,
    slots: &Slots,
    report: Report,
) -> Outcome {
    let to_terminal = matches!(plan.to, Target::Std) && std::io::stdout().is_terminal();
    let bar = Bar::new(!globals.no_progress && !globals.quiet && !to_terminal && !report.fills_the_screen());
    totals::find(&bar, &plan, &swift);
    let transfers = Transfers::new(swift.clone(), options, bar);
    let jobs = Jobs::new(plan, swift, transfers.reads_ahead());
    all(jobs, &transfers, slots, report).await
}

/// Carries out all transfers, and says what was done.
pub(crate) async fn all(jobs: Jobs, transfers: &Transfers, slots: &Slots, mut report: Report) -> Outcome {
    let ended = Box::pin(drive(jobs, transfers, slots, &mut report)).await;
    transfers.bar.finish();
    report.finish(ended)
}

/// Writes what would be done.
async fn list(globals: &Globals, mut jobs: Jobs, action: Action) -> Outcome {
    let mut tally = Tally::default();
    let mut records = records(globals, false)?;
    let mut out = Out::new();
    while let Some(found) = jobs.next().await {
        if let Ok(job) = &found {
            let planned = done(action, job.sides(), job.bytes());
            match &mut records {
                Some(records) => records.push(&planned.record())?,
                None => out.line(&planned.line())?,
            }
        }
        tally.count(found.map(drop))?;
    }
    match records {
        Some(records) => records.finish()?,
        None => out.finish()?,
    }
    tally.outcome()
}

fn done(action: Action, (source, destination): (String, String), bytes: Option<u64>) -> Done {
    Done { action, source: Some(source), destination: Some(destination), bytes, more: Map::new() }
}

type Ended = Result<((String, String), Moved), Failure>;

async fn drive(jobs: Jobs, transfers: &Transfers, slots: &Slots, report: &mut Report) -> Outcome {
    let action = if transfers.options.move_source { Action::Move } else { Action::Copy };
    let mut counted = Ok(());
    let begin = |found: Outcome<Job>| {
        let job: Job = found.map_err(Err::<_, Failure>)?;
        let (bytes, sides, transfers) = (job.bytes(), job.sides(), transfers.clone());
        Ok((bytes, Box::pin(async move { transfers.run(job).await.map(|moved| (sides, moved)) })))
    };
    let broke_off = |what: &str| Failure::new(REFUSED, format!("{what} stopped unexpectedly"));
    let (search, found) = jobs.ahead();
    let flow = slots.run(found, begin, |outcome: Option<Ended>| {
        transfers.bar.done();
        counted = match outcome.unwrap_or_else(|| Err(broke_off("a transfer"))) {
            Ok((_, Moved { left_out: Some(said), .. })) => report.left_out(&said),
            Ok((sides, moved)) => {
                let more = moved.etag.map(|etag| ("etag".to_owned(), etag.into())).into_iter().collect();
                report.done(&Done { more, ..done(action, sides, moved.bytes) })
            }
            Err(failure) => report.failed(failure),
        };
        if counted.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if flow.await.is_continue() && search.await.is_err() {
        counted = report.failed(broke_off("the search for what to copy"));
    }
    counted
}
