//! `cargo xtask record`: a terminal session as an animated picture, from what the commands really print.

mod screen;
mod svg;

use crate::exports::exports;
use crate::workspace;
use screen::Screen;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: cargo xtask record [--programs DIR]

Types some commands in a terminal of tmux, on an emulator of its own, and writes what was to be seen to docs/plots/session.svg.
--programs names the folder of a k5 that is built already.";

const COLUMNS: usize = 100;
const LINES: usize = 24;
/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(60);
/// Longer than any of the commands takes.
const PATIENCE: Duration = Duration::from_secs(60);
const PROMPT: &str = "$ ";

/// What is typed. The bandwidth limit gives the bar time to be seen.
const COMMANDS: [&str; 4] = [
    "k5 object cp --bwlimit 80M db.dump swift://backups/",
    "k5 object ls --long --human-readable swift://backups",
    "k5 server create --flavor m1.small --image cirros --network private --wait web-1 -c status -c addresses",
    "k5 server list",
];

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let root = workspace::root();
    let programs = match arguments {
        [] => build(&root)?,
        ["--programs", folder] => PathBuf::from(folder),
        _ => return Err(USAGE.to_owned()),
    };
    let programs = std::fs::canonicalize(&programs).map_err(|error| format!("{}: {error}", programs.display()))?;
    let work = std::env::temp_dir().join(format!("k5-record-{}", std::process::id()));
    std::fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let frames = record(&programs, &work);
    let _ = std::fs::remove_dir_all(&work);
    let path = root.join("docs/plots/session.svg");
    std::fs::write(&path, svg::draw(&frames?, COLUMNS, LINES)).map_err(|error| format!("{}: {error}", path.display()))?;
    eprintln!("written: {}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn build(root: &Path) -> Result<PathBuf, String> {
    let built = Command::new("cargo").args(["build", "--release", "--package", "k5-cli"]).current_dir(root).status();
    match built {
        Ok(status) if status.success() => Ok(root.join("target/release")),
        _ => Err("k5 can't be built".to_owned()),
    }
}

/// What was on the screen, and for how long.
struct Frame {
    screen: Screen,
    time: Duration,
}

fn record(programs: &Path, work: &Path) -> Result<Vec<Frame>, String> {
    let bytes = std::fs::File::create(work.join("db.dump")).and_then(|file| file.set_len(400 << 20));
    bytes.map_err(|error| format!("db.dump: {error}"))?;
    let emulator = Served::start(programs, work)?;
    let terminal = Terminal::open(programs, work, &emulator.variables)?;
    terminal.wait()?;
    let mut frames: Vec<Frame> = Vec::new();
    for command in COMMANDS {
        terminal.keys(&["-l", command])?;
        terminal.look(&mut frames)?;
        hold(&mut frames, Duration::from_millis(700));
        terminal.keys(&["Enter"])?;
        let start = Instant::now();
        loop {
            std::thread::sleep(LOOK);
            terminal.look(&mut frames)?;
            if start.elapsed() > LOOK * 3 && terminal.is_ready()? {
                break;
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{command:?} has not ended after {} s", PATIENCE.as_secs()));
            }
        }
        hold(&mut frames, Duration::from_millis(1200));
    }
    hold(&mut frames, Duration::from_secs(4));
    Ok(frames)
}

fn hold(frames: &mut [Frame], time: Duration) {
    if let Some(last) = frames.last_mut() {
        last.time += time;
    }
}

/// A server of tmux with one pane; it ends with this value.
struct Terminal {
    socket: String,
}

impl Terminal {
    fn open(programs: &Path, work: &Path, variables: &[(String, String)]) -> Result<Self, String> {
        let terminal = Self { socket: format!("k5-record-{}", std::process::id()) };
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        let start = work.join("start.bash");
        std::fs::write(&start, format!("PS1='{PROMPT}'\n")).map_err(|error| format!("{}: {error}", start.display()))?;
        let shell = "exec bash --noprofile --rcfile start.bash -i";
        let (columns, lines) = (COLUMNS.to_string(), LINES.to_string());
        let mut command = terminal.tmux();
        command.env_clear().env("PATH", path).env("HOME", work).env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        command.env("TZ", "UTC").env("PAGER", "cat").envs(variables.iter().map(|(name, value)| (name, value)));
        command.args(["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &lines, "-c"]).arg(work).arg(shell);
        run_quietly(&mut command)?;
        Ok(terminal)
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]);
        command
    }

    fn keys(&self, keys: &[&str]) -> Result<(), String> {
        run_quietly(self.tmux().arg("send-keys").args(keys)).map(drop)
    }

    fn captured(&self) -> Result<String, String> {
        run_quietly(self.tmux().args(["capture-pane", "-p", "-e"]))
    }

    /// Adds a frame, or makes the last one last longer if nothing has changed.
    fn look(&self, frames: &mut Vec<Frame>) -> Result<(), String> {
        let screen = Screen::parse(&self.captured()?);
        match frames.last_mut() {
            Some(last) if last.screen == screen => last.time += LOOK,
            _ => frames.push(Frame { screen, time: LOOK }),
        }
        Ok(())
    }

    /// Whether the last line is an empty prompt.
    fn is_ready(&self) -> Result<bool, String> {
        Ok(Screen::parse(&self.captured()?).last_line() == PROMPT.trim_end())
    }

    fn wait(&self) -> Result<(), String> {
        let start = Instant::now();
        while !self.is_ready()? {
            if start.elapsed() > PATIENCE {
                return Err("the shell shows no prompt".to_owned());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = run_quietly(self.tmux().arg("kill-server"));
    }
}

fn run_quietly(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("tmux: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("tmux: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// An emulator as a process of its own; it ends with this value.
struct Served {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Served {
    fn start(programs: &Path, work: &Path) -> Result<Self, String> {
        let printed = work.join("emulator.env");
        let out = std::fs::File::create(&printed).map_err(|error| format!("{}: {error}", printed.display()))?;
        let mut command = Command::new(programs.join("k5"));
        command.args(["emulator", "serve"]).stdin(Stdio::null()).stdout(out).stderr(Stdio::null());
        let process = command.spawn().map_err(|error| format!("k5 emulator serve: {error}"))?;
        let mut served = Self { process, variables: Vec::new() };
        let start = Instant::now();
        while served.variables.is_empty() {
            if start.elapsed() > PATIENCE {
                return Err("k5 emulator serve does not start".to_owned());
            }
            std::thread::sleep(LOOK);
            served.variables = exports(&std::fs::read_to_string(&printed).unwrap_or_default()).into_iter().collect();
        }
        Ok(served)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
