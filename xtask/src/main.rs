//! The workspace's own commands: `cargo xtask <command>`.

mod bench;
mod coverage;
mod dist;
mod exports;
mod fuzz;
mod guide;
mod package;
mod plots;
mod record;
mod regen;
mod render;
mod rows;
mod scan;
mod soak;
mod spec;
mod test;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  regen                      render the spec tables into code and documents
  regen --check              report what differs from what the tables would render; exit status 1 if anything does
  coverage                   how many documented rows have an operation and a test
  coverage --json            every row as JSON
  coverage \"Object storage 4\"  one row: its operation, method and tests
  test                       all tests, and on a Debian machine as root those on real OpenStack
  test --require-openstack   the same; fails if those can't be started
  soak                       10,000 random sequences of operations, and some through the command line
  soak --sequences N --seed S --commands N  this many, from this seed
  fuzz --seconds N           every fuzz target for this long, on a nightly compiler with cargo-fuzz
  guide                      the user's guide as HTML, in target/guide
  package                    every crate as it would be published: packed, unpacked elsewhere and tested there
  package --check            the same, compiled but not run
  dist                       what a release consists of, in target/dist/release: a static program, a Debian package, their sums
  dist --try                 the same, tried in an empty folder as root folder and, on Debian as root, installed in a new Debian
  bench transfer             k5 beside curl, rclone, python-swiftclient and others; writes docs/benchmarks.md
  bench commands             k5 beside openstackclient on a real cloud; writes docs/benchmarks-commands.md
  bench hour                 the first command, a cold check and a dev build, in a fresh clone; writes docs/benchmarks-hour.md
  bench md5                  hashing of one stream and of many at once beside OpenSSL; prints a table
  bench page                 decoding of 10,000 servers beside jq; prints a table
  bench tables               SQL over Parquet through SwiftStore, S3 and opendal; writes docs/benchmarks-tables.md
  plots                      draws docs/plots from the benchmark's data; --check says which picture is not up to date
  record                     writes docs/plots/session.svg, a terminal session, from what the commands print";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // A command is a module with a `run`; it gets one line here and one in `USAGE`.
    let outcome = match arguments.split_first() {
        Some((&"regen", rest)) => regen::run(rest),
        Some((&"coverage", rest)) => coverage::run(rest),
        Some((&"test", rest)) => test::run(rest),
        Some((&"soak", rest)) => soak::run(rest),
        Some((&"fuzz", rest)) => fuzz::run(rest),
        Some((&"guide", rest)) => guide::run(rest),
        Some((&"package", rest)) => package::run(rest),
        Some((&"dist", rest)) => dist::run(rest),
        Some((&"bench", rest)) => bench::run(rest),
        Some((&"plots", rest)) => plots::run(rest),
        Some((&"record", rest)) => record::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
