//! `k5 account`.

use crate::cloud::Connection;
use crate::commands::properties::PropertyChange;
use crate::commands::shown::Shown;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::input;
use crate::output::{Column, Kind};
use serde_json::json;
use std::path::PathBuf;

/// openstackclient's, and then what else is known.
const FIELDS: &[Column] = &[
    Column::new("account", "Account"),
    Column::new("bytes_used", "Bytes").kind(Kind::Bytes),
    Column::new("container_count", "Containers").kind(Kind::Number),
    Column::new("object_count", "Objects").kind(Kind::Number),
    Column::new("metadata", "properties"),
    Column::field("timestamp").kind(Kind::Time),
];

/// How many of them are openstackclient's.
const USUAL: usize = 5;

/// Commands on the account.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show the account's totals and metadata
    #[command(visible_alias = "stat")]
    Show,
    Set(Set),
    Unset(Unset),
}

/// Remove items of the account's metadata
#[derive(Debug, clap::Args)]
pub(crate) struct Unset {
    /// Remove an item of metadata; may be repeated
    #[arg(long, required = true, value_name = "NAME", value_parser = input::name)]
    property: Vec<String>,
}

/// Change the account's metadata; anything not named stays as it is
#[derive(Debug, clap::Args)]
// Options of a flattened struct are none of its group by themselves, so that all are named.
#[group(required = true, multiple = true, args = ["property", "remove", "temp_url_key_file", "temp_url_key_2_file"])]
pub(crate) struct Set {
    #[command(flatten)]
    properties: PropertyChange,
    /// Set the key that signs temporary URLs: the first line of this file, or of stdin for -
    #[arg(long, value_name = "FILE|-")]
    temp_url_key_file: Option<PathBuf>,
    /// Set the second key for temporary URLs
    #[arg(long, value_name = "FILE|-")]
    temp_url_key_2_file: Option<PathBuf>,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::Show => show(globals, connection).await,
            Self::Set(set) => {
                globals.no_output("this command prints no list")?;
                set.run(connection).await
            }
            Self::Unset(unset) => {
                globals.no_output("this command prints no list")?;
                unset.run(connection).await
            }
        }
    }
}

async fn show(globals: &Globals, connection: &Connection) -> Outcome {
    let mut shown = Shown::new(globals, FIELDS, USUAL, false)?;
    let info = connection.swift().show_account().send().await.map_err(|error| Failure::cloud("account show", &error))?;
    shown.push(json!({
        "account": connection.account().await?,
        "container_count": info.container_count,
        "object_count": info.object_count,
        "bytes_used": info.bytes_used,
        "timestamp": info.timestamp.as_ref().map(k5::Timestamp::as_str),
        "metadata": info.metadata,
    }))?;
    shown.finish()
}

impl Unset {
    async fn run(&self, connection: &Connection) -> Outcome {
        input::once("--property", self.property.iter().map(String::as_str))?;
        let call = connection.swift().update_account();
        let call = self.property.iter().fold(call, |call, name| call.remove_metadata(name));
        call.send().await.map_err(|error| Failure::cloud("account unset", &error))
    }
}

impl Set {
    async fn run(&self, connection: &Connection) -> Outcome {
        self.properties.check()?;
        let mut update = connection.swift().update_account();
        for (name, value) in self.properties.property() {
            update = update.metadata(name, value);
        }
        for name in &self.properties.remove {
            update = update.remove_metadata(name);
        }
        if let Some(path) = &self.temp_url_key_file {
            update = update.temp_url_key(&input::secret(path)?);
        }
        if let Some(path) = &self.temp_url_key_2_file {
            update = update.temp_url_key_2(&input::secret(path)?);
        }
        update.send().await.map_err(|error| Failure::cloud("account set", &error))
    }
}
