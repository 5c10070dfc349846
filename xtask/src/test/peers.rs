//! The other projects' clients, run through the scripts of `tests/clients` against real Swift and against the emulator.

use super::{Outcome, cargo};
use crate::exports::exports;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs rclone, python-swiftclient and openstackclient through one script against both servers and compares the results; then
/// checks whether `k5 object sync` and rclone agree on what is equal.
pub(super) fn peers(root: &Path, openrc: &Path) -> Outcome {
    println!("\n=== rclone, python-swiftclient and openstackclient: the emulator against real Swift");
    match compare_peers(root, openrc) {
        Ok(()) => Outcome::Passed,
        Err(why) => {
            eprintln!("{why}");
            Outcome::Failed
        }
    }
}

fn compare_peers(root: &Path, openrc: &Path) -> Result<(), String> {
    let clients = Command::new("bash").arg(root.join("tests/openstack/clients.sh")).stdin(Stdio::null()).output();
    let clients = clients.map_err(|error| format!("tests/openstack/clients.sh: {error}"))?;
    if !clients.status.success() {
        return Err(format!("the clients can't be installed:\n{}", String::from_utf8_lossy(&clients.stderr)));
    }
    let path = format!("{}:{}", String::from_utf8_lossy(&clients.stdout).trim(), std::env::var("PATH").unwrap_or_default());
    let text = std::fs::read_to_string(openrc).map_err(|error| format!("{}: {error}", openrc.display()))?;
    let real_environment = exports(&text);
    let real = run(root, &["script.sh"], &path, &real_environment)?;
    let emulator = Emulator::start(root)?;
    let emulated = run(root, &["script.sh"], &path, &emulator.environment)?;
    if real == emulated {
        println!("{} lines of transcript, the same on both", real.lines().count());
        let program = emulator.program.to_string_lossy();
        for environment in [&real_environment, &emulator.environment] {
            let agreed = run(root, &["sync.sh", &program], &path, environment)?;
            println!("k5 and rclone agree on what is the same, in {} ways", agreed.lines().count());
            let agreed = run(root, &["commands.sh", &program], &path, environment)?;
            println!("k5 prints what openstackclient prints, in {} ways", agreed.lines().count());
        }
        return Ok(());
    }
    let differing: Vec<_> = real.lines().zip(emulated.lines()).filter(|(a, b)| a != b).take(20).collect();
    let shown: Vec<_> = differing.iter().map(|(real, emulated)| format!("  real:     {real}\n  emulator: {emulated}")).collect();
    Err(format!("the transcripts differ:\n{}", shown.join("\n")))
}

/// Runs a script of `tests/clients`, given by name and arguments; returns its output.
fn run(root: &Path, line: &[&str], path: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    let (name, arguments) = line.split_first().ok_or("no script is named")?;
    let mut script = Command::new("bash");
    script.arg(root.join("tests/clients").join(name)).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OS_")) {
        script.env_remove(name);
    }
    let output = script.envs(environment).env("PATH", path).output().map_err(|error| format!("tests/clients/{name}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!(
            "{name} failed against {}; it had got to:\n{}",
            environment.get("OS_AUTH_URL").map_or("?", String::as_str),
            String::from_utf8_lossy(&output.stdout).lines().rev().take(3).collect::<Vec<_>>().join("\n")
        )),
    }
}

/// `k5 emulator serve` on a folder of its own; it stops when this value is dropped.
struct Emulator {
    process: Child,
    program: PathBuf,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Emulator {
    fn start(root: &Path) -> Result<Self, String> {
        let built = cargo(root, &["build", "--quiet", "--workspace", "--all-features", "--bin", "k5"]).status();
        if !built.is_ok_and(|status| status.success()) {
            return Err("the command line can't be built".to_owned());
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let folder = std::env::temp_dir().join(format!("k5-peers-{}", std::process::id()));
        let program = target.join("debug/k5");
        let mut process = Command::new(&program)
            .args(["emulator", "serve", "--dir"])
            .arg(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("k5 emulator serve: {error}"))?;
        let stdout = process.stdout.take().ok_or("k5 emulator serve has no output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let mut environment = BTreeMap::new();
        let start = Instant::now();
        // The last of the lines that `serve` prints.
        while !environment.contains_key("OS_REGION_NAME") {
            let Some(line) = lines.next().filter(|_| start.elapsed() < Duration::from_secs(30)) else {
                return Err("k5 emulator serve ended before it had printed its variables".to_owned());
            };
            environment.extend(exports(&line));
        }
        // Further output must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, program, folder, environment })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing can be done about a process or folder that can't be removed.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
