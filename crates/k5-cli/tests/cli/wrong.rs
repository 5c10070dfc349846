//! Wrong use of every command: at most three lines, the exit status of a wrong use, and nothing sent.

use crate::bench::{bare, run};
use std::path::Path;
use std::process::Command;

/// A command as its help shows it.
struct Page {
    words: Vec<String>,
    help: String,
}

/// The commands that carry something out, of those whose help is shown.
fn pages(folder: &Path) -> Vec<Page> {
    let help = run(bare(folder).args(["help", "--all"]), b"").ok();
    let pages = help.split("\n=== ").map(|page| page.trim_start_matches("=== "));
    let pages = pages.filter_map(|page| page.split_once(" ===\n"));
    pages
        .filter(|(_, help)| !help.contains("\nCommands:\n"))
        .map(|(name, help)| Page { words: name.split(' ').skip(1).map(str::to_owned).collect(), help: help.to_owned() })
        .collect()
}

impl Page {
    /// The words after the command in its usage, with a value in place of each name.
    fn required(&self) -> Vec<String> {
        let line = self.help.lines().find_map(|line| line.trim_start().strip_prefix("Usage: k5 ")).unwrap_or_default();
        let mut words = line.split(' ').skip(self.words.len());
        let mut given = Vec::new();
        while let Some(word) = words.next() {
            let alternatives = word.strip_prefix('<').filter(|word| word.starts_with("--"));
            match alternatives {
                // One of several options: `<--name <NAME>|--clear>`.
                Some(first) => {
                    given.push(first.split('|').next().unwrap_or_default().trim_end_matches('>').to_owned());
                    if !first.contains('|') {
                        given.push("1".to_owned());
                        words.next();
                    }
                    while !words.clone().next().is_none_or(|word| word.starts_with('<') && !word.contains('|')) {
                        words.next();
                    }
                }
                None if word.starts_with("--") => given.push(word.to_owned()),
                None if word.starts_with('<') => given.push("1".to_owned()),
                None => {}
            }
        }
        given
    }

    /// The command with a cloud that nobody can reach, so that the status shows whether something was sent.
    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = bare(folder);
        command
            .env("OS_AUTH_URL", "http://127.0.0.1:9/v3")
            .env("OS_USERNAME", "u")
            .env("OS_PASSWORD", "p")
            .env("OS_PROJECT_NAME", "p");
        command.env("OS_USER_DOMAIN_NAME", "d").env("OS_PROJECT_DOMAIN_NAME", "d").env("OS_REGION_NAME", "r");
        command.args(&self.words).args(arguments);
        command
    }
}

/// Says what is wrong with how a wrong use was answered.
fn complaint(page: &Page, folder: &Path, arguments: &[&str]) -> Option<String> {
    let said = run(&mut page.command(folder, arguments), b"");
    let lines = said.stderr.lines().count();
    let is_right = said.status == 2 && said.stdout.is_empty() && (1..=3).contains(&lines);
    (!is_right).then(|| format!("k5 {} {}: {} {:?}", page.words.join(" "), arguments.join(" "), said.status, said.stderr))
}

#[test]
fn every_command_refuses_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = pages(folder.path());
    assert!(pages.len() > 120, "{}", pages.len());
    let mut complaints = Vec::new();
    for page in &pages {
        let required = page.required();
        let given: Vec<&str> = required.iter().map(String::as_str).collect();
        let mut check = |arguments: &[&str]| complaints.extend(complaint(page, folder.path(), arguments));
        check(&[given.as_slice(), &["--no-such-option"]].concat());
        check(&[given.as_slice(), &["-o", "no-such-format"]].concat());
        if !given.is_empty() {
            check(&[]);
        }
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), pages.len(), complaints.join("\n"));
}

#[test]
fn a_column_that_there_is_not_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    // Commands that print bytes or texts of their own, or write files; and those whose answers have properties of the user's own.
    const OTHERS: [&str; 10] =
        ["image create", "image show", "api", "help", "man", "completion", "emulator serve", "configure", "doctor", "server ssh"];
    let mut complaints = Vec::new();
    let mut count = 0;
    for page in pages(folder.path()) {
        let line = page.words.join(" ");
        // Tables know their columns; object storage's commands are tested by themselves.
        let own = ["object", "container", "account"].contains(&page.words[0].as_str());
        if own || OTHERS.contains(&line.as_str()) {
            continue;
        }
        count += 1;
        let required = page.required();
        let given: Vec<&str> = required.iter().map(String::as_str).collect();
        complaints.extend(complaint(&page, folder.path(), &[given.as_slice(), &["-c", "no such column"]].concat()));
    }
    assert!(count > 80 && complaints.is_empty(), "{} of {count}:\n{}", complaints.len(), complaints.join("\n"));
}
