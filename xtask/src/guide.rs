//! `cargo xtask guide`: builds the user's guide, by the package `xtask-guide`, so that no other command waits until mdBook is compiled.

use crate::{test, workspace};
use std::process::ExitCode;

/// Builds the guide into `target/guide`, and prints where its first page is.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    if let Some(argument) = arguments.first() {
        return Err(format!("cargo xtask guide takes nothing; what is {argument:?}?"));
    }
    let status = test::cargo(&workspace::root(), &["run", "--quiet", "--package", "xtask-guide"]).status();
    let status = status.map_err(|error| format!("cargo: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
