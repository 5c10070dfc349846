//! `k5 token`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::Record;

/// Commands on tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Log in and show the token, which is a secret
    Issue,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Self::Issue = self;
        let token = connection.token("token issue").await?;
        let Some(token) = token else {
            return Err(Failure::usage("token issue: the configuration has a token, which is used as it is; none is issued"));
        };
        Record::new()
            .with("expires", token.details.expires())
            .with("id", token.secret.expose())
            .with("project_id", token.project_id())
            .with("user_id", token.details.user.id.as_str())
            .print(globals)
    }
}
