//! What a command says of what it did: the last line, lines, records, hints.

use crate::bench::{Bench, noise, run};
use crate::screen::{Seen, Terminal};
use k5_emulator::{Fault, Faults, Rule};
use serde_json::{Value, json};

fn terminal(bench: &Bench, columns: u16, line: &str) -> Seen {
    Terminal::start(bench.command().args(line.split(' ')), columns).end()
}

#[test]
fn a_terminal_gets_one_line_at_the_end() {
    let bench = Bench::new();
    bench.file("d/a", vec![b'a'; 3000]);
    bench.file("d/b", "b");
    std::os::unix::fs::symlink("/nowhere", bench.path("d/broken")).unwrap();
    for (line, status, last) in [
        ("object cp -r d swift://c/d", 4, "k5: 2 files, 2.9 KiB, 1 failed"),
        ("object cp d/a swift://c/one", 0, "k5: 1 file, 2.9 KiB"),
        ("object cp -q d/a swift://c/one", 0, ""),
        ("object cp --no-progress d/a swift://c/one", 0, "k5: 1 file, 2.9 KiB"),
        ("object mv swift://c/one swift://c/two", 0, "k5: 1 file moved"),
        ("object mv -r swift://c/d swift://c/e", 0, "k5: 2 files moved, 2.9 KiB"),
        ("object sync d swift://c/e", 0, "k5: 0 files, 0 B, 2 unchanged, 1 left out"),
        ("object sync --delete d swift://c", 0, "k5: 2 files, 2.9 KiB, 3 deleted, 1 left out"),
        ("object save c a b", 0, "k5: 2 files, 2.9 KiB"),
        ("object rm c a", 0, "k5: 1 object deleted"),
        ("object rm c a b", 4, "k5: 1 object deleted, 1 failed"),
        ("container create x", 0, ""),
        ("object cp d/a swift://c/one", 0, "k5: 1 file, 2.9 KiB"),
        ("container delete -r c", 0, "k5: 1 container deleted, 1 object"),
        ("container list", 0, ""),
    ] {
        let seen = terminal(&bench, 100, line);
        assert_eq!((seen.status, seen.lines().last().map_or("", String::as_str)), (status, last), "{line}: {seen:?}");
    }
    // One that failed says everything itself.
    let seen = terminal(&bench, 100, "object rm x a");
    assert!(seen.status == 1 && seen.lines().len() == 2, "{seen:?}");
    // Records go elsewhere, and the line stays.
    let seen = terminal(&bench, 100, "object cp -o jsonl d/a swift://x/a");
    assert!(seen.stdout.starts_with("{\"action\":\"copy\",") && seen.lines() == ["k5: 1 file, 2.9 KiB"], "{seen:?}");
    // Elsewhere nothing is said of what went well, unless it is asked for.
    assert_eq!(bench.ok("object cp d/a swift://x/a"), "");
    let run = bench.run("-v object cp d/a swift://x/a".split(' '));
    assert_eq!(run.stderr, "copy d/a -> swift://x/a, 2.9 KiB\nk5: 1 file, 2.9 KiB\n");
}

#[test]
fn a_bar_fits_and_leaves_nothing_behind() {
    let bench = Bench::new();
    for n in 0..8 {
        bench.file(format!("d/{n}"), noise(100_000));
    }
    for columns in [20, 40, 100] {
        for line in [
            "object cp -r --transfers 1 --bwlimit 900K d swift://c",
            "object cp -r --transfers 1 --bwlimit 900K swift://c out",
            "object sync --checksum --transfers 1 --bwlimit 900K d swift://s",
            "object rm -r --yes swift://s",
        ] {
            let seen = terminal(&bench, columns, line);
            assert_eq!(seen.status, 0, "{seen:?}");
            assert_eq!(seen.lines().len(), 1, "{line}: {:?}", seen.lines());
            let bars = seen.bars();
            assert!(line.contains(" rm ") || columns < 40 || bars.len() > 2, "{line}: {seen:?}");
            assert!(bars.iter().all(|bar| bar.len() < columns.into()), "{bars:?}");
            let some = |text: &str| bars.iter().any(|bar| bar.contains(text));
            match line.contains("sync") {
                true => assert!(columns < 40 || some("/? files") && some("KiB/?") && !some("/8 files"), "{bars:?}"),
                false => assert!(columns < 40 || line.contains(" rm ") || some("/8 files"), "{bars:?}"),
            }
        }
    }
    let seen = terminal(&bench, 100, "object cp -r --no-progress --bwlimit 2M d swift://c");
    assert!(seen.bars().is_empty(), "{seen:?}");
    let seen = Terminal::start(bench.command().args("object cp -r --bwlimit 900K d swift://c".split(' ')).env("TERM", "dumb"), 80);
    seen.end();
}

#[test]
fn an_interruption_leaves_no_bar() {
    let bench = Bench::new();
    bench.file("big", noise(3_000_000));
    let terminal = Terminal::start(bench.command().args("object cp --bwlimit 300K big swift://c/big".split(' ')), 60);
    crate::bench::wait_for(|| bench.requests().iter().any(|request| request.starts_with("PUT") && request.ends_with("/c/big")));
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert!(std::process::Command::new("kill").args(["-INT", &terminal.id().to_string()]).status().unwrap().success());
    let seen = terminal.end();
    let lines = seen.lines();
    assert_eq!((seen.status, lines.len()), (130, 1), "{seen:?}");
    assert!(lines[0].starts_with("k5: interrupted: ") && !seen.bars().is_empty(), "{lines:?}");
}

#[test]
fn nothing_steers_the_terminal() {
    let bench = Bench::new();
    let odd = "a\u{1b}[2J\u{9b}2Jb";
    bench.file(format!("d/{odd}"), noise(300_000));
    bench.file("d/other", noise(300_000));
    for args in [
        ["-v", "object", "cp", "-r", "--bwlimit", "1M", "d", "swift://c"],
        ["-v", "object", "mv", "-r", "--bwlimit", "1M", "swift://c", "out"],
        ["-v", "object", "cp", "-r", "--bwlimit", "1M", "out", "swift://c"],
        ["-v", "object", "rm", "-r", "--yes", "--keep-segments", "swift://c", "swift://c/none"],
    ] {
        // `lines` finds any control character.
        let seen = Terminal::start(bench.command().args(args), 60).end();
        let lines = seen.lines();
        assert!(lines.iter().any(|line| line.contains(r"a\u{1b}[2J\u{9b}2Jb")), "{lines:?}");
    }
    for url in [format!("swift://c/{odd}"), format!("swift://c{odd}/x")] {
        let seen = Terminal::start(bench.command().args(["object", "rm", &url]), 60).end();
        assert!(seen.status == 1 && seen.lines().len() <= 2, "{seen:?}");
    }
}

#[test]
fn each_thing_done_is_a_record() {
    let bench = Bench::new();
    bench.file("d/a", "a");
    bench.file("d/s/b", "bb");
    let records = |line: &str| {
        let text = bench.ok(line);
        let mut records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        records.iter_mut().for_each(|record| drop(record.as_object_mut().unwrap().remove("etag")));
        records.sort_by_key(|record| record["bytes"].as_u64());
        records
    };
    let record = |action: &str, source: Value, destination: Value, bytes: Value| json!({ "action": action, "source": source, "destination": destination, "bytes": bytes });
    assert_eq!(
        records("object cp -r -o jsonl d swift://c"),
        [
            record("copy", json!("d/a"), json!("swift://c/a"), json!(1)),
            record("copy", json!("d/s/b"), json!("swift://c/s/b"), json!(2))
        ]
    );
    assert_eq!(records("object cp -o jsonl swift://c/a x"), [record("copy", json!("swift://c/a"), json!("x"), json!(1))]);
    assert_eq!(
        records("object mv -r -o jsonl swift://c/s swift://e"),
        [record("move", json!("swift://c/s/b"), json!("swift://e/b"), json!(2))]
    );
    let synced = records("object sync --delete -o jsonl d swift://e");
    assert_eq!(synced.len(), 3, "{synced:?}");
    assert!(synced.contains(
        &json!({ "action": "delete", "name": "b", "reason": "extra", "source": null, "destination": "swift://e/b", "bytes": 2 })
    ));
    assert!(synced.contains(
        &json!({ "action": "copy", "name": "a", "reason": "new", "source": "d/a", "destination": "swift://e/a", "bytes": 1 })
    ));
    assert_eq!(records("object rm -o jsonl swift://c/a"), [record("delete", json!("swift://c/a"), Value::Null, Value::Null)]);
    let array = bench.run("object rm -r -o json swift://e/s".split(' ')).json();
    assert_eq!(array, json!([record("delete", json!("swift://e/s/b"), Value::Null, json!(2))]));
}

#[test]
fn a_record_is_written_in_full_and_an_array_is_closed() {
    let bench = Bench::new();
    let long = "n".repeat(300);
    bench.file("a", "a");
    let run = bench.run(["object", "cp", "-o", "jsonl", "a", &format!("swift://c/{long}")]);
    let record: Value = serde_json::from_str(&run.text()).unwrap();
    assert_eq!(record["destination"], format!("swift://c/{long}"));
    let run = bench.run("object rm -o json c none".split(' '));
    assert_eq!((run.status, run.text().as_str()), (1, "[]\n"));
    let run = bench.run(["object", "rm", "-o", "json", "c", "none", &long]);
    assert_eq!((run.status, serde_json::from_slice::<Value>(&run.stdout).unwrap().as_array().unwrap().len()), (4, 1));
}

#[test]
fn a_retry_is_a_line_with_the_objects_name() {
    let bench = Bench::new();
    bench.file("a", "a");
    bench.ok("container create c");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/a").first(1).then(Fault::status(503))));
    let run = bench.run("-v object cp a swift://c/a".split(' '));
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.stderr);
    assert!(
        lines[0].starts_with("retry swift://c/a in ") && lines[0].ends_with("s: 503 Service Unavailable (attempt 1)"),
        "{}",
        lines[0]
    );
    assert_eq!(lines[1], "copy a -> swift://c/a, 1 B");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c_segments/*").first(2).then(Fault::status(503))));
    bench.file("big", noise(300_000));
    let run = bench.run("-v object cp --segment-size 100K big swift://c/big".split(' '));
    assert!(run.stderr.starts_with("retry swift://c_segments/big/"), "{}", run.stderr);
    // The log is one level further.
    let run = bench.run("-vv object ls swift://c".split(' '));
    assert!(run.stderr.contains("operation=\"list_objects\""), "{}", run.stderr);
    assert_eq!(bench.run("-v object ls swift://c".split(' ')).stderr, "");
}

#[test]
fn a_hint_is_given_once_and_fits() {
    let bench = Bench::new();
    bench.file("a", "a");
    bench.ok("container create c");
    let hints = |line: &str| {
        let run = run(bench.command().args(line.split(' ')), b"");
        run.stderr.lines().filter(|line| !line.starts_with("k5: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let no_container = "There is no container none: k5 container list shows the containers.";
    for (line, hint) in [
        ("object create none a", "There is no container none: k5 container create none creates it."),
        ("object ls swift://none", no_container),
        ("object cat none a b", no_container),
        ("object rm none a b c", no_container),
        ("object rm -r swift://none", no_container),
        ("object show none a", no_container),
        ("object set none a --property a=b", no_container),
        ("object cp swift://none/a x", no_container),
        ("object cp swift://none/a swift://c/x", no_container),
        ("container show none", no_container),
        ("object save c d/a d/b", "There is no such object in the container: k5 object ls swift://c/d/ shows the names."),
        ("object show c a", "There is no such object in the container: k5 object ls swift://c/ shows the names."),
    ] {
        assert_eq!(hints(line), [hint], "{line}");
    }
    bench.ok("object create c a");
    let full = hints("container delete c");
    assert_eq!(full, ["The container is not empty: k5 container delete -r c deletes its objects first."]);
    let later = Fault::status(503).header("Retry-After", "86400");
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").then(later)));
    assert!(hints("object ls swift://c")[0].contains("wait 24 h"));
}
