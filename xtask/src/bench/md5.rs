//! `cargo xtask bench md5`: hashing of one stream and of many at once, beside OpenSSL.

use super::contest::{Spread, rotation};
use super::{machine, tools};
use crate::workspace;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "\
usage: cargo xtask bench md5 [options]

  --rounds N        number of rounds, each with every hasher once (default 5)
  --seconds N       how long each is measured, whole seconds (default 1)";

const OPENSSL: &str = "openssl speed md5";

/// How many times OpenSSL's speed so many streams are to have with the best lanes.
const GOALS: [(u32, f64); 2] = [(4, 1.8), (16, 3.5)];

/// Runs it. The exit status tells whether all could be measured, not whether goals were met.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let (rounds, seconds) = parse(arguments)?;
    let load = machine::judged(machine::load(), std::thread::available_parallelism().map_or(1, usize::from));
    let speed = build(&workspace::root())?;
    let names = output(Command::new(&speed).arg("lanes"))?;
    let lanes: Vec<&str> = names.lines().collect();
    let mut hashers = hashers(&lanes);
    for round in 0..rounds {
        for index in rotation(hashers.len(), round) {
            let hasher = &mut hashers[index];
            // What failed once is not a measurement.
            if hasher.rates.len() < round {
                continue;
            }
            match hasher.measure(&speed, seconds) {
                Ok(rate) => {
                    eprintln!("round {} of {rounds}: {}: {:.2} GB/s", round + 1, hasher.name, rate / 1e9);
                    hasher.rates.push(rate);
                }
                Err(why) => {
                    eprintln!("!!! SKIPPED: {}: {why} !!!", hasher.name);
                    hasher.rates.clear();
                }
            }
        }
    }
    print!("Rounds: {rounds}, of {seconds} s each. Load at the start: {load}.\n\n{}", render(&hashers));
    let complete = hashers.iter().all(|hasher| hasher.rates.len() == rounds);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(arguments: &[&str]) -> Result<(usize, u32), String> {
    let (mut rounds, mut seconds) = (5, 1);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value\n\n{USAGE}", pair[0])) };
        let number = value.parse::<u32>().ok().filter(|number| (1..=1000).contains(number));
        let number = number.ok_or_else(|| format!("{name} {value:?} makes no sense\n\n{USAGE}"))?;
        match *name {
            "--rounds" => rounds = number as usize,
            "--seconds" => seconds = number,
            other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
        }
    }
    Ok((rounds, seconds))
}

/// Builds the program that measures, as what it measures is released.
fn build(root: &Path) -> Result<std::path::PathBuf, String> {
    eprintln!("building k5-md5 as it is shipped");
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["build", "--profile", "dist", "--package", "k5-md5", "--example", "speed"]).current_dir(root);
    match cargo.status() {
        Ok(status) if status.success() => Ok(tools::dist(root).join("examples/speed")),
        _ => Err("the program that measures can't be built".to_owned()),
    }
}

/// Something that hashes, and its bytes a second in each round.
struct Hasher {
    name: String,
    /// `speed`'s name for it and the number of streams; `None` for OpenSSL.
    speed: Option<(String, u32)>,
    rates: Vec<f64>,
}

impl Hasher {
    fn new(name: String, speed: Option<(&str, u32)>) -> Self {
        Self { name, speed: speed.map(|(what, streams)| (what.to_owned(), streams)), rates: vec![] }
    }

    fn measure(&self, speed: &Path, seconds: u32) -> Result<f64, String> {
        match &self.speed {
            None => {
                let mut openssl = Command::new("openssl");
                // As much in one call as a stream of ours gets, and by the clock as ours.
                openssl.args(["speed", "-elapsed", "-mr", "-bytes", "65536", "-seconds", &seconds.to_string(), "md5"]);
                let printed = output(&mut openssl)?;
                openssl_rate(&printed).ok_or_else(|| format!("no figure in {printed:?}"))
            }
            Some((what, streams)) => {
                let printed = output(Command::new(speed).args([what, &streams.to_string(), &seconds.to_string()]))?;
                printed.trim().parse().map_err(|_| format!("no figure in {printed:?}"))
            }
        }
    }

    fn median(&self) -> Option<f64> {
        Spread::of(self.rates.clone()).map(|spread| spread.median)
    }
}

/// OpenSSL first; the best lanes last.
fn hashers(lanes: &[&str]) -> Vec<Hasher> {
    let mut hashers = vec![
        Hasher::new(OPENSSL.to_owned(), None),
        Hasher::new("md-5 crate".to_owned(), Some(("md-5", 1))),
        Hasher::new("1 stream, scalar".to_owned(), Some(("scalar", 1))),
        Hasher::new("1 stream, Md5::update".to_owned(), Some(("one", 1))),
    ];
    for name in lanes.iter().filter(|name| **name != "scalar") {
        hashers.extend([2, 4, 8, 16, 32].map(|streams| Hasher::new(format!("{streams} streams, {name}"), Some((name, streams)))));
    }
    hashers
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{name}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// Of `+F:3:md5:612827136.00`.
fn openssl_rate(printed: &str) -> Option<f64> {
    printed.lines().find_map(|line| line.strip_prefix("+F:")?.rsplit_once(":md5:")?.1.parse().ok())
}

fn render(hashers: &[Hasher]) -> String {
    let openssl = hashers.iter().find(|hasher| hasher.speed.is_none()).and_then(Hasher::median);
    let ratio = |hasher: &Hasher| Some(hasher.median()? / openssl?);
    let mut text = format!("| hasher | GB/s a core: minimum / **median** / maximum | × {OPENSSL} |\n| --- | --- | ---: |\n");
    for hasher in hashers {
        let Some(Spread { min, median, max }) = Spread::of(hasher.rates.clone()) else { continue };
        let ratio = ratio(hasher).map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        text.push_str(&format!("| {} | {:.2} / **{:.2}** / {:.2} | {ratio} |\n", hasher.name, min / 1e9, median / 1e9, max / 1e9));
    }
    text.push_str("\n| what | at least | measured | |\n| --- | --- | --- | --- |\n");
    for (streams, goal) in GOALS {
        // The last ones are the best lanes'.
        let hasher = hashers.iter().rfind(|hasher| hasher.speed.as_ref().is_some_and(|speed| speed.1 == streams));
        let (measured, met) = match hasher.and_then(ratio) {
            Some(ratio) => (format!("{ratio:.2} ×"), if ratio >= goal { "met" } else { "**not met**" }),
            None => (String::new(), "not measured"),
        };
        text.push_str(&format!("| {streams} streams at once | {goal} × {OPENSSL} | {measured} | {met} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        assert_eq!(parse(&[]), Ok((5, 1)));
        assert_eq!(parse(&["--seconds", "3", "--rounds", "7"]), Ok((7, 3)));
        for wrong in [&["--rounds", "0"][..], &["--seconds", "0.5"], &["--size", "1"], &["--rounds"]] {
            assert!(parse(wrong).expect_err("wrong").contains(wrong[0]), "{wrong:?}");
        }
    }

    #[test]
    fn openssls_figure_is_found() {
        assert_eq!(openssl_rate("+H:65536\n+F:3:md5:612827136.00\n"), Some(612_827_136.0));
        assert_eq!(openssl_rate("+F:3:sha1:1.00\n"), None);
    }

    #[test]
    fn ratios_and_goals_are_of_medians_and_of_the_best_lanes() {
        let mut found = hashers(&["scalar", "SSE2", "AVX2"]);
        assert_eq!(found.len(), 14);
        for hasher in &mut found {
            let gigabytes = match hasher.name.as_str() {
                OPENSSL => 0.5,
                "4 streams, SSE2" | "16 streams, AVX2" => 1.0,
                "4 streams, AVX2" => 1.5,
                _ => continue,
            };
            hasher.rates = vec![9e9, gigabytes * 1e9, 0.1e9];
        }
        let text = render(&found);
        for line in [
            "| 4 streams, SSE2 | 0.10 / **1.00** / 9.00 | 2.00 |",
            "| 4 streams at once | 1.8 × openssl speed md5 | 3.00 × | met |",
            "| 16 streams at once | 3.5 × openssl speed md5 | 2.00 × | **not met** |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
        }
        // Without OpenSSL there are figures, but no ratios.
        found.remove(0);
        let text = render(&found);
        assert!(text.contains("| 4 streams, SSE2 | 0.10 / **1.00** / 9.00 |  |") && text.contains("not measured"), "{text}");
    }
}
