//! `k5 container`.

mod create;
mod delete;
mod list;
mod set;
mod settings;
pub(crate) mod show;

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::Globals;
use crate::url;

/// Commands on containers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Create(create::Create),
    List(list::ListArgs),
    /// Show a container's totals, access lists and metadata
    Show {
        /// The container
        #[arg(value_parser = url::container)]
        container: String,
    },
    Set(Box<set::Set>),
    Delete(delete::Delete),
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::Create(create) => create.run(globals, connection).await,
            Self::List(list) => list.run(globals, connection).await,
            Self::Show { container } => show::print(globals, connection, container).await,
            Self::Set(set) => {
                globals.no_output("this command prints no list")?;
                set.run(connection).await
            }
            Self::Delete(delete) => {
                globals.no_output("this command prints no list")?;
                delete.run(connection).await
            }
        }
    }
}
