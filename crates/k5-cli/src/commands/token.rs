//! `k5 token`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Kind, RecordShape, without_nulls};
use serde_json::json;

const FIELDS: &[Column] =
    &[Column::field("expires").kind(Kind::Time), Column::field("id"), Column::field("project_id"), Column::field("user_id")];

/// Commands on tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Log in and show the token, which is a secret
    Issue,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Self::Issue = self;
        let shape = RecordShape::complete(globals, FIELDS)?;
        let token = connection.token("token issue").await?;
        let Some(token) = token else {
            return Err(Failure::usage("token issue: the configuration has a token, which is used as it is; none is issued"));
        };
        shape.print(without_nulls(json!({
            "expires": token.details.expires(),
            "id": token.secret.expose(),
            "project_id": token.project_id(),
            "user_id": token.details.user.id,
        })))
    }
}
