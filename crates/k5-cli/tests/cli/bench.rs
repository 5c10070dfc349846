//! Where each test stands: an emulator, a folder, and the binary.

use k5_emulator::Emulator;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// An emulator with a folder to work in.
pub(crate) struct Bench {
    pub(crate) emulator: Emulator,
    folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::of(k5_emulator::Emulator::builder())
    }

    /// An emulator that is set up in another way.
    pub(crate) fn of(builder: k5_emulator::Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let emulator = runtime.block_on(builder.start()).unwrap();
        Self { emulator, folder: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file below the folder, with its parents.
    pub(crate) fn file(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The binary with the emulator's variables and no others.
    pub(crate) fn command(&self) -> Command {
        let mut command = bare(self.folder.path());
        command.envs(self.emulator.environment());
        command
    }

    /// Another program with the same variables.
    pub(crate) fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path()).envs(self.emulator.environment());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        run(self.command().args(args), b"")
    }

    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Run {
        run(self.command().args(args), stdin)
    }

    /// Runs a command line without blanks in its arguments, which must do what it was asked to and say nothing on stderr.
    pub(crate) fn ok(&self, line: &str) -> String {
        self.run(line.split_whitespace()).ok()
    }

    /// Runs a command line that must end with this status.
    pub(crate) fn fails(&self, line: &str, status: i32) -> String {
        self.run(line.split_whitespace()).fails(status)
    }

    /// The same where a list may have been begun.
    pub(crate) fn fails_with_rows(&self, line: &str, status: i32) -> String {
        let run = self.run(line.split_whitespace());
        assert_eq!(run.status, status, "{}", run.stderr);
        run.stderr
    }

    /// The names in a container.
    pub(crate) fn names(&self, container: &str) -> Vec<String> {
        let listed = self.run(["object", "ls", "-r", "-o", "jsonl", &format!("swift://{container}")]).ok();
        let name = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].as_str().unwrap().to_owned();
        listed.lines().map(name).collect()
    }

    /// The names of segments in a container, without the marks that say which a manifest has named.
    pub(crate) fn segments(&self, container: &str) -> Vec<String> {
        self.names(container).into_iter().filter(|name| !name.ends_with(".named")).collect()
    }

    /// Which requests for objects or containers came, as `METHOD path`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let seen = self.emulator.requests();
        seen.iter().filter(|r| r.path.starts_with("/v1/")).map(|r| format!("{} {}", r.method, r.path)).collect()
    }

    /// How many logins came.
    pub(crate) fn logins(&self) -> usize {
        self.emulator.requests().iter().filter(|r| r.method == "POST" && r.path == "/v3/auth/tokens").count()
    }
}

/// The binary with no variable but the folder's.
pub(crate) fn bare(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_k5"));
    command.env_clear().env("HOME", folder).current_dir(folder);
    command
}

pub(crate) fn run(command: &mut Command, stdin: &[u8]) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    // A command that refuses does not read.
    let feeding = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output.into()
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).unwrap();
        Self { status: output.status.code().unwrap_or(-1), stdout: output.stdout, stderr }
    }
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    pub(crate) fn ok(self) -> String {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{}", String::from_utf8_lossy(&self.stdout));
        self.text()
    }

    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The error's text, which is short and on stderr alone.
    pub(crate) fn fails(self, status: i32) -> String {
        assert_eq!(self.status, status, "{}{}", self.stderr, String::from_utf8_lossy(&self.stdout));
        assert!(self.stderr.starts_with("k5: "), "{}", self.stderr);
        assert!(self.stdout.is_empty(), "{}", String::from_utf8_lossy(&self.stdout));
        self.stderr
    }
}

/// Waits until something is so.
pub(crate) fn wait_for(mut what: impl FnMut() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it did not come within 10 s");
}

/// Bytes that don't repeat soon.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
