//! On a terminal: widths, colours, pages, and names that would steer it.

use crate::bench::Bench;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::{Command, Stdio};

/// What a command shows on a terminal of this size, with its lines' ends as in a file.
fn on_terminal(command: &mut Command, columns: u16, rows: u16) -> (i32, String) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    tcsetwinsize(&ours, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = || Stdio::from(OpenOptions::new().read(true).write(true).open(&name).unwrap());
    command.env("TERM", "xterm").env("TZ", "UTC").stdin(theirs()).stdout(theirs()).stderr(theirs());
    let mut child = command.spawn().unwrap();
    // The command holds its ends as long as it is there.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut ours = File::from(ours);
    let mut seen = Vec::new();
    // At the end, Linux says that there is nobody else.
    let _ = ours.read_to_end(&mut seen);
    let status = child.wait().unwrap().code().unwrap_or(-1);
    (status, String::from_utf8(seen).unwrap().replace("\r\n", "\n"))
}

fn shown(bench: &Bench, line: &str, columns: u16) -> String {
    let (status, text) = on_terminal(bench.command().args(line.split_whitespace()), columns, 100);
    assert_eq!(status, 0, "{text}");
    text
}

#[test]
fn tables_are_as_wide_as_the_terminal() {
    let bench = Bench::new();
    let name = "a long name of several words that has no end ".repeat(4);
    bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], b"x").ok();
    for columns in [40, 80, 200] {
        let table = shown(&bench, "object ls -o table swift://c -c Name -c Bytes", columns);
        let widest = table.lines().map(str::len).max().unwrap();
        assert!(table.starts_with('+') && widest <= usize::from(columns) && widest + 10 > usize::from(columns).min(190), "{table}");
    }
    let table = shown(&bench, "object ls -o table swift://c -c last_modified -c bytes", 80);
    assert!(table.contains("+00:00 |") && table.contains("|     1 |"), "{table}");
    assert!(bench.ok("object ls -o table swift://c").lines().all(|line| line.len() > 180));
}

#[test]
fn times_are_local_in_tables_alone() {
    let bench = Bench::new();
    bench.run_with(["object", "cp", "-", "swift://c/a"], b"x").ok();
    let list = |output: &str| {
        let mut command = bench.command();
        command.env("TZ", "UTC-9").args(["object", "ls", "swift://c", "-c", "last_modified", "-o", output]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(list("table").contains("+09:00 |"), "{}", list("table"));
    let as_sent = list("value");
    assert!(as_sent.contains('T') && list("json").contains(as_sent.trim()), "{as_sent}");
}

#[test]
fn sizes_have_units_on_request() {
    let bench = Bench::new();
    bench.run_with(["object", "cp", "-", "swift://c/a"], &[0; 1536]).ok();
    assert!(bench.ok("object ls -l swift://c --human-readable").contains(" 1.5 KiB "));
    assert!(bench.ok("object ls -l swift://c").contains(" 1536 "));
    assert!(bench.ok("object ls swift://c -o table -c bytes --human-readable").contains("| 1.5 KiB |"));
    assert_eq!(bench.ok("object ls swift://c -o value -c bytes --human-readable"), "1536\n");
    assert!(bench.ok("object stat swift://c/a --human-readable").contains("1.5 KiB"));
}

#[test]
fn states_are_coloured_where_somebody_sees_them() {
    let bench = Bench::new();
    let green = "\u{1b}[32mok\u{1b}[39m";
    assert!(shown(&bench, "doctor", 120).contains(green));
    assert!(!shown(&bench, "doctor --color never", 120).contains('\u{1b}'));
    assert!(!bench.ok("doctor").contains('\u{1b}'));
    assert!(bench.ok("doctor --color always").contains(green));
    let run = |name: &str| String::from_utf8(bench.command().env(name, "1").arg("doctor").output().unwrap().stdout).unwrap();
    assert!(run("CLICOLOR_FORCE").contains(green) && !run("NO_COLOR").contains('\u{1b}'));
}

#[test]
fn long_tables_are_paged() {
    let bench = Bench::new();
    for n in 10..20 {
        bench.run_with(["object", "cp", "-", &format!("swift://c/{n}")], b"").ok();
    }
    let seen = |pager: &str, line: &str, rows: u16| {
        let mut command = bench.command();
        command.env("PAGER", pager).env("PATH", "/usr/bin:/bin").args(line.split_whitespace());
        on_terminal(&mut command, 80, rows)
    };
    let list = "object ls -o table swift://c";
    let (status, text) = seen("sed s/^/paged:/", list, 10);
    assert!(status == 0 && text.lines().count() == 14 && text.lines().all(|line| line.starts_with("paged:")), "{text}");
    for (line, rows) in [(list, 30), ("object ls -o table swift://c --no-pager", 10), ("object ls -o value swift://c", 5)] {
        let (status, text) = seen("sed s/^/paged:/", line, rows);
        assert!(status == 0 && text.contains("10") && !text.contains("paged:"), "{text}");
    }
    // A reader who has seen enough, and a pager that is not there.
    let (status, text) = seen("head -n 2", list, 10);
    assert_eq!((status, text.lines().count()), (0, 2), "{text}");
    let (status, text) = seen("no-such-pager", list, 10);
    assert_eq!(status, 0, "{text}");
    // Nobody pages what goes into a pipe.
    let piped = bench.command().env("PAGER", "sed s/^/paged:/").env("TERM", "xterm").args(list.split(' ')).output().unwrap();
    assert!(String::from_utf8(piped.stdout).unwrap().starts_with('+'));
}

#[test]
fn no_form_of_output_steers_the_terminal() {
    let bench = Bench::new();
    let name = "a\u{1b}[2J\u{9b}31m\u{202e}\u{2066}gpj\u{7f}\tb";
    bench.run_with(["object", "cp", "-", &format!("swift://c/{name}"), "--property", &format!("p=x{}", '\u{202e}')], b"").ok();
    let lists = ["", "-l", "-o table", "-o value", "-o json", "-o jsonl", "-o yaml", "-o yaml -c name", "-o json -c name"];
    let lists = lists.map(|options| format!("object ls swift://c {options}"));
    let other = ["api list_objects --param container=c", "api list_objects --param container=c -o table"].map(str::to_owned);
    for line in lists.iter().chain(&other) {
        let text = shown(&bench, &format!("{line} --color never"), 300);
        assert!(!text.contains(|c: char| c != '\n' && k5_core::text::steers(c)), "{line}: {text:?}");
        assert!(text.contains("2J"), "{line}: {text:?}");
    }
    for output in ["table", "value", "json", "jsonl", "yaml"] {
        let mut command = bench.command();
        command.args(["object", "stat", &format!("swift://c/{name}"), "-o", output, "--color", "never"]);
        let (status, text) = on_terminal(&mut command, 300, 100);
        assert!(status == 0 && !text.contains(|c: char| c != '\n' && k5_core::text::steers(c)), "{output}: {text:?}");
    }
}
