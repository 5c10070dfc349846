//! What breaks on the way leaves no short object and no file.

use crate::bench::{Bench, Run, noise, wait_for};
use k5_emulator::{Fault, Faults, Rule};
use std::process::Stdio;

#[test]
fn a_failed_download_leaves_no_file() {
    let bench = Bench::new();
    let bytes = noise(1_000_000);
    bench.file("up", &bytes);
    bench.ok("object cp up swift://c/x");
    bench.file("down", "old");
    // What breaks off goes on at the failed byte.
    for fault in [Fault::truncate(500_000), Fault::reset(300_000)] {
        bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").first(1).then(fault.clone())));
        bench.ok("object cp swift://c/x fresh");
        assert!(std::fs::read(bench.path("fresh")).unwrap() == bytes, "{fault:?}");
        std::fs::remove_file(bench.path("fresh")).unwrap();
        bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").first(1).then(fault.clone())));
        assert!(bench.run(["object", "cat", "swift://c/x"]).stdout == bytes, "{fault:?}");
    }
    for fault in [Fault::corrupt(500_000), Fault::wrong_etag()] {
        bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").then(fault.clone())));
        let text = bench.fails("object cp swift://c/x down", 1);
        assert!(text.lines().count() <= 2, "{text}");
        assert_eq!(std::fs::read(bench.path("down")).unwrap(), b"old", "{fault:?}");
        assert_eq!(std::fs::read_dir(bench.path("")).unwrap().count(), 2);
        assert_eq!(bench.run(["object", "cat", "swift://c/x"]).status, 1, "{fault:?}");
    }
    bench.emulator.faults(Faults::new());
    bench.ok("object cp swift://c/x down");
    assert_eq!(std::fs::read(bench.path("down")).unwrap(), bytes);
}

#[test]
fn a_failed_upload_leaves_no_object() {
    let bench = Bench::new();
    bench.ok("container create c");
    bench.file("up", noise(1_000_000));
    for fault in [Fault::status(403), Fault::reject(300_000, 422)] {
        bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/x").then(fault.clone())));
        bench.fails("object cp up swift://c/x", 1);
        bench.emulator.faults(Faults::new());
        assert!(bench.names("c").is_empty(), "{fault:?}");
    }
}

#[test]
fn what_passes_is_tried_again() {
    let bench = Bench::new();
    bench.file("up", noise(300_000));
    let busy = Fault::status(503).header("Retry-After", "0");
    bench
        .emulator
        .faults(Faults::new().rule(Rule::any().first(1).then(busy.clone())).rule(Rule::on("PUT", "/v1/*/c/x").first(1).then(busy)));
    bench.ok("object cp up swift://c/x");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/y").first(1).then(Fault::close_after(100_000))));
    bench.ok("object cp up swift://c/y");
    assert_eq!(bench.names("c"), ["x", "y"]);
}

#[test]
fn some_of_many() {
    let bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.file(format!("d/{name}"), name);
    }
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/b").then(Fault::status(403))));
    let run = bench.run(["object", "cp", "-r", "d", "swift://c"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert!(run.stderr.contains("d/b -> swift://c/b") && run.stderr.contains("1 of 3 failed"), "{}", run.stderr);
    assert_eq!(bench.names("c"), ["a", "c"]);
}

#[test]
fn a_move_that_fails_keeps_its_source() {
    let bench = Bench::new();
    bench.file("up", "content");
    bench.ok("container create c");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/x").then(Fault::status(403))));
    bench.fails("object mv up swift://c/x", 1);
    assert!(bench.path("up").exists());
    bench.emulator.faults(Faults::new());
    bench.ok("object mv up swift://c/x");
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").then(Fault::corrupt(2))));
    bench.fails("object mv swift://c/x down", 1);
    bench.emulator.faults(Faults::new().rule(Rule::on("COPY", "/v1/*").then(Fault::status(403))));
    bench.fails("object mv swift://c/x swift://d/x", 1);
    bench.emulator.faults(Faults::new());
    assert_eq!(bench.names("c"), ["x"]);
}

#[test]
fn a_move_whose_source_changes_keeps_it() {
    let bench = Bench::new();
    bench.ok("container create c");
    bench.file("up", "content");
    let late = Fault::delay(std::time::Duration::from_millis(700));
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/x").then(late)));
    let mut moving = bench.command();
    let moving = moving.args(["object", "mv", "up", "swift://c/x"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // By then all of a small file has been read.
    wait_for(|| bench.requests().iter().any(|request| request.starts_with("PUT") && request.ends_with("/c/x")));
    bench.file("up", "other content");
    let text = Run::from(moving.wait_with_output().unwrap()).fails(1);
    assert!(text.contains("has changed since"), "{text}");
    assert_eq!(bench.ok("object cat swift://c/x"), "content");
    assert_eq!(std::fs::read(bench.path("up")).unwrap(), b"other content");
}

/// What another writer stored while the source of a move was read is not what was copied, and stays.
#[test]
fn a_move_to_here_keeps_a_source_that_was_replaced() {
    let bench = Bench::new();
    let (old, new) = (noise(300_000), noise(300_001));
    bench.file("old", &old);
    bench.file("new", &new);
    for (options, line) in [("", "swift://c/x down/x"), ("--segment-size 100K ", "swift://c/x down/x"), ("", "-r swift://c down")] {
        std::fs::create_dir_all(bench.path("down")).unwrap();
        bench.ok(&format!("object cp {options}old swift://c/x"));
        let late = Fault::delay(std::time::Duration::from_millis(700));
        bench.emulator.clear_requests();
        bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").first(1).then(late)));
        let mut moving = bench.command();
        moving.args(["object", "mv"]).args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        let moving = moving.spawn().unwrap();
        // The source was looked at, and nothing of it was read.
        wait_for(|| bench.requests().iter().any(|request| request.starts_with("GET") && request.contains("/c/x")));
        bench.ok(&format!("object cp {options}new swift://c/x"));
        let said = Run::from(moving.wait_with_output().unwrap()).fails(1);
        assert!(said.contains("the source stays") && said.contains("was replaced"), "{line}: {said}");
        bench.emulator.faults(Faults::new());
        bench.ok("object cp swift://c/x there");
        assert!(std::fs::read(bench.path("there")).unwrap() == new, "{options}{line}");
        std::fs::remove_dir_all(bench.path("down")).unwrap();
        bench.ok("object mv swift://c/x there");
        assert!(bench.names("c").is_empty());
    }
}

/// A listing lags behind what has expired or was deleted.
#[test]
fn what_is_listed_and_gone_is_left_out() {
    let bench = Bench::new();
    for name in ["a", "ghost"] {
        bench.file(format!("d/{name}"), name);
    }
    bench.ok("object cp -r d swift://c");
    let gone = || Rule::path("/v1/*/c/ghost").then(Fault::status(404));
    bench.emulator.faults(Faults::new().rule(gone()));
    for line in ["cp -r swift://c e", "cp -r swift://c swift://e", "mv -r swift://c f"] {
        let run = bench.run(format!("object {line}").split(' '));
        assert_eq!(run.status, 0, "{line}: {}", run.stderr);
        assert!(run.stderr.contains("swift://c/ghost is left out"), "{line}: {}", run.stderr);
    }
    assert!(bench.path("e/a").exists() && bench.path("f/a").exists() && bench.names("e") == ["a"]);
    bench.fails("object cp swift://c/ghost g", 1);
    bench.fails("object cp -r swift://c/none g", 1);
    // That is not said of what can be seen and not be copied.
    bench.emulator.faults(Faults::new().rule(Rule::path("/v1/*/c/ghost").then(Fault::status(403))));
    bench.fails("object cp -r swift://c h", 1);
}

#[test]
fn a_limit_on_time() {
    let bench = Bench::new();
    let late = Fault::delay(std::time::Duration::from_secs(20));
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*").then(late)));
    let text = bench.fails("--timeout 1 container list", 1);
    assert!(text.contains("1 s"), "{text}");
}
