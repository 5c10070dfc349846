//! Bad input: a clear error, the right status, and nothing sent.

use crate::bench::{Bench, bare, run};
use std::fs::File;
use std::process::Command;

fn with<'a>(command: &'a mut Command, line: &str) -> &'a mut Command {
    command.args(line.split(' '))
}

#[test]
fn no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let text = run(with(&mut bare(folder.path()), "container list"), b"").fails(3);
    assert!(text.contains("OS_CLOUD") && text.contains("OS_AUTH_URL") && text.lines().count() <= 2, "{text}");
    std::fs::write(
        folder.path().join("clouds.yaml"),
        "clouds: {prod: {auth: {auth_url: 'http://127.0.0.1:1', username: u, password: p, user_domain_name: d}, regions: [uk-1]}}",
    )
    .unwrap();
    let text = run(with(&mut bare(folder.path()), "--cloud other container list"), b"").fails(3);
    assert!(text.contains("\"other\"") && text.contains("prod"), "{text}");
    let text = run(with(&mut bare(folder.path()), "--cloud prod --os-region-name mars container list"), b"").fails(3);
    assert!(text.contains("mars") && text.contains("uk-1"), "{text}");
    std::fs::write(folder.path().join("clouds.yaml"), "clouds: [").unwrap();
    let text = run(with(&mut bare(folder.path()), "--cloud prod container list"), b"").fails(3);
    assert!(text.contains("clouds.yaml"), "{text}");
}

#[test]
fn missing_and_contradictory_settings() {
    let bench = Bench::new();
    let without = |name: &str| run(bench.command().env_remove(name).args(["container", "list"]), b"").fails(3);
    assert!(without("OS_PASSWORD").contains("OS_PASSWORD"));
    assert!(without("OS_USERNAME").contains("OS_USERNAME"));
    let text =
        run(bench.command().env("OS_APPLICATION_CREDENTIAL_ID", "x").env("OS_AUTH_TYPE", "oops").args(["container", "list"]), b"")
            .fails(3);
    assert!(text.contains("OS_AUTH_TYPE"), "{text}");
    assert!(run(bench.command().env("OS_AUTH_URL", "not a url").args(["container", "list"]), b"").fails(3).contains("OS_AUTH_URL"));
    assert!(bench.emulator.requests().is_empty());
}

#[test]
fn a_wrong_password_is_tried_once() {
    let bench = Bench::new();
    bench.file("d/a", "a");
    bench.file("d/b", "b");
    for line in ["container list", "object cp -r d swift://c", "token issue"] {
        bench.emulator.clear_requests();
        let text = run(with(bench.command().env("OS_PASSWORD", "wr0ng-pw"), line), b"").fails(3);
        assert!(text.contains("401") && text.contains("password") && !text.contains("wr0ng-pw"), "{text}");
        assert!(text.lines().count() <= 2, "{text}");
        assert_eq!(bench.logins(), 1, "{line}");
    }
}

#[test]
fn regions_services_and_connections() {
    let bench = Bench::new();
    let text = bench.fails("--os-region-name mars container list", 3);
    assert!(text.contains("mars") && text.contains("RegionOne"), "{text}");
    let text = bench.fails("--os-interface sideways container list", 3);
    assert!(text.contains("--os-interface"), "{text}");
    // Without a project there is no catalogue.
    let mut unscoped = bench.command();
    unscoped
        .env_remove("OS_PROJECT_NAME")
        .env_remove("OS_PROJECT_DOMAIN_NAME")
        .env("OS_USERNAME", "admin")
        .env("OS_PASSWORD", "adminpw");
    let run_unscoped = run(unscoped.args(["api", "list_auth_projects"]), b"");
    assert_eq!(run_unscoped.status, 0, "{}", run_unscoped.stderr);
    let text = run(bench.command().env("OS_AUTH_URL", "http://127.0.0.1:1/v3").args(["container", "list"]), b"").fails(3);
    assert!(text.contains("127.0.0.1:1") && text.contains("refused") && text.contains("5 attempts"), "{text}");
    let text = run(bench.command().env("OS_CACERT", "/absent.pem").args(["container", "list"]), b"").fails(3);
    assert!(text.contains("/absent.pem"), "{text}");
    assert!(bench.requests().is_empty());
}

#[test]
fn insecure_warns_each_time() {
    let bench = Bench::new();
    let run = bench.run(["--insecure", "container", "list"]);
    assert_eq!(run.status, 0);
    assert!(run.stderr.contains("warning") && run.stderr.contains("certificates"), "{}", run.stderr);
}

#[test]
fn files_that_can_not_go() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("dir")).unwrap();
    bench.file("sparse", "");
    for (line, word) in [
        ("object cp absent swift://c/x", "absent"),
        ("object cp dir swift://c/x", "-r"),
        ("object cp sparse dir/x", "swift://"),
        ("object cp swift://c/x dir/no/such", "dir/no/such"),
        ("object cp swift://c/x swift://c/y absent", "folder"),
        ("object cp swift://c/ dir", "-r"),
        ("object cp s3://b/o swift://c/x", "s3://"),
        ("api frobnicate", "frobnicate"),
    ] {
        let text = bench.fails(line, 2);
        assert!(text.contains(word) && text.lines().count() <= 2, "{line}: {text}");
    }
    assert_eq!(bench.run(["--timeout", "soon", "container", "list"]).status, 2);
    assert_eq!(bench.run(["object", "cp", "--segment-size", "0", "sparse", "swift://c/x"]).status, 2);
    assert!(bench.emulator.requests().is_empty(), "{:?}", bench.emulator.requests());
}

#[test]
fn a_file_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let path = bench.file("locked", "x");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    if File::open(&path).is_ok() {
        // root reads everything; what is not there at all is the same error then.
        std::fs::remove_file(&path).unwrap();
    }
    assert!(bench.fails("object cp locked swift://c/x", 2).contains("locked"));
    assert!(bench.requests().is_empty());
}

#[test]
fn what_the_cloud_refuses() {
    let bench = Bench::new();
    bench.ok("container create c");
    for line in [
        "object cat swift://c/none",
        "object cp swift://c/none here",
        "object stat swift://c/none",
        "object cp swift://none/x here",
        "container show none",
    ] {
        let text = bench.fails(line, 1);
        assert!(text.contains("404") && text.lines().count() <= 2, "{line}: {text}");
    }
    assert!(!bench.path("here").exists());
    let mut reader = bench.command();
    reader.env("OS_USERNAME", "reader").args(["container", "list"]);
    let text = run(&mut reader, b"").fails(1);
    assert!(text.contains("403") && text.contains("role"), "{text}");
}
