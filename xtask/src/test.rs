//! `cargo xtask test`: everything that the README promises, with real servers where the machine allows them.

use crate::exports::exports;
use crate::workspace;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Runs it. `--require-openstack` makes a failure of what is otherwise skipped; `--no-openstack` skips it anyway.
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
        (None, _) => Ok(Servers::start(&root)?),
    };
    let mut outcomes = vec![step(
        "cargo test --workspace --all-features",
        cargo(&root, &["test", "--workspace", "--all-features", "--no-fail-fast"]),
    )];
    match openstack {
        Err(why) => {
            eprintln!("\n!!! SKIPPED: the behaviour suite on real Keystone + Swift and the other clients' script: {why} !!!\n");
            outcomes.push(("real Keystone + Swift".to_owned(), Outcome::Skipped));
        }
        Ok(servers) => {
            let openrc = servers.wait()?;
            let mut suite = cargo(&root, &["test", "--package", "k5-tests", "--test", "openstack"]);
            suite.env("K5_TEST_OPENRC", openrc.join("openrc")).env("K5_TEST_ALT_OPENRC", openrc.join("alt-openrc"));
            suite.env("K5_REQUIRE_OPENSTACK", "1");
            outcomes.push(step("behaviour suite on real Keystone + Swift", suite));
            outcomes
                .push(("the other clients' script: emulator against real Swift".to_owned(), peers(&root, &openrc.join("openrc"))));
        }
    }
    println!();
    for (name, outcome) in &outcomes {
        println!("{outcome:?}: {name}");
    }
    let failed = outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
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
        return Some("this is no Debian machine, whose packages they come from".to_owned());
    }
    let user = Command::new("id").arg("-u").output().ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    (user.as_deref() != Some("0")).then(|| "they are installed and started as root, and this is another user".to_owned())
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(arguments).current_dir(root);
    command
}

fn step(name: &str, mut command: Command) -> (String, Outcome) {
    println!("\n=== {name}");
    let passed = command.status().is_ok_and(|status| status.success());
    (name.to_owned(), if passed { Outcome::Passed } else { Outcome::Failed })
}

/// Keystone and Swift on their way up.
struct Servers(Child);

impl Servers {
    fn start(root: &Path) -> Result<Self, String> {
        let script = root.join("tests/openstack/up.sh");
        let child = Command::new("bash").arg(&script).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        child.map(Self).map_err(|error| format!("{}: {error}", script.display()))
    }

    /// Waits until they answer; gives the folder of their openrc files.
    fn wait(self) -> Result<PathBuf, String> {
        let output = self.0.wait_with_output().map_err(|error| format!("tests/openstack/up.sh: {error}"))?;
        if !output.status.success() {
            return Err("real Keystone + Swift did not start; tests/openstack/up.sh says why above".to_owned());
        }
        Ok(std::env::var_os("K5_OPENSTACK_DIR").map_or_else(|| PathBuf::from("/var/tmp/k5-openstack"), PathBuf::from))
    }
}

/// Runs rclone, python-swiftclient and openstackclient through one script against both servers and compares what they saw.
fn peers(root: &Path, openrc: &Path) -> Outcome {
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
    let real = transcript(root, &path, &exports(&text))?;
    let emulator = Emulator::start(root)?;
    let emulated = transcript(root, &path, &emulator.environment)?;
    if real == emulated {
        println!("{} lines of transcript, the same on both", real.lines().count());
        return Ok(());
    }
    let differing: Vec<_> = real.lines().zip(emulated.lines()).filter(|(a, b)| a != b).take(20).collect();
    let shown: Vec<_> = differing.iter().map(|(real, emulated)| format!("  real:     {real}\n  emulator: {emulated}")).collect();
    Err(format!("the transcripts differ:\n{}", shown.join("\n")))
}

fn transcript(root: &Path, path: &str, environment: &BTreeMap<String, String>) -> Result<String, String> {
    let mut script = Command::new("bash");
    script.arg(root.join("tests/clients/script.sh")).stdin(Stdio::null()).stderr(Stdio::inherit());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OS_")) {
        script.env_remove(name);
    }
    let output =
        script.envs(environment).env("PATH", path).output().map_err(|error| format!("tests/clients/script.sh: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!(
            "the script failed against {}; it had got to:\n{}",
            environment.get("OS_AUTH_URL").map_or("?", String::as_str),
            String::from_utf8_lossy(&output.stdout).lines().rev().take(3).collect::<Vec<_>>().join("\n")
        )),
    }
}

/// `k5 emulator serve` on a folder of its own; ends with this value.
struct Emulator {
    process: Child,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Emulator {
    fn start(root: &Path) -> Result<Self, String> {
        let built = cargo(root, &["build", "--quiet", "--package", "k5-cli"]).status();
        if !built.is_ok_and(|status| status.success()) {
            return Err("the command line can't be built".to_owned());
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let folder = std::env::temp_dir().join(format!("k5-peers-{}", std::process::id()));
        let mut process = Command::new(target.join("debug/k5"))
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
        // What it may print later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, folder, environment })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing can be done about a process or folder that won't go away.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
