//! Commands, options and columns as openstackclient has them.

use crate::bench::Bench;
use serde_json::json;

fn filled() -> Bench {
    let bench = Bench::new();
    bench.file("a.txt", "a");
    bench.file("s/b", "bb");
    bench.ok("container create c");
    bench.ok("object create c a.txt s/b");
    bench
}

#[test]
fn objects_are_created_and_saved() {
    let bench = filled();
    assert_eq!(bench.names("c"), ["a.txt", "s/b"]);
    let created = bench.run("object create c a.txt --name x/y -f json".split(' ')).json();
    assert_eq!(created, json!([{"object": "x/y", "container": "c", "etag": "0cc175b9c0f1b6a831c399e269772661"}]));
    assert_eq!(bench.ok("object create c a.txt -f value"), "a.txt c 0cc175b9c0f1b6a831c399e269772661\n");
    assert!(bench.ok("object create c a.txt").starts_with("+"));
    let run = bench.run("object create c a.txt none s".split(' '));
    assert!(run.status == 4 && run.stderr.contains("none") && run.stderr.contains("s is a folder"), "{}", run.stderr);
    // A container that is not there is not made, as openstackclient doesn't.
    assert!(bench.fails_with_rows("object create none a.txt", 1).contains("k5 container create none"));
    std::fs::create_dir(bench.path("out")).unwrap();
    let save = |line: &str| crate::bench::run(bench.command().current_dir(bench.path("out")).args(line.split(' ')), b"");
    save("object save c a.txt x/y").ok();
    assert_eq!(std::fs::read(bench.path("out/x/y")).unwrap(), b"a");
    save("object save c s/b --file here").ok();
    assert_eq!(std::fs::read(bench.path("out/here")).unwrap(), b"bb");
    assert_eq!(save("object save --file - c s/b").ok(), "bb");
    let run = save("object save c none s/b");
    assert!(run.status == 4 && bench.path("out/s/b").exists(), "{}", run.stderr);
    std::fs::remove_dir_all(bench.path("out/x")).unwrap();
    save("container save c").ok();
    assert_eq!(std::fs::read(bench.path("out/x/y")).unwrap(), b"a");
}

#[test]
fn nothing_is_saved_outside_the_folder() {
    let bench = Bench::new();
    for name in ["../up", "/abs", "a//b", "ok", "link/in"] {
        bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], b"x").ok();
    }
    let out = bench.path("out");
    std::fs::create_dir_all(bench.path("outside")).unwrap();
    std::fs::create_dir(&out).unwrap();
    std::os::unix::fs::symlink("../outside", out.join("link")).unwrap();
    let save = |args: &[&str]| crate::bench::run(bench.command().current_dir(&out).args(args), b"");
    for name in ["../up", "/abs", "a//b"] {
        let run = save(&["object", "save", "c", name]);
        assert!(run.status == 2 && run.stderr.contains("no file here"), "{name}: {}", run.stderr);
    }
    assert!(save(&["object", "save", "c", "link/in"]).stderr.contains("link"));
    let run = save(&["object", "save", "c", "../up", "ok"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    let run = save(&["container", "save", "c"]);
    assert!(run.status == 4 && run.stderr.ends_with("4 of 5 failed\n"), "{}", run.stderr);
    assert!(!bench.path("up").exists() && std::fs::read_dir(bench.path("outside")).unwrap().count() == 0);
    assert_eq!(std::fs::read(out.join("ok")).unwrap(), b"x");
}

#[test]
fn two_words_are_an_object() {
    let bench = filled();
    bench.ok("object set c a.txt s/b --property colour=red --property size=big");
    bench.ok("object unset c a.txt --property size --property mtime");
    assert_eq!(bench.run("object show c a.txt -f json".split(' ')).json()["metadata"], json!({"colour": "red"}));
    assert_eq!(bench.ok("object stat swift://c/a.txt -f value -c properties"), "{'colour': 'red'}\n");
    let lines = bench.ok("object show c a.txt -f value");
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 8, "{lines:?}");
    assert_eq!(lines[1..5], ["c", "1", "text/plain", "0cc175b9c0f1b6a831c399e269772661"]);
    assert_eq!(lines[6..], ["a.txt", "{'colour': 'red'}"]);
    let table = bench.ok("object show c a.txt");
    let titles: Vec<_> = table.lines().skip(3).filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
    let known =
        ["account", "container", "content-length", "content-type", "etag", "last-modified", "object", "properties", "x-timestamp"];
    assert_eq!(titles, known);
    let several = bench.run("object show c a.txt s/b -f json -c object -c content-length".split(' ')).json();
    assert_eq!(several, json!([{"object": "a.txt", "content_length": 1}, {"object": "s/b", "content_length": 2}]));
    let run = bench.run("object show c a.txt none s/b -f value -c object".split(' '));
    assert!(run.status == 4 && run.text() == "a.txt\ns/b\n" && run.stderr.contains("swift://c/none"), "{}", run.stderr);
    bench.fails("object show c none", 1);
    let run = bench.run("object set c none s/b --property a=b".split(' '));
    assert_eq!(run.status, 4);
    assert_eq!(bench.ok("object show c s/b -f value -c properties").matches("'a': 'b'").count(), 1);
    let run = bench.run("object delete c none a.txt".split(' '));
    assert!(run.status == 4 && run.stderr.contains("swift://c/none"), "{}", run.stderr);
    assert_eq!(bench.names("c"), ["s/b"]);
    assert_eq!(bench.ok("object cat c s/b"), "bb");
}

#[test]
fn lists_have_openstackclients_options_and_columns() {
    let bench = filled();
    assert_eq!(bench.ok("object list c -f value"), "a.txt\ns/b\n");
    assert!(bench.ok("object list c").contains("| Name  |\n"));
    assert_eq!(bench.ok("object ls c --delimiter / -f value"), "a.txt\ns/\n");
    assert_eq!(bench.ok("object list c --prefix s -f value"), "s/b\n");
    assert_eq!(bench.ok("object list c --marker a.txt -f value"), "s/b\n");
    assert_eq!(bench.ok("object list c --end-marker s -f value"), "a.txt\n");
    assert_eq!(bench.ok("object list c --limit 1 -f value"), "a.txt\n");
    assert_eq!(bench.ok("object list swift://c --limit 1"), "a.txt\n");
    assert_eq!(bench.ok("object list c --all -f value"), "a.txt\ns/b\n");
    assert_eq!(bench.ok("object list c --prefix none -f json"), "[]\n");
    let long = bench.ok("object list c --long -f value");
    let first: Vec<_> = long.lines().next().unwrap().split(' ').collect();
    assert_eq!(first[..4], ["a.txt", "1", "0cc175b9c0f1b6a831c399e269772661", "text/plain"]);
    assert!(bench.ok("object list c --long").contains("Hash") && first.len() == 5);
    // No more is asked for than is wanted.
    bench.emulator.clear_requests();
    bench.ok("object list c --limit 1");
    let asked = bench.emulator.requests().into_iter().filter(|request| request.path.ends_with("/c")).count();
    assert_eq!(asked, 1);
    bench.ok("container create d e");
    assert_eq!(bench.ok("container list --marker c --limit 1 -f value"), "d\n");
    assert_eq!(bench.ok("container ls --end-marker e --long -f value"), "c 3 2\nd 0 0\n");
}

#[test]
fn containers_and_accounts() {
    let bench = filled();
    bench.ok("container set c --property a=1 --property b=2");
    bench.ok("container unset c --property a");
    assert_eq!(bench.run("container show c -f json".split(' ')).json()["metadata"], json!({"b": "2"}));
    let lines = bench.ok("container show c -f value");
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!((&lines[1..5], lines.len()), (&["3", "c", "2", "{'b': '2'}"][..], 6), "{lines:?}");
    bench.ok("container create d");
    let both = bench.run("container stat c d -f json -c container -c object_count".split(' ')).json();
    assert_eq!(both, json!([{"container": "c", "object_count": 2}, {"container": "d", "object_count": 0}]));
    assert_eq!(bench.run("container show none d".split(' ')).status, 4);
    bench.ok("object store account set --property x=1 --property y=2");
    bench.ok("object store account unset --property x");
    let lines = bench.ok("object store account show -f value");
    assert_eq!(lines.lines().skip(1).collect::<Vec<_>>(), ["3", "2", "2", "{'y': '2'}"]);
    assert!(bench.ok("account show").contains("| Containers | 2"));
    let shown = bench.run("account show -f json -c Containers -c Objects".split(' ')).json();
    assert_eq!(shown, json!({"container_count": 2, "object_count": 2}));
    bench.ok("account unset --property y");
    assert_eq!(bench.ok("account show -f value").lines().count(), 4);
    bench.ok("container rm d");
    assert!(!bench.ok("container list").contains("| d "));
}
