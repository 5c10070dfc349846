//! A plan is carried out, or written where nothing is to be done.

use super::check::check;
use super::jobs::{Job, Jobs, bytes_of};
use super::options::Common;
use super::plan::{Plan, Target};
use super::transfer::{Options, Transfers};
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List, Out};
use crate::progress::Bar;
use crate::tally::Tally;
use k5::object_storage::ObjectStorage;
use k5::object_storage::transfer::Slots;
use serde_json::json;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

const COLUMNS: &[Column] = &[
    Column::new("action", "Action"),
    Column::new("source", "Source"),
    Column::new("target", "Target"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
];

/// Carries out a plan, with this many transfers at a time.
pub(crate) async fn copy(globals: &Globals, connection: &Connection, plan: Plan, options: Options, common: &Common) -> Outcome {
    let options = Options { make_container: !globals.anonymous(), ..options };
    check(&plan, &connection.swift(), options.move_source).await?;
    if common.dry_run {
        let jobs = Jobs::new(plan, connection.swift(), false);
        return Box::pin(list(globals, jobs, if options.move_source { "move" } else { "copy" })).await;
    }
    let to_terminal = matches!(plan.to, Target::Std) && std::io::stdout().is_terminal();
    let bar = Bar::new(!globals.no_progress && !to_terminal);
    if bar.is_shown() {
        let (bar, sources) = (bar.clone(), plan.sources.clone());
        tokio::task::spawn_blocking(move || bar.expect(bytes_of(&sources)));
    }
    let swift = common.speed.bwlimit.into_iter().fold(connection.swift(), ObjectStorage::with_bandwidth);
    let slots = Slots::new(common.speed.transfers.map(NonZeroUsize::get));
    let transfers = Transfers::new(swift.clone(), options, bar.clone());
    let jobs = Jobs::new(plan, swift, transfers.reads_ahead());
    let outcome = Box::pin(drive(jobs, &transfers, &slots)).await;
    bar.finish();
    outcome?.outcome()
}

/// Writes what would be done.
async fn list(globals: &Globals, mut jobs: Jobs, action: &str) -> Outcome {
    let mut tally = Tally::default();
    if globals.output.is_none() && globals.column.is_empty() {
        let mut out = Out::new();
        while let Some(found) = jobs.next().await {
            if let Ok(job) = &found {
                let (from, to) = job.sides();
                out.line(&format!("{action} {from} -> {to}"))?;
            }
            tally.count(found.map(drop))?;
        }
        out.finish()?;
        return tally.outcome();
    }
    let mut list = List::new(globals, Format::Value, COLUMNS, 3, true)?;
    while let Some(found) = jobs.next().await {
        if let Ok(job) = &found {
            let (from, to) = job.sides();
            list.push(&json!({ "action": action, "source": from, "target": to, "bytes": job.bytes() }))?;
        }
        tally.count(found.map(drop))?;
    }
    list.finish()?;
    tally.outcome()
}

async fn drive(jobs: Jobs, transfers: &Transfers, slots: &Slots) -> Outcome<Tally> {
    let (mut tally, mut counted) = (Tally::default(), Ok(()));
    let begin = |found: Outcome<Job>| {
        let job = found.map_err(Err)?;
        Ok((job.bytes(), Box::pin(transfers.clone().run(job))))
    };
    let broke_off = |what: &str| Err(Failure::new(REFUSED, format!("{what} stopped unexpectedly")));
    let (search, found) = jobs.ahead();
    let flow = slots.run(found, begin, |outcome| {
        counted = count(&mut tally, transfers, outcome.unwrap_or_else(|| broke_off("a transfer")));
        if counted.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if flow.await.is_continue() && search.await.is_err() {
        counted = count(&mut tally, transfers, broke_off("the search for what to copy"));
    }
    counted.map(|()| tally)
}

fn count(tally: &mut Tally, transfers: &Transfers, outcome: Outcome) -> Outcome {
    let mut counted = Ok(());
    transfers.bar.aside(|| counted = tally.count(outcome));
    counted
}
