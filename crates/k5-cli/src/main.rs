//! `k5`: the command line for Fujitsu K5 and plain OpenStack clouds.
//!
//! Each file knows only of those to the left of it: `progress` <- `failure`, `trace` <- `ask`, `input`, `url`, `stdio`, `tally` <- `globals` <- `output` <-
//! `cloud` <- `commands` <- `cli` <- `run`.

#[cfg(not(unix))]
compile_error!("the command line needs a Unix, such as Linux or macOS: terminals, processes and files are used as they are there");

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
