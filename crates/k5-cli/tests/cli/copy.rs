//! Copies of single things: up, down, through pipes, within the cloud, and moves.

use crate::bench::{Bench, noise, wait_for};
use std::process::Stdio;

#[test]
fn up_and_down_again() {
    let bench = Bench::new();
    for length in [0, 1, 65_536, 65_537, 5_000_000] {
        let bytes = noise(length);
        bench.file("up", &bytes);
        bench.ok("object cp up swift://c/it");
        bench.ok("object cp swift://c/it down");
        assert_eq!(std::fs::read(bench.path("down")).unwrap(), bytes);
    }
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    // The container is asked for once, and made once.
    let requests = bench.requests();
    assert_eq!(requests.iter().filter(|request| request.starts_with("PUT") && request.ends_with("/c")).count(), 1, "{requests:?}");
}

#[test]
fn through_pipes() {
    let bench = Bench::new();
    let bytes = noise(3_000_000);
    bench.run_with(["object", "cp", "-", "swift://c/piped"], &bytes).ok();
    let run = bench.run(["object", "cp", "swift://c/piped", "-"]);
    assert!(run.status == 0 && run.stdout == bytes && run.stderr.is_empty());
    // A file as stdin has a length.
    bench.file("up", &bytes);
    let child = bench
        .command()
        .args(["object", "cp", "-", "swift://c/file"])
        .stdin(std::fs::File::open(bench.path("up")).unwrap())
        .status();
    assert!(child.unwrap().success());
    let run = bench.run(["object", "cat", "swift://c/file", "swift://c/piped"]);
    assert_eq!(run.stdout.len(), 6_000_000);
}

#[test]
fn where_a_copy_lands() {
    let bench = Bench::new();
    bench.file("a.txt", "a");
    bench.file("b.txt", "b");
    bench.ok("object cp a.txt swift://c");
    bench.ok("object cp a.txt swift://c/d/");
    bench.ok("object cp a.txt b.txt swift://c/e/");
    assert_eq!(bench.names("c"), ["a.txt", "d/a.txt", "e/a.txt", "e/b.txt"]);
    std::fs::create_dir(bench.path("in")).unwrap();
    bench.ok("object cp swift://c/e/a.txt swift://c/e/b.txt in");
    bench.ok("object cp swift://c/d/a.txt in/renamed");
    assert_eq!(std::fs::read(bench.path("in/b.txt")).unwrap(), b"b");
    assert_eq!(std::fs::read(bench.path("in/renamed")).unwrap(), b"a");
    assert!(bench.fails("object cp swift://c/a.txt absent/x", 2).contains("absent/x"));
}

#[test]
fn devices_and_links_stay_what_they_are() {
    let bench = Bench::new();
    bench.file("a", "a");
    bench.ok("object cp a swift://c/a");
    bench.ok("object cp swift://c/a /dev/null");
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    bench.file("target", "old");
    std::os::unix::fs::symlink("target", bench.path("link")).unwrap();
    bench.ok("object cp swift://c/a link");
    assert!(bench.path("link").is_symlink());
    assert_eq!(std::fs::read(bench.path("target")).unwrap(), b"a");
    // A file that looks like an unfinished download is somebody's own.
    bench.file("x.part", "mine");
    bench.ok("object cp swift://c/a x");
    assert_eq!(std::fs::read(bench.path("x.part")).unwrap(), b"mine");
}

#[test]
fn options_reach_the_object() {
    let bench = Bench::new();
    bench.file("a.txt", "a");
    bench.ok("object cp a.txt swift://c/a --content-type image/png --property colour=red --metadata size=big --expire-after 1h");
    let shown = bench.run(["object", "stat", "-o", "json", "swift://c/a"]).json();
    assert_eq!(shown["content_type"], "image/png");
    let (colour, size) = (&shown["metadata"]["colour"], &shown["metadata"]["size"]);
    assert_eq!((colour, size), (&"red".into(), &"big".into()));
    assert!(shown["delete_at"].as_u64().unwrap() > 1_700_000_000);
    bench.ok("object cp a.txt swift://c/b.txt --expire-at 4000000000 --no-verify --transfers 1");
    let shown = bench.run(["object", "show", "-o", "json", "swift://c/b.txt"]).json();
    assert_eq!((&shown["delete_at"], &shown["content_type"]), (&4_000_000_000_u64.into(), &"text/plain".into()));
}

#[test]
fn nothing_is_overwritten_unasked() {
    let bench = Bench::new();
    bench.file("old", "old");
    bench.file("new", "new");
    bench.ok("object cp old swift://c/x");
    assert!(bench.fails("object cp --no-clobber new swift://c/x", 1).contains("412"));
    assert!(bench.fails("object cp --if-none-match swift://c/x new", 2).contains("already exists"));
    bench.ok("object cp new swift://c/y");
    assert!(bench.fails("object cp -n swift://c/y swift://c/x", 1).contains("left as it is"));
    assert_eq!(bench.ok("object cat swift://c/x"), "old");
    assert_eq!(std::fs::read(bench.path("new")).unwrap(), b"new");
    bench.ok("object cp -n new swift://c/fresh");
}

#[test]
fn copies_within_the_cloud() {
    let bench = Bench::new();
    bench.file("a", "a");
    bench.ok("object cp a swift://c/a --property colour=red --content-type x/y");
    bench.emulator.clear_requests();
    bench.ok("object cp swift://c/a swift://d/folder/");
    assert!(bench.requests().iter().any(|request| request.starts_with("COPY")));
    assert!(!bench.requests().iter().any(|request| request.starts_with("GET")));
    let shown = bench.run(["object", "stat", "-o", "json", "swift://d/folder/a"]).json();
    assert_eq!((&shown["metadata"]["colour"], &shown["content_type"]), (&"red".into(), &"x/y".into()));
    assert!(bench.fails("object cp swift://c/a swift://c/a", 2).contains("same object"));
    assert!(bench.fails("object mv swift://c/a swift://c/a", 2).contains("same object"));
    assert_eq!(bench.names("c"), ["a"]);
}

#[test]
fn moves() {
    let bench = Bench::new();
    bench.file("a", "content");
    bench.ok("object mv a swift://c/one");
    assert!(!bench.path("a").exists());
    bench.ok("object mv swift://c/one swift://d/two");
    assert!(bench.names("c").is_empty());
    bench.ok("object mv swift://d/two back");
    assert!(bench.names("d").is_empty());
    assert_eq!(std::fs::read(bench.path("back")).unwrap(), b"content");
    assert_eq!(bench.run(["object", "mv", "-", "swift://c/x"]).status, 2);
    bench.fails("object mv absent swift://c/x", 2);
}

#[test]
fn the_time_of_change_goes_along() {
    let bench = Bench::new();
    for (n, size) in [0, 10, 70_000, 300_000].into_iter().enumerate() {
        let file = std::fs::File::create(bench.file(format!("dir/{n}"), noise(size))).unwrap();
        std::io::Write::write_all(&mut &file, &noise(size)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(1_600_000_000 + size as u64, 5_000)).unwrap();
    }
    let changed = |name: &str| std::fs::metadata(bench.path(name)).unwrap().modified().unwrap();
    // So nothing is left to do for a sync, whichever way.
    bench.ok("object cp -r --segment-size 100K dir swift://c");
    assert_eq!(bench.ok("object sync --dry-run dir swift://c"), "");
    bench.ok("object cp -r swift://c out");
    assert_eq!(bench.ok("object sync --dry-run swift://c out"), "");
    bench.ok("object mv dir/1 swift://d/1");
    bench.ok("object mv swift://d/1 back");
    assert_eq!(changed("back"), changed("out/1"));
    // Without a time of its own, it is when the object was stored.
    bench.run_with(["object", "cp", "-", "swift://d/x"], b"x").ok();
    bench.ok("object cp swift://d/x x");
    assert_eq!(bench.ok("object sync --dry-run swift://d ."), "");
    // A time that is given wins.
    bench.ok("object cp out/1 swift://e/x --property Mtime=1500000000");
    bench.ok("object cp swift://e/x x");
    assert_eq!(changed("x").duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_500_000_000);
    bench.ok("object cp swift://e/x /dev/null");
}

#[test]
fn a_named_pipe_is_read_once() {
    let bench = Bench::new();
    assert!(std::process::Command::new("mkfifo").arg(bench.path("pipe")).status().unwrap().success());
    let (path, bytes) = (bench.path("pipe"), noise(300_000));
    let writing = std::thread::spawn({
        let bytes = bytes.clone();
        move || std::fs::write(path, bytes)
    });
    // Who opened it a second time would wait for another writer for ever.
    let mut copying = bench.command().args(["object", "cp", "pipe", "swift://c/x"]).spawn().unwrap();
    wait_for(|| copying.try_wait().unwrap().is_some());
    writing.join().unwrap().unwrap();
    assert!(bench.run(["object", "cat", "swift://c/x"]).stdout == bytes);
}

#[test]
fn an_interrupted_upload_leaves_nothing() {
    let bench = Bench::new();
    bench.ok("container create c");
    let mut child =
        bench.command().args(["object", "cp", "-", "swift://c/x"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // More than the first segment, which is read before anything is sent.
    std::io::Write::write_all(&mut pipe, &noise(17 << 20)).unwrap();
    wait_for(|| bench.requests().iter().any(|request| request.starts_with("PUT") && request.contains("/c_segments/x/slo/")));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
    assert!(bench.names("c").is_empty());
}

#[test]
fn an_interrupted_download_leaves_nothing() {
    use k5_emulator::{Fault, Faults, Rule};
    let bench = Bench::new();
    bench.file("up", noise(2_000_000));
    bench.ok("object cp up swift://c/x");
    let pause = std::time::Duration::from_secs(30);
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/x").then(Fault::stall_write(1_000_000, pause))));
    let child = bench.command().args(["object", "cp", "swift://c/x", "down"]).stderr(Stdio::piped()).spawn().unwrap();
    let parts = || std::fs::read_dir(bench.path("")).unwrap().count();
    wait_for(|| parts() > 1);
    interrupt(child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    assert_eq!(parts(), 1);
}

fn interrupt(id: u32) {
    assert!(std::process::Command::new("kill").args(["-INT", &id.to_string()]).status().unwrap().success());
}
