//! A copy divided among several runners: together they do what one run does, in any order, and also if one of them is killed.

use crate::bench::{Bench, noise, wait_for};
use k5_emulator::{Fault, Faults, Rule};
use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, UNIX_EPOCH};

const OF: usize = 4;

/// The same tree each time: small files, and one that is sent in segments.
fn tree(bench: &Bench, folder: &str) {
    let file = |name: &str, bytes: &[u8]| {
        let path = bench.file(format!("{folder}/{name}"), bytes);
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
            .unwrap();
    };
    for n in 0..60 {
        file(&format!("{}/{n}.txt", n % 7), n.to_string().as_bytes());
    }
    file("large", &noise(3_500_000));
}

/// What a copy finds there: things that are extra, and one that is old.
fn before(bench: &Bench, container: &str) {
    bench.ok(&format!("container create {container}"));
    for n in 0..20 {
        bench.run_with(["object", "cp", "-", &format!("swift://{container}/extra/{n}")], b"extra").ok();
    }
    bench.run_with(["object", "cp", "-", &format!("swift://{container}/1/1.txt")], b"old").ok();
}

/// Names, sizes and ETags of all that is in a container.
fn content(bench: &Bench, container: &str) -> Vec<String> {
    let listed = bench.run(["object", "ls", "-r", "-o", "jsonl", &format!("swift://{container}")]).ok();
    let describe = |line: &str| {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        format!(
            "{} {} {}",
            object["name"],
            object["bytes"],
            object["slo_etag"].as_str().or(object["hash"].as_str()).unwrap_or_default()
        )
    };
    listed.lines().map(describe).collect()
}

fn line(container: &str, n: usize) -> Vec<String> {
    let line = format!("object sync --delete --segment-size 1M --shard {n}/{OF} dir swift://{container}");
    line.split(' ').map(str::to_owned).collect()
}

fn start(bench: &Bench, container: &str, n: usize) -> Child {
    let mut command = bench.command();
    command.args(line(container, n)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn shards_together_do_what_one_run_does() {
    let bench = Bench::new();
    tree(&bench, "dir");
    before(&bench, "whole");
    bench.ok("object sync --delete --segment-size 1M dir swift://whole");
    let whole = content(&bench, "whole");
    assert_eq!(whole.len(), 61);

    // One after the other, forwards and backwards, and a part twice.
    for (container, order) in [("forwards", [1, 2, 3, 4, 1]), ("backwards", [4, 3, 2, 4, 1])] {
        before(&bench, container);
        for n in order {
            bench.run(line(container, n)).ok();
        }
        assert_eq!(content(&bench, container), whole, "{container}");
    }

    // All at once, into a container that none of them finds.
    let mut runners: Vec<_> = (1..=OF).map(|n| start(&bench, "at-once", n)).collect();
    assert!(runners.iter_mut().all(|runner| runner.wait().unwrap().success()));
    assert_eq!(content(&bench, "at-once"), whole);
    for container in ["whole", "forwards", "backwards", "at-once"] {
        assert_eq!(bench.ok(&format!("object sync -n --delete dir swift://{container}")), "");
    }

    // Between containers, and down again.
    for n in 1..=OF {
        bench.ok(&format!("object sync --delete --shard {n}/{OF} swift://whole swift://copy"));
        bench.ok(&format!("object sync --delete --shard {n}/{OF} swift://whole down"));
    }
    assert_eq!(bench.ok("object sync -n --delete swift://whole swift://copy"), "");
    assert_eq!(bench.ok("object sync -n --delete dir swift://copy"), "");
    assert_eq!(bench.ok("object sync -n --delete swift://whole down"), "");
}

#[test]
fn a_runner_that_was_killed_is_started_again() {
    let bench = Bench::new();
    tree(&bench, "dir");
    before(&bench, "whole");
    bench.ok("object sync --delete --segment-size 1M dir swift://whole");
    before(&bench, "c");
    let parts: Vec<BTreeSet<String>> = (1..=OF)
        .map(|n| {
            let plan = bench.run(["object", "sync", "-n", "--shard", &format!("{n}/{OF}"), "dir", "swift://none"]).ok();
            plan.lines().map(|line| line.trim_start_matches("copy ").to_owned()).collect()
        })
        .collect();
    let killed = parts.iter().position(|names| names.contains("large")).unwrap() + 1;

    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c*").then(Fault::delay(Duration::from_millis(60)))));
    bench.emulator.clear_requests();
    let mut victim = start(&bench, "c", killed);
    let mut others: Vec<_> = (1..=OF).filter(|n| *n != killed).map(|n| start(&bench, "c", n)).collect();
    let is_stored = |path: &str| {
        let stored = |r: &k5_emulator::RecordedRequest| r.method == "PUT" && r.status == Some(201) && r.path.contains(path);
        bench.emulator.requests().iter().filter(|r| stored(r)).count()
    };
    wait_for(|| is_stored("/c_segments/large/slo/") >= 1);
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(others.iter_mut().all(|runner| runner.wait().unwrap().success()), "the others don't need it");
    bench.emulator.faults(Faults::new());
    let there = bench.names("c");
    for (n, names) in (1..=OF).zip(&parts) {
        let missing = names.iter().filter(|name| !there.contains(name)).count();
        assert_eq!(missing > 0, n == killed, "part {n}");
    }
    assert!(there.iter().any(|name| name.starts_with("extra/")), "what the killed one had to delete is still there");

    bench.run(line("c", killed)).ok();
    assert_eq!(content(&bench, "c"), content(&bench, "whole"));
    assert_eq!(bench.ok("object sync -n --delete dir swift://c"), "");
    assert_eq!(bench.segments("c_segments").len(), bench.segments("whole_segments").len(), "its segments were used");
}

/// The loop of docs/shards.md, as it is written there.
#[test]
fn the_page_is_right() {
    let bench = Bench::new();
    tree(&bench, "dir");
    let page = include_str!("../../../../docs/shards.md");
    let scripts: Vec<_> = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let script = scripts.iter().find(|script| script.starts_with("for I in")).expect("the loop");
    let script = script.replace("k5 object", "\"$K5\" object").replace("/data/archive", "dir");
    let k5 = bench.command().get_program().to_owned();
    let mut command = bench.command_of("/bin/sh");
    let output = command.env("K5", k5).args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(bench.names("archive").len(), 61);
}
