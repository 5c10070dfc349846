//! `cargo xtask guide`: builds the user's guide into `target/guide`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match xtask_guide::build(&xtask_guide::root().join("target/guide")) {
        Ok(first) => {
            println!("{}", first.display());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
