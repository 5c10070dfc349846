//! `k5`: the command line for Fujitsu K5 and plain OpenStack clouds.
//!
//! Each file knows only of those to the left of it: `progress` <- `failure`, `trace` <- `ask`, `input`, `url`, `stdio`, `tally` <- `globals` <- `output` <-
//! `cloud` <- `commands` <- `cli` <- `run`.

mod ask;
mod cli;
mod cloud;
mod commands;
mod failure;
mod globals;
mod input;
mod output;
mod progress;
mod run;
mod stdio;
mod tally;
mod trace;
mod url;

fn main() -> std::process::ExitCode {
    run::run()
}
