//! Passwords, tokens and keys show nowhere but where they are the answer.

use crate::bench::{Bench, Run, run};

const KEY: &str = "k3y-of-links";

fn clean(run: &Run, secrets: &[&str], what: &str) {
    let stdout = String::from_utf8_lossy(&run.stdout);
    for secret in secrets {
        assert!(!run.stderr.contains(secret) && !stdout.contains(secret), "{what}: {}{stdout}", run.stderr);
    }
}

#[test]
fn no_output_holds_a_secret() {
    let bench = Bench::new();
    bench.file("up", "content");
    bench.run_with(["account", "set", "--temp-url-key-file", "-"], KEY.as_bytes()).ok();
    let token = bench.ok("token issue -f value -c id").trim().to_owned();
    let secrets = ["demopw", KEY, &token];
    let lines = [
        "container create c",
        "container list -o json",
        "container show c",
        "object cp up swift://c/x",
        "object cp swift://c/x down",
        "object ls -l swift://c",
        "object stat swift://c/x -o json",
        "object stat swift://c/none",
        "object set swift://c/x --property a=b",
        "object temp-url swift://c/x",
        "object rm swift://c/x",
        "account show",
        "account show -o json",
        "api show_account",
        "api show_container --param container=c",
        "api list_auth_projects",
        "catalog list",
        "container delete c",
        "--os-region-name mars container list",
    ];
    for line in lines {
        let args: Vec<_> = line.split(' ').chain(["-vvv"]).collect();
        let with_password = run(bench.command().args(&args), b"");
        assert!(with_password.stderr.contains("TRACE") || line.contains("mars"), "{line}: {}", with_password.stderr);
        clean(&with_password, &secrets, line);
        let mut command = bench.command();
        command.env_remove("OS_PASSWORD").env_remove("OS_USERNAME").env_remove("OS_USER_DOMAIN_NAME");
        command.env("OS_AUTH_TYPE", "token").env("OS_TOKEN", &token).args(&args);
        clean(&run(&mut command, b""), &secrets, line);
    }
}

#[test]
fn failed_logins_hold_no_secret() {
    let bench = Bench::new();
    let mut command = bench.command();
    command.env("OS_PASSWORD", "hunter2-wrong").args(["-vvv", "container", "list"]);
    let refused = run(&mut command, b"");
    assert_eq!(refused.status, 3);
    clean(&refused, &["hunter2-wrong"], "a refused login");
    let mut command = bench.command();
    command.env_remove("OS_PASSWORD").args([
        "--os-password",
        "hunter2-wrong",
        "--os-auth-url",
        "http://127.0.0.1:1",
        "-vvv",
        "container",
        "list",
    ]);
    clean(&run(&mut command, b""), &["hunter2-wrong"], "no connection");
    bench.file("clouds.yaml", "clouds:\n  a:\n    auth: {password: hunter2-wrong, username: [}\n");
    let broken = bench.run(["--cloud", "a", "-vvv", "container", "list"]);
    assert_eq!(broken.status, 3);
    clean(&broken, &["hunter2-wrong"], "a broken file");
}

#[test]
fn a_token_is_used_as_it_is() {
    let bench = Bench::new();
    bench.ok("container create c");
    let token = bench.ok("token issue -f value -c id").trim().to_owned();
    let project = bench.ok("token issue -f value -c project_id").trim().to_owned();
    bench.emulator.clear_requests();
    let mut command = crate::bench::bare(&bench.path(""));
    command.env("OS_STORAGE_URL", format!("http://{}/v1/AUTH_{project}", bench.emulator.address())).env("OS_AUTH_TOKEN", &token);
    let listed = run(command.args(["-vvv", "object", "ls"]), b"");
    assert_eq!(listed.text(), "swift://c\n", "{}", listed.stderr);
    clean(&listed, &[&token], "a token as it is");
    assert_eq!(bench.logins(), 0);
}
