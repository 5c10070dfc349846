//! Operations carried out by the command line, each a process of its own.

use super::hands::Doing;
use super::sequence::{Container, Op, Place, Side};
use super::stage::{Grounds, Stage};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Commands to run one after the other, and what the first reads.
pub(crate) struct Line {
    commands: Vec<Vec<String>>,
    stdin: Option<PathBuf>,
}

/// The commands of an operation; none for what only the library does.
pub(crate) fn line(grounds: &Grounds, stage: &Stage, op: &Op) -> Option<Line> {
    let container = |container: Container| format!("swift://{}", stage.name(container));
    let url = |place: &Place| match place {
        Place::Object(at, name) => format!("{}/{name}", container(*at)),
        Place::File(_) | Place::KeptFile(_) => unreachable!("operations are on objects"),
    };
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut stdin = None;
    let mut line: Vec<String> = vec!["object".to_owned()];
    match op {
        Op::Upload { to, body, how } => {
            line.push("cp".to_owned());
            if let Some(segment) = how.segment.or(stage.tight.then_some(500)) {
                line.extend(["--segment-size".to_owned(), segment.to_string()]);
            }
            if how.dynamic {
                line.push("--dynamic".to_owned());
            }
            if let Some(tag) = how.tag {
                line.extend(["--property".to_owned(), format!("tag={tag}")]);
            }
            let file = grounds.files.path(*body);
            match how.stream {
                true => {
                    stdin = Some(file);
                    line.push("-".to_owned());
                }
                false => line.push(text(file)),
            }
            line.push(url(to));
        }
        Op::Copy { from, to } => line.extend(["cp".to_owned(), url(from), url(to)]),
        Op::Move { from, to } => line.extend(["mv".to_owned(), url(from), url(to)]),
        Op::Remove(place) => line.extend(["rm".to_owned(), url(place)]),
        Op::Tag(place, tag) => line.extend(["set".to_owned(), "--property".to_owned(), format!("tag={tag}"), url(place)]),
        Op::Sync { from, to, delete, backup } => {
            line.push("sync".to_owned());
            // Between containers the server copies, and the option would mean nothing.
            if [*from, *to].contains(&Side::Folder) {
                line.extend(["--segment-size".to_owned(), "500".to_owned()]);
            }
            if *delete {
                line.push("--delete".to_owned());
            }
            if *backup {
                let kept = if *to == Side::Folder { text(stage.kept()) } else { container(Container::Kept) };
                line.extend(["--backup-dir".to_owned(), kept]);
            }
            line.extend([from, to].map(|side| match side {
                Side::Folder => text(stage.local()),
                Side::Objects(at) => container(*at),
            }));
        }
        Op::Collect => {
            let collect = |at| {
                let words = ["object", "gc-segments", "--yes", "--older-than", "0s"].map(str::to_owned);
                words.into_iter().chain([container(at)]).collect()
            };
            return Some(Line { commands: [Container::A, Container::B, Container::Kept].map(collect).to_vec(), stdin });
        }
        Op::RemoveMany(..) | Op::Link { .. } | Op::Edit(..) | Op::Versions(_) | Op::Archive(_) => return None,
    }
    Some(Line { commands: vec![line], stdin })
}

/// Runs them. Dropped, the one that runs is killed.
pub(crate) fn begin(program: &Path, stage: &Stage, line: Line) -> Doing {
    let mut commands: Vec<_> = line
        .commands
        .into_iter()
        .map(|words| {
            let mut command = Command::new(program);
            command.args(words).env_clear().envs(stage.environment.iter().cloned()).env("HOME", stage.folder.path());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            command
        })
        .collect();
    if let (Some(path), Some(first)) = (line.stdin, commands.first_mut()) {
        first.stdin(File::open(path).expect("opened"));
    }
    Box::pin(async move {
        for mut command in commands {
            let mut child = Killed(command.spawn().expect("the program runs"));
            let status = loop {
                // What it says is short, and waits in the pipe.
                if let Some(status) = child.0.try_wait().expect("a child") {
                    break status;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            };
            if !status.success() {
                let stderr = child.0.stderr.take().map(std::io::read_to_string);
                let stderr = stderr.and_then(Result::ok).unwrap_or_default();
                return Err(format!("{status}: {}", stderr.trim()));
            }
        }
        Ok(())
    })
}

/// A process that ends with this.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
