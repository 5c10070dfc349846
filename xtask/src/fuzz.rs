//! `cargo xtask fuzz`: every fuzz target for a while, where there are a nightly compiler and cargo-fuzz.

use crate::workspace;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [TARGET...]";
/// How long each target runs where nothing is said.
const SECONDS: u32 = 600;

/// Runs the targets, all or those that are named, one after the other.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let (mut seconds, mut named) = (SECONDS, Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--seconds" => {
                let number = arguments.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
                seconds = number.ok_or_else(|| format!("--seconds takes a number\n{USAGE}"))?;
            }
            option if option.starts_with('-') => return Err(USAGE.to_owned()),
            target => named.push(target.to_owned()),
        }
    }
    let folder = workspace::root().join("fuzz");
    let all = targets(&folder)?;
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        return Err(format!("there is no target {unknown}; there are {}", all.join(", ")));
    }
    let chosen = if named.is_empty() { all } else { named };
    if let Err(why) = can_run() {
        // Not a word that could be overlooked: nothing was fuzzed.
        eprintln!("SKIPPED: no target was fuzzed, since {why}.");
        eprintln!("The same entry points run on a stable compiler: cargo test -p k5-tests --test fuzz");
        return Ok(ExitCode::SUCCESS);
    }
    let mut failed = Vec::new();
    for target in &chosen {
        eprintln!("== {target}, {seconds} s");
        if !fuzz(&folder, target, seconds)? {
            failed.push(target.as_str());
        }
    }
    match failed.is_empty() {
        true => {
            eprintln!("{} targets, {seconds} s each: clean", chosen.len());
            Ok(ExitCode::SUCCESS)
        }
        false => {
            eprintln!("failed: {}; what made them fail is in fuzz/artifacts", failed.join(", "));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The names of the targets.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let folder = folder.join("fuzz_targets");
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for file in std::fs::read_dir(&folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Why nothing can be fuzzed here, if so.
fn can_run() -> Result<(), String> {
    let works = |command: &mut Command| {
        let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    };
    if !works(Command::new("cargo").args(["+nightly", "--version"])) {
        return Err("there is no nightly toolchain (rustup toolchain install nightly)".to_owned());
    }
    if !works(Command::new("cargo").args(["+nightly", "fuzz", "--version"])) {
        return Err("there is no cargo-fuzz (cargo install cargo-fuzz)".to_owned());
    }
    Ok(())
}

/// Runs one target; `false` when it found something.
fn fuzz(folder: &Path, target: &str, seconds: u32) -> Result<bool, String> {
    // What is found is kept apart from the corpus of the repository, which stays small and readable.
    let found = folder.join("target").join("corpus").join(target);
    std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let status = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", "--fuzz-dir"])
        .arg(folder)
        .arg(target)
        .args([&found, &folder.join("corpus").join(target)])
        .args(["--", &format!("-max_total_time={seconds}"), "-max_len=65536", "-timeout=10", "-rss_limit_mb=1024"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .current_dir(workspace::root())
        .status();
    status.map(|status| status.success()).map_err(|error| format!("cargo: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_checked() {
        assert!(run(&["--seconds"]).is_err() && run(&["--seconds", "0"]).is_err() && run(&["--minutes"]).is_err());
        assert!(run(&["no_such_target"]).expect_err("unknown").contains("error_document"));
    }
}
