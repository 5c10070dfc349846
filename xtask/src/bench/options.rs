//! The command-line options of `cargo xtask bench`.

use super::peers::Server;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench transfer [options]

  --rounds N        number of rounds, each with every tool once (default 5)
  --size SIZE       what is transferred: 64MiB, 1GiB, ... (default 1GiB)
  --only PARTS      swift,nginx,tls,memory,small,start,check,large,stdin,many,list,sizes or all, with commas between (default: all but check,
                    which takes a while); prints the report unless --out is given
  --on SERVERS      where large, stdin, many and list run: swift,emulator (default both)
  --large-size SIZE     the large object, also for stdin: up to 5GiB (default 5GiB)
  --large-rounds N      rounds of large and stdin (default 1)
  --sparse-size SIZE    the source of zeros that large sends to the emulator (default 64GiB)
  --files N         how many files of 4 KiB many transfers (default 10000)
  --names N         how many names list lists (default 1000000)
  --many-rounds N   rounds of many and list (default 3)
  --out FILE        where to write the report (default docs/benchmarks.md)
  --openrc FILE     `export OS_...=` lines of the cloud; without it the OS_* variables, without these tests/openstack/up.sh starts one
  --clients DIR     where swift, openstack and rclone are; without it tests/openstack/clients.sh installs them
  --programs DIR    measures the k5, floor and small-call of this folder instead of building them
  --dir DIR         where to put files (default /var/tmp): needs about ten times the size, and at least four times the large size

sizes takes place on the emulator. In large, stdin, many and list, curl, rclone, python-swiftclient and opendal are measured beside k5 on each of the servers. list
writes names into the database of a container, for which real Swift must be that of tests/openstack/up.sh (K5_OPENSTACK_DIR) and the
user root.
Only these four, with small sizes, to see whether everything works:
  cargo xtask bench transfer --only large,stdin,many,list --large-size 256MiB --sparse-size 4GiB --files 500 --names 20000 --many-rounds 1

       cargo xtask bench commands [--rounds N] [--out FILE] [--openrc FILE] [--clients DIR] [--programs DIR]
       cargo xtask bench hour [--rounds N] [--size MIB] [--out FILE]
       cargo xtask bench md5 [--rounds N] [--seconds N]
       cargo xtask bench page [--rounds N] [--servers N]
       cargo xtask bench tables [options]     its own options: cargo xtask bench tables --help";

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
    Large,
    Stdin,
    Many,
    List,
    Sizes,
}

impl Part {
    /// The parts with several peers on several servers.
    const PEERS: [Self; 5] = [Self::Large, Self::Stdin, Self::Many, Self::List, Self::Sizes];

    const ALL: [(&'static str, Self); 12] = [
        ("swift", Self::Swift),
        ("nginx", Self::Nginx),
        ("tls", Self::Tls),
        ("memory", Self::Memory),
        ("small", Self::Small),
        ("start", Self::Start),
        ("check", Self::Check),
        ("large", Self::Large),
        ("stdin", Self::Stdin),
        ("many", Self::Many),
        ("list", Self::List),
        ("sizes", Self::Sizes),
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
    /// Where the parts with several peers run.
    pub(crate) servers: Vec<Server>,
    pub(crate) large: u64,
    pub(crate) large_rounds: usize,
    pub(crate) sparse: u64,
    pub(crate) files: usize,
    pub(crate) names: usize,
    pub(crate) many_rounds: usize,
    /// `None`: standard output.
    pub(crate) out: Option<PathBuf>,
    pub(crate) openrc: Option<PathBuf>,
    pub(crate) clients: Option<PathBuf>,
    pub(crate) programs: Option<PathBuf>,
    pub(crate) folder: Option<PathBuf>,
    /// The options that decide what is measured, for the line that says how to repeat the measurement.
    pub(crate) shown: String,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            rounds: 5,
            bytes: 1 << 30,
            parts: Part::ALL.iter().map(|(_, part)| *part).filter(|part| *part != Part::Check).collect(),
            servers: Server::ALL.iter().map(|(_, server)| *server).collect(),
            large: 5 << 30,
            large_rounds: 1,
            sparse: 64 << 30,
            files: 10_000,
            names: 1_000_000,
            many_rounds: 3,
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
                "--rounds" => options.rounds = count(value, 1000).ok_or_else(|| wrong(name, value))?,
                "--large-rounds" => options.large_rounds = count(value, 1000).ok_or_else(|| wrong(name, value))?,
                "--many-rounds" => options.many_rounds = count(value, 1000).ok_or_else(|| wrong(name, value))?,
                // Folders hold a hundred of them each.
                "--files" => options.files = count(value, 1_000_000).ok_or_else(|| wrong(name, value))?,
                // The names have seven digits.
                "--names" => options.names = count(value, 10_000_000).ok_or_else(|| wrong(name, value))?,
                "--size" => options.bytes = size(value, OBJECT).ok_or_else(|| wrong(name, value))?,
                // Smaller objects have no segments.
                "--large-size" => {
                    options.large = size(value, OBJECT).filter(|size| *size > 128 << 20).ok_or_else(|| wrong(name, value))?;
                }
                "--sparse-size" => options.sparse = size(value, 1 << 40).ok_or_else(|| wrong(name, value))?,
                "--on" => options.servers = servers(value).ok_or_else(|| wrong(name, value))?,
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
            if !matches!(*name, "--out" | "--openrc" | "--clients" | "--programs" | "--dir") {
                options.shown.push_str(&format!(" {name} {value}"));
            }
        }
        if only || out.is_some() {
            options.out = out;
        }
        Ok(options)
    }

    /// Whether a part is selected in which all peers take part.
    pub(crate) fn has_peers(&self) -> bool {
        Part::PEERS.iter().any(|part| self.wants(*part))
    }

    /// Whether a part is selected that `--on` places.
    fn runs_anywhere(&self) -> bool {
        Part::PEERS.iter().any(|part| *part != Part::Sizes && self.wants(*part))
    }

    /// Whether the real cloud is needed.
    pub(crate) fn wants_cloud(&self) -> bool {
        self.wants(Part::Swift) || self.wants(Part::Start) || (self.runs_anywhere() && self.servers.contains(&Server::Swift))
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

pub(crate) fn servers(value: &str) -> Option<Vec<Server>> {
    value.split(',').map(|name| Server::ALL.iter().find(|(known, _)| *known == name).map(|(_, server)| *server)).collect()
}

pub(crate) fn count(value: &str, most: usize) -> Option<usize> {
    value.parse().ok().filter(|count| (1..=most).contains(count))
}

/// The maximum number of bytes of an object without segments.
pub(crate) const OBJECT: u64 = 5 << 30;

/// The bytes of `64MiB` or `1GiB`. Below 16 MiB there is nothing to measure.
pub(crate) fn size(value: &str, most: u64) -> Option<u64> {
    let digits = value.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = value.split_at(digits);
    let shift = match unit {
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    (16 << 20..=most).contains(&bytes).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("64MiB", OBJECT), Some(64 << 20));
        assert_eq!(size("1GiB", OBJECT), Some(1 << 30));
        assert_eq!(size("64GiB", 1 << 40), Some(64 << 30));
        for wrong in ["", "64", "GiB", "1GB", "0GiB", "6GiB", "99999999999999999999GiB"] {
            assert_eq!(size(wrong, OBJECT), None, "{wrong}");
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
        assert_eq!((options.parts.len(), options.out), (12, Some("x.md".into())));
    }

    #[test]
    fn the_real_cloud_is_needed_only_where_it_takes_part() {
        let options = Options::parse(&["--only", "large,list", "--on", "emulator"]).expect("fine");
        assert!(options.has_peers() && !options.wants_cloud());
        assert_eq!(options.shown, " --only large,list --on emulator");
        assert!(Options::parse(&["--only", "many"]).expect("fine").wants_cloud());
        assert!(!Options::parse(&["--only", "nginx"]).expect("fine").has_peers());
    }

    #[test]
    fn nonsense_is_named() {
        for wrong in [
            &["--rounds", "0"],
            &["--size", "1"],
            &["--large-size", "128MiB"],
            &["--large-size", "6GiB"],
            &["--files", "0"],
            &["--names", "10000001"],
            &["--on", "swift,nginx"],
            &["--only", "swift,ftp"],
            &["--fast", "1"],
        ] {
            let error = Options::parse(wrong).expect_err("wrong");
            assert!(error.contains(wrong[0]), "{error}");
        }
        assert!(Options::parse(&["--rounds"]).is_err());
    }
}
