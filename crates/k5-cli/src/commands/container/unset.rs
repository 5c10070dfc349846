//! `k5 container unset`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::{input, url};

/// Remove items of a container's metadata
#[derive(Debug, clap::Args)]
pub(crate) struct Unset {
    /// The container
    #[arg(value_parser = url::container)]
    container: String,
    /// Remove an item of metadata; may be repeated
    #[arg(long, required = true, value_name = "NAME", value_parser = input::name)]
    property: Vec<String>,
}

impl Unset {
    pub(super) async fn run(&self, connection: &Connection) -> Outcome {
        input::once("--property", self.property.iter().map(String::as_str))?;
        let call = connection.swift().update_container(&self.container);
        let call = self.property.iter().fold(call, |call, name| call.remove_metadata(name));
        call.send().await.map_err(|error| Failure::cloud(format_args!("container unset {}", self.container), &error))
    }
}
