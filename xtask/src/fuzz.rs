//! `cargo xtask fuzz`: runs every fuzz target for a while, if cargo-fuzz is installed, with the nightly compiler or the usual one.

use crate::workspace;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [TARGET...]";
/// The default running time of each target.
const SECONDS: u32 = 600;

/// Runs all targets, or the named ones, one after the other.
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
    let compiler = match compiler() {
        Ok(compiler) => compiler,
        Err(why) => {
            // This must not be overlooked, and is not a success: nothing was fuzzed.
            eprintln!("NOTHING WAS FUZZED: {why}.");
            eprintln!("The same entry points run without it: cargo test -p k5-tests --test fuzz");
            return Ok(ExitCode::FAILURE);
        }
    };
    eprintln!("fuzzing with {}", compiler.name());
    let mut failed = Vec::new();
    for target in &chosen {
        eprintln!("== {target}, {seconds} s");
        if !fuzz(compiler, &folder, target, seconds)? {
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

/// The compiler for the targets: sanitizers and coverage need flags that only a nightly compiler accepts, or a stable one that is
/// told to accept them for its own bootstrap.
#[derive(Clone, Copy)]
enum Compiler {
    Nightly,
    Stable,
}

impl Compiler {
    fn name(self) -> &'static str {
        match self {
            Self::Nightly => "the nightly compiler",
            Self::Stable => "the stable compiler (RUSTC_BOOTSTRAP=1), for there is no nightly one",
        }
    }

    fn cargo(self) -> Command {
        let mut cargo = Command::new("cargo");
        // These tell which toolchain this program's own cargo is.
        cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").current_dir(workspace::root());
        match self {
            Self::Nightly => cargo.arg("+nightly"),
            Self::Stable => cargo.env("RUSTC_BOOTSTRAP", "1"),
        };
        cargo
    }
}

/// The compiler to fuzz with, or why nothing can be fuzzed here.
fn compiler() -> Result<Compiler, String> {
    let works = |command: &mut Command| {
        let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    };
    let compiler = match works(Compiler::Nightly.cargo().arg("--version")) {
        true => Compiler::Nightly,
        false => Compiler::Stable,
    };
    if !works(compiler.cargo().args(["fuzz", "--version"])) {
        return Err("there is no cargo-fuzz (cargo install cargo-fuzz --locked)".to_owned());
    }
    if !works(Command::new("c++").arg("--version")) && std::env::var_os("CXX").is_none() {
        return Err("there is no C++ compiler, which libFuzzer is built with (c++, or CXX)".to_owned());
    }
    Ok(compiler)
}

/// Runs one target; `false` if it found something.
fn fuzz(compiler: Compiler, folder: &Path, target: &str, seconds: u32) -> Result<bool, String> {
    // Findings are kept apart from the repository's corpus, which stays small and readable.
    let found = folder.join("target").join("corpus").join(target);
    std::fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let status = compiler
        .cargo()
        .args(["fuzz", "run", "--fuzz-dir"])
        .arg(folder)
        .arg(target)
        .args([&found, &folder.join("corpus").join(target)])
        .args(["--", &format!("-max_total_time={seconds}"), "-max_len=65536", "-timeout=10", "-rss_limit_mb=1024"])
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
