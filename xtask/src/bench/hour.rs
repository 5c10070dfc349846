//! `cargo xtask bench hour`: a stranger's first hour, from a fresh clone: the README's first command, a program's cold check, and the
//! same program without and with optimization.

use super::contest::{Contest, Figure, Runner};
use super::goal::{Goal, Limit};
use super::measure::Argv;
use super::report::{METHOD, Report, Section};
use super::work::{Work, text};
use super::{default_folder, machine, tools};
use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask bench hour [options]

  --rounds N        number of runs of each program (default 3)
  --size MIB        what the program uploads, in MiB (default 1024)
  --programs DIR    where the k5 is whose emulator serves the uploads; without it, it is built in the clone
  --out FILE        where to write the report; the data goes beside it (default docs/benchmarks-hour.md)

What is committed is cloned and built in an empty folder, the sources of dependencies being there: half an hour on two cores.";

const FIRST: &str = "the README's first command";
const CHECK: &str = "cargo check";
const DEV: &str = "dev build";
const RELEASE: &str = "release build";
/// Seconds at most for the first command and for a cold check.
const FIRST_LIMIT: f64 = 150.0;
const CHECK_LIMIT: f64 = 45.0;
/// How many times the time of a release build a dev build may take.
const DEV_LIMIT: f64 = 3.0;

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let Chosen { rounds, mib, programs, out } = Chosen::parse(arguments)?;
    let (root, load) = (workspace::root(), machine::load());
    let work = Work::new(&default_folder())?;
    let hour = Hour { home: work.home(), clone: work.path().join("k5"), program: work.path().join("uploads") };
    hour.git(&["clone", "--quiet", &text(&root), &text(&hour.clone)])?;
    let commit = hour.git(&["-C", &text(&hour.clone), "rev-parse", "--short", "HEAD"])?;
    hour.cargo(&hour.clone, &["fetch", "--quiet", "--locked"]).output(&hour.home)?;
    let mut sections = vec![hour.first()?];
    hour.write_program(&work, mib)?;
    sections.push(hour.check());
    sections.push(hour.dev(&work, rounds, mib, programs)?);
    let report = Report {
        command: format!("cargo xtask bench hour --rounds {rounds} --size {mib}"),
        method: format!("Builds once, runs in {rounds} rounds. {METHOD}"),
        machine: machine::describe(&work, load),
        versions: vec![("k5", format!("commit {}", commit.trim())), ("cargo", version(&hour.home))],
        sections,
        skipped: Vec::new(),
    };
    report.write(Some(&out))?;
    Ok(report.status())
}

/// What the options say.
struct Chosen {
    rounds: usize,
    mib: u64,
    programs: Option<PathBuf>,
    out: PathBuf,
}

impl Chosen {
    fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut chosen = Self { rounds: 3, mib: 1024, programs: None, out: workspace::root().join("docs/benchmarks-hour.md") };
        for pair in arguments.chunks(2) {
            let [name, value] = *pair else { return Err(format!("{} needs a value\n\n{USAGE}", pair[0])) };
            let number = || value.parse::<u64>().ok().filter(|number| (1..=100_000).contains(number));
            let wrong = || format!("{name} {value:?} makes no sense\n\n{USAGE}");
            match name {
                "--rounds" => chosen.rounds = usize::try_from(number().ok_or_else(wrong)?).map_err(|_| wrong())?,
                "--size" => chosen.mib = number().ok_or_else(wrong)?,
                "--programs" => chosen.programs = Some(value.into()),
                "--out" => chosen.out = value.into(),
                other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
            }
        }
        Ok(chosen)
    }
}

fn version(home: &Path) -> String {
    Argv::new(tools::cargo()).args(["--version"]).output(home).unwrap_or_default().trim().to_owned()
}

struct Hour {
    home: PathBuf,
    clone: PathBuf,
    /// A package that has k5 as a dependency, as a user's has.
    program: PathBuf,
}

impl Hour {
    fn git(&self, words: &[&str]) -> Result<String, String> {
        Argv::new("git").args(words.iter().copied()).output(&self.home)
    }

    /// cargo in a folder, with nothing but the toolchain and the sources of dependencies of the user's.
    fn cargo(&self, folder: &Path, words: &[&str]) -> Argv {
        let mut command = Argv::new("env").args(["-C".to_owned(), text(folder), tools::cargo()]).args(words.iter().copied());
        for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            if let Ok(value) = std::env::var(name) {
                command = command.env(name, &value);
            }
        }
        command
    }

    /// As it is typed, in a fresh clone.
    fn first(&self) -> Result<Section, String> {
        let readme = workspace::read(&self.clone.join("README.md"))?;
        let line = readme.lines().find(|line| line.starts_with("cargo run ")).ok_or("README.md shows no `cargo run`")?;
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let state = text(&self.home.join("emulator"));
        let command = self.cargo(&self.clone, &words).env("K5_EMULATOR_DIR", &state).env("CARGO_NET_OFFLINE", "true");
        let outcome = Contest::of_commands("The first command", vec![Runner::new(FIRST, command)]).hold(1, &self.home);
        let mut section = Section::new("From clone to prompt", &format!("`{line}` in a fresh clone."));
        section.add(outcome, &[limit("the README's first command, from a fresh clone", FIRST, FIRST_LIMIT)]);
        Ok(section)
    }

    /// A program with one service, which uploads a file.
    fn write_program(&self, work: &Work, mib: u64) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.program.display());
        work.random("content", mib << 20)?;
        std::fs::create_dir_all(self.program.join("src")).map_err(failed)?;
        let manifest = format!(
            "[package]\nname = \"uploads\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             k5 = {{ path = {:?}, default-features = false, features = [\"object-storage\"] }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n[workspace]\n",
            text(&self.clone.join("crates/k5"))
        );
        std::fs::write(self.program.join("Cargo.toml"), manifest).map_err(failed)?;
        std::fs::write(self.program.join("src/main.rs"), PROGRAM).map_err(failed)?;
        // The same versions as the workspace's.
        std::fs::copy(self.clone.join("Cargo.lock"), self.program.join("Cargo.lock")).map_err(failed)?;
        self.cargo(&self.program, &["fetch", "--quiet", "--offline"]).output(&self.home).map(drop)
    }

    fn check(&self) -> Section {
        let command = self.cargo(&self.program, &["check", "--quiet", "--offline"]);
        let outcome = Contest::of_commands("Cold check", vec![Runner::new(CHECK, command)]).hold(1, &self.home);
        let intro = "`cargo check` of a program with `k5` and its feature `object-storage`, in an empty target folder.";
        let mut section = Section::new("A program's cold check", intro);
        section.add(outcome, &[limit("cold `cargo check` of a program with one service", CHECK, CHECK_LIMIT)]);
        section
    }

    fn dev(&self, work: &Work, rounds: usize, mib: u64, programs: Option<PathBuf>) -> Result<Section, String> {
        eprintln!("building the program, without and with optimization, and an emulator");
        self.cargo(&self.program, &["build", "--quiet", "--offline"]).output(&self.home)?;
        self.cargo(&self.program, &["build", "--quiet", "--offline", "--release"]).output(&self.home)?;
        let programs = match programs {
            Some(folder) => folder,
            None => {
                let build = ["build", "--quiet", "--release", "--package", "k5-cli", "--offline"];
                self.cargo(&self.clone, &build).output(&self.home)?;
                self.clone.join("target/release")
            }
        };
        let emulator = super::emulator::Emulator::of(work, &programs.join("k5"), &["emulator", "serve", "--dir"])?;
        let file = text(&work.path().join("content"));
        let runner = |name, profile: &str| {
            let program = self.program.join("target").join(profile).join("uploads");
            Runner::new(name, Argv::new(program).args([&*file]).envs(&emulator.variables))
        };
        let runners = vec![runner(DEV, "debug"), runner(RELEASE, "release")];
        let outcome = Contest::of_commands("Upload", runners).hold(rounds, &self.home);
        let intro = format!("The program uploads {mib} MiB to the emulator, verified; its package has no setting of profiles.");
        let mut section = Section::new("Without optimization", &intro);
        let what = "a verified upload from a dev build";
        let goals = [Figure::Wall, Figure::Cpu].map(|figure| Goal::times(what, figure, DEV, DEV_LIMIT, &[RELEASE]));
        section.add(outcome, &goals);
        Ok(section)
    }
}

const PROGRAM: &str = r#"#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    let k5 = k5::Cloud::from_env().await?;
    k5.object_storage().create_container("hour").send().await?;
    // A name of its own each time: what is stored already is not sent again.
    let object = format!("content-{}", std::process::id());
    let stored = k5.object_storage().upload("hour", &object).from_path(&file).send().await?;
    println!("{stored:?}");
    Ok(())
}
"#;

fn limit(what: &str, ours: &'static str, seconds: f64) -> Goal {
    Goal { what: what.to_owned(), figure: Figure::Wall, ours, limit: Limit::Value(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_numbers() {
        let chosen = Chosen::parse(&["--rounds", "1", "--size", "64"]).expect("fine");
        assert!((chosen.rounds, chosen.mib) == (1, 64) && chosen.out.ends_with("docs/benchmarks-hour.md"));
        for wrong in [&["--rounds"][..], &["--size", "0"], &["--what", "1"]] {
            assert!(Chosen::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
