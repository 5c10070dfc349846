//! `k5 object store account`: openstackclient's name for `k5 account`.

use crate::cloud::Connection;
use crate::commands::account;
use crate::failure::Outcome;
use crate::globals::Globals;

/// Commands on the object store as a whole.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show and change the account; the same as `k5 account`
    #[command(subcommand)]
    Account(account::Command),
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::Account(command) => command.run(globals, connection).await,
        }
    }
}
