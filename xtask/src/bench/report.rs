//! The report, in Markdown.

use super::contest::{Figure, Outcome, Series};
use super::goal::{Goal, Verdict};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// What is true of every contest over commands.
pub(crate) const METHOD: &str = "In each round every tool runs once as a process of its own, beginning with another one each time. Cells are \
    minimum / **median** / maximum. Wall time and CPU time (user and system, all threads) are bash's `time`, peak memory is the resident \
    set that GNU time tells. Goals are judged by the medians. Figures of different machines or days say nothing about each other; ratios \
    to a peer in the same run do.";

/// A part of the report.
pub(crate) struct Section {
    title: String,
    intro: String,
    outcomes: Vec<Outcome>,
    /// The measurements without samples.
    pub(crate) text: String,
    pub(crate) verdicts: Vec<Verdict>,
    skipped: Vec<String>,
}

impl Section {
    pub(crate) fn new(title: impl Into<String>, intro: &str) -> Self {
        Self {
            title: title.into(),
            intro: intro.to_owned(),
            outcomes: vec![],
            text: String::new(),
            verdicts: vec![],
            skipped: vec![],
        }
    }

    pub(crate) fn add(&mut self, outcome: Outcome, goals: &[Goal]) {
        self.verdicts.extend(goals.iter().map(|goal| goal.judge(&outcome)));
        self.outcomes.push(outcome);
    }

    /// A tool that is missing here is named both on the terminal and in the report.
    pub(crate) fn skip(&mut self, what: String) {
        if !self.skipped.contains(&what) {
            eprintln!("!!! SKIPPED: {what} !!!");
            self.skipped.push(what);
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.outcomes.iter().any(|outcome| !outcome.failures.is_empty())
    }

    /// With its heading.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("\n## {}\n\n{}\n", self.title, self.intro);
        if !self.text.is_empty() {
            text.push_str(&format!("\n{}", self.text));
        }
        for outcome in &self.outcomes {
            text.push_str(&format!("\n### {}\n\n{}", outcome.title, table(&outcome.series)));
            for failure in &outcome.failures {
                text.push_str(&format!("\nLeft out: {failure}.\n"));
            }
        }
        for missing in &self.skipped {
            text.push_str(&format!("\nLeft out: {missing}.\n"));
        }
        text
    }
}

pub(crate) struct Report {
    /// What made it, as typed.
    pub(crate) command: String,
    /// How everything was measured.
    pub(crate) method: String,
    pub(crate) machine: Vec<(&'static str, String)>,
    pub(crate) versions: Vec<(&'static str, String)>,
    pub(crate) sections: Vec<Section>,
    /// Parts that were not run, with the reason.
    pub(crate) skipped: Vec<String>,
}

impl Report {
    pub(crate) fn render(&self) -> String {
        let mut text = format!("# Benchmarks\n\nWritten by\n\n```sh\n{}\n```\n\n{}\n", self.command, self.method);
        text.push_str("\n## Goals\n\n");
        text.push_str(&goals(self.sections.iter().flat_map(|section| &section.verdicts)));
        for missing in &self.skipped {
            text.push_str(&format!("\nNot measured: {missing}.\n"));
        }
        text.extend(self.sections.iter().map(Section::render));
        text.push_str(&circumstances(self.machine.iter().chain(&self.versions)));
        text
    }

    /// The same for programs: a line of JSON about the machine, one for each tool of each contest with all its samples, and one for
    /// each goal.
    pub(crate) fn data(&self) -> String {
        let named =
            |pairs: &[(&'static str, String)]| -> Value { pairs.iter().map(|(name, value)| (*name, value.as_str())).collect() };
        let mut lines = vec![json!({"command": self.command, "machine": named(&self.machine), "versions": named(&self.versions)})];
        for section in &self.sections {
            for outcome in &section.outcomes {
                lines.extend(outcome.series.iter().map(|series| {
                    let all = |figure: Figure| -> Vec<f64> { series.samples.iter().map(|sample| figure.of(sample)).collect() };
                    json!({
                        "section": section.title, "contest": outcome.title, "tool": series.name, "bytes": series.bytes,
                        "wall_s": all(Figure::Wall), "cpu_s": all(Figure::Cpu), "peak_mib": all(Figure::Peak),
                    })
                }));
            }
        }
        lines.extend(self.sections.iter().flat_map(|section| &section.verdicts).map(|verdict| {
            let measured = verdict.measured.as_ref();
            json!({
                "goal": verdict.what, "at_most": verdict.limit,
                "measured": measured.map(|measured| &measured.text), "met": measured.map(|measured| measured.met),
            })
        }));
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Writes the report to this file and the data beside it, or the report to standard output.
    pub(crate) fn write(&self, out: Option<&Path>) -> Result<(), String> {
        let Some(path) = out else {
            print!("{}", self.render());
            return Ok(());
        };
        for (path, text) in [(path.to_path_buf(), self.render()), (path.with_extension("jsonl"), self.data())] {
            std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The exit status: whether everything was measured that was asked for. Says how many goals were met.
    pub(crate) fn status(&self) -> ExitCode {
        let [met, not_met, not_measured] = self.tally();
        eprintln!("{met} goals met, {not_met} not met, {not_measured} not measured");
        match self.skipped.is_empty() && !self.sections.iter().any(Section::failed) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }

    /// How many goals were met, not met and not measured.
    pub(crate) fn tally(&self) -> [usize; 3] {
        tally(&self.sections)
    }
}

/// How many goals of these were met, not met and not measured.
pub(crate) fn tally(sections: &[Section]) -> [usize; 3] {
    let mut tally = [0; 3];
    for verdict in sections.iter().flat_map(|section| &section.verdicts) {
        tally[verdict.measured.as_ref().map_or(2, |measured| usize::from(!measured.met))] += 1;
    }
    tally
}

/// What a reader needs to know of the machine and the programs.
pub(crate) fn circumstances<'a>(facts: impl Iterator<Item = &'a (&'static str, String)>) -> String {
    let mut text = "\n## Machine and versions\n\n| | |\n| --- | --- |\n".to_owned();
    for (name, value) in facts {
        text.push_str(&format!("| {name} | {} |\n", value.replace('|', "/")));
    }
    text
}

pub(crate) fn goals<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> String {
    let mut text = "| what | at most | measured | |\n| --- | --- | --- | --- |\n".to_owned();
    for verdict in verdicts {
        let (measured, met) = match &verdict.measured {
            Some(measured) => (measured.text.as_str(), if measured.met { "met" } else { "**not met**" }),
            None => ("", "not measured"),
        };
        text.push_str(&format!("| {} | {} | {measured} | {met} |\n", verdict.what, verdict.limit));
    }
    text
}

fn table(series: &[Series]) -> String {
    let mut text = "| tool | wall, s | CPU, s | peak, MiB |\n| --- | --- | --- | --- |\n".to_owned();
    for one in series {
        let cell = |figure, digits: usize| {
            one.spread(figure)
                .map(|spread| {
                    // Milliseconds need one more digit.
                    let digits = if figure != Figure::Peak && spread.max < 0.1 { 4 } else { digits };
                    format!("{:.digits$} / **{:.digits$}** / {:.digits$}", spread.min, spread.median, spread.max)
                })
                .unwrap_or_default()
        };
        let (wall, cpu, peak) = (cell(Figure::Wall, 3), cell(Figure::Cpu, 3), cell(Figure::Peak, 1));
        text.push_str(&format!("| {} | {wall} | {cpu} | {peak} |\n", one.name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::contest::outcome;
    use super::*;

    #[test]
    fn a_report_names_goals_figures_and_what_is_missing() {
        let mut section = Section::new("Part", "What it is.");
        let goals = [
            Goal::times("fast", Figure::Wall, "k5", 1.05, &["curl"]),
            Goal::times("small", Figure::Peak, "k5", 0.5, &["curl"]),
            Goal::times("gone", Figure::Wall, "k5", 1.0, &["rclone"]),
        ];
        section.add(outcome(&[("k5", &[1.0, 3.0, 2.0]), ("curl", &[2.0])]), &goals);
        section.skip("rclone: there is no rclone here".to_owned());
        let report = Report {
            command: "cargo xtask bench transfer --rounds 3".to_owned(),
            method: METHOD.to_owned(),
            machine: vec![("CPU", "a|b".to_owned())],
            versions: vec![("curl", "curl 8".to_owned())],
            sections: vec![section],
            skipped: vec!["nginx: there is no nginx here".to_owned()],
        };
        let text = report.render();
        for line in [
            "cargo xtask bench transfer --rounds 3",
            "| fast | 1.05 × curl | 1.000 × (2.000 s to 2.000 s) | met |",
            "| small | 0.5 × curl | 1.000 × (20.0 MiB to 20.0 MiB) | **not met** |",
            "| gone | 1 × rclone |  | not measured |",
            "| k5 | 1.000 / **2.000** / 3.000 | 2.000 / **4.000** / 6.000 | 10.0 / **20.0** / 30.0 |",
            "Left out: rclone: there is no rclone here.",
            "Not measured: nginx: there is no nginx here.",
            "| CPU | a/b |",
            "| curl | curl 8 |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
        }
        assert_eq!(report.tally(), [1, 1, 1]);
        let data = report.data();
        let lines: Vec<Value> = data.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 6, "{data}");
        assert_eq!((&lines[0]["machine"]["CPU"], &lines[0]["versions"]["curl"]), (&json!("a|b"), &json!("curl 8")));
        assert_eq!((&lines[1]["tool"], &lines[1]["wall_s"]), (&json!("k5"), &json!([1.0, 3.0, 2.0])));
        assert_eq!((&lines[3]["goal"], &lines[3]["met"]), (&json!("fast"), &json!(true)));
        assert_eq!((&lines[5]["goal"], &lines[5]["met"]), (&json!("gone"), &Value::Null));
    }
}
