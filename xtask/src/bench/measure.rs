//! One command, measured as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The command to measure: it sees `PATH` and these variables, and none of the user's configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Argv {
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// Where its output goes while it is measured; nowhere by default.
    printed: Option<PathBuf>,
}

impl Argv {
    pub(crate) fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ..Self::default() }
    }

    pub(crate) fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn envs<'a>(mut self, variables: impl IntoIterator<Item = &'a (String, String)>) -> Self {
        self.variables.extend(variables.into_iter().cloned());
        self
    }

    /// Keeps its output, so that it can be examined afterwards.
    pub(crate) fn printing(mut self, file: PathBuf) -> Self {
        self.printed = Some(file);
        self
    }

    /// The same with a file piped into it, so that it can't know the length.
    pub(crate) fn fed(self, file: &Path) -> Self {
        let words = ["-c", r#"set -o pipefail; cat -- "$0" | "$@""#].map(str::to_owned);
        let program = [file, &self.program].map(|path| path.to_string_lossy().into_owned());
        let arguments = words.into_iter().chain(program).chain(self.arguments).collect();
        Self { program: "bash".into(), arguments, ..self }
    }

    /// `command` with the environment of this one.
    fn dress(&self, command: &mut Command, home: &Path) {
        command.env_clear().env("LANG", "C.UTF-8").env("HOME", home).env("RCLONE_CONFIG", home.join("rclone.conf"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    }

    /// Runs it without measuring; returns its output, or why it failed.
    pub(crate) fn output(&self, home: &Path) -> Result<String, String> {
        let mut command = Command::new(&self.program);
        self.dress(&mut command, home);
        let output = command.args(&self.arguments).output().map_err(|error| format!("{}: {error}", self.name()))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(self.failure(&output.status.to_string(), &output.stderr)),
        }
    }

    fn name(&self) -> String {
        self.program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The last lines of its output. Arguments are left out, because they may contain tokens.
    fn failure(&self, status: &str, stderr: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(stderr).into_owned();
        for (name, value) in &self.variables {
            if (name.ends_with("TOKEN") || name.ends_with("PASSWORD")) && !value.is_empty() {
                text = text.replace(value, "***");
            }
        }
        let lines: Vec<&str> = text.lines().collect();
        format!("{}: {status}: {}", self.name(), lines[lines.len().saturating_sub(4)..].join(" / "))
    }

    /// Measures one that takes milliseconds. Its time is that of a run by itself, since bash and GNU time take milliseconds too;
    /// the rest is that of a second run.
    pub(crate) fn measure_short(&self, home: &Path) -> Result<Sample, String> {
        let start = Instant::now();
        self.output(home)?;
        let wall = start.elapsed().as_secs_f64();
        self.measure(home).map(|sample| Sample { wall, ..sample })
    }

    /// Runs and measures it.
    pub(crate) fn measure(&self, home: &Path) -> Result<Sample, String> {
        let (times, peak) = (home.join("times"), home.join("peak"));
        let mut command = Command::new("bash");
        self.dress(&mut command, home);
        // bash's `time` knows milliseconds and counts all descendants; GNU time knows the peak of resident memory, which a
        // larger parent would spoil: a child begins with the pages of the process that it was forked from.
        let script =
            r#"exec 3>&2; TIMEFORMAT='%3R %3U %3S'; { time /usr/bin/time -q -f %M -o "$1" -- "${@:2}" 2>&3 3>&-; } 2>"$0""#;
        command.args(["-c", script]).arg(&times).arg(&peak).arg(&self.program).args(&self.arguments);
        command.stdout(match &self.printed {
            Some(path) => std::fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))?.into(),
            None => Stdio::null(),
        });
        let output = command.output().map_err(|error| format!("bash: {error}"))?;
        if !output.status.success() {
            return Err(self.failure(&output.status.to_string(), &output.stderr));
        }
        let read = |path: &Path| crate::workspace::read(path);
        Sample::parse(&read(&times)?, &read(&peak)?).ok_or_else(|| format!("{}: the times can't be read", self.name()))
    }
}

/// The cost of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Seconds.
    pub(crate) wall: f64,
    /// Seconds in user and kernel mode, all threads together.
    pub(crate) cpu: f64,
    /// Peak resident memory in MiB.
    pub(crate) peak: f64,
}

impl Sample {
    /// From `REAL USER SYSTEM` of bash and KiB of GNU time.
    fn parse(times: &str, peak: &str) -> Option<Self> {
        let times: Vec<f64> = times.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let [wall, user, system] = times[..] else { return None };
        Some(Self { wall, cpu: user + system, peak: peak.trim().parse::<f64>().ok()? / 1024.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_peak_are_read() {
        let sample = Sample::parse("1.500 0.250 0.500\n", "3072\n").expect("well-formed");
        assert_eq!(sample, Sample { wall: 1.5, cpu: 0.75, peak: 3.0 });
        for (times, peak) in [("", "1"), ("1 2", "1"), ("1 2 x", "1"), ("1 2 3", ""), ("1 2 3 4", "1")] {
            assert_eq!(Sample::parse(times, peak), None, "{times:?} {peak:?}");
        }
    }

    #[test]
    fn a_command_sees_its_own_variables_alone() {
        let command = Argv::new("bash").args(["-c", "echo \"$A-$CARGO_MANIFEST_DIR-$HOME\""]).env("A", "b");
        assert_eq!(command.output(Path::new("/home/nobody")).expect("it runs"), "b--/home/nobody\n");
    }

    #[test]
    fn a_file_comes_through_a_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a file");
        std::fs::write(&file, "some bytes").expect("written");
        let command = Argv::new("bash").args(["-c", "[ -p /dev/stdin ] && cat && echo \" $1\"", "bash", "a b"]);
        assert_eq!(command.fed(&file).output(folder.path()).expect("it runs"), "some bytes a b\n");
        assert!(Argv::new("cat").fed(&folder.path().join("none")).output(folder.path()).is_err());
    }

    #[test]
    fn a_failure_shows_the_end_of_what_was_said_and_no_token() {
        let fails = Argv::new("bash").args(["-c", "echo \"no $OS_AUTH_TOKEN here\" >&2; exit 3"]).env("OS_AUTH_TOKEN", "s3cr3t");
        let error = fails.output(Path::new("/")).expect_err("exit status 3");
        assert!(error.contains("no *** here") && error.contains('3') && !error.contains("s3cr3t"), "{error}");
    }
}
