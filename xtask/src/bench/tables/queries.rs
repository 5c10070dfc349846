//! Queries over Parquet.

use super::place::{Place, Store};
use super::{OPENDAL, S3, SWIFT_STORE, Setting};
use crate::bench::contest::{Contest, Figure, Runner};
use crate::bench::goal::{Goal, Limit, Measured, Verdict};
use crate::bench::peers::Server;
use crate::bench::report::Section;
use crate::bench::work::{Content, text};

pub(crate) const QUERIES: [(&str, &str); 3] = [("q1", "Q1"), ("q3", "Q3"), ("q6", "Q6")];

/// No store at all: what no store can be faster than.
const FILES: &str = "files on the disk";

/// How much of the faster peer's time is the goal.
const WALL: f64 = 0.9;

/// What each query selects from the files on the disk.
pub(super) fn answers(setting: &Setting<'_>) -> Result<Vec<Content>, String> {
    let answer = |(query, _): (&'static str, &str)| {
        let printed = setting.program().args(["query", "file", &text(&setting.data), query]).output(&setting.work.home())?;
        let path = setting.work.path().join(query);
        std::fs::write(&path, &printed).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Content { name: query, bytes: printed.len() as u64, md5: setting.work.md5(&path)?, path })
    };
    QUERIES.into_iter().map(answer).collect()
}

pub(super) fn run(setting: &Setting<'_>, place: &Place<'_>) -> Result<Section, String> {
    let server = place.server;
    let mut section = Section::new(
        format!("Queries, {}", server.name()),
        &format!(
            "TPC-H at scale {}, compressed with Snappy: lineitem in 8 files, orders in 4, customer in 1. Q1 reads seven columns of nearly all rows of \
             lineitem and computes, Q3 joins all three tables, Q6 reads four columns and selects little. DataFusion reads; wall time \
             includes starting, listing the tables, reading their schemas and planning. Answers are compared with what the same query \
             selects from the files on the disk, every time. Requests and bytes were counted by a relay in front of the server, \
             in a run of its own. The row \"{FILES}\" is the same query without any server: the part of the time that no store can change.",
            setting.options.scale
        ),
    );
    let mut stores: Vec<(&'static str, Store)> = Vec::new();
    for (name, store) in place.stores() {
        match store {
            Ok(store) => stores.push((name, store)),
            Err(why) => section.skip(format!("{name}: {why}")),
        }
    }
    section.text.push_str("| query | store | requests | received, MiB |\n| --- | --- | ---: | ---: |\n");
    for ((query, title), answer) in QUERIES.into_iter().zip(&setting.answers) {
        let command = |store: &Store| store.command(setting, ["query", store.kind, &*place.container, query]);
        let mut counts = Vec::new();
        for (name, store) in &stores {
            let (behind, relay) = store.behind_relay()?;
            command(&behind).output(&setting.work.home())?;
            let (requests, received) = relay.take();
            section.text.push_str(&format!("| {title} | {name} | {requests} | {:.1} |\n", received as f64 / f64::from(1 << 20)));
            counts.push((*name, requests));
        }
        let target = setting.work.target();
        let runners = stores.iter().map(|(name, store)| Runner::moving(name, answer, command(store).printing(target.clone())));
        let local = setting.program().args(["query", "file", &text(&setting.data), query]).printing(target.clone());
        let runners = runners.chain([Runner::moving(FILES, answer, local)]);
        let contest = Contest {
            title: format!("{title}, {}", server.name()),
            runners: runners.collect(),
            before: Box::new(|_| setting.work.remove_target()),
            after: Box::new(|answer| setting.work.check(&setting.work.target(), answer)),
        };
        let outcome = contest.hold(setting.options.rounds, &setting.work.home());
        let peers = if server == Server::Swift { vec![S3, OPENDAL] } else { vec![OPENDAL] };
        let what = format!("wall, {title}, {}", server.name());
        section.add(outcome, &[Goal { what, figure: Figure::Wall, ours: SWIFT_STORE, limit: Limit::Fastest(WALL, peers) }]);
        section.verdicts.push(requests(&counts, title, server));
    }
    Ok(section)
}

/// Whether ours are no more than S3's.
fn requests(counts: &[(&str, u64)], title: &str, server: Server) -> Verdict {
    let of = |wanted: &str| counts.iter().find(|(name, _)| *name == wanted).map(|(_, count)| *count);
    let peer = if server == Server::Swift { S3 } else { OPENDAL };
    let measured = of(SWIFT_STORE).zip(of(peer)).map(|(ours, theirs)| {
        let text = format!("{ours} to {theirs}");
        Measured { text, met: ours <= theirs }
    });
    Verdict { what: format!("requests, {title}, {}", server.name()), limit: format!("1 × {peer}"), measured }
}
