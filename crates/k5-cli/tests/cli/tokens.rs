//! Tokens that are kept from one command to the next.

use crate::bench::{Bench, run};

#[test]
fn many_commands_log_in_once() {
    let bench = Bench::new();
    let list = |token: bool| {
        let mut command = bench.command();
        command.args(["container", "list"]).args(token.then_some("--cache-token"));
        run(&mut command, b"").ok()
    };
    bench.ok("container create c");
    bench.emulator.clear_requests();
    for _ in 0..20 {
        assert!(list(true).contains('c'));
    }
    assert_eq!(bench.logins(), 1);
    list(false);
    assert_eq!(bench.logins(), 2, "off by default");

    // A token that is refused costs one login, and the new one is kept.
    bench.emulator.revoke_tokens();
    bench.emulator.clear_requests();
    for _ in 0..3 {
        list(true);
    }
    assert_eq!(bench.logins(), 1);

    // A wrong password finds nothing, and spoils nothing.
    let mut command = bench.command();
    let wrong = run(command.env("OS_PASSWORD", "wrong").args(["--cache-token", "container", "list"]), b"");
    assert_eq!(wrong.status, 3, "{}", wrong.stderr);
    bench.emulator.clear_requests();
    list(true);
    assert_eq!(bench.logins(), 0);
}

#[test]
fn a_token_is_not_kept_where_that_can_mean_nothing() {
    let bench = Bench::new();
    let mut command = bench.command();
    command.env("OS_AUTH_TYPE", "token").env("OS_TOKEN", "t").args(["--cache-token", "container", "list"]);
    let refused = run(&mut command, b"");
    assert!(
        refused.status == 3 && refused.stderr.contains("--cache-token: a token that was supplied can't be cached"),
        "{}",
        refused.stderr
    );
    assert!(bench.fails("--cloud emulator --cache-token container list", 2).contains("another cloud each time"));
    assert!(bench.fails("--anonymous --os-storage-url http://h/v1/a --cache-token object ls", 2).contains("--anonymous"));
    assert!(!bench.path(".cache").exists());
    assert_eq!(bench.logins(), 0);
}

#[test]
fn what_the_environment_has_of_another_cloud_is_told_once() {
    let bench = Bench::new();
    let yaml = "clouds:\n  prod:\n    auth: {auth_url: 'https://prod.example/v3', username: u, password: p, user_domain_name: d}\n";
    bench.file("clouds.yaml", yaml);
    let told = bench.run(["--cloud", "prod", "container", "list"]);
    let warnings: Vec<_> = told.stderr.lines().filter(|line| line.starts_with("k5: warning: ")).collect();
    assert_eq!(warnings.len(), 1, "{}", told.stderr);
    assert!(warnings[0].contains("OS_AUTH_URL") && warnings[0].contains("https://prod.example/v3"), "{}", told.stderr);
}
