//! `cargo xtask test`: everything that the README promises, with real servers if the machine allows them.

mod beyond;
mod peers;
mod run;
mod servers;

use crate::workspace;
use peers::peers;
use servers::Servers;
use std::path::Path;
use std::process::{Command, ExitCode};

/// How many times the tests of transfers kill the command. Without it they do so a few dozen times, for those who run them
/// directly.
const KILL_RUNS: &str = "K5_KILL_RUNS";

/// Runs the tests. With `--require-openstack`, whatever would be skipped is a failure; `--no-openstack` skips it anyway.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let mut wish = Wish::IfPossible;
    for argument in arguments {
        wish = match *argument {
            "--require-openstack" => Wish::Required,
            "--no-openstack" => Wish::No,
            other => return Err(format!("cargo xtask test [--require-openstack | --no-openstack]; what is {other:?}?")),
        };
    }
    let root = workspace::root();
    let openstack = match (obstacle(wish), wish) {
        (Some(why), Wish::Required) => return Err(format!("OpenStack is required, but {why}")),
        (Some(why), _) => Err(why),
        // Started first: its packages are installed while the tests are compiled.
        (None, _) => Ok(Servers::start(&root)),
    };
    let mut all = cargo(&root, &["test", "--workspace", "--all-features", "--no-fail-fast"]);
    if std::env::var_os(KILL_RUNS).is_none() {
        all.env(KILL_RUNS, "200");
    }
    let mut failed = Vec::new();
    let mut outcomes = vec![step("cargo test --workspace --all-features", all, &mut failed)];
    outcomes.push(beyond::beyond(&root, wish, &mut failed));
    match openstack {
        Err(why) => {
            eprintln!("\n!!! SKIPPED: the behaviour suite on real Keystone + Swift and the other clients' script: {why} !!!\n");
            outcomes.push(("real Nova + Glance + Cinder".to_owned(), Outcome::Skipped));
            outcomes.push(("real Keystone + Swift".to_owned(), Outcome::Skipped));
        }
        Ok(servers) => {
            let up = match servers.wait() {
                Ok(up) => up,
                Err(why) => {
                    outcomes.push((format!("real Keystone + Swift: {why}"), Outcome::Failed));
                    return Ok(summary(&outcomes, &failed));
                }
            };
            let openrc = up.openrc;
            // With the features of the first step, so that nothing is compiled again.
            let mut suite = cargo(&root, &["test", "--workspace", "--all-features", "--test", "openstack"]);
            suite.env("K5_TEST_OPENRC", openrc.join("openrc")).env("K5_TEST_ALT_OPENRC", openrc.join("alt-openrc"));
            suite.env("K5_REQUIRE_OPENSTACK", "1");
            match up.compute {
                Ok(()) => {
                    suite.env("K5_TEST_COMPUTE", "1");
                }
                Err(why) => {
                    suite.env_remove("K5_TEST_COMPUTE");
                    eprintln!("\n!!! SKIPPED: the behaviour suite on real Nova + Glance + Cinder: they did not start: {why} !!!\n");
                    let outcome = if wish == Wish::Required { Outcome::Failed } else { Outcome::Skipped };
                    outcomes.push(("real Nova + Glance + Cinder".to_owned(), outcome));
                }
            }
            outcomes.push(step("behaviour suite on real Keystone + Swift", suite, &mut failed));
            outcomes
                .push(("the other clients' script: emulator against real Swift".to_owned(), peers(&root, &openrc.join("openrc"))));
        }
    }
    Ok(summary(&outcomes, &failed))
}

/// The last lines: the outcome of each step, and each failed test, in whichever step it was.
fn summary(outcomes: &[(String, Outcome)], failed: &[String]) -> ExitCode {
    println!();
    for (name, outcome) in outcomes {
        println!("{outcome:?}: {name}");
    }
    for name in failed {
        println!("    failed: {name}");
    }
    let good = outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Failed);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Clone, Copy, PartialEq)]
enum Wish {
    IfPossible,
    Required,
    No,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// Why real servers can't be started here.
fn obstacle(wish: Wish) -> Option<String> {
    if wish == Wish::No {
        return Some("--no-openstack was given".to_owned());
    }
    if !Path::new("/etc/debian_version").exists() {
        return Some("this is not a Debian machine, whose packages they come from".to_owned());
    }
    let user = Command::new("id").arg("-u").output().ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    (user.as_deref() != Some("0")).then(|| "they are installed and started as root, and this is another user".to_owned())
}

/// Cargo, in the project's root.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(arguments).current_dir(root);
    command
}

/// Runs a step, and records its failed tests.
fn step(name: &str, command: Command, failed: &mut Vec<String>) -> (String, Outcome) {
    println!("\n=== {name}");
    let passed = match run::run(command, &mut std::io::stdout()) {
        Ok(ran) => {
            failed.extend(ran.failed);
            ran.passed
        }
        Err(why) => {
            failed.push(why);
            false
        }
    };
    (name.to_owned(), if passed { Outcome::Passed } else { Outcome::Failed })
}
