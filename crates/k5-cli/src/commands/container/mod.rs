//! `k5 container`.

mod create;
mod delete;
mod list;
mod save;
mod set;
mod settings;
pub(crate) mod show;
mod unset;

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::Globals;

/// Commands on containers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Create(create::Create),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_alias = "stat")]
    Show(show::Show),
    Save(save::Save),
    Set(Box<set::Set>),
    Unset(unset::Unset),
    #[command(visible_alias = "rm")]
    Delete(delete::Delete),
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::Create(create) => create.run(globals, connection).await,
            Self::List(list) => list.run(globals, connection).await,
            Self::Show(show) => show.run(globals, connection).await,
            Self::Save(save) => save.run(globals, connection).await,
            Self::Set(set) => {
                globals.no_output("this command prints no list")?;
                set.run(connection).await
            }
            Self::Unset(unset) => {
                globals.no_output("this command prints no list")?;
                unset.run(connection).await
            }
            Self::Delete(delete) => delete.run(globals, connection).await,
        }
    }
}
