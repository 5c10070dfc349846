//! `k5 container delete`.

use crate::cloud::Connection;
use crate::commands::object::removal;
use crate::failure::{Failure, Outcome};
use crate::tally::Tally;
use crate::url;

/// Delete containers
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
    /// Delete the objects first
    #[arg(short, long)]
    recursive: bool,
}

impl Delete {
    pub(super) async fn run(&self, connection: &Connection) -> Outcome {
        let mut tally = Tally::default();
        for name in &self.container {
            if self.recursive {
                removal::remove_all(connection, name).await?;
            }
            let deleted = connection.swift().delete_container(name).send().await;
            tally.count(deleted.map_err(|error| Failure::cloud(format_args!("container delete {name}"), &error)))?;
        }
        tally.outcome()
    }
}
