//! Names arrive as they left.

use crate::bench::Bench;

fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "a b",
        " lead",
        "trail ",
        "100%",
        "%2F",
        "%00",
        "a?b=c&d",
        "a#b",
        "..",
        "../x",
        "../../AUTH_other/c/o",
        ".",
        "./x",
        "/",
        "//",
        "a//b",
        "a/",
        "é",
        "🦀/🦀",
        "\"'\\",
        "swift://x",
        "-",
        "--help",
        "*",
        "[a]",
        "line\nbreak",
        "tab\t",
        "+",
        ";",
        "a,b",
        "c:\\d",
        "<&>",
    ]
    .map(str::to_owned)
    .into();
    names.push("é".repeat(512));
    names.push("x".repeat(1024));
    names
}

#[test]
fn every_name_round_trips() {
    let bench = Bench::new();
    bench.ok("container create c");
    for name in hostile() {
        let url = format!("swift://c/{name}");
        let content = format!("content of {name}");
        bench.run_with(["object", "cp", "-", &url], content.as_bytes()).ok();
        assert_eq!(bench.run(["object", "cat", &url]).ok(), content, "{name}");
        bench.run(["object", "cp", &url, "down"]).ok();
        assert_eq!(std::fs::read_to_string(bench.path("down")).unwrap(), content);
        let shown = bench.run(["object", "stat", "-o", "json", &url]).json();
        assert_eq!(shown["object"], name.as_str());
    }
    let mut expected = hostile();
    expected.sort();
    assert_eq!(bench.names("c"), expected);
    for name in hostile() {
        let (from, to) = (format!("swift://c/{name}"), format!("swift://d e%/{name}"));
        bench.run(["object", "cp", &from, &to]).ok();
        bench.run(["object", "rm", &from]).ok();
    }
    assert!(bench.names("c").is_empty());
    assert_eq!(bench.names("d e%"), expected);
}

#[test]
fn files_of_any_name_go_up() {
    let bench = Bench::new();
    for name in ["a b", "%41", "é", "#", "?"] {
        bench.file(format!("d/{name}"), name);
    }
    bench.ok("object cp -r d swift://c");
    assert_eq!(bench.names("c"), ["#", "%41", "?", "a b", "é"]);
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"d/\xff");
    bench.file(odd, "");
    let run = bench.run(["object", "cp", "-r", "d", "swift://c"]);
    assert!(run.status == 4 && run.stderr.contains("UTF-8"), "{}", run.stderr);
}

#[test]
fn limits_are_checked_before_anything_is_sent() {
    let bench = Bench::new();
    bench.file("f", "");
    for args in [
        ["object", "cp", "f", &format!("swift://c/{}", "x".repeat(1025))],
        ["object", "cp", "f", &format!("swift://{}/x", "c".repeat(257))],
        ["object", "cp", &format!("swift://c/{}", "é".repeat(513)), "out"],
    ] {
        let text = bench.run(args).fails(2);
        assert!(text.contains("the limit is") && text.len() < 600, "{text}");
    }
    for line in [
        "object cp f swift://",
        "object cp f swift:///x",
        "object cat swift://c",
        "object stat f",
        "object set swift://c --property a=b",
    ] {
        assert_eq!(bench.run(line.split(' ')).status, 2, "{line}");
    }
    for args in [["container", "create", "a/b"], ["container", "show", ""], ["container", "delete", &"c".repeat(257)]] {
        assert_eq!(bench.run(args).status, 2, "{args:?}");
    }
    assert!(bench.emulator.requests().is_empty(), "{:?}", bench.emulator.requests());
}
