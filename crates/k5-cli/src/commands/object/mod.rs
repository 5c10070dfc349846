//! `k5 object`.

mod cat;
mod check;
mod copy;
mod cp;
mod create;
pub(crate) mod destroy;
mod files;
mod gc_segments;
mod headers;
mod jobs;
mod links;
mod ls;
mod missing;
mod mv;
mod options;
mod patterns;
mod plan;
pub(crate) mod removal;
mod rm;
pub(crate) mod save;
mod set;
mod stat;
mod store;
mod sync;
mod targets;
mod temp_url;
mod totals;
mod transfer;
mod usage;
mod walk;

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::Globals;

/// Commands on objects.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Cp(Box<cp::Cp>),
    Sync(Box<sync::Sync>),
    Mv(Box<mv::Mv>),
    #[command(visible_alias = "list")]
    Ls(ls::Ls),
    Cat(cat::Cat),
    #[command(visible_alias = "show")]
    Stat(stat::Stat),
    Set(set::Set),
    Unset(set::Unset),
    Create(create::Create),
    Save(save::Save),
    #[command(visible_alias = "delete")]
    Rm(rm::Rm),
    TempUrl(temp_url::Sign),
    GcSegments(gc_segments::GcSegments),
    /// Show and change the account
    #[command(subcommand)]
    Store(store::Command),
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if matches!(self, Self::Cat(_) | Self::Set(_) | Self::Unset(_) | Self::TempUrl(_)) {
            globals.no_output("this command prints no list")?;
        }
        match self {
            Self::Cp(command) => command.run(globals, connection).await,
            Self::Sync(command) => command.run(globals, connection).await,
            Self::Mv(command) => command.run(globals, connection).await,
            Self::Ls(command) => command.run(globals, connection).await,
            Self::Cat(command) => command.run(connection).await,
            Self::Stat(command) => command.run(globals, connection).await,
            Self::Set(command) => command.run(connection).await,
            Self::Unset(command) => command.run(connection).await,
            Self::Create(command) => command.run(globals, connection).await,
            Self::Save(command) => command.run(globals, connection).await,
            Self::Rm(command) => command.run(globals, connection).await,
            Self::TempUrl(command) => command.run(connection).await,
            Self::GcSegments(command) => command.run(globals, connection).await,
            Self::Store(command) => command.run(globals, connection).await,
        }
    }
}
