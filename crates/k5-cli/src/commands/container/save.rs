//! `k5 container save`.

use crate::cloud::Connection;
use crate::commands::object::save;
use crate::failure::Outcome;
use crate::globals::Globals;
use crate::url;

/// Save all objects of a container to files below the current folder
///
/// The same as `k5 object cp -r swift://CONTAINER .`: each object becomes a file of its name, and nothing is written outside the current
/// folder or through a symbolic link.
#[derive(Debug, clap::Args)]
pub(crate) struct Save {
    /// The container
    #[arg(value_parser = url::container)]
    container: String,
}

impl Save {
    pub(super) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        save::all_of(globals, connection, &self.container).await
    }
}
