//! `k5 api`.

use crate::bench::{Bench, noise};
use serde_json::{Value, json};

#[test]
fn the_list_is_whole() {
    let bench = Bench::new();
    let list = bench.run(["api", "--list", "--json"]).json();
    let list = list.as_array().unwrap();
    let rows: std::collections::BTreeSet<u64> = list
        .iter()
        .flat_map(|operation| operation["rows"].as_array().unwrap())
        .filter(|row| row["section"] == "Object storage")
        .map(|row| row["number"].as_u64().unwrap())
        .collect();
    assert_eq!(rows, (1..=14).collect());
    for operation in list {
        let keys: std::collections::BTreeSet<_> = operation.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["id", "method", "params", "path", "request_body", "response_body", "rows"].into());
    }
    let upload = list.iter().find(|operation| operation["id"] == "object_storage.upload_object").unwrap();
    assert_eq!((&upload["method"], &upload["path"]), (&json!("PUT"), &json!("/v1/{account}/{container}/{object}")));
    assert_eq!((&upload["request_body"], &upload["response_body"]), (&json!("bytes"), &json!("none")));
    assert!(upload["params"].as_array().unwrap().contains(&json!({"name": "container", "in": "path", "required": true})));
    assert!(bench.ok("api --list").contains("| object_storage.upload_object"));
    assert_eq!(bench.ok("api --list -o jsonl").lines().count(), list.len());
}

#[test]
fn the_rows_of_object_storage() {
    let bench = Bench::new();
    bench.file("body", noise(200_000));
    let created = bench.run("api create_container --param container=c".split(' ')).json();
    assert!(created["headers"].is_object() && created["trans_id"].is_string(), "{created}");
    let stored = bench
        .run("api upload_object --param container=c --param object=o --body body --header X-Object-Meta-Colour=red".split(' '))
        .json();
    assert_eq!(stored["etag"].as_str().unwrap().len(), 32);
    let run = bench.run("api download_object --param container=c --param object=o".split(' '));
    assert!(run.status == 0 && run.stdout == noise(200_000));
    let shown = bench.run("api show_object --param container=c --param object=o".split(' ')).json();
    assert_eq!((&shown["content_length"], &shown["metadata"]["colour"]), (&json!(200_000), &json!("red")));
    let listed = bench.run("api list_objects --param container=c --param limit=5".split(' ')).json();
    assert_eq!((&listed[0]["name"], listed.as_array().unwrap().len()), (&json!("o"), 1));
    let raw = bench.run("api list_objects --param container=c --raw".split(' ')).json();
    assert_eq!(raw[0]["bytes"], 200_000);
    bench.ok("api copy_object --param container=c --param object=o --param destination=/c/p");
    bench.ok("api update_object --param container=c --param object=p --param x-object-meta-a=1");
    bench.ok("api update_container --param container=c --param x-container-meta-a=1");
    bench.ok("api update_account --param x-account-meta-a=1");
    assert_eq!(bench.run("api show_account".split(' ')).json()["metadata"], json!({"a": "1"}));
    assert_eq!(bench.run("api show_container --param container=c".split(' ')).json()["object_count"], 2);
    assert_eq!(bench.run("api list_containers".split(' ')).json()[0]["name"], "c");
    for object in ["o", "p"] {
        bench.ok(&format!("api delete_object --param container=c --param object={object}"));
    }
    bench.ok("api object_storage.delete_container --param container=c");
    assert!(bench.run("api show_info".split(' ')).json()["swift"].is_object());
    let body = bench.run_with("api upload_object --param container=c --param object=o --body -".split(' '), b"x");
    assert!(body.fails(1).contains("404"));
}

#[test]
fn an_id_of_several_services_is_not_guessed() {
    let bench = Bench::new();
    for (id, candidates) in [
        ("create_server", "compute.create_server, sap.create_server"),
        ("create_volume", "block_storage.create_volume, volume_proxy.create_volume"),
    ] {
        let text = bench.fails(&format!("api {id}"), 2);
        assert!(text.contains(&format!("several services have an operation {id:?}: {candidates}")), "{text}");
    }
    assert!(bench.emulator.requests().is_empty());
    assert!(bench.run(["api", "compute.list_servers"]).json()["servers"].is_array());
    let asked = bench.emulator.requests().pop().unwrap();
    assert_eq!(asked.operation, Some("compute.list_servers"));
}

#[test]
fn one_call_is_one_request() {
    let bench = Bench::new();
    bench.ok("container create c");
    bench.emulator.clear_requests();
    bench.ok("api list_objects --param container=c --param limit=1");
    assert_eq!(bench.requests().len(), 1);
}

#[test]
fn bad_arguments_are_named() {
    let bench = Bench::new();
    bench.file("login", r#"{"auth": {"identity": {"methods": ["password"], "pasword": {}}}}"#);
    bench.file("wrong", r#"{"auth": {"identity": {"methods": "password"}}}"#);
    for (line, word) in [
        ("api show_object --param container=c", "object"),
        ("api show_object --param container=c --param object=o --param colour=red", "colour"),
        ("api show_object --param container=a/b --param object=o", "a/b"),
        ("api create_container --param container=c --body login", "no body"),
        ("api create_token", "--body"),
        ("api create_token --body login", "auth.identity.pasword"),
        ("api create_token --body wrong", "auth.identity.methods"),
        ("api create_token --body absent", "absent"),
        ("api show_token", "x-subject-token"),
        ("api show_objects", "object_storage.show_object"),
    ] {
        let text = bench.fails(line, 2);
        assert!(text.contains(word), "{line}: {text}");
    }
    assert!(bench.emulator.requests().is_empty());
    assert_eq!(bench.run(["api"]).status, 2);
    let sent = bench.run("api create_token --body login --allow-unknown".split(' '));
    assert!(sent.status != 2 && bench.logins() == 1, "{}", sent.stderr);
}

#[test]
fn identity_documents() {
    let bench = Bench::new();
    let user = json!({"name": "demo", "domain": {"name": "Default"}, "password": "demopw"});
    let login = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
    let token = bench.run_with("api create_token --body -".split(' '), login.to_string().as_bytes()).json();
    assert_eq!(token["token"]["user"]["name"], "demo");
    let version: Value = bench.run("api show_version -o jsonl".split(' ')).json();
    assert!(version["version"]["id"].as_str().unwrap().starts_with("v3"));
    assert!(bench.ok("api list_auth_projects -o yaml").contains("projects:\n- "));
    assert!(bench.ok("api list_auth_projects -o table -c name").contains("| name |"));
}

#[test]
fn a_form_may_be_written_as_one_or_as_json() {
    let bench = Bench::new();
    let stop = |body: &[u8]| bench.run_with("api sap.stop_server --param resource_id=none --body -".split(' '), body);
    for body in ["force=true\n", "{\"force\": true}", "\u{feff}{\"force\": \"true\"}", ""] {
        let said = stop(body.as_bytes()).fails(1);
        assert!(said.contains("none: L-Server not found"), "{body}: {said}");
    }
    for (body, expected) in [("force", "NAME=VALUE"), ("force=true&force=1", "twice"), ("forced=true", "unknown field forced")] {
        let said = stop(body.as_bytes()).fails(2);
        assert!(said.contains(expected), "{body}: {said}");
    }
}

#[test]
fn an_empty_body_is_named() {
    let bench = Bench::new();
    let said = bench.run_with("api compute.create_server --body -".split(' '), b"\n").fails(2);
    assert!(said.contains("compute.create_server: the document is empty"), "{said}");
}

#[test]
fn a_parameter_is_sent_as_the_service_spells_it() {
    let bench = Bench::new();
    let said = bench.run("api compute.list_servers --param LIMIT=x".split(' ')).fails(1);
    assert!(said.contains("query parameters limit"), "{said}");
}

#[test]
fn lists_and_records_have_columns() {
    let bench = Bench::new();
    let keypair = br#"{"keypair": {"name": "k"}}"#;
    let made = bench.run_with("api compute.create_keypair --body - -o value -c private_key -c name".split(' '), keypair).ok();
    assert!(made.starts_with("k\n-----BEGIN "), "{made}");
    let listed = bench.run("api block_storage.list_volumes -o json -c id".split(' ')).json();
    assert_eq!(listed, json!([]));
    bench.run_with(["object", "cp", "-", "swift://c/a"], b"x").ok();
    let objects = "api list_objects --param container=c";
    assert_eq!(bench.ok(&format!("{objects} -o value -c bytes -c NAME")), "a 1\n");
    assert!(bench.ok(&format!("{objects} -o table")).contains("| a "));
    assert_eq!(bench.run(format!("{objects} -c name").split(' ')).json(), json!([{"name": "a"}]));
    let container = "api show_container --param container=c";
    assert_eq!(bench.ok(&format!("{container} -o value -c object_count")), "1\n");
    assert!(bench.ok(&format!("{container} -o table")).contains("| object_count"));
    assert_eq!(
        bench.run(format!("{container} -c headers.x-container-object-count").split(' ')).json(),
        json!({"headers": {"x-container-object-count": "1"}})
    );
    assert!(bench.ok("api show_version -o value -c version.id").starts_with("v3"));
    assert_eq!(bench.run("api list_containers -c colour --allow-unknown".split(' ')).json(), json!([{"colour": null}]));
}

/// What a user wants that there is not is said before anything is done.
#[test]
fn an_unknown_column_is_refused_before_anything_is_done() {
    let bench = Bench::new();
    for wanted in ["-c nmae", "-o table -c nmae", "-o value -c fingerprint -c nmae"] {
        let said = bench
            .run_with(format!("api compute.create_keypair --body - {wanted}").split(' '), br#"{"keypair": {"name": "k"}}"#)
            .fails(2);
        assert!(said.contains("did you mean name?") && said.contains("fingerprint"), "{said}");
    }
    assert!(bench.fails("api list_containers -c nmae", 2).contains("did you mean name?"));
    assert!(bench.emulator.requests().is_empty());
    for line in ["api download_object --param container=c --param object=o -o json", "api list_containers --raw -c name"] {
        assert!(bench.fails(line, 2).contains("has no effect"), "{line}");
    }
    let said = bench.fails("api compute.list_servres", 2);
    assert!(said.contains("did you mean one of compute.list_servers"), "{said}");
    let said = bench.fails("api list_imges", 2);
    assert!(said.contains("image.list_images"), "{said}");
}

#[test]
fn an_operation_explains_itself() {
    let bench = Bench::new();
    for line in ["api compute.create_server --help", "api --help compute.create_server", "api create_server -h --cloud nowhere"] {
        let line = line.replace("api create_server", "api compute.create_server");
        let said = bench.ok(&line);
        for part in [
            "Creates a server, or several at once.",
            "Usage: k5 api compute.create_server --body FILE",
            "POST /v2/{tenant_id}/servers",
            "    flavorRef (text, required): The flavor.",
            "One of image, volume, snapshot, blank.",
        ] {
            assert!(said.contains(part), "{line}: {said}");
        }
    }
    assert!(bench.ok("api show_keypair --help").contains("--param keypair_name=VALUE"));
    assert!(bench.ok("api --help").contains("--all-pages"), "the command's own help stays");
    assert!(bench.fails("api compute.nothing --help", 2).contains("there is no operation"));
}

#[test]
fn a_skeleton_is_a_body() {
    let bench = Bench::new();
    let skeleton = bench.ok("api compute.create_keypair --skeleton");
    assert_eq!(
        serde_json::from_str::<Value>(&skeleton).unwrap(),
        json!({"keypair": {"name": "TEXT", "public_key": null, "availability_zone": null}})
    );
    bench.file("body.json", &skeleton);
    assert_eq!(bench.run("api compute.create_keypair --body body.json".split(' ')).json()["keypair"]["name"], "TEXT");
    assert!(bench.fails("api compute.show_keypair --skeleton", 2).contains("takes no document"));
    assert!(bench.fails("api compute.create_keypair --skeleton -o table", 2).contains("-o json"));
}

#[test]
fn all_pages_and_goals() {
    let bench = Bench::new();
    for name in 0..5 {
        bench.ok(&format!("api create_container --param container=c{name}"));
    }
    let line = "api object_storage.list_containers --param limit=2";
    assert_eq!(bench.run(line.split(' ')).json().as_array().map(Vec::len), Some(2), "one call is one request");
    assert_eq!(bench.run(format!("{line} --all-pages").split(' ')).json().as_array().map(Vec::len), Some(5));
    assert_eq!(bench.ok(&format!("{line} --all-pages -o value -c name")).lines().count(), 5);
    assert!(bench.fails("api compute.show_flavor --param flavor_id=1 --all-pages", 2).contains("does not list anything"));

    bench.file("volume.json", r#"{"volume": {"size": 1}}"#);
    let volume = bench.run("api block_storage.create_volume --body volume.json".split(' ')).json();
    let id = volume["volume"]["id"].as_str().unwrap();
    let shown = bench.run(format!("api block_storage.show_volume --param volume_id={id} --wait available").split(' ')).json();
    assert_eq!(shown["status"], "available");
    let said = bench.fails(&format!("api block_storage.show_volume --param volume_id={id} --wait availabel"), 2);
    assert!(said.contains("a volume has available, in_use, deleted"), "{said}");
    assert!(bench.fails("api compute.list_flavors --wait active", 2).contains("has no state to wait for"));
}
