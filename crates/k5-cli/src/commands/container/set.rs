//! `k5 container set`.

use super::settings::{Settings, apply};
use crate::cloud::Connection;
use crate::commands::properties::PropertyChange;
use crate::failure::{Failure, Outcome};
use crate::url;

/// Change a container; anything not named stays as it is
#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The container
    #[arg(value_parser = url::container)]
    container: String,
    #[command(flatten)]
    properties: PropertyChange,
    #[command(flatten)]
    settings: Settings,
    /// Let only the project itself read and write
    #[arg(long, conflicts_with_all = ["public", "read_acl", "write_acl"])]
    private: bool,
    /// Stop keeping earlier versions
    #[arg(long, conflicts_with = "versions_location")]
    no_versions_location: bool,
}

impl Set {
    pub(super) async fn run(&self, connection: &Connection) -> Outcome {
        if self.settings.says_nothing() && self.properties.is_empty() && !self.private && !self.no_versions_location {
            return Err(Failure::usage("nothing to change: k5 container set --help shows what can be changed"));
        }
        self.properties.check()?;
        let mut call = apply!(&self.settings, self.properties.property(), connection.swift().update_container(&self.container));
        for name in &self.properties.remove {
            call = call.remove_metadata(name);
        }
        if self.private {
            call = call.remove_read_acl().remove_write_acl();
        }
        if self.no_versions_location {
            call = call.remove_versions_location();
        }
        call.send().await.map_err(|error| Failure::cloud(format_args!("container set {}", self.container), &error))
    }
}
