//! The workspace's own commands: `cargo xtask <command>`.

mod bench;
mod coverage;
mod exports;
mod fuzz;
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
  bench transfer             k5 beside curl, rclone, python-swiftclient and others; writes docs/benchmarks.md
  bench md5                  hashing of one stream and of many at once beside OpenSSL; prints a table
  bench page                 decoding of 10,000 servers beside jq; prints a table
  bench tables               SQL over Parquet through SwiftStore, S3 and opendal; writes docs/benchmarks-tables.md";

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
        Some((&"bench", rest)) => bench::run(rest),
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
