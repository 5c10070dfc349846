//! `k5 doctor`.

use crate::bench::{Bench, Run, bare, run};
use k5_emulator::{Fault, Faults, Rule};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

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
    for check in [
        "setting",
        "configuration",
        "proxy",
        "dns",
        "tcp",
        "connection",
        "clock",
        "login",
        "catalogue",
        "object_storage",
        "compute",
        "image",
        "sap",
    ] {
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
    let (state, detail, advice) = finding(&parsed(&nowhere), "tcp");
    assert_eq!((nowhere.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("127.0.0.1:1") && detail.contains("refused") && advice.contains("OS_AUTH_URL"), "{detail}: {advice}");
    let unnamed = run(bench.command().env("OS_AUTH_URL", "https://keystone.invalid/v3").args(["doctor", "-o", "json"]), b"");
    let (state, detail, advice) = finding(&parsed(&unnamed), "dns");
    assert_eq!((unnamed.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("keystone.invalid") && advice.contains("DNS"), "{detail}: {advice}");
    let https = bench.emulator.address().to_string();
    let plain = run(bench.command().env("OS_AUTH_URL", format!("https://{https}/v3")).args(["doctor", "-o", "json"]), b"");
    let (state, detail, advice) = finding(&parsed(&plain), "tls");
    assert_eq!((plain.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("plain HTTP") && advice.contains("URL"), "{detail}: {advice}");
    let proxied = run(bench.command().env("http_proxy", "http://u:c4nary@127.0.0.1:1").args(["doctor", "-o", "json"]), b"");
    assert!(!String::from_utf8_lossy(&proxied.stdout).contains("c4nary"));
    assert_eq!((proxied.status, finding(&parsed(&proxied), "proxy").1.as_str()), (3, "http://127.0.0.1:1, from http_proxy"));
    assert!(finding(&parsed(&proxied), "tcp").2.contains("http_proxy"));
    let region = run(bench.command().env("OS_REGION_NAME", "Mars").args(["doctor", "-o", "json"]), b"");
    let (_, detail, advice) = finding(&parsed(&region), "catalogue");
    assert!(region.status == 3 && detail.contains("RegionOne") && advice.contains("OS_REGION_NAME"), "{detail}: {advice}");

    let folder = tempfile::tempdir().expect("a folder");
    let unset = run(bare(folder.path()).args(["doctor", "-o", "json"]), b"");
    let (state, detail, advice) = finding(&parsed(&unset), "configuration");
    assert_eq!((unset.status, state.as_str()), (3, "failed"));
    assert!(detail.contains("configuration") && !advice.is_empty(), "{detail}: {advice}");
    // What there is shows, though it is not enough.
    let some = run(bare(folder.path()).env("OS_AUTH_URL", "https://k.example").args(["doctor", "-o", "json"]), b"");
    assert!(some.status == 3 && finding(&parsed(&some), "setting").1.contains("https://k.example, from OS_AUTH_URL"));
}

#[test]
fn a_service_that_is_broken_counts() {
    let bench = Bench::new();
    bench.emulator.faults(Faults::new().rule(Rule::on("HEAD", "/v1/*").then(Fault::status(500))));
    let found = bench.run("doctor -o json --timeout 2".split(' '));
    let (state, detail, advice) = finding(&parsed(&found), "object_storage");
    assert_eq!((found.status, state.as_str()), (3, "failed"), "{detail}");
    assert!(detail.contains("500") && !advice.is_empty(), "{detail}: {advice}");
    assert_eq!(finding(&parsed(&found), "compute").0, "ok", "the others are asked all the same");
    bench.emulator.faults(Faults::new().rule(Rule::on("HEAD", "/v1/*").then(Fault::status(403))));
    let found = bench.run("doctor -o json".split(' ')).json();
    assert_eq!(finding(&found, "object_storage").0, "warning");
}

/// Which files and settings there are, where each comes from, and who may read them.
#[test]
fn where_the_settings_come_from() {
    let bench = Bench::new();
    let url = format!("http://{}/v3", bench.emulator.address());
    let clouds = format!(
        "clouds:\n  lab:\n    auth:\n      auth_url: {url}\n      username: nobody\n      user_domain_name: Default\n      project_name: demo\n"
    );
    bench.file(".config/openstack/clouds.yaml", clouds);
    let secure = bench.file(".config/openstack/secure.yaml", "clouds:\n  lab:\n    auth:\n      password: demopw\n");
    let doctor = || {
        let mut command = bare(&bench.path(""));
        run(
            command.env("OS_USERNAME", "demo").args(["--cloud", "lab", "doctor", "-o", "json", "--os-region-name", "RegionOne"]),
            b"",
        )
        .json()
    };
    std::fs::set_permissions(&secure, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let found = doctor();
    let all: Vec<_> = found.as_array().expect("a list").iter().map(|finding| finding.to_string()).collect();
    let has = |parts: &[&str]| assert!(all.iter().any(|one| parts.iter().all(|part| one.contains(part))), "{parts:?} of {all:#?}");
    has(&["username = demo, from OS_USERNAME; it wins over", "clouds.yaml:5:", "clouds.lab.auth.username"]);
    has(&["password = ***, from", "secure.yaml"]);
    has(&["region_name = RegionOne, from --os-region-name"]);
    has(&["clouds.yaml, mode 0", "\"ok\""]);
    has(&["secure.yaml holds secrets", "0644", "chmod 600", "\"warning\""]);
    assert!(!found.to_string().contains("demopw"), "{found}");
    std::fs::set_permissions(&secure, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    assert!(!doctor().to_string().contains("chmod"));
}

#[test]
fn no_output_holds_a_secret() {
    let bench = Bench::new();
    let secrets = ["demopw", "c4nary-pw", "c4nary-token", "c4nary-app"];
    let mut cases = vec![bench.command(), bench.command(), bench.command(), bare(&bench.path(""))];
    cases[1].env("OS_PASSWORD", "c4nary-pw");
    cases[2].env_remove("OS_PASSWORD").env("OS_AUTH_TYPE", "token").env("OS_TOKEN", "c4nary-token");
    cases[3].env("OS_AUTH_URL", format!("http://{}", bench.emulator.address())).env("OS_APPLICATION_CREDENTIAL_ID", "x");
    cases[3].env("OS_APPLICATION_CREDENTIAL_SECRET", "c4nary-app");
    for case in &cases {
        for format in ["table", "json", "jsonl", "yaml", "value"] {
            let mut command = std::process::Command::new(case.get_program());
            command.env_clear().current_dir(bench.path(""));
            command.envs(case.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let said = run(command.args(["-vvv", "doctor", "-o", format]), b"");
            let shown = String::from_utf8_lossy(&said.stdout).into_owned() + &said.stderr;
            assert!(shown.contains("setting") && shown.contains("***"), "{shown}");
            for secret in secrets {
                assert!(!shown.contains(secret), "{format}: {shown}");
            }
        }
    }
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
