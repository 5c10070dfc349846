//! The emulator as a process of its own, for as long as the value lives.

use super::tools::Tools;
use super::work::{Work, text};
use crate::exports::exports;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Emulator {
    process: Child,
    /// Its state.
    folder: PathBuf,
    /// The `OS_*` variables that lead to it.
    pub(crate) variables: Vec<(String, String)>,
}

impl Emulator {
    pub(crate) fn start(work: &Work, tools: &Tools) -> Result<Self, String> {
        Self::of(work, &tools.k5, &["emulator", "serve", "--dir"])
    }

    /// That of a program which takes the folder of its state as the last argument.
    pub(crate) fn of(work: &Work, program: &Path, arguments: &[&str]) -> Result<Self, String> {
        let folder = work.path().join("emulator");
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let (printed, said) = (work.path().join("emulator.out"), work.path().join("emulator.err"));
        let file = |path| std::fs::File::create(path).map_err(failed);
        // It ends with us, also when we are killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(program).args(arguments).arg(text(&folder));
        command.stdin(Stdio::null()).stdout(file(&printed)?).stderr(file(&said)?);
        let process = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut emulator = Self { process, folder, variables: Vec::new() };
        let start = Instant::now();
        // It prints all lines at once when it listens.
        while emulator.variables.is_empty() {
            let ended = emulator.process.try_wait().is_ok_and(|status| status.is_some());
            if ended || start.elapsed() > Duration::from_secs(30) {
                let said = std::fs::read_to_string(&said).unwrap_or_default();
                return Err(format!("the emulator does not start: {}", said.trim().replace('\n', " / ")));
            }
            std::thread::sleep(Duration::from_millis(20));
            emulator.variables = exports(&std::fs::read_to_string(&printed).unwrap_or_default()).into_iter().collect();
        }
        Ok(emulator)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().is_ok_and(|status| status.success());
        if !asked {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
