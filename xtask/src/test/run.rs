//! Runs a command whose output is shown as it arrives, and records which of its tests failed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::Command;

/// The outcome of a command.
pub(super) struct Ran {
    pub(super) passed: bool,
    /// `target: test` of each failed test, and targets that ended without saying which.
    pub(super) failed: Vec<String>,
}

/// Runs the command. Both of its outputs are in one stream, so that the name of a target comes before its tests.
pub(super) fn run(mut command: Command, shown: &mut impl Write) -> Result<Ran, String> {
    let started = std::io::pipe().and_then(|(reader, writer)| {
        command.stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn()?;
        Ok((reader, child))
    });
    let (reader, mut child) = started.map_err(|error| format!("{command:?}: {error}"))?;
    // It holds the other end of the pipe, which would never close.
    drop(command);
    let mut failures = Failures::default();
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // The reader may be gone; the tests continue all the same.
        let _ = shown.write_all(&line).and_then(|()| shown.flush());
        failures.see(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    let passed = child.wait().is_ok_and(|status| status.success());
    Ok(Ran { passed, failed: failures.named })
}

/// What cargo's output says about failures.
#[derive(Default)]
struct Failures {
    /// The target whose tests are running.
    target: String,
    named: Vec<String>,
    /// Targets with a named failed test.
    known: BTreeSet<String>,
}

impl Failures {
    fn see(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("Running ") {
            // `tests/faults.rs (target/debug/deps/faults-3f2a)`
            let program = rest.rsplit(['/', '(']).next().unwrap_or_default().trim_end_matches(')');
            self.target = program.rsplit_once('-').map_or(program, |(name, _)| name).to_owned();
        } else if let Some(crate_name) = trimmed.strip_prefix("Doc-tests ") {
            self.target = format!("{crate_name} (docs)");
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.known.insert(self.target.clone());
            self.named.push(format!("{}: {name}", self.target));
        } else if line.starts_with("error: test failed, to rerun pass") || line.starts_with("error: doctest failed") {
            // A test that aborts the whole program has no line of its own.
            if !self.known.contains(&self.target) {
                self.named.push(format!("{}: ended early; its output says in which test", self.target));
            }
        } else if line.starts_with("error: could not compile") {
            self.named.push(line.trim_start_matches("error: ").to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(output: &str) -> Vec<String> {
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.see(line));
        failures.named
    }

    #[test]
    fn every_failed_test_is_named_with_its_target() {
        let output = "\
     Running unittests src/lib.rs (target/debug/deps/k5_core-0a1b)
test path::joins ... ok
test path::encodes ... FAILED
error: test failed, to rerun pass `-p k5-core --lib`
     Running tests/faults.rs (/x/target/debug/deps/faults-3f2a)
test parts::a - b ... FAILED
test parts::c ... ok
error: test failed, to rerun pass `-p k5-tests --test faults`
   Doc-tests k5_core
test crates/k5-core/src/lib.rs - (line 12) ... FAILED
error: doctest failed, to rerun pass `-p k5-core --doc`
";
        let expected = ["k5_core: path::encodes", "faults: parts::a - b", "k5_core (docs): crates/k5-core/src/lib.rs - (line 12)"];
        assert_eq!(failures(output), expected);
    }

    #[test]
    fn what_has_no_test_to_name_is_told_too() {
        let output = "\
error: could not compile `k5-image` (lib) due to 1 previous error
     Running tests/tls.rs (target/debug/deps/tls-9c)
error: test failed, to rerun pass `-p k5-tests --test tls`
";
        let expected =
            ["could not compile `k5-image` (lib) due to 1 previous error", "tls: ended early; its output says in which test"];
        assert_eq!(failures(output), expected);
    }

    #[test]
    fn both_outputs_of_a_command_are_read_to_the_end() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo '     Running tests/a.rs (target/a-1)' >&2; echo 'test b ... FAILED'; exit 3"]);
        let mut shown = Vec::new();
        let ran = run(shell, &mut shown).expect("sh runs");
        assert!(!ran.passed);
        assert_eq!(ran.failed, ["a: b"]);
        assert_eq!(String::from_utf8_lossy(&shown), "     Running tests/a.rs (target/a-1)\ntest b ... FAILED\n");
    }
}
