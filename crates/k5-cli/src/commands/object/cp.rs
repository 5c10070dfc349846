//! `k5 object cp`.

use super::check::check;
use super::headers::{self, Header};
use super::jobs::{Job, Jobs, bytes_of};
use super::plan::{Plan, Target};
use super::tally::Tally;
use super::transfer::{Options, Transfers};
use super::usage;
use crate::args::{Format, Globals};
use crate::cloud::Connection;
use crate::exit::{Failure, Outcome, REFUSED};
use crate::input;
use crate::output::{Column, List, Out};
use crate::progress::Bar;
use k5::object_storage::ObjectStorage;
use k5::object_storage::transfer::Slots;
use serde_json::json;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

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
/// Before anything is sent, the whole plan is looked at: two sources for one target, or a file where a folder must be, are refused, and
/// nothing is done. The time of change goes along with files, as X-Object-Meta-Mtime. Below a folder, symbolic links to files are
/// followed unless --links is given; pipes, sockets and devices are errors for themselves, and unfinished downloads (NAME.k5-*.part)
/// stay where they are. In a destination, nothing is written through a symbolic link.
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
    pub(crate) transfers: Option<NonZeroUsize>,
    /// Overwrite nothing: an object or file that is there is an error
    #[arg(short, long, visible_alias = "if-none-match")]
    pub(crate) no_clobber: bool,
    /// Bytes in a segment of a large object; what is larger goes in segments: a number, or 512K, 64M, 5G
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) segment_size: Option<u64>,
    /// The container that the segments of large objects go to; without this CONTAINER_segments
    #[arg(long, value_name = "NAME", value_parser = crate::url::container)]
    pub(crate) segment_container: Option<String>,
    /// How many segments or parts of one object are under way at a time; without this 4
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// Begin anew, whatever an earlier run has left
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Make large objects dynamic ones, for clusters without static ones
    #[arg(long)]
    pub(crate) dynamic: bool,
    /// Media type of the objects; guessed from the name where it is left out
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Set an item of metadata; may be repeated
    #[arg(long, visible_alias = "metadata", value_name = "NAME=VALUE", value_parser = input::pair)]
    pub(crate) property: Vec<(String, String)>,
    /// Store a header with the objects, such as Cache-Control=max-age=60; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = headers::parse)]
    pub(crate) header: Vec<Header>,
    /// Let the objects expire after so long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    pub(crate) expire_after: Option<std::time::Duration>,
    /// Let the objects expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expire_after")]
    pub(crate) expire_at: Option<u64>,
    /// How many bytes a second go at most: a number, or 512K, 10M
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) bwlimit: Option<u64>,
    /// Change nothing; write what would be done, a transfer a line
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With -r, store symbolic links as such, in objects NAME.rclonelink that hold where they lead, and make links of those
    #[arg(long)]
    pub(crate) links: bool,
}

impl Cp {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let plan = Plan { links: self.common.links, ..Plan::new(&self.places, self.common.recursive)? };
        usage::check(globals, &plan, &self.common, self.no_verify)?;
        let options = Options { verify: !self.no_verify, ..self.common.options()? };
        copy(globals, connection, plan, options, &self.common).await
    }
}

impl Common {
    pub(crate) fn options(&self) -> Outcome<Options> {
        let mut options = Options {
            verify: true,
            no_clobber: self.no_clobber,
            move_source: false,
            content_type: self.content_type.clone(),
            metadata: self.property.clone(),
            headers: Vec::new(),
            delete_at: self.expire_at,
            delete_after: self.expire_after.map(|after| after.as_secs()),
            segment_size: self.segment_size,
            segment_container: self.segment_container.clone(),
            concurrency: self.concurrency.map_or(0, NonZeroUsize::get),
            no_resume: self.no_resume,
            dynamic: self.dynamic,
            make_container: true,
        };
        usage::once("--header", self.header.iter().map(|header| header.name.as_str()))?;
        let twice =
            |header: &Header, option: &str| Failure::usage(format!("--header {} and {option} say the same thing", header.name));
        for header in &self.header {
            match (header.name.as_str(), header.metadata()) {
                (_, Some(item)) => options.metadata.push((item.to_owned(), header.value.clone())),
                ("content-type", _) if options.content_type.is_some() => return Err(twice(header, "--content-type")),
                ("content-type", _) => options.content_type = Some(header.value.clone()),
                ("x-delete-at" | "x-delete-after", _) if options.delete_at.is_some() || options.delete_after.is_some() => {
                    return Err(twice(header, "another time of expiry"));
                }
                ("x-delete-at", _) => options.delete_at = header.value.parse().ok(),
                ("x-delete-after", _) => options.delete_after = header.value.parse().ok(),
                _ => options.headers.push(header.clone()),
            }
        }
        usage::once("--property", options.metadata.iter().map(|(name, _)| name.as_str()))?;
        Ok(options)
    }
}

const COLUMNS: &[Column] =
    &[Column("action", "Action"), Column("source", "Source"), Column("target", "Target"), Column("bytes", "Bytes")];

/// Carries a plan out, so many transfers at a time.
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
    let swift = common.bwlimit.into_iter().fold(connection.swift(), ObjectStorage::with_bandwidth);
    let slots = Slots::new(common.transfers.map(NonZeroUsize::get));
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
    let broke_off = |what: &str| Err(Failure::new(REFUSED, format!("{what} broke off")));
    let (search, found) = jobs.ahead();
    let flow = slots.run(found, begin, |outcome| {
        counted = count(&mut tally, transfers, outcome.unwrap_or_else(|| broke_off("a transfer")));
        if counted.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if flow.await.is_continue() && search.await.is_err() {
        counted = count(&mut tally, transfers, broke_off("the search for what is to be copied"));
    }
    counted.map(|()| tally)
}

fn count(tally: &mut Tally, transfers: &Transfers, outcome: Outcome) -> Outcome {
    let mut counted = Ok(());
    transfers.bar.aside(|| counted = tally.count(outcome));
    counted
}
