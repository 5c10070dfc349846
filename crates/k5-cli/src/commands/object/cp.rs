//! `k5 object cp`.

use super::check::check;
use super::jobs::{Job, Jobs, bytes_of};
use super::plan::{Plan, Target};
use super::tally::Tally;
use super::transfer::{Options, Transfers};
use crate::args::Globals;
use crate::cloud::Connection;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::input;
use crate::progress::Bar;
use k5::object_storage::transfer::Slots;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use tokio::task::JoinSet;

/// Copy files and objects: up, down, or within the cloud
///
/// Objects are swift://CONTAINER/OBJECT, with the name as it is: nothing is decoded, and there are no wildcards. A destination that
/// ends in / is a folder, in which a file keeps its name. `-` is stdin or stdout.
///
/// With -r, what is in a folder goes below the destination; of several folders, each keeps its name there. A container that is not
/// there is created.
///
/// What is larger than 128 MiB, or than --segment-size, goes up in segments beside one another, and comes down in parts. After an
/// interruption of any kind the same command goes on with what is there already and right: segments in CONTAINER_segments, or
/// NAME.k5-*.part beside the file. stdin is held in memory segment by segment, 64 MiB at most; after an interruption it begins anew.
///
/// A download appears under its name once it is whole and checked. With -r, an object whose name can be no file below the destination
/// (an empty part, `.`, `..`, a part over 255 bytes, or a way through a link or a file) is named as an error, and the others go on.
#[derive(Debug, clap::Args)]
pub(crate) struct Cp {
    /// Files, folders, swift:// URLs or -; the last one is the destination
    #[arg(required = true, num_args = 2.., value_names = ["SOURCE", "DESTINATION"])]
    places: Vec<OsString>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Do not hash what is copied and compare it
    #[arg(long)]
    no_verify: bool,
}

/// What copies and moves have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Take folders with all that is in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// How many transfers run at a time: without this 16, and 32 of files up to 64 KiB
    #[arg(long, value_name = "NUMBER")]
    transfers: Option<NonZeroUsize>,
    /// Overwrite nothing: an object or file that is there is an error
    #[arg(short, long, visible_alias = "if-none-match")]
    no_clobber: bool,
    /// Bytes in a segment of a large object; what is larger goes in segments: a number, or 512K, 64M, 5G
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    segment_size: Option<u64>,
    /// How many segments or parts of one object are under way at a time
    #[arg(long, value_name = "NUMBER", default_value = "4")]
    concurrency: NonZeroUsize,
    /// Begin anew, whatever an earlier run has left
    #[arg(long)]
    no_resume: bool,
    /// Make large objects dynamic ones, for clusters without static ones
    #[arg(long)]
    dynamic: bool,
    /// Media type of the objects; guessed from the name where it is left out
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Set an item of metadata; may be repeated
    #[arg(long, visible_alias = "metadata", value_name = "NAME=VALUE", value_parser = input::pair)]
    property: Vec<(String, String)>,
    /// Let the objects expire after so long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    expire_after: Option<std::time::Duration>,
    /// Let the objects expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expire_after")]
    expire_at: Option<u64>,
}

impl Cp {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let plan = Plan::new(&self.places, self.common.recursive)?;
        let options = Options { verify: !self.no_verify, ..self.common.options() };
        copy(globals, connection, plan, options, self.common.slots()).await
    }
}

impl Common {
    pub(crate) fn options(&self) -> Options {
        Options {
            verify: true,
            no_clobber: self.no_clobber,
            move_source: false,
            content_type: self.content_type.clone(),
            metadata: self.property.clone(),
            delete_at: self.expire_at,
            delete_after: self.expire_after.map(|after| after.as_secs()),
            segment_size: self.segment_size,
            concurrency: self.concurrency.get(),
            no_resume: self.no_resume,
            dynamic: self.dynamic,
        }
    }

    pub(crate) fn slots(&self) -> Slots {
        Slots::new(self.transfers.map(NonZeroUsize::get))
    }
}

/// Carries a plan out, so many transfers at a time.
pub(crate) async fn copy(globals: &Globals, connection: &Connection, plan: Plan, options: Options, slots: Slots) -> Outcome {
    check(&plan, &connection.swift(), options.move_source).await?;
    let to_terminal = matches!(plan.to, Target::Std) && std::io::stdout().is_terminal();
    let bar = Bar::new(!globals.no_progress && !to_terminal);
    if bar.is_shown() {
        let (bar, sources) = (bar.clone(), plan.sources.clone());
        tokio::task::spawn_blocking(move || bar.expect(bytes_of(&sources)));
    }
    let transfers = Transfers::new(connection.swift(), options, bar.clone());
    let mut jobs = Jobs::new(plan, connection.swift(), transfers.reads_ahead());
    let outcome = Box::pin(drive(&mut jobs, &transfers, &slots)).await;
    bar.finish();
    outcome?.outcome()
}

async fn drive(jobs: &mut Jobs, transfers: &Transfers, slots: &Slots) -> Outcome<Tally> {
    let mut running: JoinSet<Outcome> = JoinSet::new();
    let mut tally = Tally::default();
    while let Some(found) = jobs.next().await {
        match found {
            Ok(job) => spawn(&mut running, transfers, job, slots),
            Err(failure) => count(&mut tally, transfers, Err(failure))?,
        }
        while !slots.is_free() && !running.is_empty() {
            reap(&mut running, &mut tally, transfers).await?;
        }
    }
    while !running.is_empty() {
        reap(&mut running, &mut tally, transfers).await?;
    }
    Ok(tally)
}

fn spawn(running: &mut JoinSet<Outcome>, transfers: &Transfers, job: Job, slots: &Slots) {
    let (transfers, slot) = (transfers.clone(), slots.take(job.bytes()));
    running.spawn(Box::pin(async move {
        let _slot = slot;
        transfers.run(job).await
    }));
}

async fn reap(running: &mut JoinSet<Outcome>, tally: &mut Tally, transfers: &Transfers) -> Outcome {
    match running.join_next().await {
        None => Ok(()),
        Some(Ok(outcome)) => count(tally, transfers, outcome),
        Some(Err(_)) => count(tally, transfers, Err(Failure::new(REFUSED, "a transfer broke off"))),
    }
}

fn count(tally: &mut Tally, transfers: &Transfers, outcome: Outcome) -> Outcome {
    let mut counted = Ok(());
    transfers.bar.aside(|| counted = tally.count(outcome));
    counted
}
