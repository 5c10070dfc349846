//! `k5 doctor`.

use crate::bench::{Bench, Run, bare, run};
use serde_json::Value;

/// State and detail of the first finding of a check, with its advice.
fn finding(found: &Value, check: &str) -> (String, String, String) {
    let found = found.as_array().expect("a list").iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("nothing on {check}"));
    let text = |name: &str| found[name].as_str().expect("text").to_owned();
    (text("state"), text("detail"), text("advice"))
}

fn parsed(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

#[test]
fn a_cloud_that_is_well() {
    let bench = Bench::new();
    let found = bench.run("doctor -o json".split(' ')).json();
    for check in ["configuration", "connection", "clock", "login", "catalogue", "object_storage", "compute", "image", "sap"] {
        assert_eq!(finding(&found, check).0, "ok", "{check}: {found}");
    }
    assert!(bench.ok("doctor").contains("| What to do"));
    assert!(bench.fails("doctor --anonymous --os-storage-url http://127.0.0.1:1/v1/a", 2).contains("--anonymous"));
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let bench = Bench::new();
    let wrong = run(bench.command().env("OS_PASSWORD", "wr0ng-pw").args(["doctor", "-o", "json"]), b"");
    let (state, detail, advice) = finding(&parsed(&wrong), "login");
    assert_eq!((wrong.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("401") && advice.contains("password"), "{detail}: {advice}");
    let shown = String::from_utf8_lossy(&wrong.stdout).into_owned() + &wrong.stderr;
    assert!(!shown.contains("wr0ng-pw"), "{shown}");

    let nowhere = run(bench.command().env("OS_AUTH_URL", "http://127.0.0.1:1/v3").args(["doctor", "-o", "json"]), b"");
    assert_eq!((nowhere.status, finding(&parsed(&nowhere), "connection").0.as_str()), (3, "failed"));

    let folder = tempfile::tempdir().expect("a folder");
    let unset = run(bare(folder.path()).args(["doctor", "-o", "json"]), b"");
    let (state, detail, _) = finding(&parsed(&unset), "configuration");
    assert_eq!((unset.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("configuration"), "{detail}");
}

/// A file's cloud beside the environment's URL of another one: the password would go there.
#[test]
fn clouds_that_cross_are_named() {
    let bench = Bench::new();
    let prod = "clouds: {prod: {auth: {auth_url: 'https://prod.example/v3', username: u, password: p, user_domain_name: d}}}";
    bench.file("clouds.yaml", prod);
    let crossed = run(bench.command().args(["--cloud", "prod", "doctor", "-o", "json"]), b"");
    let found = parsed(&crossed);
    let warnings = found.as_array().expect("a list").iter().filter(|finding| finding["state"] == "warning");
    let said: Vec<_> = warnings.filter_map(|finding| finding["detail"].as_str()).collect();
    assert!(said.iter().any(|text| text.contains("OS_AUTH_URL") && text.contains("https://prod.example/v3")), "{found}");
}
