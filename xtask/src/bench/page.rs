//! `cargo xtask bench page`: what decoding a large page of servers takes, beside `jq .` on the same document.

use super::contest::Spread;
use super::measure::{Argv, Sample};
use super::work::{Work, text};
use super::{machine, tools};
use crate::workspace;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

const USAGE: &str = "\
usage: cargo xtask bench page [options]

  --rounds N        number of rounds, each with every program once (default 5)
  --servers N       how many servers there are on the page (default 10000)";

/// How many times the document's size each may take, and whether it must be faster than jq.
const GOALS: [(&str, f64, bool); 2] = [(TYPED, 3.0, true), (API, 6.0, false)];
const TYPED: &str = "list_servers_detail().send()";
const API: &str = "k5 api compute.list_servers_detail";
const JQ: &str = "jq .";

/// Runs it. The exit status tells whether all could be measured, not whether goals were met.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let (rounds, servers) = parse(arguments)?;
    let load = machine::judged(machine::load(), std::thread::available_parallelism().map_or(1, usize::from));
    let root = workspace::root();
    build(&root)?;
    let program = |name: &str| tools::dist(&root).join(name);
    let work = Work::new(&std::env::temp_dir())?;
    let (file, home) = (work.path().join("page.json"), work.home());
    let page = |words: &[&str]| Argv::new(program("page")).args(words.iter().copied());
    page(&["write", &servers.to_string(), &text(&file)]).output(&home)?;
    let size = std::fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?.len();
    let server = Served::start(&program("page"), &file)?;
    let login = [
        ("OS_AUTH_URL", server.url.as_str()),
        ("OS_USERNAME", "u"),
        ("OS_PASSWORD", "p"),
        ("OS_USER_DOMAIN_NAME", "d"),
        ("OS_PROJECT_ID", "p"),
    ];
    let api = Argv::new(program("k5")).args(["api", "compute.list_servers_detail"]);
    let api = login.iter().fold(api, |command, (name, value)| command.env(name, value));
    let contestants = [(TYPED, page(&["typed", &text(&file)])), (API, api), (JQ, Argv::new("jq").args([".", &text(&file)]))];
    // Each is checked once: as many servers as were written come out.
    let counted = Argv::new("jq").args([".servers | length", &text(&file)]).output(&home)?;
    let printed = contestants[1].1.output(&home)?.matches("\"hostId\"").count().to_string();
    for (what, count) in [(JQ, counted.trim()), (TYPED, contestants[0].1.output(&home)?.trim()), (API, &printed)] {
        if count != servers.to_string() {
            return Err(format!("{what} has {count} servers of {servers}"));
        }
    }
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); contestants.len()];
    for round in 0..rounds {
        for (at, (name, command)) in contestants.iter().enumerate() {
            let sample = command.measure(&home)?;
            eprintln!("round {} of {rounds}: {name}: {:.2} s, {:.1} MiB", round + 1, sample.wall, sample.peak);
            samples[at].push(sample);
        }
    }
    let size = size as f64 / f64::from(1 << 20);
    let names = contestants.each_ref().map(|(name, _)| *name);
    print!(
        "{servers} servers with their details, {size:.1} MiB. Rounds: {rounds}. Load at the start: {load}.\n\n{}",
        render(size, &names, &samples)
    );
    Ok(ExitCode::SUCCESS)
}

fn parse(arguments: &[&str]) -> Result<(usize, usize), String> {
    let (mut rounds, mut servers) = (5, 10_000);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value\n\n{USAGE}", pair[0])) };
        let number = value.parse::<usize>().ok().filter(|number| (1..=100_000).contains(number));
        let number = number.ok_or_else(|| format!("{name} {value:?} makes no sense\n\n{USAGE}"))?;
        match *name {
            "--rounds" => rounds = number,
            "--servers" => servers = number,
            other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
        }
    }
    Ok((rounds, servers))
}

/// Builds what is measured.
fn build(root: &Path) -> Result<(), String> {
    eprintln!("building k5 and the program that decodes, as they are shipped");
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["build", "--profile", "dist", "--package", "k5-cli", "--package", "k5-tests", "--bins"]).current_dir(root);
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err("what is measured can't be built".to_owned()),
    }
}

/// The page on a server; it ends with this value.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(program: &Path, file: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("page serve: {error}");
        let mut child =
            Command::new(program).arg("serve").arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let mut url = String::new();
        match child.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut url)) {
            Some(Ok(length)) if length > 0 => Ok(Self { child, url: url.trim().to_owned() }),
            _ => Err("page serve says no URL".to_owned()),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Its stdin is closed first, which ends it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A table of medians, and the goals.
fn render(size: f64, names: &[&str], samples: &[Vec<Sample>]) -> String {
    let median = |at: usize, figure: fn(&Sample) -> f64| {
        Spread::of(samples[at].iter().map(figure).collect()).map_or(f64::NAN, |spread| spread.median)
    };
    let mut lines = vec![
        "| program | wall s | CPU s | peak MiB | x the document |".to_owned(),
        "| --- | ---: | ---: | ---: | ---: |".to_owned(),
    ];
    for (at, name) in names.iter().enumerate() {
        let [wall, cpu, peak] = [|sample: &Sample| sample.wall, |sample: &Sample| sample.cpu, |sample: &Sample| sample.peak]
            .map(|figure| median(at, figure));
        lines.push(format!("| `{name}` | {wall:.2} | {cpu:.2} | {peak:.1} | {:.2} |", peak / size));
    }
    lines.push(String::new());
    let jq = names.iter().position(|name| *name == JQ).map(|at| median(at, |sample| sample.wall));
    for (name, most, faster) in GOALS {
        let Some(at) = names.iter().position(|known| *known == name) else { continue };
        let (times, wall) = (median(at, |sample| sample.peak) / size, median(at, |sample| sample.wall));
        lines.push(format!("- `{name}`: at most {most} x the document in memory: {} ({times:.2} x)", verdict(times <= most)));
        if let (true, Some(jq)) = (faster, jq) {
            lines.push(format!("- `{name}`: faster than `{JQ}`: {} ({:.3} x)", verdict(wall < jq), wall / jq));
        }
    }
    lines.join("\n") + "\n"
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_medians_and_goals() {
        let of = |wall: f64, peak: f64| Sample { wall, cpu: wall, peak };
        let samples = [vec![of(0.2, 50.0), of(0.1, 58.0), of(0.3, 40.0)], vec![of(0.5, 130.0)], vec![of(0.4, 200.0)]];
        let shown = render(20.0, &[TYPED, API, JQ], &samples);
        for line in [
            "| `list_servers_detail().send()` | 0.20 | 0.20 | 50.0 | 2.50 |",
            "- `list_servers_detail().send()`: at most 3 x the document in memory: met (2.50 x)",
            "- `list_servers_detail().send()`: faster than `jq .`: met (0.500 x)",
            "- `k5 api compute.list_servers_detail`: at most 6 x the document in memory: MISSED (6.50 x)",
        ] {
            assert!(shown.contains(line), "{line}\n{shown}");
        }
    }

    #[test]
    fn arguments_are_numbers() {
        assert_eq!(parse(&["--servers", "5", "--rounds", "1"]), Ok((1, 5)));
        for wrong in [&["--servers"][..], &["--servers", "0"], &["--what", "1"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
