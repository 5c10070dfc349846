//! What the benchmark has written as lines of JSON.

use crate::bench::Spread;
use serde_json::Value;
use std::path::Path;

/// The samples of all contests.
pub(super) struct Measured(Vec<Series>);

/// One tool in one contest.
pub(super) struct Series {
    pub(super) contest: String,
    pub(super) tool: String,
    pub(super) bytes: Option<u64>,
    pub(super) wall: Vec<f64>,
    pub(super) peak: Vec<f64>,
}

impl Measured {
    /// Those of `*.jsonl` in this folder.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        paths.sort();
        let mut all = Vec::new();
        for path in paths {
            for (index, line) in crate::workspace::read(&path)?.lines().enumerate() {
                let wrong = |what: &str| format!("{}:{}: {what}", path.display(), index + 1);
                let line: Value = serde_json::from_str(line).map_err(|error| wrong(&error.to_string()))?;
                if line.get("contest").is_some() {
                    all.push(Series::parse(&line).ok_or_else(|| wrong("is not the samples of a tool"))?);
                }
            }
        }
        Ok(Self(all))
    }

    /// The tools of a contest, as they were measured.
    pub(super) fn contest(&self, title: &str) -> Result<Vec<&Series>, String> {
        let found: Vec<&Series> = self.0.iter().filter(|series| series.contest == title && !series.wall.is_empty()).collect();
        if found.is_empty() {
            return Err(format!("nothing was measured of {title:?}"));
        }
        Ok(found)
    }

    pub(super) fn ending(&self, end: &str) -> impl Iterator<Item = &Series> {
        self.0.iter().filter(move |series| series.contest.ends_with(end))
    }
}

impl Series {
    fn parse(line: &Value) -> Option<Self> {
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let numbers = |name: &str| line[name].as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
        Some(Self {
            contest: text("contest")?,
            tool: text("tool")?,
            bytes: line["bytes"].as_u64(),
            wall: numbers("wall_s")?,
            peak: numbers("peak_mib")?,
        })
    }
}

/// Least, median and most.
pub(super) fn spread(values: &[f64]) -> [f64; 3] {
    Spread::of(values.to_vec()).map_or([0.0; 3], |spread| [spread.min, spread.median, spread.max])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_and_other_lines_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let lines =
            "{\"command\":\"x\"}\n{\"contest\":\"PUT\",\"tool\":\"k5\",\"bytes\":5,\"wall_s\":[3,1.5,2],\"peak_mib\":[9]}\n";
        std::fs::write(folder.path().join("a.jsonl"), lines).expect("written");
        let data = Measured::read(folder.path()).expect("read");
        let series = data.contest("PUT").expect("there");
        assert_eq!((series.len(), series[0].tool.as_str(), series[0].bytes), (1, "k5", Some(5)));
        assert_eq!(spread(&series[0].wall), [1.5, 2.0, 3.0]);
        assert!(data.contest("GET").is_err());
        std::fs::write(folder.path().join("a.jsonl"), "{\"contest\":\"PUT\"}\n").expect("written");
        assert!(Measured::read(folder.path()).is_err_and(|why| why.contains("a.jsonl:1")));
    }
}
