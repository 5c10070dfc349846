//! Nothing is lost, whatever a server says, and nothing is left behind.

use crate::bench::{Bench, noise};
use k5_emulator::{Fault, Faults, Rule};
use std::collections::BTreeSet;

/// More segments than one manifest takes, so that there are manifests of manifests.
#[test]
fn manifests_of_manifests_stay_and_go_with_their_object() {
    let bench = Bench::new();
    let (one, two) = (noise(1_030 * 1024), noise(1_020 * 1024));
    bench.file("up", &one);
    for options in ["", "", "--no-resume "] {
        bench.ok(&format!("object cp --segment-size 1K {options}up swift://c/n"));
        assert!(bench.run(["object", "cat", "swift://c/n"]).stdout == one, "{options}");
    }
    assert_eq!(bench.segments("c_segments").len(), 1_030 + 2);
    bench.ok("object mv swift://c/n swift://c/moved");
    bench.file("up", &two);
    bench.ok("object cp --segment-size 1K up swift://c/n");
    assert!(bench.run(["object", "cat", "swift://c/moved"]).stdout == one);
    bench.ok("object rm swift://c/moved");
    assert!(bench.run(["object", "cat", "swift://c/n"]).stdout == two);
    assert_eq!(bench.segments("c_segments").len(), 1_020 + 2);
    bench.ok("object rm -r swift://c");
    assert!(bench.names("c_segments").is_empty());
}

/// `limit` is a wish: only an empty page ends a listing.
#[test]
fn short_pages_hide_nothing() {
    let bench = Bench::new();
    bench.emulator.faults("[[rule]]\nmethod = \"GET\"\nfault = \"page_limit\"\nlimit = 15".parse().unwrap());
    for n in 0..40 {
        bench.file(format!("dir/{n:02}"), n.to_string());
    }
    bench.ok("object cp -r dir swift://c");
    assert_eq!(bench.names("c").len(), 40);
    bench.ok("object cp -r swift://c back");
    bench.ok("object cp -r swift://c swift://d");
    bench.ok("object sync --delete swift://c dir");
    bench.ok("object sync --delete dir swift://d");
    assert_eq!(bench.ok("object sync -n --delete swift://c swift://d"), "");
    for folder in ["back", "dir"] {
        assert_eq!(std::fs::read_dir(bench.path(folder)).unwrap().count(), 40, "{folder}");
    }
    bench.file("big", noise(20_000));
    for n in 0..20 {
        bench.ok(&format!("object cp --segment-size 10K big swift://d/big{n}"));
    }
    bench.run(["object", "gc-segments", "--yes", "--older-than", "0", "swift://d"]).ok();
    assert_eq!(bench.segments("d_segments").len(), 40);
    for container in ["c", "d"] {
        bench.ok(&format!("object rm -r swift://{container}"));
        assert!(bench.names(container).is_empty(), "{container}");
    }
    assert!(bench.names("d_segments").is_empty());
}

/// What was carried out is told as done, though nobody heard the answer.
#[test]
fn answers_that_were_lost_are_told_as_they_are() {
    let bench = Bench::new();
    let lost = |method: &str, path: &str| {
        bench.emulator.faults(Faults::new().rule(Rule::on(method, path).first(1).then(Fault::lose_answer())));
    };
    bench.file("small", "x");
    bench.file("medium", noise(100_000));
    bench.file("large", noise(300_000));
    for file in ["small", "medium", "large"] {
        bench.ok(&format!("object cp --segment-size 100K {file} swift://c/o"));
        lost("DELETE", "/v1/*/c/o");
        bench.ok("object mv swift://c/o swift://d/o");
        lost("DELETE", "/v1/*/d/o");
        bench.ok("object mv swift://d/o here");
        assert!(bench.names("c").is_empty() && bench.names("d").is_empty(), "{file}");
        assert!(std::fs::read(bench.path("here")).unwrap() == std::fs::read(bench.path(file)).unwrap(), "{file}");
        bench.ok(&format!("object cp --segment-size 100K {file} swift://c/o"));
        lost("DELETE", "/v1/*/c/o");
        bench.ok("object rm swift://c/o");
        lost("PUT", "/v1/*/c/o");
        bench.ok(&format!("object cp -n --segment-size 100K {file} swift://c/o"));
        // What somebody else has stored is none of it.
        lost("PUT", "/v1/*/c/o");
        bench.fails(
            &format!("object cp -n --segment-size 100K {} swift://c/o", if file == "small" { "medium" } else { "small" }),
            1,
        );
        bench.ok("object rm swift://c/o");
    }
    assert!(bench.names("c_segments").is_empty());
}

/// What is done to a symbolic link is not done to what it leads to.
#[test]
fn links_in_the_cloud_go_alone() {
    let bench = Bench::new();
    let bytes = noise(30_000);
    bench.file("big", &bytes);
    bench.ok("object cp --segment-size 10K big swift://c/big");
    std::fs::create_dir_all(bench.path("empty")).unwrap();
    let lines = [
        "rm swift://l/link",
        "rm -r swift://l/link",
        "rm --keep-segments swift://l/link",
        "mv swift://l/link here",
        "mv -r swift://l there",
        "sync --delete empty swift://l",
        "cp empty/file swift://l/link",
        "cp swift://c/big swift://l/link",
    ];
    bench.ok("container create l");
    for line in lines {
        std::fs::remove_file(bench.path("empty/file")).ok();
        bench
            .run(["api", "upload_object", "--param", "container=l", "--param", "object=link", "--param", "x-symlink-target=c/big"])
            .ok();
        if line.contains("empty/file") {
            bench.file("empty/file", "x");
        }
        bench.ok(&format!("object {line}"));
        assert!(bench.run(["object", "cat", "swift://c/big"]).stdout == bytes, "{line}");
        bench.run(["object", "rm", "-r", "swift://l/link"]);
    }
    assert_eq!(bench.segments("c_segments").len(), 3);
}

/// What is old is so by the server's clock, and one object that can't be looked at keeps its own segments alone.
#[test]
fn a_collection_of_segments_is_by_the_servers_clock_and_goes_on() {
    let bench = Bench::new();
    bench.file("up", noise(30_000));
    for (name, days) in [("new", 3), ("old", 0)] {
        bench.emulator.set_clock_offset(days * 86_400);
        bench.ok(&format!("object cp --segment-size 10K up swift://c/{name}"));
        bench.ok(&format!("object rm --keep-segments swift://c/{name}"));
    }
    bench.ok("object cp --segment-size 10K up swift://c/odd");
    bench.emulator.set_clock_offset(3 * 86_400 + 60);
    bench.emulator.faults(Faults::new().rule(Rule::on("HEAD", "/v1/*/c/odd").then(Fault::status(403))));
    let run = bench.run(["object", "gc-segments", "--yes", "--older-than", "1d", "swift://c"]);
    assert!(run.stderr.contains("c/odd"), "{}", run.stderr);
    bench.emulator.faults(Faults::new());
    let objects: BTreeSet<_> = bench.names("c_segments").iter().map(|name| name.split('/').next().unwrap().to_owned()).collect();
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), ["new", "odd"]);
}

/// A download that ends at a folder leaves nothing beside it, and what one has left is not taken along.
#[test]
fn unfinished_files_stay_out_of_the_way() {
    let bench = Bench::new();
    bench.file("big", noise(300_000));
    bench.ok("object cp big swift://c/dir");
    bench.file("a", "a");
    bench.ok("object cp a swift://c/dir/a");
    let run = bench.run(["object", "sync", "--bwlimit", "200K", "--segment-size", "100K", "swift://c", "down"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert!(run.stderr.contains("down/dir"), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(bench.path("down")).unwrap().count(), 1, "{}", run.stderr);
    bench.file("up/b.k5-0123456789abcdef.part", "x");
    bench.file("up/b.k5-0123456789abcdef.done", "x");
    bench.file("up/b.part", "mine");
    bench.ok("object cp -r up swift://d");
    assert_eq!(bench.names("d"), ["b.part"]);
}
