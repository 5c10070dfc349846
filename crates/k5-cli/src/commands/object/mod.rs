//! `k5 object`.

mod cat;
mod check;
mod copy;
mod cp;
mod files;
mod gc_segments;
mod headers;
mod jobs;
mod links;
mod ls;
mod mv;
mod options;
mod patterns;
mod plan;
pub(crate) mod removal;
mod rm;
mod set;
mod stat;
mod sync;
mod temp_url;
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
    Ls(ls::Ls),
    Cat(cat::Cat),
    #[command(visible_alias = "show")]
    Stat(stat::Stat),
    Set(set::Set),
    #[command(visible_alias = "delete")]
    Rm(rm::Rm),
    TempUrl(temp_url::Sign),
    GcSegments(gc_segments::GcSegments),
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if matches!(self, Self::Cat(_) | Self::Set(_) | Self::Rm(_) | Self::TempUrl(_)) {
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
            Self::Rm(command) => command.run(connection).await,
            Self::TempUrl(command) => command.run(connection).await,
            Self::GcSegments(command) => command.run(globals, connection).await,
        }
    }
}
