//! `k5 man DIR`.

use crate::failure::{Failure, Outcome};
use std::path::PathBuf;

/// Write the manual pages into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The folder; created if it does not exist
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, program: clap::Command) -> Outcome {
        let written = std::fs::create_dir_all(&self.directory).and_then(|()| clap_mangen::generate_to(program, &self.directory));
        written.map_err(|error| Failure::file(self.directory.display(), &error))
    }
}
