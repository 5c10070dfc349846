//! First steps: the emulator that needs no server, versions, help, scripts of shells, manual pages.

use crate::bench::{Bench, bare, run};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

#[test]
fn the_built_in_emulator_keeps_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README.md"), "hello").unwrap();
    let k5 = |line: &str| {
        let mut command = bare(folder.path());
        // What a shell exports for another cloud must not matter.
        command.env("OS_AUTH_URL", "http://192.0.2.1:5000").env("OS_USERNAME", "nobody");
        run(command.args(line.split(' ')), b"")
    };
    assert_eq!(k5("--cloud emulator object cp README.md swift://demo/README.md").ok(), "");
    assert_eq!(k5("object cat swift://demo/README.md --cloud emulator").ok(), "hello");
    assert!(folder.path().join(".local/share/k5/emulator").is_dir());
    let own = folder.path().join("own");
    let mut command = bare(folder.path());
    command.env("OS_CLOUD", "emulator").env("K5_EMULATOR_DIR", &own);
    assert_eq!(run(command.args(["object", "ls"]), b"").ok(), "");
    assert!(own.is_dir());
}

#[test]
fn a_cloud_that_the_user_calls_emulator_wins() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clouds.yaml"), "clouds: {emulator: {auth: {username: x}}}").unwrap();
    let text = run(bare(folder.path()).args(["--cloud", "emulator", "container", "list"]), b"").fails(3);
    assert!(text.contains("auth_url") && text.contains("clouds.yaml"), "{text}");
}

#[test]
fn two_commands_share_the_built_in_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let spawn = |name: &str| {
        let args = ["--cloud", "emulator", "container", "create", name];
        bare(folder.path()).args(args).stdout(Stdio::null()).spawn().unwrap()
    };
    let mut all: Vec<_> = ["a", "b", "c"].map(spawn).into();
    assert!(all.iter_mut().all(|child| child.wait().unwrap().success()));
    let listed = run(bare(folder.path()).args(["--cloud", "emulator", "object", "ls"]), b"").ok();
    assert_eq!(listed, "swift://a\nswift://b\nswift://c\n");
}

#[test]
fn serve_prints_the_way_and_serves() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("faults.toml"),
        "[[rule]]\nmethod = \"HEAD\"\npath = \"/v1/*\"\nfault = \"status\"\nstatus = 403\n",
    )
    .unwrap();
    let mut server = bare(folder.path())
        .args(["emulator", "serve", "--dir", "state", "--faults", "faults.toml"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(server.stdout.as_mut().unwrap()).lines().take(9).map(Result::unwrap).collect();
    let mut command = bare(folder.path());
    for line in &lines {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        command.env(name, value);
    }
    assert!(run(command.args(["account", "show"]), b"").fails(1).contains("403"));
    rustix_kill(server.id());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(folder.path().join("state").is_dir());
}

/// Sends SIGTERM.
fn rustix_kill(id: u32) {
    assert!(std::process::Command::new("kill").arg(id.to_string()).status().unwrap().success());
}

#[test]
fn serve_refuses_what_it_can_not_use() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad"), "[[rule]]\nfault = \"sulk\"\n").unwrap();
    for (args, status) in [
        (["--faults", "bad"], 2),
        (["--faults", "absent"], 2),
        (["--accounts", "bad"], 2),
        (["--listen", "here"], 2),
        (["--listen", "192.0.2.1:1"], 3),
        (["--dir", "bad"], 3),
    ] {
        let run = run(bare(folder.path()).args(["emulator", "serve"]).args(args), b"");
        assert_eq!(run.status, status, "{args:?} {}", run.stderr);
    }
}

#[test]
fn help_version_completion_and_manual() {
    let bench = Bench::new();
    assert_eq!(bench.ok("--version"), format!("k5 {}\n", env!("CARGO_PKG_VERSION")));
    assert!(bench.ok("object cp --help").contains("swift://CONTAINER/OBJECT"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.ok(&format!("completion {shell}")).contains("__complete"), "{shell}");
    }
    for shell in ["elvish", "powershell"] {
        assert!(bench.ok(&format!("completion {shell}")).contains("temp-url"), "{shell}");
    }
    bench.ok("man pages/here");
    assert!(bench.path("pages/here/k5-object-cp.1").is_file());
    assert_eq!(bench.run(["frobnicate"]).status, 2);
    assert_eq!(bench.run(["object", "cp", "one"]).status, 2);
    assert!(bench.emulator.requests().is_empty());
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let bench = Bench::new();
    let big = bench.file("big", vec![b'x'; 8 << 20]);
    bench.run([OsStr::new("object"), "cp".as_ref(), big.as_os_str(), "swift://c/big".as_ref()]).ok();
    let mut child =
        bench.command().args(["object", "cat", "swift://c/big"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

use std::ffi::OsStr;
