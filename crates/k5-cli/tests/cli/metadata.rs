//! What is known of accounts, containers and objects, and how it is changed; temporary URLs.

use crate::bench::Bench;
use serde_json::json;
use std::io::{Read, Write};

#[test]
fn objects_keep_what_is_not_named() {
    let bench = Bench::new();
    bench.file("a.txt", "a");
    bench.ok("object cp a.txt swift://c/a --property colour=red --property size=big");
    bench.ok("object set swift://c/a --property colour=blue --remove size --remove mtime --expire-at 4000000000");
    bench.ok("object set swift://c/a --content-type x/y --content-encoding gzip");
    let shown = bench.run(["object", "stat", "-o", "json", "swift://c/a"]).json();
    assert_eq!(shown["metadata"], json!({"colour": "blue"}));
    assert_eq!(
        (&shown["content_type"], &shown["content_encoding"], &shown["delete_at"]),
        (&json!("x/y"), &json!("gzip"), &json!(4_000_000_000_u64))
    );
    bench.ok("object set swift://c/a --no-expire");
    let shown = bench.run(["object", "stat", "-o", "json", "swift://c/a"]).json();
    assert!(shown.get("delete_at").is_none());
    assert_eq!(bench.ok("object stat swift://c/a -f value -c properties"), "{'colour': 'blue'}\n");
    assert!(bench.ok("object stat swift://c/a -o yaml").contains("metadata:\n  colour: blue\n"));
    assert_eq!(bench.run(["object", "set", "swift://c/a"]).status, 2);
    assert!(bench.fails("object set swift://c/none --property a=b", 1).contains("404"));
    assert_eq!(bench.run(["object", "set", "swift://c/a", "--property", &format!("k={}", "v".repeat(257))]).status, 2);
    assert_eq!(bench.run(["object", "stat", "swift://c/a", "swift://c/none"]).status, 4);
}

#[test]
fn containers_keep_what_is_not_named() {
    let bench = Bench::new();
    let created = bench.run(["container", "create", "c", "d", "-o", "json", "--property", "a=1", "--public"]).json();
    assert_eq!((created.as_array().unwrap().len(), &created[0]["container"]), (2, &json!("c")));
    bench.ok("container set c --property b=2 --remove a --quota-bytes 1000 --quota-count 3 --write-acl p:u --versions-location d");
    let shown = bench.run(["container", "show", "c", "-o", "json"]).json();
    assert_eq!(shown["read_acl"], ".r:*,.rlistings");
    assert_eq!((&shown["write_acl"], &shown["quota_bytes"], &shown["quota_count"]), (&json!("p:u"), &json!(1000), &json!(3)));
    assert_eq!((&shown["versions_location"], &shown["metadata"]["b"]), (&json!("d"), &json!("2")));
    assert!(shown["metadata"].get("a").is_none());
    bench.ok("container set c --private --no-versions-location");
    let shown = bench.run(["container", "show", "c", "-o", "json"]).json();
    assert!(shown.get("read_acl").is_none() && shown.get("write_acl").is_none() && shown.get("versions_location").is_none());
    assert_eq!(shown["metadata"]["b"], "2");
    bench.file("big", vec![0; 2000]);
    assert!(bench.fails("object cp big swift://c/big", 1).contains("413"));
    assert_eq!(bench.run(["container", "set", "c", "--public", "--private"]).status, 2);
    bench.fails("container set none --property a=b", 1);
    assert_eq!(bench.run(["container", "delete", "d", "none"]).status, 4);
    assert_eq!(bench.ok("object stat swift://c -f value -c container"), "c\n");
}

#[test]
fn a_copy_changes_nothing_of_a_container() {
    let bench = Bench::new();
    bench.ok("container create c --property a=1 --read-acl p:u");
    bench.file("x", "x");
    bench.emulator.clear_requests();
    bench.ok("object cp x swift://c/x");
    assert!(!bench.requests().iter().any(|request| request.starts_with("PUT") && request.ends_with("/c")));
}

#[test]
fn accounts() {
    let bench = Bench::new();
    bench.ok("account set --property a=1 --metadata b=2");
    bench.ok("account set --remove a");
    bench.ok("container create c");
    let shown = bench.run(["account", "show", "-o", "json"]).json();
    assert_eq!((&shown["metadata"], &shown["container_count"]), (&json!({"b": "2"}), &json!(1)));
    assert_eq!(bench.run(["account", "set"]).status, 2);
}

#[test]
fn links_work_without_a_token() {
    let bench = Bench::new();
    bench.file("a", "linked");
    bench.ok("object cp a swift://c/a");
    assert!(bench.fails("object temp-url swift://c/a", 1).contains("--temp-url-key-file"));
    bench.run_with(["account", "set", "--temp-url-key-file", "-"], b"k3y-of-the-account\n").ok();
    for digest in ["sha1", "sha256", "sha512"] {
        let link = bench.run(["object", "temp-url", "swift://c/a", "--digest", digest, "--expires-in", "5m"]).ok();
        assert!(get(&bench, link.trim()).ends_with("linked"), "{digest}");
    }
    bench.file("key", "k3y-of-the-account\n");
    let from_file = bench.ok("object temp-url swift://c/a --key-file key --expires-at 4000000000");
    assert_eq!(from_file, bench.ok("object temp-url swift://c/a --expires-at 4000000000"));
    let mut command = bench.command();
    command.env("LINK_KEY", "wrong").args(["object", "temp-url", "swift://c/a", "--key-env", "LINK_KEY", "--method", "get"]);
    let wrong = crate::bench::run(&mut command, b"").ok();
    assert!(get(&bench, wrong.trim()).contains("401 Unauthorized"));
    let folder = bench.ok("object temp-url --prefix swift://c/a --expires-at 4000000000");
    assert!(folder.contains("/c/a?temp_url_sig=") && folder.trim_end().ends_with("&temp_url_prefix=a"), "{folder}");
    assert!(bench.ok("object temp-url --prefix swift://c --key-file key").trim_end().ends_with("&temp_url_prefix="));
    bench.fails("object temp-url swift://c --key-file key", 2);
    bench.fails("object temp-url swift://c/a --key-env ABSENT", 2);
    bench.fails("object temp-url swift://c/a --method PATCH", 2);
    assert_eq!(bench.run(["object", "temp-url", "swift://c/a", "--expires-in", "soon"]).status, 2);
}

/// The whole answer to a GET without any header of ours.
fn get(bench: &Bench, link: &str) -> String {
    let path = &link[link.find("/v1/").unwrap()..];
    let mut stream = std::net::TcpStream::connect(bench.emulator.address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
