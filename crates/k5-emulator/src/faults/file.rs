//! Scripts of faults as TOML.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::{Fault, Faults, Kind, Rule, StatusFault};

/// Why a script of faults could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultsError {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The text is not TOML, or has an unknown key.
    #[error("{0}")]
    Syntax(String),
    /// A rule makes no sense.
    #[error("rule {number}: {reason}")]
    Rule {
        /// Which rule, counted from one.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    method: Option<String>,
    path: Option<String>,
    header: Option<String>,
    nth: Option<u64>,
    first: Option<u64>,
    every: Option<u64>,
    probability: Option<f64>,
    times: Option<u64>,
    fault: String,
    after: Option<u64>,
    duration: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    limit: Option<usize>,
    name: Option<String>,
}

impl Faults {
    /// Reads a script from a file.
    ///
    /// # Errors
    /// Fails if the file can't be read, or is not a script.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FaultsError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|source| FaultsError::Read { path: path.display().to_string(), source })?;
        text.parse()
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let script: Script = toml::from_str(text).map_err(|error| FaultsError::Syntax(error.to_string()))?;
        let mut faults = Self::new().seed(script.seed);
        for (index, rule) in script.rule.into_iter().enumerate() {
            let rule = rule.rule().map_err(|reason| FaultsError::Rule { number: index + 1, reason })?;
            faults = faults.rule(rule);
        }
        Ok(faults)
    }
}

impl RuleText {
    fn rule(self) -> Result<Rule, String> {
        let fault = self.fault()?;
        let mut rule = Rule::path(self.path.as_deref().unwrap_or_default()).then(fault);
        rule.method = self.method;
        rule = match self.header.as_deref().map(|header| header.split_once(':').ok_or(header)) {
            None => rule,
            Some(Ok((name, value))) => rule.with_header_value(name.trim(), value.trim()),
            Some(Err(name)) => rule.with_header(name.trim()),
        };
        rule = match (self.nth, self.first, self.every, self.probability) {
            (None, None, None, None) => rule,
            (Some(n), None, None, None) => rule.nth(n),
            (None, Some(n), None, None) => rule.first(n),
            (None, None, Some(n), None) => rule.every(n),
            (None, None, None, Some(p)) => rule.probability(p),
            _ => return Err("only one of nth, first, every and probability".into()),
        };
        rule.times = self.times;
        Ok(rule)
    }

    fn fault(&self) -> Result<Fault, String> {
        let after = self.after.unwrap_or_default();
        let pause = || match &self.duration {
            Some(text) => duration(text).ok_or_else(|| format!("`{text}` is not a duration such as `250ms` or `2s`")),
            None => Err(format!("`{}` needs a duration", self.fault)),
        };
        let status = || {
            let status = self.status.ok_or_else(|| format!("`{}` needs a status", self.fault))?;
            if !(200..=999).contains(&status) {
                return Err(format!("{status} is not a status of an answer"));
            }
            let mut status = StatusFault::new(status);
            status.headers = self.headers.clone().into_iter().collect();
            status.body.clone_from(&self.body);
            Ok(status)
        };
        Ok(Fault(match self.fault.as_str() {
            "status" => Kind::Status(status()?),
            "reject" => Kind::Reject { after, status: status()? },
            "close" => Kind::Close { after: self.after },
            "reset" => Kind::Reset { after },
            "truncate" => Kind::Truncate { after },
            "wrong_etag" => Kind::WrongEtag,
            "corrupt" => Kind::Corrupt { at: after },
            "stall_read" => Kind::StallRead { after, pause: pause()? },
            "stall_write" => Kind::StallWrite { after, pause: pause()? },
            "delay" => Kind::Delay(pause()?),
            "no_100" => Kind::NoContinue(pause()?),
            "lose_answer" => Kind::LoseAnswer,
            "page_limit" => match self.limit {
                Some(limit) if limit > 0 => Kind::PageLimit(limit),
                _ => return Err("`page_limit` needs a limit of at least 1".into()),
            },
            "set_header" if self.headers.is_empty() => return Err("`set_header` needs headers".into()),
            "set_header" => Kind::Headers(self.headers.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()),
            "remove_header" => match &self.name {
                Some(name) => Kind::Headers(vec![(name.clone(), None)]),
                None => return Err("`remove_header` needs a name".into()),
            },
            other => return Err(format!("`{other}` is not a fault")),
        }))
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: u64 = text[..unit].trim().parse().ok()?;
    match &text[unit..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_as_written() {
        let faults: Faults = r#"
            seed = 7
            [[rule]]
            method = "PUT"
            path = "/v1/*/c/*"
            header = "X-Colour: red"
            first = 2
            times = 1
            fault = "status"
            status = 503
            headers = { Retry-After = "1" }
            [[rule]]
            fault = "stall_write"
            after = 10
            duration = "250ms"
        "#
        .parse()
        .unwrap();
        assert_eq!(faults.len(), 2);
        assert_eq!(faults.seed, 7);
        assert!(matches!(&faults.rules[0].fault.0, Kind::Status(status) if status.headers.len() == 1));
        assert!(matches!(
            faults.rules[1].fault.0,
            Kind::StallWrite { after: 10, pause } if pause == Duration::from_millis(250)
        ));
    }

    #[test]
    fn mistakes_are_named() {
        for (script, said) in [
            ("[[rule]]\nfault = \"explode\"", "rule 1: `explode` is not a fault"),
            ("[[rule]]\nfault = \"delay\"", "rule 1: `delay` needs a duration"),
            ("[[rule]]\nfault = \"delay\"\nduration = \"soon\"", "`soon` is not a duration"),
            ("[[rule]]\nfault = \"close\"\nnth = 1\nfirst = 2", "only one of"),
            ("[[rule]]\nfault = \"close\"\ntypo = 1", "typo"),
            ("[[rule]]\nfault = \"page_limit\"", "`page_limit` needs a limit"),
            ("[[rule]]\nfault = \"page_limit\"\nlimit = 0", "`page_limit` needs a limit"),
            ("[[rule]]\nfault = \"set_header\"", "`set_header` needs headers"),
            ("[[rule]]\nfault = \"remove_header\"", "`remove_header` needs a name"),
        ] {
            let error = script.parse::<Faults>().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
