//! `k5 completion SHELL`, and what the scripts that it prints call: `k5 __complete WORD...`.

mod cache;
mod completer;
mod engine;
mod lookup;

pub(crate) use completer::Completer;

use crate::failure::Outcome;
use clap::{Command, ValueEnum};
use engine::{Candidate, Files};
use std::ffi::OsString;
use std::io::Write;

/// Print the completion script for a shell
///
/// It offers commands, options and files, and the names of clouds, operations, containers and objects. Names in the cloud are asked for
/// within a second, and kept for a minute in a file that only you can read. For elvish and PowerShell, it offers commands and options alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Shells that have a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// 4.0 or newer
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
}

impl Completion {
    pub(crate) fn run(&self, program: Command) -> Outcome {
        let script = match self.shell {
            Shell::Bash => include_str!("k5.bash").into(),
            Shell::Zsh => include_str!("k5.zsh").into(),
            Shell::Fish => include_str!("k5.fish").into(),
            Shell::Elvish => generated(clap_complete::Shell::Elvish, program),
            Shell::Powershell => generated(clap_complete::Shell::PowerShell, program),
        };
        Ok(std::io::stdout().write_all(&script)?)
    }
}

/// A script that knows the commands and asks nobody.
fn generated(shell: clap_complete::Shell, mut program: Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "k5", &mut script);
    script
}

/// The command that the scripts call.
const COMPLETE: &str = "__complete";

/// Answers a script, if that is what the arguments ask for. The first line says which files to offer; each of the others is something
/// to offer, with a tab and a line about it.
pub(crate) fn answer(mut arguments: impl Iterator<Item = OsString>, program: impl FnOnce() -> Command) -> bool {
    if arguments.nth(1).is_none_or(|first| first != COMPLETE) {
        return false;
    }
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let next = engine::next(&program(), &words);
    let mut text = String::new();
    let mut files = next.files;
    let mut add = |candidates: &[Candidate]| {
        for Candidate { value, about } in candidates {
            text.push_str(&format!("{value}\t{}\n", about.replace(char::is_control, " ")));
        }
    };
    add(&next.first);
    if let Some(lookup) = &next.lookup {
        if lookup.completer == Completer::Place && !lookup.word.starts_with("swift:") {
            files = Files::All;
        }
        add(&lookup::names(lookup, &next.globals));
    }
    add(&next.last);
    let files = match files {
        Files::None => "none",
        Files::All => "files",
        Files::Folders => "folders",
    };
    // The shell may not listen any more.
    let _ = std::io::stdout().write_all(format!("{files}\n{text}").as_bytes());
    true
}
