//! A plan is checked as a whole before its first change.

use crate::bench::Bench;

fn put(bench: &Bench, name: &str, content: &str) {
    bench.run_with(["object", "cp", "-", &format!("swift://{name}")], content.as_bytes()).ok();
}

/// Runs what must be refused: nothing is changed, and both names are said.
fn refused(bench: &Bench, line: &str, names: &[&str]) {
    bench.emulator.clear_requests();
    let said = bench.fails(line, 2);
    for name in names {
        assert!(said.contains(name), "{line}: {said}");
    }
    let changing = |request: &String| !request.starts_with("GET") && !request.starts_with("HEAD");
    let changes: Vec<_> = bench.requests().into_iter().filter(changing).collect();
    assert!(changes.is_empty(), "{line}: {changes:?}");
    assert!(!bench.requests().iter().any(|request| request.starts_with("GET") && request.matches('/').count() > 3), "{line}");
}

#[test]
fn two_sources_for_one_target() {
    let bench = Bench::new();
    for name in ["a/f", "b/f", "a/x/1", "b/x/2"] {
        bench.file(name, name);
    }
    for name in ["c/a/f", "c/b/f", "c/a/x/1", "c/b/x/2", "d/f"] {
        put(&bench, name, name);
    }
    std::fs::create_dir(bench.path("out")).unwrap();
    for verb in ["cp", "mv"] {
        for (line, names) in [
            ("a/f b/f swift://c/m/", ["a/f", "b/f"]),
            ("a/f a/../a/f swift://c/m/", ["a/f", "a/../a/f"]),
            ("a/f swift://d/f swift://c/m/", ["a/f", "swift://d/f"]),
            ("-r a/x b/x swift://c/r/", ["a/x", "b/x"]),
            ("-r a/x swift://c/b/x/ swift://c/r", ["a/x", "swift://c/b/x/"]),
            ("swift://c/a/f swift://c/b/f swift://d/m/", ["swift://c/a/f", "swift://c/b/f"]),
            ("swift://c/a/f swift://c/b/f out", ["swift://c/a/f", "swift://c/b/f"]),
            ("-r swift://c/a/x swift://c/a/x/ swift://d/m", ["swift://c/a/x", "swift://c/a/x/"]),
            ("-r swift://c/a/x swift://c/b/x out", ["swift://c/a/x", "swift://c/b/x"]),
            ("swift://c/a/f swift://d/f swift://d/", ["swift://c/a/f", "swift://d/f"]),
        ] {
            refused(&bench, &format!("object {verb} {line}"), &names);
        }
    }
    for (line, names) in
        [("-r a a/x swift://c/r", ["a", "a/x"]), ("-r swift://c swift://c/a/x swift://e", ["swift://c/", "swift://c/a/x"])]
    {
        refused(&bench, &format!("object mv {line}"), &names);
    }
    assert_eq!(bench.names("c"), ["a/f", "a/x/1", "b/f", "b/x/2"]);
    assert_eq!(std::fs::read_to_string(bench.path("b/x/2")).unwrap(), "b/x/2");
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 0);
}

#[test]
fn a_file_where_a_folder_must_be() {
    let bench = Bench::new();
    let large = "x".repeat(3 << 20);
    for (name, content) in [("c/dir", large.as_str()), ("c/dir-x", "x"), ("c/dir/a", "a"), ("c/other", "o")] {
        put(&bench, name, content);
    }
    for verb in ["cp", "mv"] {
        refused(&bench, &format!("object {verb} -r swift://c out"), &["swift://c/dir ", "swift://c/dir/a"]);
    }
    assert!(!bench.path("out").exists());
    assert_eq!(bench.names("c").len(), 4);
    bench.file("file", "mine");
    std::fs::create_dir_all(bench.path("in/other")).unwrap();
    refused(&bench, "object cp -r swift://c/dir/ file", &["file", "swift://c/dir/"]);
    refused(&bench, "object cp swift://c/other swift://c/dir-x in", &["in/other", "swift://c/other"]);
    refused(&bench, "object cp swift://c/other swift://c/dir-x file", &["file"]);
    refused(&bench, "object cp swift://c/other swift://c/dir-x none/", &["none"]);
    // In the cloud, both can be.
    bench.ok("object cp -r swift://c swift://d");
    assert_eq!(bench.names("d").len(), 4);
}

#[test]
fn a_target_that_is_a_source() {
    let bench = Bench::new();
    for name in ["c/a/b/x", "c/a/b/b/x", "c/a/b/b/y", "c/e/b/b/y", "c/t/a/z/k", "c/q/a/z/k"] {
        put(&bench, name, name);
    }
    bench.file("a/z/k", "new");
    for verb in ["cp", "mv"] {
        refused(&bench, &format!("object {verb} -r swift://c/a/b swift://c/a"), &["swift://c/a/b/b/x", "swift://c/a/b/x"]);
        refused(
            &bench,
            &format!("object {verb} -r swift://c/q/a swift://c/t/a/z swift://c/t"),
            &["swift://c/q/a/z/k", "swift://c/t/a/z/k"],
        );
        refused(&bench, &format!("object {verb} -r a swift://c/t/a/z swift://c/t"), &["a/z", "swift://c/t/a/z"]);
    }
    bench.ok("object mv -r swift://c/e/b swift://c/e");
    assert_eq!(bench.ok("object cat swift://c/e/b/y"), "c/e/b/b/y");
}

#[test]
fn links_in_a_destination_are_not_written_through() {
    let bench = Bench::new();
    put(&bench, "c/l", "new");
    put(&bench, "c/m", "new");
    bench.file("outside", "mine");
    std::fs::create_dir(bench.path("out")).unwrap();
    std::os::unix::fs::symlink("../outside", bench.path("out/l")).unwrap();
    let run = bench.run(["object", "cp", "-r", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert!(run.stderr.contains("out/l is a symbolic link"), "{}", run.stderr);
    assert_eq!(std::fs::read(bench.path("out/m")).unwrap(), b"new");
    refused(&bench, "object cp swift://c/l out/", &["out/l"]);
    assert_eq!(std::fs::read(bench.path("outside")).unwrap(), b"mine");
    // Who names the link means what it leads to.
    bench.ok("object cp swift://c/l out/l");
    assert_eq!(std::fs::read(bench.path("outside")).unwrap(), b"new");
}
