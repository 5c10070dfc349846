//! Questions before many things are destroyed at once, and plans of it.

use crate::bench::Bench;
use crate::screen::{Seen, Terminal};
use serde_json::json;

fn filled(number: usize) -> Bench {
    let bench = Bench::new();
    (0..number).for_each(|n| drop(bench.file(format!("d/{n:02}"), "x")));
    bench.ok("object cp -r d swift://c/d");
    bench
}

fn answered(bench: &Bench, line: &str, answer: &str) -> Seen {
    let mut terminal = Terminal::start(bench.command().args(line.split(' ')), 120);
    terminal.types(answer);
    terminal.end()
}

#[test]
fn many_things_are_destroyed_after_a_question() {
    let bench = filled(3);
    for (line, question) in [
        ("object rm -r swift://c/d", "Remove 3 objects (3 B) in swift://c/d? [y/N]"),
        ("object delete -r c d", "Remove 3 objects (3 B) in swift://c/d? [y/N]"),
        ("container delete -r c", "Delete container c with 3 objects (3 B)? [y/N]"),
    ] {
        for answer in ["n\n", "\n", "yeah\n", "\u{4}"] {
            let seen = answered(&bench, line, answer);
            assert!(seen.status == 0 && seen.sent.contains(question) && seen.sent.contains("nothing was "), "{seen:?}");
            assert_eq!(bench.names("c").len(), 3, "{line} {answer:?}");
        }
    }
    assert!(answered(&bench, "object rm -r swift://c/d", "y\n").sent.contains("3 objects deleted"));
    assert!(bench.names("c").is_empty());
    // A single one needs no question, nor does what is named.
    bench.ok("object cp d/00 swift://c/d/00");
    let seen = answered(&bench, "object rm -r swift://c/d", "");
    assert!(seen.status == 0 && !seen.sent.contains("[y/N]"), "{seen:?}");
    bench.ok("object cp -r d swift://c/d");
    assert!(!answered(&bench, "object rm c d/00 d/01", "").sent.contains("[y/N]"));
    assert!(!answered(&bench, "container delete -r -y c", "").sent.contains("[y/N]"));
    assert!(!bench.ok("container list").contains("| c "));
}

#[test]
fn a_sync_asks_before_it_deletes_many() {
    let bench = filled(12);
    bench.file("e/new", "n");
    let seen = answered(&bench, "object sync --delete e swift://c/d", "n\n");
    assert!(seen.status == 4 && seen.sent.contains("more than 10 in swift://c/d/ that e/ does not have? [y/N]"), "{seen:?}");
    assert_eq!(bench.names("c").len(), 13);
    let seen = answered(&bench, "object sync --delete e swift://c/d", "y\n");
    assert!(seen.status == 0 && seen.sent.contains("12 deleted, 1 unchanged"), "{seen:?}");
    assert_eq!(bench.names("c"), ["d/new"]);
    bench.ok("object cp -r d swift://c/d");
    assert!(!answered(&bench, "object sync --delete --yes e swift://c/d", "").sent.contains("[y/N]"));
    assert_eq!(bench.names("c"), ["d/new"]);
    // A few are deleted at once.
    bench.ok("object cp d/00 swift://c/d/00");
    assert!(!answered(&bench, "object sync --delete e swift://c/d", "").sent.contains("[y/N]"));
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let bench = filled(12);
    bench.file("e/new", "n");
    bench.ok("object sync --delete e swift://c/d");
    bench.ok("object cp -r d swift://c/d");
    bench.ok("object rm -r swift://c");
    bench.ok("object cp -r d swift://c/d");
    bench.ok("container delete -r c");
}

#[test]
fn a_dry_run_says_what_would_be_deleted() {
    let bench = filled(2);
    bench.ok("container create empty");
    bench.emulator.clear_requests();
    assert_eq!(bench.ok("object rm -r --dry-run swift://c/d"), "delete swift://c/d/00\ndelete swift://c/d/01\n");
    assert_eq!(bench.ok("object rm --dry-run c d/01"), "delete swift://c/d/01\n");
    assert_eq!(
        bench.ok("container delete -r --dry-run c empty"),
        "delete swift://c/d/00\ndelete swift://c/d/01\ndelete swift://c\ndelete swift://empty\n"
    );
    let record = bench.run("object rm -o json --dry-run c d/01".split(' ')).json();
    assert_eq!(record, json!([{ "action": "delete", "source": "swift://c/d/01", "destination": null, "bytes": 1 }]));
    assert!(bench.fails("container delete --dry-run c", 1).contains("not empty"));
    assert!(bench.fails("object rm --dry-run c none", 1).contains("404"));
    assert!(bench.fails("object rm -r --dry-run swift://c/none", 1).contains("nothing with this name"));
    let run = bench.run("container delete -r --dry-run none empty".split(' '));
    assert_eq!((run.status, run.text().as_str()), (4, "delete swift://empty\n"));
    let changes = bench.requests().into_iter().filter(|request| !request.starts_with("GET") && !request.starts_with("HEAD"));
    assert_eq!(changes.count(), 0);
}
