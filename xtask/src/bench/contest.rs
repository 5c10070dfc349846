//! Several tools at the same work, in rounds, and what came of it.

use super::measure::{Argv, Sample};
use super::work::Content;
use std::path::Path;
use std::process::Command;

/// One tool at the work.
pub(crate) struct Runner {
    pub(crate) name: &'static str,
    pub(crate) command: Argv,
    /// What it moves; `None` if it moves nothing, so that nothing is to be checked.
    pub(crate) content: Option<Content>,
}

impl Runner {
    pub(crate) fn new(name: &'static str, command: Argv) -> Self {
        Self { name, command, content: None }
    }

    pub(crate) fn moving(name: &'static str, content: &Content, command: Argv) -> Self {
        Self { name, command, content: Some(content.clone()) }
    }
}

/// What stands around a measured command, itself unmeasured: it clears the way, and checks and removes what was made.
pub(crate) type Around<'a> = dyn Fn(&Content) -> Result<(), String> + 'a;

pub(crate) struct Contest<'a> {
    pub(crate) title: String,
    pub(crate) runners: Vec<Runner>,
    pub(crate) before: Box<Around<'a>>,
    pub(crate) after: Box<Around<'a>>,
}

impl Contest<'_> {
    /// One of commands that move nothing.
    pub(crate) fn of_commands(title: &str, runners: Vec<Runner>) -> Contest<'static> {
        let nothing = |_: &Content| Ok(());
        Contest { title: title.to_owned(), runners, before: Box::new(nothing), after: Box::new(nothing) }
    }

    /// Runs this many rounds; each runs every tool once, starting with a different one each time.
    pub(crate) fn hold(&self, rounds: usize, home: &Path) -> Outcome {
        self.hold_with(rounds, |command| command.measure(home))
    }

    /// The same with another way to measure.
    pub(crate) fn hold_with(&self, rounds: usize, measure: impl Fn(&Argv) -> Result<Sample, String>) -> Outcome {
        let mut series: Vec<Series> = self.runners.iter().map(Series::new).collect();
        let mut failures: Vec<String> = Vec::new();
        for round in 0..rounds {
            for index in rotation(self.runners.len(), round) {
                if series[index].failed {
                    continue;
                }
                match self.once(&self.runners[index], &measure) {
                    Ok(sample) => {
                        eprintln!(
                            "{}, round {} of {rounds}: {} {:.3} s, {:.3} CPU s, {:.1} MiB",
                            self.title,
                            round + 1,
                            self.runners[index].name,
                            sample.wall,
                            sample.cpu,
                            sample.peak
                        );
                        series[index].samples.push(sample);
                    }
                    Err(why) => {
                        let failure = format!("{}: {} failed: {why}", self.title, self.runners[index].name);
                        eprintln!("!!! {failure} !!!");
                        failures.push(failure);
                        series[index].failed = true;
                    }
                }
            }
        }
        // What failed once is not a measurement.
        series.retain(|series| !series.failed);
        Outcome { title: self.title.clone(), series, failures }
    }

    fn once(&self, runner: &Runner, measure: impl Fn(&Argv) -> Result<Sample, String>) -> Result<Sample, String> {
        if let Some(content) = &runner.content {
            (self.before)(content)?;
            // What an earlier run left to be written would be written on this one's time.
            let _ = Command::new("sync").status();
        }
        let sample = measure(&runner.command)?;
        if let Some(content) = &runner.content {
            (self.after)(content)?;
        }
        Ok(sample)
    }
}

/// The order of a round.
pub(crate) fn rotation(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + round) % count)
}

/// What one tool took.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    /// The size of what it moved.
    pub(crate) bytes: Option<u64>,
    pub(crate) samples: Vec<Sample>,
    failed: bool,
}

impl Series {
    fn new(runner: &Runner) -> Self {
        let bytes = runner.content.as_ref().map(|content| content.bytes);
        Self { name: runner.name, bytes, samples: Vec::new(), failed: false }
    }

    pub(crate) fn spread(&self, figure: Figure) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| figure.of(sample)).collect())
    }
}

pub(crate) struct Outcome {
    pub(crate) title: String,
    pub(crate) series: Vec<Series>,
    pub(crate) failures: Vec<String>,
}

impl Outcome {
    pub(crate) fn median(&self, name: &str, figure: Figure) -> Option<f64> {
        self.series.iter().find(|series| series.name == name)?.spread(figure).map(|spread| spread.median)
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    Wall,
    Cpu,
    Peak,
}

impl Figure {
    pub(crate) fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Wall => sample.wall,
            Self::Cpu => sample.cpu,
            Self::Peak => sample.peak,
        }
    }

    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Wall if value < 0.1 => format!("{:.1} ms", value * 1000.0),
            Self::Wall => format!("{value:.3} s"),
            Self::Cpu => format!("{value:.3} CPU s"),
            Self::Peak => format!("{value:.1} MiB"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
        Some(Self { min, median, max })
    }
}

#[cfg(test)]
pub(crate) fn outcome(series: &[(&'static str, &[f64])]) -> Outcome {
    let sample = |value: &f64| Sample { wall: *value, cpu: value * 2.0, peak: value * 10.0 };
    let series =
        series.iter().map(|(name, walls)| Series { name, bytes: None, samples: walls.iter().map(sample).collect(), failed: false });
    Outcome { title: "a title".to_owned(), series: series.collect(), failures: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(Spread::of(vec![3.0]), Some(Spread { min: 3.0, median: 3.0, max: 3.0 }));
        assert_eq!(Spread::of(vec![9.0, 1.0, 2.0]), Some(Spread { min: 1.0, median: 2.0, max: 9.0 }));
        assert_eq!(Spread::of(vec![4.0, 1.0, 2.0, 9.0]), Some(Spread { min: 1.0, median: 3.0, max: 9.0 }));
    }

    #[test]
    fn each_round_begins_with_another_tool_and_has_all() {
        let rounds: Vec<Vec<usize>> = (0..4).map(|round| rotation(3, round).collect()).collect();
        assert_eq!(rounds, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    }

    /// GNU time is no part of every machine on which the tests run.
    fn plainly(command: &Argv) -> Result<Sample, String> {
        command.output(Path::new("/")).map(|_| Sample { wall: 1.0, cpu: 1.0, peak: 1.0 })
    }

    #[test]
    fn a_tool_that_fails_is_left_out_and_named() {
        let runners = vec![Runner::new("good", Argv::new("true")), Runner::new("bad", Argv::new("false"))];
        let contest = Contest { title: "t".to_owned(), runners, before: Box::new(|_| Ok(())), after: Box::new(|_| Ok(())) };
        let outcome = contest.hold_with(3, plainly);
        assert_eq!(outcome.series.len(), 1);
        assert_eq!((outcome.series[0].name, outcome.series[0].samples.len()), ("good", 3));
        assert!(outcome.failures.len() == 1 && outcome.failures[0].contains("bad"), "{:?}", outcome.failures);
    }

    #[test]
    fn a_wrong_result_is_a_failure() {
        let content = Content { name: "c", path: "/c".into(), bytes: 0, md5: String::new() };
        let runners = vec![Runner::moving("liar", &content, Argv::new("true"))];
        let after = Box::new(|_: &Content| Err("other bytes".to_owned()));
        let outcome = Contest { title: "t".to_owned(), runners, before: Box::new(|_| Ok(())), after }.hold_with(1, plainly);
        assert!(outcome.series.is_empty() && outcome.failures[0].contains("other bytes"));
    }
}
