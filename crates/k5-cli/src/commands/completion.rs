//! `k5 completion SHELL`.

use crate::failure::Outcome;
use clap_complete::Shell;
use std::io::Write;

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completion {
    pub(crate) fn run(&self, mut program: clap::Command) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "k5", &mut script);
        Ok(std::io::stdout().write_all(&script)?)
    }
}
