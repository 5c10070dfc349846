//! Lists in every form.

use crate::bench::Bench;
use serde_json::{Value, json};

fn filled() -> Bench {
    let bench = Bench::new();
    for name in ["a", "b/c", "b/d", "e f"] {
        bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], name.as_bytes()).ok();
    }
    bench
}

#[test]
fn objects_by_level() {
    let bench = filled();
    assert_eq!(bench.ok("object ls"), "swift://c\n");
    assert_eq!(bench.ok("object ls swift://c"), "a\nb/\ne f\n");
    assert_eq!(bench.ok("object ls swift://c/"), "a\nb/\ne f\n");
    assert_eq!(bench.ok("object ls -r swift://c"), "a\nb/c\nb/d\ne f\n");
    assert_eq!(bench.ok("object ls swift://c/b/"), "b/c\nb/d\n");
    assert_eq!(bench.ok("object ls swift://c --prefix b/c"), "b/c\n");
    assert_eq!(bench.run(["object", "ls", "swift://c", "--delimiter", " "]).ok(), "a\nb/c\nb/d\ne \n");
    bench.ok("container create empty");
    for line in ["swift://empty", "swift://empty/", "swift://c --prefix none"] {
        assert_eq!(bench.ok(&format!("object ls {line}")), "", "{line}");
    }
    for line in ["swift://c/none", "swift://c/none/", "-r swift://c/b/none", "-o json swift://c/none"] {
        assert!(bench.fails(&format!("object ls {line}"), 1).contains("swift://c/"), "{line}");
    }
    assert_eq!(bench.run(["object", "ls", "swift://c/b", "--prefix", "c"]).status, 2);
    assert!(bench.fails("object ls swift://none", 1).contains("container list"));
    let long = bench.ok("object ls -l swift://c");
    let first: Vec<_> = long.lines().next().unwrap().split_whitespace().collect();
    assert_eq!((first[0], first[2], first[3]), ("1", "application/octet-stream", "a"));
}

#[test]
fn objects_as_documents() {
    let bench = filled();
    let all = bench.run(["object", "ls", "-o", "json", "swift://c"]).json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(
        (&all[0]["name"], &all[0]["bytes"], &all[0]["content_type"]),
        (&json!("a"), &json!(1), &json!("application/octet-stream"))
    );
    assert!(all[0]["hash"].is_string() && all[0]["last_modified"].is_string());
    assert_eq!(all[1], json!({"subdir": "b/"}));
    let lines = bench.ok("object ls -r -o jsonl swift://c");
    let names: Vec<_> = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone()).collect();
    assert_eq!(names, ["a", "b/c", "b/d", "e f"]);
    assert_eq!(
        bench.run(["object", "ls", "-o", "json", "-r", "-c", "name", "-c", "Bytes", "swift://c/a"]).json(),
        json!([{"name": "a", "bytes": 1}])
    );
    assert_eq!(bench.ok("object ls -o value -c bytes -c name swift://c/a"), "a 1\n");
    assert_eq!(bench.ok("object ls -f value swift://c"), "a\nb/\ne f\n");
    bench.ok("container create empty");
    assert_eq!(bench.ok("object ls -o json swift://empty"), "[]\n");
    assert_eq!(bench.ok("object ls -o jsonl swift://empty"), "");
    assert!(bench.ok("object ls -o yaml -c name swift://c/e").contains("- name: e f\n"));
    assert!(bench.ok("object ls -o table swift://c").contains("| e f  |"));
    assert!(bench.fails("object ls -o json -c colour swift://c", 2).contains("the columns are Name, Bytes, "));
}

#[test]
fn containers() {
    let bench = filled();
    bench.ok("container create empty");
    assert_eq!(bench.run(["container", "list", "-o", "json"]).json(), json!([{"name": "c"}, {"name": "empty"}]));
    assert_eq!(bench.run(["container", "list", "--long", "-f", "json"]).json()[0], json!({"name": "c", "bytes": 10, "count": 4}));
    assert_eq!(bench.ok("container list -f value"), "c\nempty\n");
    assert_eq!(bench.ok("container list -f value -c Name --prefix e"), "empty\n");
    assert!(bench.ok("container list").contains("| Name  |\n"));
    assert!(bench.ok("container list --long").contains("| Name  | Bytes | Count |\n"));
    let shown = bench.run(["container", "show", "c", "-o", "json"]).json();
    assert_eq!((&shown["container"], &shown["object_count"], &shown["bytes_used"]), (&json!("c"), &json!(4), &json!(10)));
    assert_eq!(shown["account"].as_str().unwrap().len(), 37);
    assert_eq!(bench.ok("container show c -f value -c object_count"), "4\n");
    assert!(bench.ok("container show c").contains("| object_count   | 4"));
}

#[test]
fn a_table_comes_in_pieces() {
    let bench = Bench::new();
    bench.ok("container create c");
    let dir = bench.path("d");
    std::fs::create_dir(&dir).unwrap();
    (0..1_200).for_each(|n| std::fs::write(dir.join(format!("{n:05}")), "").unwrap());
    bench.ok("object cp -r d swift://c --transfers 16");
    let table = bench.ok("object ls -o table swift://c");
    assert_eq!(table.matches("| Name").count(), 2);
    assert_eq!(table.lines().filter(|line| line.starts_with("| 0")).count(), 1_200);
    assert_eq!(bench.ok("object ls -o value swift://c").lines().count(), 1_200);
}

#[test]
fn token_and_catalogue() {
    let bench = Bench::new();
    let token = bench.run(["token", "issue", "-o", "json"]).json();
    let keys: Vec<_> = token.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["expires", "id", "project_id", "user_id"]);
    assert_eq!(bench.ok("token issue -f value -c project_id").trim(), token["project_id"].as_str().unwrap());
    let services = bench.run(["catalog", "list", "-o", "json"]).json();
    let swift = services.as_array().unwrap().iter().find(|service| service["type"] == "object-store").unwrap().clone();
    assert!(swift["endpoints"].as_array().unwrap().iter().any(|endpoint| endpoint["interface"] == "public"));
    let table = bench.ok("catalog list");
    assert!(table.contains("| Name") && table.contains("public: http://127.0.0.1"), "{table}");
    assert!(bench.ok("catalog list -o value -c Type").contains("object-store\n"));
}
