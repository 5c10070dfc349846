//! kill -9 at any moment, and the same command again: it goes on with what is there, and what comes of it is right.
//!
//! `K5_KILL_RUNS` says how often; without it a few tens of times, which take seconds.

use crate::bench::Bench;
use k5_emulator::{Fault, Faults, RecordedRequest, Rule};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PART: usize = 64 * 1024;
const PARTS: usize = 24;

fn runs() -> usize {
    std::env::var("K5_KILL_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20)
}

/// Other bytes each time.
fn bytes() -> Vec<u8> {
    let mut bytes = vec![0; PART * PARTS - 777];
    fastrand::fill(&mut bytes);
    bytes
}

/// Runs the command and kills it after `wait`; whether it had ended before.
fn killed(bench: &Bench, args: &[&str], wait: Duration) -> bool {
    let mut child = bench.command().args(args).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(wait);
    let ended = child.try_wait().unwrap().is_some();
    // SIGKILL: nothing of it gets to run.
    child.kill().unwrap();
    child.wait().unwrap();
    // What it sent last may still be on its way to the server.
    std::thread::sleep(Duration::from_millis(40));
    ended
}

/// How long the whole command takes.
fn time(bench: &Bench, args: &[&str]) -> Duration {
    let start = Instant::now();
    bench.run(args).ok();
    start.elapsed()
}

fn stored(requests: &[RecordedRequest]) -> BTreeSet<String> {
    let puts = requests.iter().filter(|request| request.method == "PUT" && request.path.contains("/c_segments/o/"));
    puts.filter(|request| request.status == Some(201)).map(|request| request.path.clone()).collect()
}

#[test]
fn an_upload() {
    let bench = Bench::new();
    bench.ok("container create c");
    let slowly = || Faults::new().rule(Rule::on("PUT", "/v1/*/c_segments/*").then(Fault::delay(Duration::from_millis(8))));
    bench.emulator.faults(slowly());
    let args = ["object", "cp", "--segment-size", "64K", "up", "swift://c/o"];
    bench.file("up", bytes());
    let whole = time(&bench, &args);
    let (mut halfway, mut ended) = (0, 0);
    for run in 0..runs() {
        let source = bytes();
        bench.file("up", &source);
        let before = bench.run(["object", "cat", "swift://c/o"]).stdout;
        let mut there = BTreeSet::new();
        // Sometimes the second run is killed as well.
        for _ in 0..fastrand::usize(1..3) {
            bench.emulator.clear_requests();
            let done = killed(&bench, &args, whole.mul_f64(fastrand::f64()));
            let now = bench.run(["object", "cat", "swift://c/o"]).stdout;
            assert!(now == source || now == before, "run {run}: something else shows");
            ended += usize::from(done);
            let sent = stored(&bench.emulator.requests());
            assert!(sent.is_disjoint(&there), "run {run}: sent again: {:?}", sent.intersection(&there));
            there.extend(sent);
        }
        halfway += usize::from(!there.is_empty() && there.len() < PARTS);
        bench.emulator.clear_requests();
        bench.run(args).ok();
        let again = stored(&bench.emulator.requests());
        assert!(again.is_disjoint(&there), "run {run}: sent again: {:?}", again.intersection(&there));
        assert!(bench.run(["object", "cat", "swift://c/o"]).stdout == source, "run {run}");
    }
    eprintln!("{} uploads killed, {halfway} of them with some segments stored, {ended} runs had ended", runs());
    assert!(halfway > 0, "no run was killed in the middle");
    // What it was made of before is gone each time, but for what a run that was killed had not come to remove.
    let run = bench.run(["object", "gc-segments", "--yes", "--older-than", "0", "swift://c"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(bench.segments("c_segments").len(), PARTS);
}

fn of_download(bench: &Bench, end: &str) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| path.to_str().unwrap().ends_with(end) && path.to_str().unwrap().contains("down.k5-"))
}

/// Where the parts begin that the record says are there, whole.
fn recorded(bench: &Bench) -> BTreeSet<u64> {
    let Some(record) = of_download(bench, ".done") else { return BTreeSet::new() };
    let text = std::fs::read_to_string(record).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().skip(1).filter_map(|line| line.split_once(' ')?.0.parse().ok());
    lines.collect()
}

/// Where the ranges begin that were asked for, but for the first, which asks what there is.
fn asked(requests: &[RecordedRequest]) -> BTreeSet<u64> {
    let starts = requests.iter().filter(|request| request.method == "GET").filter_map(|request| {
        let start: u64 = request.header("range")?.strip_prefix("bytes=")?.split_once('-')?.0.parse().ok()?;
        // Segments are asked for by their own names, which end in their number.
        let segment = request.path.split_once("/c_segments/").and_then(|(_, name)| name.rsplit('/').next());
        let index: u64 = segment.map_or(0, |index| index.parse().unwrap());
        Some(index * 64 * 1024 + start)
    });
    starts.skip(1).collect()
}

#[test]
fn a_download() {
    for segmented in [false, true] {
        let bench = Bench::new();
        bench.ok("container create c");
        let (up, down) = (
            ["object", "cp", "--segment-size", if segmented { "64K" } else { "1G" }, "up", "swift://c/o"],
            ["object", "cp", "--segment-size", "64K", "swift://c/o", "down"],
        );
        let slowly = || Faults::new().rule(Rule::on("GET", "/v1/*/c*/o*").then(Fault::delay(Duration::from_millis(8))));
        bench.file("up", bytes());
        bench.run(up).ok();
        bench.emulator.faults(slowly());
        let whole = time(&bench, &down);
        let mut halfway = 0;
        for run in 0..runs() {
            let source = bytes();
            bench.file("up", &source);
            bench.run(up).ok();
            bench.file("down", "old");
            let mut there = BTreeSet::new();
            for _ in 0..fastrand::usize(1..3) {
                bench.emulator.clear_requests();
                killed(&bench, &down, whole.mul_f64(fastrand::f64()));
                let now = std::fs::read(bench.path("down")).unwrap();
                assert!(now == b"old" || now == source, "run {run}: something else has the name");
                let again = asked(&bench.emulator.requests());
                assert!(again.is_disjoint(&there), "run {run}: fetched again: {:?}", again.intersection(&there));
                // A download that had ended may have left a record, and begins anew.
                there = if now == source { BTreeSet::new() } else { recorded(&bench) };
            }
            halfway += usize::from(!there.is_empty());
            bench.emulator.clear_requests();
            bench.run(down).ok();
            let again = asked(&bench.emulator.requests());
            assert!(again.is_disjoint(&there), "run {run}: fetched again: {:?}", again.intersection(&there));
            assert!(std::fs::read(bench.path("down")).unwrap() == source, "run {run}");
            assert!(of_download(&bench, ".done").is_none() && of_download(&bench, ".part").is_none(), "run {run}");
        }
        eprintln!("{} downloads killed, {halfway} of them with some parts there", runs());
        assert!(halfway > 0, "no run was killed in the middle");
    }
}
