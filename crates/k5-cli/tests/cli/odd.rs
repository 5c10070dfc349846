//! Pipes, sockets, devices and files that are not what they say: nothing blocks for ever, and one of them never stops the others.

use crate::bench::{Bench, Run, noise, wait_for};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs what must end by itself.
fn ends(bench: &Bench, line: &str) -> Run {
    let mut command = bench.command();
    let mut child =
        command.args(line.split(' ')).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| child.try_wait().unwrap().is_some());
    child.wait_with_output().unwrap().into()
}

#[test]
fn odd_sources_are_named_and_the_others_go_on() {
    let bench = Bench::new();
    bench.file("dir/good", "good");
    bench.file("dir/sub/good", "good");
    bench.file(Path::new("dir").join(std::ffi::OsStr::from_bytes(b"gro\xdf")), "x");
    fifo(&bench.path("dir/pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("dir/socket")).unwrap();
    for (link, to) in
        [("to-pipe", "pipe"), ("to-device", "/dev/zero"), ("dangling", "nowhere"), ("loop", "loop"), ("to-folder", "sub")]
    {
        std::os::unix::fs::symlink(to, bench.path("dir").join(link)).unwrap();
    }
    for verb in ["cp", "mv"] {
        let run = ends(&bench, &format!("object {verb} -r dir swift://c/{verb}"));
        assert_eq!(run.status, 4, "{}", run.stderr);
        for name in ["pipe", "socket", "to-pipe", "to-device", "dangling", "loop", "to-folder", "gro\u{fffd}"] {
            assert!(run.stderr.contains(&format!("dir/{name}")), "{name}: {}", run.stderr);
        }
        assert!(run.stderr.ends_with("8 of 10 failed\n"), "{}", run.stderr);
    }
    assert_eq!(bench.names("c"), ["cp/good", "cp/sub/good", "mv/good", "mv/sub/good"]);
    assert!(!bench.path("dir/good").exists() && bench.path("dir/pipe").symlink_metadata().is_ok());
}

#[test]
fn odd_targets_are_named_and_the_others_go_on() {
    let bench = Bench::new();
    bench.file("up/a", "a");
    bench.file("up/f", "f");
    bench.file("up/large", noise(2_000_000));
    bench.file("up/p/x", "x");
    bench.ok("object cp -r up swift://c");
    std::fs::create_dir(bench.path("d")).unwrap();
    for name in ["d/f", "d/large", "d/p"] {
        fifo(&bench.path(name));
    }
    let run = ends(&bench, "object cp -r swift://c d");
    assert_eq!(run.status, 4, "{}", run.stderr);
    for name in ["d/f", "d/large", "d/p"] {
        assert!(run.stderr.contains(name), "{name}: {}", run.stderr);
    }
    assert_eq!(std::fs::read(bench.path("d/a")).unwrap(), b"a");
    assert!(ends(&bench, "object cp swift://c/f d/").fails(2).contains("d/f"));
    assert!(ends(&bench, "object cp swift://c/f /dev/null").status == 0);
    // Who names a pipe means it.
    let reading = std::thread::spawn({
        let pipe = bench.path("d/f");
        move || std::fs::read(pipe).unwrap()
    });
    bench.ok("object cp swift://c/f d/f");
    assert_eq!(reading.join().unwrap(), b"f");
}

#[test]
fn stdin_is_read_whatever_it_says_of_its_length() {
    let bench = Bench::new();
    bench.file("up", noise(200_000));
    for path in ["/proc/version", "/proc/cpuinfo", "/sys/kernel/mm/transparent_hugepage/enabled", "up", "/dev/null"] {
        let Ok(whole) = std::fs::read(bench.path(path)) else { continue };
        let file = std::fs::File::open(bench.path(path)).unwrap();
        assert!(bench.command().args(["object", "cp", "-", "swift://c/x"]).stdin(file).status().unwrap().success(), "{path}");
        assert_eq!(bench.run(["object", "cat", "swift://c/x"]).stdout.len(), whole.len(), "{path}");
        if path == "/dev/null" {
            continue;
        }
        bench.ok(&format!("object cp {path} swift://c/y"));
        assert_eq!(bench.run(["object", "cat", "swift://c/y"]).stdout.len(), whole.len(), "{path}");
        bench.ok(&format!("api upload_object --param container=c --param object=z --body {path}"));
    }
}

/// As in `k5 -vv ... 2>&1 | head -1`.
#[test]
fn a_closed_stderr_changes_no_status() {
    let bench = Bench::new();
    for (password, expected) in [(None, 0), (Some("wrong"), 3)] {
        let mut command = bench.command();
        command.args(["-vvv", "container", "list"]).envs(password.map(|password| ("OS_PASSWORD", password)));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(expected));
    }
}

#[test]
fn a_closed_stdin_is_refused() {
    let bench = Bench::new();
    let binary = env!("CARGO_BIN_EXE_k5");
    for line in ["object cp - swift://c/x", "api upload_object --param container=c --param object=x --body -"] {
        let output = bench.command_of("sh").args(["-c", &format!("{binary} {line} <&-")]).output().unwrap();
        let said = Run::from(output).fails(2);
        assert!(said.contains("stdin is closed"), "{said}");
    }
    assert!(!bench.requests().iter().any(|request| request.starts_with("PUT")));
}
