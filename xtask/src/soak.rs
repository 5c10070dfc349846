//! `cargo xtask soak`: plays many more random sequences than the tests do, from a seed that it prints.

use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Sequences of the library, and through the command line where real servers are up.
const SEQUENCES: u64 = 10_000;
const COMMANDS: u64 = 40;

const USAGE: &str = "cargo xtask soak [--sequences N] [--seed S] [--commands N]";

/// Runs it. The library plays on the emulator; the command line on real Swift if it is up, and on the emulator otherwise.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let (mut sequences, mut seed, mut commands) = (SEQUENCES, None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let number = || -> Result<u64, String> {
            let text = rest.clone().next().ok_or_else(|| format!("{argument} wants a number: {USAGE}"))?;
            text.parse().map_err(|_| format!("{text:?} is not a number: {USAGE}"))
        };
        match *argument {
            "--sequences" => sequences = number()?,
            "--seed" => seed = Some(number()?),
            "--commands" => commands = Some(number()?),
            other => return Err(format!("{USAGE}; what is {other:?}?")),
        }
        rest.next();
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = seed.unwrap_or(since.as_secs());
    let root = workspace::root();
    let mut passed = true;
    if sequences > 0 {
        let mut play = play(&root, "through_the_library", seed);
        play.env("K5_MODEL_SEQUENCES", sequences.to_string());
        passed &= play.status().is_ok_and(|status| status.success());
    }
    let openrc = openrc().filter(|path| path.is_file());
    if openrc.is_none() {
        eprintln!("SKIPPED: no real Swift is up (tests/openstack/up.sh starts it), so the command line plays on the emulator");
    }
    let commands = commands.unwrap_or(COMMANDS);
    if commands > 0 {
        let mut play = play(&root, "through_the_command_line", seed);
        play.env("K5_MODEL_COMMANDS", commands.to_string());
        match openrc {
            Some(path) => play.env("K5_TEST_OPENRC", path),
            None => play.env_remove("K5_TEST_OPENRC"),
        };
        passed &= play.status().is_ok_and(|status| status.success());
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A test of the model, with what it needs most of the time compiled well.
fn play(root: &Path, test: &str, seed: u64) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.current_dir(root).args(["test", "--quiet", "--profile", "soak", "--package", "k5-tests", "--test", "model", test]);
    command.env("K5_MODEL_SEED", seed.to_string());
    command
}

/// The openrc file of the user that the tests are.
fn openrc() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("K5_TEST_OPENRC").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let folder = std::env::var_os("K5_OPENSTACK_DIR").map_or_else(|| PathBuf::from("/var/tmp/k5-openstack"), PathBuf::from);
    Some(folder.join("openrc"))
}
