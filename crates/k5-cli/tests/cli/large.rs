//! Large objects through the command line: in segments, in parts, removed with all that belongs to them.

use crate::bench::{Bench, noise};

fn count(bench: &Bench, method: &str, part: &str) -> usize {
    bench
        .requests()
        .iter()
        .filter(|request| request.starts_with(method) && request.contains(part) && !request.ends_with(".named"))
        .count()
}

#[test]
fn segments_up_and_parts_down() {
    let bench = Bench::new();
    let bytes = noise(1_000_000);
    bench.file("up", &bytes);
    bench.ok("object cp --segment-size 100K --concurrency 2 up swift://c/big --property colour=red");
    assert_eq!(count(&bench, "PUT", "/c_segments/big/slo/"), 10);
    let shown = bench.run(["object", "stat", "-o", "json", "swift://c/big"]).json();
    assert_eq!((&shown["static_large_object"], &shown["metadata"]["colour"]), (&true.into(), &"red".into()));
    bench.ok("object cp --segment-size 150K swift://c/big down");
    assert!(std::fs::read(bench.path("down")).unwrap() == bytes);
    assert!(bench.run(["object", "cat", "swift://c/big"]).stdout == bytes);
    bench.emulator.clear_requests();
    bench.ok("object cp --segment-size 100K up swift://c/big");
    assert_eq!((count(&bench, "PUT", "/c_segments/big/"), count(&bench, "PUT", "/c/big")), (0, 1), "all of it is there");
    bench.ok("object cp --segment-size 100K --no-resume up swift://c/big");
    assert_eq!(count(&bench, "PUT", "/c_segments/big/"), 10);
    assert_eq!(bench.segments("c_segments").len(), 10, "the old ones are gone");
    bench.ok("object cp --segment-size 100K --dynamic up swift://c/dynamic");
    assert!(bench.run(["object", "cat", "swift://c/dynamic"]).stdout == bytes);
    bench.run_with(["object", "cp", "--segment-size", "300K", "-", "swift://c/piped"], &bytes).ok();
    assert!(bench.run(["object", "cat", "swift://c/piped"]).stdout == bytes);
    // A small object in the place of a large one.
    bench.file("small", "x");
    bench.ok("object cp small swift://c/big");
    assert!(bench.names("c_segments").iter().all(|name| !name.starts_with("big/")));
    assert!(bench.run(["object", "cp", "-n", "--segment-size", "100K", "up", "swift://c/piped"]).stderr.contains("412"));
    let names: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn removal_takes_segments_along() {
    let bench = Bench::new();
    bench.file("up", noise(300_000));
    for name in ["a", "b", "f/c", "f/d", "kept"] {
        bench.ok(&format!("object cp --segment-size 100K up swift://c/{name}"));
    }
    bench.ok("object cp --segment-size 100K --dynamic up swift://c/f/dynamic");
    for n in 0..30 {
        bench.file(format!("many/{n}"), "x");
    }
    bench.ok("object cp -r many swift://c/f/many");
    bench.ok("object rm swift://c/a");
    bench.ok("object rm --keep-segments swift://c/b");
    bench.emulator.clear_requests();
    bench.ok("object rm -r swift://c/f");
    assert_eq!(count(&bench, "DELETE", "/c/f/many"), 0, "by one request");
    assert_eq!(bench.names("c"), ["kept"]);
    let left = bench.segments("c_segments");
    assert!(left.len() == 6 && left.iter().all(|name| name.starts_with("b/") || name.starts_with("kept/")), "{left:?}");

    assert_eq!(bench.ok("object gc-segments --dry-run swift://c"), "", "they are too young");
    let listed = bench.ok("object gc-segments --dry-run --older-than 0 swift://c");
    assert_eq!(listed.lines().filter(|line| !line.contains(".named")).count(), 3, "{listed}");
    assert_eq!(bench.segments("c_segments").len(), 6);
    // Nobody can be asked here, so nothing waits for an answer.
    let run = bench.run(["object", "gc-segments", "--older-than", "0", "swift://c"]);
    assert!(run.status == 0 && run.stderr.contains("segments removed"), "{run:?}");
    assert_eq!(bench.segments("c_segments").len(), 3, "{run:?} {:?}", bench.names("c_segments"));
    bench.ok("object cp swift://c/kept down");
    bench.fails("object gc-segments --yes swift://c/kept", 2);
}

#[test]
fn a_moved_object_keeps_its_segments() {
    let bench = Bench::new();
    let (one, two) = (noise(300_000), noise(250_001));
    bench.file("up", &one);
    bench.ok("object cp --segment-size 100K up swift://c/a");
    bench.ok("object mv swift://c/a swift://d/b");
    // The same file of the old name, replaced and removed: each has what is its own.
    bench.ok("object cp --segment-size 100K up swift://c/a");
    bench.file("up", &two);
    bench.ok("object cp --segment-size 100K up swift://c/a");
    assert!(bench.run(["object", "cat", "swift://d/b"]).stdout == one);
    assert!(bench.run(["object", "cat", "swift://c/a"]).stdout == two);
    bench.run(["object", "gc-segments", "--yes", "--older-than", "0", "swift://c"]);
    assert!(bench.run(["object", "cat", "swift://d/b"]).stdout == one);
    bench.ok("object mv swift://c/a here");
    assert!(std::fs::read(bench.path("here")).unwrap() == two);
    bench.ok("object rm swift://d/b");
    bench.run(["object", "gc-segments", "--yes", "--older-than", "0", "swift://c"]);
    assert!(bench.names("c_segments").is_empty(), "{:?}", bench.names("c_segments"));
}

/// A limit on the size of files stands in for a disk that is full.
#[test]
fn a_disk_that_is_full() {
    let bench = Bench::new();
    let bytes = noise(1_000_000);
    bench.file("up", &bytes);
    bench.ok("object cp --segment-size 100K up swift://c/big");
    bench.file("down", "old");
    let script = r#"trap '' XFSZ; ulimit -f 800; exec "$@""#;
    let limited = |target: &str| {
        let k5 = bench.command();
        let line = ["object", "cp", "--segment-size", "100K", "--concurrency", "1", "swift://c/big", target];
        let mut command = std::process::Command::new("/bin/sh");
        command.args(["-c", script, "sh"]).arg(k5.get_program()).args(line).current_dir(bench.path(""));
        command.env_clear().env("HOME", bench.path("")).envs(bench.emulator.environment());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, text) = limited("down");
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("can't be written") && text.contains("the same download resumes from there"), "{text}");
    assert_eq!(std::fs::read(bench.path("down")).unwrap(), b"old");
    bench.emulator.clear_requests();
    bench.ok("object cp --segment-size 100K swift://c/big down");
    assert!(std::fs::read(bench.path("down")).unwrap() == bytes);
    let requests = bench.emulator.requests();
    let parts = requests.iter().filter(|request| request.header("if-match").is_some()).map(|request| &request.path);
    let parts = parts.collect::<std::collections::BTreeSet<_>>().len();
    assert!(parts < 9, "{parts} segments were asked for: some of them were there");
}
