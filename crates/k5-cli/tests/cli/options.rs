//! Options of copies and moves: what they do, and that none is ignored.

use crate::bench::{Bench, bare, noise};
use serde_json::json;

#[test]
fn what_could_mean_nothing_is_refused() {
    let bench = Bench::new();
    bench.file("a", "a");
    bench.file("key", "secret");
    bench.file("d/a", "a");
    let (up, down, copy) = ("a swift://c/x", "swift://c/x out", "swift://c/x swift://d/x");
    let (stdin, stdout) = ("- swift://c/x", "swift://c/x -");
    let mut lines = Vec::new();
    for option in ["--dynamic", "--content-type a/b", "--property a=b", "--header Expires=x", "--segment-container s"] {
        lines.extend([format!("cp {option} {down}"), format!("cp {option} {stdout}"), format!("mv {option} {down}")]);
    }
    for option in ["--expire-after 1h", "--expire-at 4000000000"] {
        lines.extend([format!("cp {option} {down}"), format!("mv {option} {down}"), format!("cp -r {option} swift://c out")]);
    }
    for option in ["--concurrency 2", "--no-resume", "--segment-size 1M"] {
        lines.extend([format!("cp {option} {copy}"), format!("mv {option} {copy}"), format!("cp {option} {stdout}")]);
    }
    for option in ["--bwlimit 1M", "--dynamic", "--no-verify"] {
        lines.push(format!("cp {option} {copy}"));
    }
    for option in ["--no-resume", "--transfers 2", "-r", "-r --links"] {
        lines.push(format!("cp {option} {stdin}"));
    }
    for option in ["--no-clobber", "--transfers 2", "-o json", "-c bytes"] {
        lines.push(format!("cp {option} {stdout}"));
    }
    for option in
        ["--links", "-c colour", "-o jsonl -c etag", "--property a=b --property A=c", "--property a=b --header X-Object-Meta-A=c"]
    {
        lines.extend([format!("cp {option} {up}"), format!("mv {option} {up}")]);
    }
    for option in [
        "--header Cache-Control=a --header cache-control=b",
        "--header Content-Type=a/b --content-type c/d",
        "--header X-Delete-At=4000000000 --expire-after 1h",
        "--header X-Delete-At=4000000000 --header X-Delete-After=5",
        "--header X-Auth-Token=x",
        "--header Content-Length=1",
        "--header X-Anything=x",
        "--expire-after 1h --expire-at 4000000000",
        "--segment-container a/b",
    ] {
        lines.push(format!("cp {option} {up}"));
    }
    lines.push("cp -r --links swift://c swift://d".to_owned());
    lines.push("mv --no-verify a swift://c/x".to_owned());
    let mut lines: Vec<_> = lines.into_iter().map(|line| format!("object {line}")).collect();
    for line in [
        "object ls -r",
        "object ls --prefix a",
        "object ls --delimiter /",
        "object ls -r --delimiter / swift://c",
        "object ls --prefix a swift://c/a",
        "object cat -o json swift://c/x",
        "object set -o json --property a=b swift://c/x",
        "object set --property a=b --remove A swift://c/x",
        "object set --property a=b --property a=c swift://c/x",
        "object set --no-expire --expire-after 1h swift://c/x",
        "object set swift://c/x",
        "object rm -c colour swift://c/x",
        "object rm c",
        "object rm c swift://c/x",
        "object rm swift://c/x x",
        "object rm swift://c",
        "object rm --dry-run --yes swift://c/x",
        "object rm -q -v swift://c/x",
        "object show c",
        "object show c/x y",
        "object show -c colour c x",
        "object show swift://c swift://c/x",
        "object unset c x",
        "object unset c x --property a=b",
        "object unset c x --property a --property A",
        "object save c ../x",
        "object save c a//b",
        "object save c /x",
        "object save c x x",
        "object save --file f c x y",
        "object save --file d c x",
        "object save --file - -o json c x",
        "object save -c colour c x",
        "object create c",
        "object create c none",
        "object create c d",
        "object create c a a",
        "object create --name n c a d/a",
        "object create -c colour c a",
        "object create c/d a",
        "object list c/d",
        "object list c --limit 0",
        "object list c --limit 2 --all",
        "object list c -c colour",
        "object list --limit 2",
        "object store account set",
        "object store account unset",
        "object store account show -c colour",
        "container unset c",
        "container list --limit 0",
        "container list -c colour",
        "container show c -c colour",
        "container save c -c colour",
        "container delete c --dry-run --yes",
        "container create c -c colour",
        "account show -c colour",
        "account unset",
        "object sync --yes a swift://c",
        "object sync d swift://c -c colour",
        "object sync -n d swift://c -c colour",
        "object temp-url -o json --key-file key swift://c/x",
        "object temp-url --expires-in 1h --expires-at 4000000000 --key-file key swift://c/x",
        "object temp-url --key-env K --key-file key swift://c/x",
        "container set c",
        "container set c -o json --property a=b",
        "container set c --property a=b --remove a",
        "container set c --public --private",
        "container set c --no-versions-location --versions-location d",
        "container create c --public --read-acl p:u",
        "container create c --property a=b --property a=c",
        "container delete -c colour c",
        "account set",
        "account set --property a=b -c name",
        "account set --property a=b --remove a",
        "--anonymous object cat swift://c/x",
        "--anonymous --os-storage-url http://localhost/v1/a --os-token t object cat swift://c/x",
        "--anonymous --cloud emulator object cat swift://c/x",
    ] {
        lines.push(line.to_owned());
    }
    for line in &lines {
        let run = bench.run(line.split(' '));
        assert_eq!((run.status, run.stdout.len()), (2, 0), "{line}: {}", run.stderr);
    }
    assert!(bench.requests().is_empty(), "{:?}", bench.requests());
    // And what does mean something is taken.
    for line in [
        "cp --no-verify --bwlimit 1G --segment-size 1M --concurrency 2 --no-resume --dynamic a swift://c/x",
        "cp --no-clobber --transfers 2 --bwlimit 1G --segment-size 1M --concurrency 2 --no-resume --no-verify swift://c/x out",
        "cp --no-clobber --segment-container s --content-type a/b --property a=b --expire-after 1h swift://c/x swift://d/x",
        "cp --no-verify --bwlimit 1G swift://c/x -",
        "cp -r --links d swift://c",
        "mv --no-clobber --header Cache-Control=a --header X-Object-Meta-b=c d/a swift://c/d/",
    ] {
        bench.ok(&format!("object {line}"));
    }
    assert!(bench.ok("object ls -l").contains("swift://c"));
}

#[test]
fn headers_are_stored() {
    let bench = Bench::new();
    bench.file("a", noise(300_000));
    bench.ok("container create c");
    let headers = [
        "Cache-Control=max-age=60",
        "Content-Language=de",
        "Content-Encoding=gzip",
        "content-disposition=attachment; filename=a.txt",
        "Expires=Thu, 01 Jan 2032 00:00:00 GMT",
        "X-Robots-Tag=noindex",
        "X-Object-Meta-Colour=red",
        "Content-Type=x/y",
        "X-Delete-At=4000000000",
    ];
    let with = |line: &str| {
        let options = headers.iter().flat_map(|header| ["--header", header]);
        bench.run(["object", "cp"].into_iter().chain(options).chain(line.split(' '))).ok();
    };
    bench.file("plain", "p");
    bench.ok("object cp plain swift://c/plain");
    with("a swift://c/small");
    with("--segment-size 100K a swift://c/large");
    with("swift://c/plain swift://c/copy");
    for name in ["small", "large", "copy"] {
        let shown = bench.run(["api", "show_object", "--param", "container=c", "--param", &format!("object={name}")]).json();
        for (field, value) in [
            ("cache_control", json!("max-age=60")),
            ("content_language", json!("de")),
            ("content_encoding", json!("gzip")),
            ("content_disposition", json!("attachment; filename=a.txt")),
            ("content_type", json!("x/y")),
            ("delete_at", json!(4_000_000_000_u64)),
        ] {
            assert_eq!(shown[field], value, "{name}: {shown}");
        }
        assert_eq!(shown["metadata"]["colour"], "red", "{name}");
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let bench = Bench::new();
    bench.file("d/a", "a");
    bench.file("d/s/b", "b");
    let lines = |text: String| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let planned = ["copy d/a -> swift://c/p/a", "copy d/s/b -> swift://c/p/s/b"];
    assert_eq!(lines(bench.ok("object cp -r --dry-run d swift://c/p")), planned);
    assert!(bench.requests().is_empty());
    bench.ok("object cp -r d swift://c/p");
    bench.emulator.clear_requests();
    assert_eq!(
        lines(bench.ok("object mv -r --dry-run swift://c/p out")),
        ["move swift://c/p/a -> out/a", "move swift://c/p/s/b -> out/s/b"]
    );
    let row = bench.ok("object mv --dry-run -o jsonl swift://c/p/a swift://e/x");
    let row: serde_json::Value = serde_json::from_str(&row).unwrap();
    assert_eq!(row, json!({ "action": "move", "source": "swift://c/p/a", "destination": "swift://e/x", "bytes": null }));
    assert_eq!(bench.ok("object mv -r --dry-run d swift://c/q").lines().count(), 2);
    assert!(bench.requests().iter().all(|request| request.starts_with("GET") && request.ends_with("/c")), "{:?}", bench.requests());
    assert!(bench.path("d/s/b").exists() && !bench.path("out").exists());
}

#[test]
fn a_limit_of_bandwidth_holds() {
    let bench = Bench::new();
    bench.file("a", noise(600_000));
    let begun = std::time::Instant::now();
    bench.ok("object cp --bwlimit 400K a swift://c/a");
    bench.ok("object cp --bwlimit 400K swift://c/a b");
    assert!(begun.elapsed().as_secs_f64() > 1.2, "{:?}", begun.elapsed());
    assert_eq!(std::fs::read(bench.path("b")).unwrap(), noise(600_000));
}

#[test]
fn segments_go_where_they_are_told_to() {
    let bench = Bench::new();
    bench.file("a", noise(300_000));
    bench.ok("object cp --segment-size 100K --segment-container elsewhere a swift://c/a");
    assert_eq!(bench.names("elsewhere").iter().filter(|name| name.contains("/slo/") && name.contains("/102400/")).count(), 3);
    assert!(!bench.ok("object ls").contains("c_segments"));
    bench.ok("object rm swift://c/a");
    assert!(bench.names("elsewhere").is_empty());
}

#[test]
fn links_are_stored_as_links() {
    let bench = Bench::new();
    bench.file("d/s/file", "f");
    for (link, to) in
        [("d/to-file", "s/file"), ("d/to-folder", "s"), ("d/dangling", "no/where"), ("d/out", "/etc"), ("d/s/up", "..")]
    {
        std::os::unix::fs::symlink(to, bench.path(link)).unwrap();
    }
    bench.ok("object cp -r --links d swift://c");
    let names =
        ["dangling.rclonelink", "out.rclonelink", "s/file", "s/up.rclonelink", "to-file.rclonelink", "to-folder.rclonelink"];
    assert_eq!(bench.names("c"), names);
    assert_eq!(bench.ok("object cat swift://c/to-file.rclonelink"), "s/file");
    for _ in 0..2 {
        bench.ok("object cp -r --links swift://c back");
        for (link, to) in [("to-file", "s/file"), ("to-folder", "s"), ("dangling", "no/where"), ("out", "/etc"), ("s/up", "..")] {
            assert_eq!(std::fs::read_link(bench.path("back").join(link)).unwrap().to_str(), Some(to));
            let changed = |side: &str| std::fs::symlink_metadata(bench.path(side).join(link)).unwrap().modified().unwrap();
            assert_eq!(changed("d"), changed("back"), "{link}");
        }
    }
    assert_eq!(std::fs::read_dir(bench.path("back")).unwrap().count(), 5);
    // Without it, they are files of their own.
    bench.ok("object cp -r swift://c plain");
    assert_eq!(std::fs::read(bench.path("plain/to-file.rclonelink")).unwrap(), b"s/file");
    bench.ok("object mv -r --links swift://c moved");
    assert!(bench.names("c").is_empty() && bench.path("moved/dangling").is_symlink());
    bench.ok("object mv -r --links moved swift://e");
    assert!(!bench.path("moved").exists());
    assert_eq!(bench.names("e"), names);
}

#[test]
fn nothing_is_written_through_a_link_that_came_along() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("outside")).unwrap();
    let put = |name: &str, content: &str| {
        bench.run_with(["object", "cp", "-", &format!("swift://{name}")], content.as_bytes()).ok();
    };
    for (container, link, other) in [("a", "x.rclonelink", "x/f"), ("b", "x.rclonelink", "x"), ("e", "x.rclonelink", "x/y/f")] {
        put(&format!("{container}/{link}"), "../outside");
        put(&format!("{container}/{other}"), "evil");
        let said = bench.fails(&format!("object cp -r --links swift://{container} out"), 2);
        assert!(said.contains(link) && said.contains(other), "{said}");
    }
    assert!(!bench.path("out").exists());
    // Nor by a second run.
    put("one/x.rclonelink", "../outside");
    put("two/x/f", "evil");
    put("two/ok", "ok");
    bench.ok("object cp -r --links swift://one out");
    let run = bench.run(["object", "cp", "-r", "--links", "swift://two", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert_eq!(std::fs::read_dir(bench.path("outside")).unwrap().count(), 0);
    // What is not a target of a link.
    put("odd/empty.rclonelink", "");
    put("odd/long.rclonelink", &"x".repeat(5000));
    put("odd/nul.rclonelink", "a\0b");
    put("odd/ok", "ok");
    let run = bench.run(["object", "cp", "-r", "--links", "swift://odd", "odd"]);
    assert!(run.status == 4 && run.stderr.ends_with("3 of 4 failed\n"), "{}", run.stderr);
    bench.file("g/false.rclonelink", "mine");
    bench.file("g/ok", "ok");
    let run = bench.run(["object", "cp", "-r", "--links", "g", "swift://g"]);
    assert!(run.status == 4 && run.stderr.contains("g/false.rclonelink"), "{}", run.stderr);
    assert_eq!(bench.names("g"), ["ok"]);
    // Two sources for one object.
    bench.file("d/x.rclonelink", "mine");
    std::os::unix::fs::symlink("y", bench.path("d/x")).unwrap();
    let said = bench.fails("object cp -r --links d swift://f", 2);
    assert!(said.contains("d/x ") && said.contains("d/x.rclonelink"), "{said}");
}

#[test]
fn a_public_container_without_a_login() {
    let bench = Bench::new();
    bench.file("a", "public");
    bench.ok("container create open --public");
    bench.ok("container create closed");
    bench.ok("object cp a swift://open/a");
    bench.ok("object cp a swift://closed/a");
    let account = bench.run(["object", "stat", "-o", "json", "swift://open/a"]).json()["account"].as_str().unwrap().to_owned();
    let url = format!("http://{}/v1/{account}", bench.emulator.address());
    let logins = bench.logins();
    let run = |line: &str| {
        let mut command = bare(&bench.path(""));
        // What the environment says of a login is left alone.
        command.envs([("OS_STORAGE_URL", url.as_str()), ("OS_USERNAME", "nobody"), ("OS_CLOUD", "none")]);
        crate::bench::run(command.args(["--anonymous"]).args(line.split(' ')), b"")
    };
    assert_eq!(run("object cat swift://open/a").ok(), "public");
    assert_eq!(run("object ls swift://open").ok(), "a\n");
    run("object cp -r swift://open out").ok();
    assert_eq!(std::fs::read(bench.path("out/a")).unwrap(), b"public");
    run("object sync --dry-run swift://open out").ok();
    for line in ["object cat swift://closed/a", "object cp a swift://open/b"] {
        let refused = run(line);
        assert!(refused.status != 0, "{line}: {}", refused.stderr);
    }
    for line in ["object ls", "account show", "token issue", "catalog list", "api compute.list_servers"] {
        let said = run(line).fails(2);
        assert!(said.contains("--anonymous"), "{line}: {said}");
    }
    assert_eq!(bench.logins(), logins);
    let account = bench.run(["--anonymous", "--os-storage-url", &url, "api", "show_account"]);
    let said = "k5: api show_account: object_storage.show_account: it needs a token, and --anonymous sends none\n";
    assert_eq!((account.status, account.stderr.as_str()), (2, said));
    let with_option = bench.run(["--anonymous", "--os-storage-url", &url, "object", "cat", "swift://open/a"]);
    assert_eq!(with_option.ok(), "public");
}
