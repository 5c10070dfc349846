//! `k5 help`, `--help`, and the manual pages.

use crate::bench::{Bench, bare, run};
use std::process::Command;

fn help(args: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    run(bare(folder.path()).args(args), b"").ok()
}

#[test]
fn help_is_what_the_option_shows() {
    for words in [&[][..], &["object"], &["object", "cp"], &["help"], &["token", "issue"]] {
        let by_option = help(&[words, &["--help"]].concat());
        assert_eq!(help(&[&["help"], words].concat()), by_option, "{words:?}");
        assert!(by_option.contains("Usage: k5"), "{by_option}");
    }
    let cp = help(&["object", "cp", "--help"]);
    let (before, examples) = cp.split_once("EXAMPLES:").expect("examples");
    assert!(before.contains("--recursive") && examples.contains("$ k5 object cp -r photos/ swift://archive/photos/"), "{cp}");
    // What few need, of what every command takes is in one place.
    assert!(!cp.contains("--os-oauth2-endpoint") && cp.contains("--cloud") && cp.contains("are in k5 --help"), "{cp}");
    assert!(help(&["--help"]).contains("--os-oauth2-endpoint") && help(&["configure", "--help"]).contains("--os-oauth2-endpoint"));
    // The short help has the examples too.
    assert!(help(&["object", "cp", "-h"]).contains("EXAMPLES:"));
}

#[test]
fn what_is_mistyped_gets_the_nearest() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, near) in [("objct ls", "object"), ("help objct", "object"), ("help object cpp", "cp"), ("container lst", "list")] {
        let said = run(bare(folder.path()).args(line.split(' ')), b"");
        assert_eq!(said.status, 2, "{line}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("'{near}'")) && said.stdout.is_empty(), "{line}: {}", said.stderr);
    }
    let bench = Bench::new();
    for (operation, near) in [("compute.create_servr", "compute.create_server"), ("list_objcts", "list_objects")] {
        let said = bench.fails(&format!("api {operation}"), 2);
        assert!(said.contains("did you mean") && said.contains(near), "{said}");
    }
    let said = run(bare(folder.path()).args(["help", "token", "issue", "now"]), b"").fails(2);
    assert!(said.contains("k5 token issue has no subcommand \"now\""), "{said}");
}

#[test]
fn a_mistyped_cloud_gets_the_nearest() {
    let bench = Bench::new();
    bench.file("clouds.yaml", "clouds: {production: {auth: {auth_url: 'https://a.example'}}, staging: {}}");
    let said = run(bare(&bench.path("")).args(["--cloud", "prodution", "object", "ls"]), b"").fails(3);
    assert!(said.contains("Did you mean production?"), "{said}");
    let said = run(bare(&bench.path("")).env("OS_CLOUD", "emulater").args(["object", "ls"]), b"").fails(3);
    assert!(said.contains("Did you mean emulator?"), "{said}");
    let said = run(bare(&bench.path("")).args(["--cloud", "xyz", "object", "ls"]), b"").fails(3);
    assert!(said.contains("production, staging") && !said.contains("Did you mean"), "{said}");
}

#[test]
fn each_command_has_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    run(bare(folder.path()).args(["man", "pages/man1"]), b"").ok();
    let mut pages: Vec<_> =
        std::fs::read_dir(folder.path().join("pages/man1")).expect("a folder").flatten().map(|page| page.path()).collect();
    pages.sort();
    assert!(pages.len() > 30, "{}", pages.len());
    for path in &pages {
        let page = std::fs::read_to_string(path).expect("a page");
        let sections: Vec<_> =
            page.lines().filter_map(|line| line.strip_prefix(".SH ")).map(|name| name.trim_matches('"')).collect();
        assert_eq!(sections[..3], ["NAME", "SYNOPSIS", "DESCRIPTION"], "{}", path.display());
        assert_eq!(sections[sections.len() - 4..], ["ENVIRONMENT", "FILES", "EXIT STATUS", "SEE ALSO"], "{}", path.display());
        let has_all = path.ends_with("k5.1") || path.ends_with("k5-configure.1");
        assert_eq!(page.contains("os\\-user\\-id"), has_all, "the options of every command are in one page: {}", path.display());
    }
    let page = std::fs::read_to_string(folder.path().join("pages/man1/k5-object-cp.1")).expect("a page");
    assert!(page.contains(".SH EXAMPLES") && page.contains("k5 object cp \\-r photos/ swift://archive/photos/"), "{page}");
    assert!(page.contains("\\fBk5\\-object\\fR(1)") && page.contains("\\fBk5\\-object\\-sync\\fR(1)"), "{page}");
    // groff has no complaints, where it is installed.
    for path in &pages {
        let Ok(output) = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(path).output() else { return };
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", path.display());
    }
}
