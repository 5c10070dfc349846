//! `k5 object sync`: up, down, within the cloud; what it leaves alone; interrupted, and in parts.

use crate::bench::Bench;
use k5_emulator::{Fault, Faults, Rule};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

/// A file that was changed at this time.
fn file(bench: &Bench, name: &str, content: &str, seconds: f64) {
    let path = bench.file(name, content);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs_f64(seconds)).unwrap();
}

fn mtime(bench: &Bench, name: &str) -> Duration {
    std::fs::metadata(bench.path(name)).unwrap().modified().unwrap().duration_since(UNIX_EPOCH).unwrap()
}

fn header(bench: &Bench, object: &str) -> String {
    let stat = bench.run(["object", "stat", "-o", "json", object]).json();
    stat.to_string().to_ascii_lowercase()
}

/// How many segments there are, without the marks beside them.
fn segments(bench: &Bench, container: &str) -> usize {
    let is_number = |name: &String| name.rsplit('/').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    bench.names(container).iter().filter(|name| is_number(name)).count()
}

fn usual_tree(bench: &Bench) {
    for name in ["a", "a-b", "a.d/x", "a.txt", "a d/é #?%2F", "z/empty"] {
        file(bench, &format!("dir/{name}"), if name.ends_with("empty") { "" } else { name }, 1_700_000_000.25);
    }
}

#[test]
fn up_twice_and_changed() {
    let bench = Bench::new();
    usual_tree(&bench);
    let plan = bench.ok("object sync -n dir swift://c/p");
    let lines = ["copy a", "copy a d/é #?%2F", "copy a-b", "copy a.d/x", "copy a.txt", "copy z/empty"];
    assert_eq!(plan.lines().collect::<Vec<_>>(), lines);
    assert!(!bench.ok("container list -o json").contains("\"c\""), "a dry run makes nothing");
    assert_eq!(bench.ok("object sync dir swift://c/p"), "");
    assert_eq!(bench.names("c"), ["p/a", "p/a d/é #?%2F", "p/a-b", "p/a.d/x", "p/a.txt", "p/z/empty"]);
    assert!(header(&bench, "swift://c/p/a").contains("1700000000.25"));
    for option in ["", "--checksum", "--delete"] {
        assert_eq!(bench.ok(&format!("object sync -n {option} dir swift://c/p")), "", "{option}");
    }
    file(&bench, "dir/a", "A", 1_700_000_002.0);
    file(&bench, "dir/a-b", "a-b", 1_700_000_002.0);
    file(&bench, "dir/a.txt", "longer than it was", 1_700_000_000.25);
    std::fs::remove_file(bench.path("dir/z/empty")).unwrap();
    let plan = bench.ok("object sync -n -o jsonl --delete dir swift://c/p");
    let told: Vec<serde_json::Value> = plan.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |name: &str| told.iter().map(|line| line[name].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
    assert_eq!(field("action"), "copy touch copy delete");
    assert_eq!(field("name"), "a a-b a.txt z/empty");
    assert_eq!(field("reason"), "content time size extra");
    assert_eq!(bench.ok("object sync -n --checksum dir swift://c/p"), "copy a\ncopy a.txt\n");
    bench.ok("object sync dir swift://c/p");
    assert_eq!(bench.ok("object sync -n dir swift://c/p"), "");
    assert_eq!(bench.names("c").len(), 6, "nothing goes unless that is asked for");
    bench.ok("object sync --delete dir swift://c/p");
    assert_eq!(bench.names("c").len(), 5);
    assert!(header(&bench, "swift://c/p/a-b").contains("1700000002"));
}

#[test]
fn down_with_times() {
    let bench = Bench::new();
    usual_tree(&bench);
    bench.ok("object sync dir swift://c");
    bench.file("out/old/deep/extra", "x");
    bench.file("out/a.txt", "other");
    bench.ok("object sync --delete swift://c out");
    assert_eq!(std::fs::read_to_string(bench.path("out/a d/é #?%2F")).unwrap(), "a d/é #?%2F");
    assert_eq!(std::fs::read_to_string(bench.path("out/a.txt")).unwrap(), "a.txt");
    assert_eq!(mtime(&bench, "out/a.txt"), Duration::from_millis(1_700_000_000_250));
    assert!(!bench.path("out/old").exists(), "a folder that is empty now goes");
    assert_eq!(bench.ok("object sync -n --delete swift://c out"), "");
    file(&bench, "out/a", "a", 5.0);
    assert_eq!(bench.ok("object sync -n swift://c out"), "touch a\n");
    bench.ok("object sync swift://c out");
    assert_eq!(mtime(&bench, "out/a"), Duration::from_millis(1_700_000_000_250));
}

#[test]
fn between_containers() {
    let bench = Bench::new();
    usual_tree(&bench);
    bench.ok("object sync dir swift://c");
    bench.run_with(["object", "cp", "-", "swift://c/no time"], b"x").ok();
    bench.run_with(["object", "cp", "-", "swift://d/q/extra"], b"x").ok();
    bench.ok("object sync --delete swift://c swift://d/q");
    let names: Vec<_> = bench.names("c").into_iter().map(|name| format!("q/{name}")).collect();
    assert_eq!(bench.names("d"), names);
    assert_eq!(bench.ok("object sync -n --delete swift://c swift://d/q"), "");
    assert_eq!(bench.ok("object sync -n --checksum swift://c swift://d/q"), "");
    for line in ["swift://c swift://c/x", "swift://c/x/ swift://c/x", "dir dir", "- swift://c", "dir/a swift://c", "none swift://c"]
    {
        bench.fails(&format!("object sync {line}"), 2);
    }
    assert!(bench.fails("object sync --delete dir swift://c_segments", 2).contains("segments"));
}

#[test]
fn filters_and_parts() {
    let bench = Bench::new();
    for n in 0..40 {
        bench.file(format!("dir/{n}.txt"), n.to_string());
        bench.file(format!("dir/tmp/{n}.log"), n.to_string());
    }
    bench.run_with(["object", "cp", "-", "swift://c/tmp/stays"], b"x").ok();
    let filter = "--exclude /tmp/ --exclude *7.txt --exclude !17.txt";
    bench.ok(&format!("object sync --delete {filter} dir swift://c"));
    assert_eq!(bench.names("c").len(), 1 + 40 - 3);
    assert_eq!(bench.ok("object sync -n --include 1*.txt dir swift://d").lines().count(), 11);
    let mut parts: Vec<String> = Vec::new();
    for n in 1..=3 {
        let part = bench.ok(&format!("object sync -n --shard {n}/3 dir swift://d"));
        assert!(part.lines().count() > 5);
        parts.extend(part.lines().map(str::to_owned));
    }
    parts.sort();
    let whole = bench.ok("object sync -n dir swift://d");
    let mut whole: Vec<_> = whole.lines().map(str::to_owned).collect();
    whole.sort();
    assert_eq!(parts, whole);
    for n in 1..=3 {
        bench.ok(&format!("object sync --delete --shard {n}/3 dir swift://d"));
    }
    assert_eq!(bench.names("d").len(), 80);
    assert_eq!(bench.run("object sync --shard 0/3 dir swift://d".split(' ')).status, 2);
    bench.fails("object sync --include [z-a] dir swift://d", 2);
}

#[test]
fn what_is_left_out_is_told() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    bench.file("dir/file", "x");
    std::os::unix::fs::symlink("file", bench.path("dir/link")).unwrap();
    let run = bench.run(["object", "sync", "dir", "swift://c"]);
    assert_eq!((run.status, bench.names("c")), (0, vec!["file".to_owned()]));
    assert!(run.stderr.contains("dir/link is left out: it is a symbolic link"), "{}", run.stderr);
    bench.ok("object sync -L dir swift://c");
    assert_eq!(bench.names("c"), ["file", "link"]);
    // A name that can't be an object fails alone, and then nothing is deleted.
    std::fs::write(bench.path("dir").join(std::ffi::OsStr::from_bytes(b"gro\xdf")), "x").unwrap();
    bench.file("dir/new", "x");
    std::fs::remove_file(bench.path("dir/link")).unwrap();
    let run = bench.run(["object", "sync", "--delete", "dir", "swift://c"]);
    assert_eq!((run.status, bench.names("c").join(" ").as_str()), (4, "file link new"), "{}", run.stderr);
    assert!(run.stderr.contains("UTF-8") && run.stderr.contains("nothing more is deleted"), "{}", run.stderr);
}

#[test]
fn names_that_can_be_no_file_fail_alone() {
    let bench = Bench::new();
    for name in ["a//b", "../up", "good", "link/x", "straight"] {
        bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], b"evil").ok();
    }
    std::fs::create_dir_all(bench.path("out")).unwrap();
    bench.file("mine", "mine");
    std::os::unix::fs::symlink(bench.path(""), bench.path("out/link")).unwrap();
    std::os::unix::fs::symlink(bench.path("mine"), bench.path("out/straight")).unwrap();
    bench.file("out/extra", "x");
    let run = bench.run(["object", "sync", "--delete", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    for name in ["a//b", "../up", "link/x", "straight"] {
        assert!(run.stderr.contains(&format!("swift://c/{name} -> ")), "{name}: {}", run.stderr);
    }
    assert!(bench.path("out/good").is_file() && bench.path("out/extra").is_file());
    assert!(!bench.path("up").exists() && !bench.path("x").exists());
    assert_eq!(std::fs::read_to_string(bench.path("mine")).unwrap(), "mine");
}

#[test]
fn a_listing_that_fails_deletes_nothing() {
    let bench = Bench::new();
    bench.file("out/a", "x");
    assert!(bench.fails("object sync --delete swift://none out", 1).contains("none"));
    bench.ok("container create c");
    assert!(bench.fails("object sync --delete swift://c/typo out", 1).contains("nothing below"));
    assert!(bench.path("out/a").is_file());
    bench.file("dir/b", "x");
    bench.ok("object sync dir swift://c");
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").then(Fault::status(503))));
    bench.fails("object sync --delete swift://c out", 1);
    bench.fails("object sync --delete out swift://c", 1);
    bench.emulator.faults(Faults::new());
    assert!(bench.path("out/a").is_file());
    assert_eq!(bench.names("c"), ["b"]);
    // One file that can't be stored keeps what is extra as well.
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/a").then(Fault::status(403))));
    let run = bench.run(["object", "sync", "--delete", "out", "swift://c"]);
    assert_eq!((run.status, bench.names("c")), (4, vec!["b".to_owned()]), "{}", run.stderr);
    bench.emulator.faults(Faults::new());
    bench.ok("object sync --delete out swift://c");
    assert_eq!(bench.names("c"), ["a"]);
}

#[test]
fn large_objects_go_in_segments_and_stay_whole() {
    let bench = Bench::new();
    let bytes = crate::bench::noise(300_000);
    bench.file("dir/big", &bytes);
    bench.file("dir/small", "x");
    let line = "object sync --delete --segment-size 64K dir swift://c";
    bench.ok(line);
    assert_eq!(bench.segments("c_segments").len(), 5);
    assert_eq!(bench.ok("object sync -n --delete dir swift://c"), "");
    assert_eq!(bench.ok("object sync -n --checksum dir swift://c"), "");
    bench.ok("object sync --segment-size 64K swift://c out");
    assert_eq!(std::fs::read(bench.path("out/big")).unwrap(), bytes);
    assert_eq!(bench.ok("object sync -n --delete swift://c out"), "");
    bench.ok("object sync swift://c swift://d");
    assert_eq!(bench.ok("object sync -n --delete swift://c swift://d"), "");
    bench.ok("object sync --dynamic --segment-size 64K dir swift://e");
    assert_eq!(bench.ok("object sync -n --delete dir swift://e"), "");
    // Segments in a container of their own names are not strangers; the object's own go with it.
    let segment = bench.segments("c_segments").swap_remove(0);
    bench.run_with(["object", "cp", "-", &format!("swift://c/{segment}")], b"x").ok();
    std::fs::remove_file(bench.path("dir/big")).unwrap();
    bench.ok(line);
    assert_eq!(bench.names("c"), [segment.as_str(), "small"]);
    assert!(bench.names("c_segments").is_empty());
}

#[test]
fn an_interrupted_sync_goes_on() {
    let bench = Bench::new();
    for n in 0..200 {
        bench.file(format!("dir/{n:03}"), n.to_string());
    }
    bench.ok("container create c");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/*").then(Fault::delay(Duration::from_millis(20)))));
    let mut child = bench.command().args(["object", "sync", "dir", "swift://c"]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(150));
    child.kill().unwrap();
    child.wait().unwrap();
    std::thread::sleep(Duration::from_millis(60));
    bench.emulator.faults(Faults::new());
    let there = bench.names("c").len();
    assert!(there < 200);
    let left = bench.ok("object sync -n dir swift://c").lines().count();
    assert_eq!(left, 200 - there, "what was done is not done again");
    bench.ok("object sync dir swift://c");
    assert_eq!(bench.names("c").len(), 200);
    assert_eq!(bench.ok("object sync -n --delete dir swift://c"), "");
}

#[test]
fn a_limit_is_kept() {
    let bench = Bench::new();
    bench.file("dir/a", crate::bench::noise(200_000));
    bench.file("dir/b", crate::bench::noise(200_000));
    for line in ["object sync --bwlimit 400K dir swift://c", "object sync --bwlimit 400K swift://c out"] {
        let begun = std::time::Instant::now();
        bench.ok(line);
        assert!(begun.elapsed() > Duration::from_millis(400), "{line}");
    }
    assert_eq!(std::fs::read(bench.path("out/b")).unwrap(), std::fs::read(bench.path("dir/b")).unwrap());
    assert!(Path::new(&bench.path("out/a")).is_file());
}

#[test]
fn nothing_behind_a_link_of_the_destination_is_touched() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    file(&bench, "dir/kept", "kept", 1_700_000_000.25);
    file(&bench, "dir/l/f", "f", 1_700_000_000.25);
    file(&bench, "dir/one", "one", 1_700_000_000.25);
    bench.ok("object sync dir swift://c");
    file(&bench, "out/f", "f", 5.0);
    file(&bench, "out/deep/extra", "x", 5.0);
    file(&bench, "out/one", "one", 5.0);
    std::fs::create_dir_all(bench.path("dst")).unwrap();
    symlink("../out", bench.path("dst/l")).unwrap();
    symlink("../out/one", bench.path("dst/one")).unwrap();
    symlink("../out", bench.path("dst/stranger")).unwrap();
    for options in ["-L --delete", "--delete", ""] {
        // -L is about a source, and here there is none that has links.
        let run = bench.run(format!("object sync {options} swift://c dst").split_whitespace());
        if options.contains("-L") {
            assert_eq!(run.status, 2, "{}", run.stderr);
            continue;
        }
        assert_eq!(run.status, 4, "{}", run.stderr);
        for name in ["l", "one"] {
            let told = format!("dst/{name} is a symbolic link");
            assert!(run.stderr.contains(&told), "{told}: {}", run.stderr);
        }
    }
    bench.ok("object rm swift://c/l/f swift://c/one");
    bench.ok("object sync --delete swift://c dst");
    assert_eq!(bench.ok("object sync -n --delete swift://c dst"), "");
    for name in ["f", "deep/extra", "one"] {
        assert_eq!(mtime(&bench, &format!("out/{name}")), Duration::from_secs(5), "{name}");
    }
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 3);
    assert!(bench.path("dst/l").is_symlink() && bench.path("dst/one").is_symlink() && bench.path("dst/kept").is_file());
    // The root is what the user named, and may be a link.
    symlink("out", bench.path("root")).unwrap();
    bench.ok("object sync --delete swift://c root");
    assert!(bench.path("out/kept").is_file() && !bench.path("out/f").exists() && !bench.path("out/deep").exists());
    assert!(bench.path("root").is_symlink());
}

/// A folder that has become a link, or a file that has become a pipe, is still there: its backup stays.
#[test]
fn what_is_left_out_of_the_source_is_not_deleted() {
    let bench = Bench::new();
    for name in
        ["d/photos/1", "d/photos/2/3", "d/photos-old/1", "d/photos.txt", "d/photos0", "d/pipe", "d/pipe/line", "d/gone", "d/stays"]
    {
        bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], b"x").ok();
    }
    bench.file("d/stays", "x");
    std::fs::create_dir(bench.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", bench.path("d/photos")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(bench.path("d/pipe")).status().unwrap().success());
    let told = |line: &str| {
        let run = bench.run(line.split(' '));
        assert!(run.status == 0 && run.stderr.contains("d/pipe is left out"), "{line}: {}", run.stderr);
        run.text()
    };
    let plan = told("object sync -n --delete d swift://c/d");
    let deleted: Vec<_> = plan.lines().filter(|line| line.starts_with("delete")).collect();
    assert_eq!(deleted, ["delete gone", "delete photos-old/1", "delete photos.txt", "delete photos0"]);
    told("object sync --delete d swift://c/d");
    assert_eq!(bench.names("c"), ["d/photos/1", "d/photos/2/3", "d/pipe", "d/pipe/line", "d/stays"]);
    // Followed, the link is a folder, and what it has not goes.
    told("object sync -L --delete d swift://c/d");
    assert_eq!(bench.names("c"), ["d/pipe", "d/pipe/line", "d/stays"]);
}

#[test]
fn a_pattern_is_literal_or_refused() {
    let bench = Bench::new();
    bench.file("dir/a", "x");
    bench.ok("object sync dir swift://c");
    let odd = ["#recycle/x", "trail ", "!bang", "kept.log"];
    for name in odd {
        bench.file(format!("nas/{name}"), "mine");
    }
    let sync = |patterns: &[&str]| {
        let options = patterns.iter().flat_map(|pattern| ["--exclude", *pattern]);
        bench.run(["object", "sync", "--delete"].into_iter().chain(options).chain(["swift://c", "nas"]))
    };
    for refused in ["", "!bang", "/", "a\\", "a\nb", "./x", "{a,b}"] {
        let run = sync(&[refused]);
        assert_eq!(run.status, 2, "{refused:?}: {}", run.stderr);
        assert!(run.stderr.contains("pattern"), "{}", run.stderr);
    }
    let run = sync(&["#recycle", "trail ", "\\!bang", "*.log"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for name in odd {
        assert!(bench.path("nas").join(name).is_file(), "{name}");
    }
}

#[test]
fn an_option_that_can_mean_nothing_is_refused() {
    let bench = Bench::new();
    bench.file("dir/a", "x");
    bench.ok("object sync dir swift://c");
    for line in [
        "-L swift://c out",
        "-L swift://c swift://d",
        "--dynamic swift://c out",
        "--dynamic swift://c swift://d",
        "--segment-size 1M swift://c swift://d",
        "--concurrency 2 swift://c swift://d",
        "--bwlimit 1M swift://c swift://d",
        "--links swift://c swift://d",
        "--segment-container x swift://c out",
        "--header Cache-Control=x swift://c out",
        "--header X-Object-Meta-Mtime=5 dir swift://c",
        "--segment-container x swift://c swift://d",
    ] {
        assert!(bench.fails(&format!("object sync {line}"), 2).contains("can't be used here"), "{line}");
    }
    for line in ["--checksum --modify-window 2s dir swift://c", "--links -L dir swift://c", "--max-delete 3 dir swift://c"] {
        assert_eq!(bench.run(format!("object sync {line}").split(' ')).status, 2, "{line}");
    }
    assert!(!bench.path("out").exists());
    bench.ok("object sync --shard 1/1 --segment-size 1M --concurrency 2 --bwlimit 1G swift://c out");
}

#[test]
fn odd_things_at_the_destination_fail_alone() {
    let bench = Bench::new();
    for name in ["pipe", "socket", "folder", "file/x", "good", "later"] {
        file(&bench, &format!("dir/{name}"), name, 1_700_000_000.25);
    }
    bench.ok("object sync dir swift://c");
    bench.file("out/file", "mine");
    bench.file("out/folder/mine", "mine");
    bench.file("out/extra", "x");
    assert!(std::process::Command::new("mkfifo").arg(bench.path("out/pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("out/socket")).unwrap();
    let run = bench.run(["object", "sync", "--delete", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    for told in
        ["out/pipe is a device, pipe or socket", "out/socket is a device", "out/folder is a folder", "out/file is a file, where a"]
    {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert!(bench.path("out/good").is_file() && bench.path("out/later").is_file());
    assert!(bench.path("out/extra").is_file(), "nothing is deleted after a failure");
    assert_eq!(std::fs::read_to_string(bench.path("out/folder/mine")).unwrap(), "mine");
    // A single failure is one of a sync all the same.
    let run = bench.run(["object", "sync", "--include", "/pipe", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
}

#[test]
fn what_is_listed_and_gone_is_no_failure() {
    let bench = Bench::new();
    for name in ["a", "ghost", "same"] {
        file(&bench, &format!("dir/{name}"), name, 1_700_000_000.25);
        file(&bench, &format!("out/{name}"), name, 5.0);
    }
    bench.ok("object sync dir swift://c");
    bench.file("out/extra", "x");
    std::fs::remove_file(bench.path("out/a")).unwrap();
    let ghost = |method: &str| Rule::on(method, "/v1/*/c/ghost").then(Fault::status(404));
    bench.emulator.faults(Faults::new().rule(ghost("GET")).rule(ghost("HEAD")).rule(ghost("COPY")));
    // Asked for to compare it, to download it, and to copy it.
    for (line, there) in [("swift://c out", true), ("swift://c fresh", false), ("swift://c swift://d", false)] {
        let run = bench.run(format!("object sync --delete {line}").split(' '));
        assert_eq!(run.status, 0, "{line}: {}", run.stderr);
        assert!(run.stderr.contains("swift://c/ghost is left out: it is listed, but not there any more"), "{line}: {}", run.stderr);
        assert!(there || !bench.path("fresh/ghost").exists());
    }
    assert_eq!(bench.names("d"), ["a", "same"]);
    assert!(bench.path("out/a").is_file() && bench.path("fresh/same").is_file());
    assert!(!bench.path("out/extra").exists(), "deletions are not withheld");
    assert!(bench.path("out/ghost").is_file(), "the listing has it");
}

#[test]
fn marks_of_folders_in_any_form() {
    let bench = Bench::new();
    bench.file("dir/d/f", "f");
    bench.ok("object sync dir swift://c");
    let marks = [
        ("d", "application/directory", &b""[..]),
        ("d/", "application/x-directory; charset=UTF-8", b""),
        ("e", "application/directory;charset=utf-8", b""),
        ("g", "httpd/unix-directory", b""),
        ("h/", "application/octet-stream", b"\n"),
        ("i/", "text/plain", b""),
    ];
    for (name, kind, bytes) in marks {
        bench.run_with(["object", "cp", "--content-type", kind, "-", &format!("swift://c/{name}")], bytes).ok();
    }
    bench.file("out/extra", "x");
    bench.ok("object sync --delete swift://c out");
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 1);
    assert!(bench.path("out/d/f").is_file());
    bench.ok("object sync --delete swift://c swift://e");
    assert_eq!(bench.names("e"), ["d/f"]);
    std::fs::remove_file(bench.path("dir/d/f")).unwrap();
    bench.ok("object sync --delete dir swift://c");
    assert_eq!(bench.names("c"), ["d", "d/", "e", "g", "h/", "i/"]);
    bench.ok("object cp -r swift://c copied");
    for (name, ..) in marks {
        assert!(bench.path("copied").join(name).is_dir(), "{name}");
    }
}

#[test]
fn what_is_replaced_or_deleted_is_kept_elsewhere() {
    let bench = Bench::new();
    let old = crate::bench::noise(200_000);
    file(&bench, "dir/changed", "old", 1_700_000_000.25);
    file(&bench, "dir/touched", "same", 1_700_000_000.25);
    file(&bench, "dir/d/gone", "gone", 1_700_000_000.25);
    bench.file("dir/big", &old);
    bench.file("dir/big gone", &old);
    let line = "object sync --delete --segment-size 64K --backup-dir swift://kept/old dir swift://c";
    bench.ok(line);
    assert!(bench.names("kept").is_empty());
    file(&bench, "dir/changed", "new content", 1_700_000_010.0);
    file(&bench, "dir/touched", "same", 1_700_000_010.0);
    bench.file("dir/big", crate::bench::noise(190_000));
    std::fs::remove_dir_all(bench.path("dir/d")).unwrap();
    std::fs::remove_file(bench.path("dir/big gone")).unwrap();
    bench.ok(line);
    assert_eq!(bench.names("c"), ["big", "changed", "touched"]);
    assert_eq!(bench.names("kept"), ["old/big", "old/big gone", "old/changed", "old/d/gone"]);
    bench.ok("object cp -r swift://kept/old back");
    for (name, content) in [("big", &old[..]), ("big gone", &old[..]), ("changed", b"old"), ("d/gone", b"gone")] {
        assert_eq!(std::fs::read(bench.path("back").join(name)).unwrap(), content, "{name}");
    }
    bench.ok("object sync swift://c now");
    assert_eq!(std::fs::read(bench.path("now/big")).unwrap(), crate::bench::noise(190_000));
    // Down, into a folder; twice, so that the later backup takes the place of the earlier one.
    for round in 0..2 {
        file(&bench, "now/changed", &format!("mine {round}"), 5.0);
        file(&bench, "now/d/extra", &format!("extra {round}"), 5.0);
        bench.ok("object sync --delete --backup-dir old swift://c now");
        assert_eq!(std::fs::read_to_string(bench.path("now/changed")).unwrap(), "new content");
        assert!(!bench.path("now/d").exists());
        assert_eq!(std::fs::read_to_string(bench.path("old/changed")).unwrap(), format!("mine {round}"));
        assert_eq!(std::fs::read_to_string(bench.path("old/d/extra")).unwrap(), format!("extra {round}"));
        assert_eq!(mtime(&bench, "old/changed"), Duration::from_secs(5));
    }
    // Within the cloud.
    bench.run_with(["object", "cp", "-", "swift://e/extra"], b"x").ok();
    bench.run_with(["object", "cp", "-", "swift://e/changed"], b"x").ok();
    bench.ok("object sync --delete --backup-dir swift://kept/e swift://c swift://e");
    assert_eq!(bench.names("e"), ["big", "changed", "touched"]);
    assert!(bench.names("kept").join(" ").ends_with("e/changed e/extra old/big old/big gone old/changed old/d/gone"));
}

#[test]
fn without_a_backup_nothing_goes() {
    let bench = Bench::new();
    bench.file("dir/a", "new");
    bench.file("dir/b", "new");
    bench.ok("object sync dir swift://c");
    bench.file("out/a", "mine, longer");
    bench.file("out/extra", "x");
    bench.file("old/a/in the way", "x");
    let run = bench.run(["object", "sync", "--delete", "--backup-dir", "old", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert!(run.stderr.contains("the backup failed"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(bench.path("out/a")).unwrap(), "mine, longer");
    assert!(bench.path("out/b").is_file() && bench.path("out/extra").is_file());
    bench.file("dir/a", "changed again");
    let rule = |method: &str| Rule::on(method, "/v1/*/kept/*").then(Fault::status(403));
    let denied = Rule::on("COPY", "/v1/*/c/a").then(Fault::status(403));
    bench.emulator.faults(Faults::new().rule(rule("PUT")).rule(rule("COPY")).rule(denied));
    let run = bench.run(["object", "sync", "--backup-dir", "swift://kept", "dir", "swift://c"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    bench.emulator.faults(Faults::new());
    assert_eq!(bench.ok("object cat swift://c/a"), "new");
    for line in [
        "--backup-dir swift://c/old dir swift://c",
        "--backup-dir swift://c dir swift://c/p",
        "--backup-dir swift://c/old swift://c swift://d",
        "--backup-dir old dir swift://c",
        "--backup-dir swift://d swift://c out",
        "--backup-dir out/old swift://c out",
        "--backup-dir . swift://c out",
        "--backup-dir swift://c_segments dir swift://c",
    ] {
        bench.fails(&format!("object sync --delete {line}"), 2);
    }
    bench.ok("object sync --delete --backup-dir out/.old --exclude /.old/ swift://c out");
    assert!(bench.path("out/.old/extra").is_file() && bench.path("out/.old/a").is_file());
    assert_eq!(bench.ok("object sync -n --delete --exclude /.old/ swift://c out"), "");
}

#[test]
fn too_many_deletions_are_none() {
    let bench = Bench::new();
    bench.file("dir/a", "x");
    bench.ok("object sync dir swift://c");
    for n in 0..5 {
        bench.file(format!("out/{n}"), "x");
        bench.run_with(["object", "cp", "-", &format!("swift://d/{n}")], b"x").ok();
    }
    for to in ["out", "swift://d"] {
        for dry in ["-n", ""] {
            let run = bench.run(format!("object sync {dry} --delete --max-delete 4 swift://c {to}").split_whitespace());
            assert_eq!(run.status, 4, "{}", run.stderr);
            assert!(run.stderr.contains("nothing is deleted: it would be more than --max-delete"), "{}", run.stderr);
        }
    }
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 6, "what is new is copied all the same");
    assert_eq!(bench.names("d").len(), 6);
    for to in ["out", "swift://d"] {
        bench.ok(&format!("object sync --delete --max-delete 5 swift://c {to}"));
        bench.ok(&format!("object sync --delete --max-delete 0 swift://c {to}"));
    }
    assert_eq!(bench.names("d"), ["a"]);
}

#[test]
fn links_are_stored_and_made_again() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    bench.file("dir/d/file", "x");
    bench.file("outside/file", "mine");
    for (name, to) in [("link", "d/file"), ("d/up", ".."), ("nowhere", "/none/at/all"), ("folder", "d")] {
        symlink(to, bench.path("dir").join(name)).unwrap();
    }
    bench.ok("object sync --links dir swift://c");
    assert_eq!(bench.names("c"), ["d/file", "d/up.rclonelink", "folder.rclonelink", "link.rclonelink", "nowhere.rclonelink"]);
    assert_eq!(bench.ok("object cat swift://c/link.rclonelink"), "d/file");
    assert_eq!(bench.ok("object sync -n --links --delete dir swift://c"), "");
    bench.ok("object sync --links swift://c out");
    let target = |name: &str| std::fs::read_link(bench.path("out").join(name)).unwrap();
    assert_eq!((target("link"), target("d/up")), ("d/file".into(), "..".into()));
    assert_eq!(bench.ok("object sync -n --links --delete swift://c out"), "");
    assert_eq!(bench.ok("object sync -n --links --delete out swift://c"), "");
    // Another text, a new link and one that is gone, with a backup of what was there.
    std::fs::remove_file(bench.path("dir/link")).unwrap();
    std::fs::remove_file(bench.path("dir/nowhere")).unwrap();
    symlink("../outside", bench.path("dir/link")).unwrap();
    bench.ok("object sync --links --delete dir swift://c");
    bench.ok("object sync --links --delete --backup-dir old swift://c out");
    assert_eq!(target("link"), Path::new("../outside"));
    assert!(!bench.path("out/nowhere").is_symlink());
    assert_eq!(std::fs::read_link(bench.path("old/link")).unwrap(), Path::new("d/file"));
    assert_eq!(std::fs::read_link(bench.path("old/nowhere")).unwrap(), Path::new("/none/at/all"));
    // Nothing is written through such a link, and what is not a link's text makes none.
    bench.run_with(["object", "cp", "-", "swift://c/link/file"], b"evil").ok();
    bench.run_with(["object", "cp", "-", "swift://c/empty.rclonelink"], b"").ok();
    bench.run_with(["object", "cp", "-", "swift://c/long.rclonelink"], &[b'x'; 5000]).ok();
    bench.run_with(["object", "cp", "-", "swift://c/d/file.rclonelink"], b"/etc/passwd").ok();
    let run = bench.run(["object", "sync", "--links", "--delete", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    for told in [
        "out/link is a symbolic link",
        "empty.rclonelink holds what is not text",
        "long.rclonelink has more bytes",
        "out/d/file is a file",
    ] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(bench.path("outside/file")).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(bench.path("outside")).unwrap().count(), 1);
    assert!(bench.path("out/d/file").is_file());
}

#[test]
fn segments_go_to_the_container_that_is_named() {
    let bench = Bench::new();
    bench.file("dir/big", crate::bench::noise(200_000));
    bench.ok("object sync --segment-size 64K --segment-container parts dir swift://c");
    assert_eq!(segments(&bench, "parts"), 4);
    std::fs::remove_file(bench.path("dir/big")).unwrap();
    bench.ok("object sync --delete dir swift://c");
    assert!(bench.names("c").is_empty() && bench.names("parts").is_empty(), "they go with their object");
}

#[test]
fn headers_go_along_with_what_is_uploaded() {
    let bench = Bench::new();
    bench.file("dir/a", "x");
    bench.ok("object sync --header Cache-Control=max-age=60 --header X-Object-Meta-Colour=red dir swift://c");
    let told = bench.ok("api show_object --param container=c --param object=a");
    assert!(told.contains("max-age=60") && told.contains("red"), "{told}");
    assert_eq!(bench.ok("object sync -n --delete dir swift://c"), "");
    bench.fails("object sync --header Cache-Control=a --header cache-control=b dir swift://c", 2);
}
