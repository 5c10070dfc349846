//! The blocks of the user's guide that are for a shell, page by page: each runs in order in one folder over one emulator.
//!
//! | block | what happens to it |
//! | --- | --- |
//! | `sh` | it is run, and must succeed |
//! | `console` | lines that begin with `$` are commands, those that begin with `>` continue them, and the others are what a command prints on stdout and stderr; `...` stands for any text, and alone on its line for any lines |
//! | `sh,setup` | as `sh`; it stands in a comment, so that readers don't see it |
//! | `sh,needs: PROGRAM` | as `sh`, unless this machine lacks the program; the test says so |
//! | `sh,norun: REASON` | it is not run, and the test says so |
//! | a row of a table | each `k5 ...` in it is run |
//! | text | each `k5 ...` in it is a command that exists, with options that it has: `--help` is added to it |
//!
//! All blocks of a page belong to one `bash -eu -o pipefail`, so variables last. The tests of the package k5-tests run the blocks in Rust.

use crate::bench::Bench;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// A command, or several that run together.
#[derive(Debug, PartialEq)]
struct Step {
    /// Where it is in the page, from 1.
    line: usize,
    commands: String,
    /// What it prints, if the page says so.
    prints: Option<Vec<String>>,
}

/// What a page has for a shell.
#[derive(Debug, Default, PartialEq)]
struct Script {
    steps: Vec<Step>,
    /// The lines of blocks that can't run here, with the reasons.
    not_run: Vec<(usize, String)>,
}

impl Script {
    fn read(page: &str) -> Self {
        let mut script = Self::default();
        let mut lines = page.lines().enumerate().map(|(index, line)| (index + 1, line));
        while let Some((start, line)) = lines.next() {
            assert!(
                !line.starts_with(' ') || !line.trim_start().starts_with("```"),
                "line {start}: an indented block is not tested"
            );
            let Some(info) = line.strip_prefix("```") else {
                let end = if line.starts_with('|') { "" } else { " --help" };
                let step = |command| Step { line: start, commands: format!("{command}{end}\n"), prints: None };
                script.steps.extend(named(line).map(step));
                continue;
            };
            let block: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
            let (language, rest) = info.split_once(',').unwrap_or((info, ""));
            match (language, rest.split_once(": ").unwrap_or((rest, ""))) {
                ("sh", ("norun", reason)) => script.not_run.push((start, reason.to_owned())),
                ("sh", ("needs", program)) if !is_installed(program) => {
                    script.not_run.push((start, format!("{program} is missing")))
                }
                ("sh", ("" | "setup" | "needs", _)) => {
                    let commands = block.iter().map(|(_, line)| format!("{line}\n")).collect();
                    script.steps.push(Step { line: start, commands, prints: None });
                }
                ("console", ("", _)) => script.add_console(&block),
                ("rust" | "toml" | "text" | "yaml" | "json", _) => {}
                _ => panic!("line {start}: what is a block of {info:?}?"),
            }
        }
        script
    }

    fn add_console(&mut self, block: &[(usize, &str)]) {
        for (line, text) in block {
            if let Some(command) = text.strip_prefix("$ ") {
                self.steps.push(Step { line: *line, commands: format!("{command}\n"), prints: Some(Vec::new()) });
                continue;
            }
            let step = self.steps.last_mut().expect("a command before what it prints");
            let prints = step.prints.as_mut().expect("a command before what it prints");
            match text.strip_prefix('>').filter(|_| prints.is_empty()) {
                Some(more) => step.commands += &format!("{}\n", more.strip_prefix(' ').unwrap_or(more)),
                None => prints.push((*text).to_owned()),
            }
        }
    }

    /// One program for bash, which writes the output of each step to a file of its number.
    fn program(&self) -> String {
        let step = |(number, step): (usize, &Step)| format!("exec >\"$GUIDE_OUTPUT/{number}\" 2>&1\n{}", step.commands);
        self.steps.iter().enumerate().map(step).collect()
    }
}

/// The commands that a line names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|span| span.starts_with("k5 "))
}

fn is_installed(program: &str) -> bool {
    let found = Command::new("bash").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Whether a text has the form of a pattern in which `...` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.trim_end(), text.trim_end());
    let Some((start, rest)) = pattern.split_once("...") else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split("...").collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

/// The same of lines, where a line `...` stands for any lines.
fn all_fit(patterns: &[String], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skipped| all_fit(rest, &lines[skipped..])),
        Some((first, rest)) => lines.first().is_some_and(|line| fits(first, line)) && all_fit(rest, &lines[1..]),
    }
}

/// Runs a page. The error says which block it is and what was different.
fn run_page(path: &Path) -> Result<(), String> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let script = Script::read(&std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?);
    for (line, reason) in &script.not_run {
        eprintln!("SKIPPED: {name}:{line}: {reason}");
    }
    if script.steps.is_empty() {
        return Ok(());
    }
    let bench = Bench::of(k5_emulator::Emulator::builder().transition_time(Duration::ZERO));
    let output = tempfile::tempdir().expect("a folder");
    let bin = Path::new(env!("CARGO_BIN_EXE_k5")).parent().expect("a folder");
    let mut shell = bench.command_of("bash");
    shell.args(["-eu", "-o", "pipefail", "-c", &script.program()]).env("GUIDE_OUTPUT", output.path()).process_group(0);
    shell.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default()));
    shell.env("TZ", "UTC").env("COLUMNS", "120").env("LC_ALL", "C.UTF-8");
    shell.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = shell.spawn().expect("bash");
    let status = child.wait().expect("an end");
    // Whatever a page has left running.
    let _ = Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status();
    let printed = |number: usize| std::fs::read(output.path().join(number.to_string())).ok();
    for (number, step) in script.steps.iter().enumerate() {
        let at = format!("{name}:{}: {}", step.line, step.commands.trim_end());
        let bytes = printed(number).ok_or_else(|| format!("{at}\nthe shell ended before it: {status}"))?;
        let text = String::from_utf8_lossy(&bytes);
        let is_last = printed(number + 1).is_none();
        if is_last && !status.success() {
            return Err(format!("{at}\n{status}; it printed:\n{text}"));
        }
        let lines: Vec<&str> = text.lines().collect();
        if let Some(patterns) = step.prints.as_ref().filter(|patterns| !all_fit(patterns, &lines)) {
            return Err(format!("{at}\nthe page says:\n{}\nit printed:\n{text}", patterns.join("\n")));
        }
    }
    Ok(())
}

/// The pages that the table of contents lists.
fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src");
    let summary = std::fs::read_to_string(folder.join("SUMMARY.md")).expect("a table of contents");
    summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(|page| folder.join(page)).collect()
}

/// `K5_GUIDE=errors.md` runs this page only.
#[test]
fn every_page_does_what_it_says() {
    let only = std::env::var("K5_GUIDE").ok();
    let mut pages = pages();
    assert!(pages.len() > 10, "{pages:?}");
    pages.retain(|page| only.as_ref().is_none_or(|only| page.ends_with(only)));
    assert!(!pages.is_empty(), "there is no page {only:?}");
    let (open, wrong) = (Mutex::new(pages.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(page) = { open.lock().expect("no panic").next() } {
                    if let Err(why) = run_page(page) {
                        wrong.lock().expect("no panic").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_page_is_read() {
    let page = "Text `a`, `k5 b`\n\n```sh\na\nb\n```\n<!--\n```sh,setup\nc\n```\n-->\n```console\n$ d \\\n> e\none\n...\n$ f\n```\n```sh,norun: a terminal\ng\n```\n```rust\nh\n```\n| `i` | `k5 j` |\n";
    let step = |line, commands: &str, prints: Option<&[&str]>| Step {
        line,
        commands: commands.to_owned(),
        prints: prints.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()),
    };
    let steps = vec![
        step(1, "k5 b --help\n", None),
        step(3, "a\nb\n", None),
        step(8, "c\n", None),
        step(13, "d \\\ne\n", Some(&["one", "..."])),
        step(17, "f\n", Some(&[])),
        step(25, "k5 j\n", None),
    ];
    assert_eq!(Script::read(page), Script { steps, not_run: vec![(19, "a terminal".to_owned())] });
}

#[test]
fn dots_stand_for_anything() {
    let fit = |pattern: &str, text: &str| {
        all_fit(&pattern.lines().map(str::to_owned).collect::<Vec<_>>(), &text.lines().collect::<Vec<_>>())
    };
    assert!(fit("a ... c", "a b c") && fit("...c", "abc") && fit("a...b...", "axxbyy") && fit("", ""));
    assert!(fit("a\n...\nd", "a\nb\nc\nd") && fit("a\n...", "a") && fit("a  ", "a"));
    assert!(!fit("a", "b") && !fit("a ... c", "a b d") && !fit("a", "a\nb") && !fit("a\nb", "a") && !fit("", "a"));
}
