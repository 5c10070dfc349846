//! What the command line of `cargo xtask bench` asks for.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench transfer [options]

  --rounds N        so many rounds, each with every tool once (default 5)
  --size SIZE       what is transferred: 64MiB, 1GiB, ... (default 1GiB)
  --only PARTS      swift,nginx,tls,memory,small,start,check or all, with commas between (default: all but check, which takes a while);
                    prints the report unless --out is given
  --out FILE        where the report goes (default docs/benchmarks.md)
  --openrc FILE     `export OS_...=` lines of the cloud; without it the OS_* variables, without these tests/openstack/up.sh starts one
  --clients DIR     where swift, openstack and rclone are; without it tests/openstack/clients.sh installs them
  --programs DIR    measures the k5, floor and small-call of this folder instead of building them
  --dir DIR         where the files lie (default /var/tmp): needs about ten times the size

       cargo xtask bench md5 [--rounds N] [--seconds N]";

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Swift,
    Nginx,
    Tls,
    Memory,
    Small,
    Start,
    Check,
}

impl Part {
    const ALL: [(&'static str, Self); 7] = [
        ("swift", Self::Swift),
        ("nginx", Self::Nginx),
        ("tls", Self::Tls),
        ("memory", Self::Memory),
        ("small", Self::Small),
        ("start", Self::Start),
        ("check", Self::Check),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) bytes: u64,
    pub(crate) parts: Vec<Part>,
    /// `None`: standard output.
    pub(crate) out: Option<PathBuf>,
    pub(crate) openrc: Option<PathBuf>,
    pub(crate) clients: Option<PathBuf>,
    pub(crate) programs: Option<PathBuf>,
    pub(crate) folder: Option<PathBuf>,
    /// The options that decide what is measured, for the line that says how to measure it again.
    pub(crate) shown: String,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            rounds: 5,
            bytes: 1 << 30,
            parts: Part::ALL.iter().map(|(_, part)| *part).filter(|part| *part != Part::Check).collect(),
            out: Some(crate::workspace::root().join("docs/benchmarks.md")),
            openrc: None,
            clients: None,
            programs: None,
            folder: None,
            shown: String::new(),
        };
        let (mut only, mut out) = (false, None);
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let value = *arguments.next().ok_or_else(|| format!("{name} needs a value\n\n{USAGE}"))?;
            match *name {
                "--rounds" => options.rounds = value.parse().ok().filter(|n| *n > 0).ok_or_else(|| wrong(name, value))?,
                "--size" => options.bytes = size(value).ok_or_else(|| wrong(name, value))?,
                "--only" => {
                    options.parts = parts(value).ok_or_else(|| wrong(name, value))?;
                    only = true;
                }
                "--out" => out = Some(PathBuf::from(value)),
                "--openrc" => options.openrc = Some(value.into()),
                "--clients" => options.clients = Some(value.into()),
                "--programs" => {
                    options.programs = Some(value.into());
                    options.shown.push_str(" --programs DIR");
                }
                "--dir" => options.folder = Some(value.into()),
                other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
            }
            if matches!(*name, "--rounds" | "--size" | "--only") {
                options.shown.push_str(&format!(" {name} {value}"));
            }
        }
        if only || out.is_some() {
            options.out = out;
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn wrong(name: &str, value: &str) -> String {
    format!("{name} {value:?} makes no sense\n\n{USAGE}")
}

fn parts(value: &str) -> Option<Vec<Part>> {
    if value == "all" {
        return Some(Part::ALL.iter().map(|(_, part)| *part).collect());
    }
    value.split(',').map(|name| Part::ALL.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)).collect()
}

/// Bytes of `64MiB` or `1GiB`. Below 16 MiB there is nothing to measure.
fn size(value: &str) -> Option<u64> {
    let digits = value.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = value.split_at(digits);
    let shift = match unit {
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    (16 << 20..=5 << 30).contains(&bytes).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("64MiB"), Some(64 << 20));
        assert_eq!(size("1GiB"), Some(1 << 30));
        for wrong in ["", "64", "GiB", "1GB", "0GiB", "6GiB", "99999999999999999999GiB"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_default_leaves_out_the_cold_check_and_writes_the_document() {
        let options = Options::parse(&[]).expect("fine");
        assert!(options.wants(Part::Start) && !options.wants(Part::Check));
        assert!(options.out.is_some_and(|path| path.ends_with("docs/benchmarks.md")));
    }

    #[test]
    fn a_part_goes_to_standard_output_unless_told_otherwise() {
        let options = Options::parse(&["--only", "swift,check", "--rounds", "2", "--openrc", "/secret/place"]).expect("fine");
        assert_eq!((options.parts, options.out), (vec![Part::Swift, Part::Check], None));
        assert_eq!(options.shown, " --only swift,check --rounds 2");
        let options = Options::parse(&["--only", "all", "--out", "x.md"]).expect("fine");
        assert_eq!((options.parts.len(), options.out), (7, Some("x.md".into())));
    }

    #[test]
    fn nonsense_is_named() {
        for wrong in [&["--rounds", "0"], &["--size", "1"], &["--only", "swift,ftp"], &["--fast", "1"]] {
            let error = Options::parse(wrong).expect_err("wrong");
            assert!(error.contains(wrong[0]), "{error}");
        }
        assert!(Options::parse(&["--rounds"]).is_err());
    }
}
