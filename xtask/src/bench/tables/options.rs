//! The options of `cargo xtask bench tables`.

use super::super::options::{OBJECT, count, servers, size};
use super::super::peers::Server;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench tables [options]

  --rounds N        rounds of the queries, each with every store once (default 5)
  --scale N         scale factor of the tables (default 1)
  --put-size SIZE   the file that is stored in parts (default 2GiB)
  --put-rounds N    rounds of that (default 3)
  --only PARTS      queries,put,ballista, with commas between (default all); prints the report unless --out is given
  --on SERVERS      swift,emulator (default both)
  --out FILE        where to write the report (default docs/benchmarks-tables.md)
  --openrc FILE     `export OS_...=` lines of the cloud; without it the OS_* variables, without these tests/openstack/up.sh starts one
  --program FILE    measures this program instead of building the package beyond/bench
  --dir DIR         where to put files (default /var/tmp): needs about twice the put's size

Where AWS_ENDPOINT_URL is not set, tests/openstack/s3.sh starts a proxy of the same Swift with the S3 API, as root.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Queries,
    Put,
    Ballista,
}

const PARTS: [(&str, Part); 3] = [("queries", Part::Queries), ("put", Part::Put), ("ballista", Part::Ballista)];

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) scale: usize,
    pub(crate) put: u64,
    pub(crate) put_rounds: usize,
    pub(crate) parts: Vec<Part>,
    pub(crate) servers: Vec<Server>,
    /// `None`: standard output.
    pub(crate) out: Option<PathBuf>,
    pub(crate) openrc: Option<PathBuf>,
    pub(crate) program: Option<PathBuf>,
    pub(crate) folder: Option<PathBuf>,
    /// The options that decide what is measured, for the line that says how to repeat the measurement.
    pub(crate) shown: String,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            rounds: 5,
            scale: 1,
            put: 2 << 30,
            put_rounds: 3,
            parts: PARTS.iter().map(|(_, part)| *part).collect(),
            servers: Server::ALL.iter().map(|(_, server)| *server).collect(),
            out: Some(crate::workspace::root().join("docs/benchmarks-tables.md")),
            openrc: None,
            program: None,
            folder: None,
            shown: String::new(),
        };
        let (mut only, mut out) = (false, None);
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            let value = *arguments.next().ok_or(USAGE)?;
            let wrong = || format!("{name} {value:?} makes no sense\n\n{USAGE}");
            match *name {
                "--rounds" => options.rounds = count(value, 1000).ok_or_else(wrong)?,
                "--scale" => options.scale = count(value, 1000).ok_or_else(wrong)?,
                "--put-size" => options.put = size(value, OBJECT).ok_or_else(wrong)?,
                "--put-rounds" => options.put_rounds = count(value, 1000).ok_or_else(wrong)?,
                "--on" => options.servers = servers(value).ok_or_else(wrong)?,
                "--only" => {
                    options.parts = parts(value).ok_or_else(wrong)?;
                    only = true;
                }
                "--out" => out = Some(PathBuf::from(value)),
                "--openrc" => options.openrc = Some(value.into()),
                "--program" => options.program = Some(value.into()),
                "--dir" => options.folder = Some(value.into()),
                other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
            }
            if !matches!(*name, "--out" | "--openrc" | "--program" | "--dir") {
                options.shown.push_str(&format!(" {name} {value}"));
            }
        }
        if only || out.is_some() {
            options.out = out;
        }
        Ok(options)
    }

    /// Whether a part is selected that reads them.
    pub(crate) fn wants_tables(&self) -> bool {
        self.wants(Part::Queries) || self.wants(Part::Ballista)
    }

    pub(crate) fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn parts(value: &str) -> Option<Vec<Part>> {
    value.split(',').map(|name| PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_goes_to_standard_output_unless_told_otherwise() {
        let options = Options::parse(&["--only", "put,ballista", "--put-size", "64MiB", "--dir", "/d"]).expect("fine");
        assert_eq!((options.parts, options.put, options.out), (vec![Part::Put, Part::Ballista], 64 << 20, None));
        assert_eq!(options.shown, " --only put,ballista --put-size 64MiB");
        assert!(Options::parse(&[]).expect("fine").out.is_some_and(|path| path.ends_with("docs/benchmarks-tables.md")));
        for wrong in [&["--scale", "0"][..], &["--only", "md5"], &["--put-size", "6GiB"], &["--help"], &["--fast", "1"]] {
            assert!(Options::parse(wrong).expect_err("wrong").contains("usage"), "{wrong:?}");
        }
    }
}
