//! `k5`: the command line for Fujitsu K5 and plain OpenStack clouds.

mod args;
mod cloud;
mod commands;
mod exit;
mod input;
mod output;
mod progress;
mod trace;
mod url;

fn main() -> std::process::ExitCode {
    exit::run()
}
