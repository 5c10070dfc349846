//! The commands, by noun.

mod account;
mod api;
mod catalog;
mod completion;
mod container;
mod doctor;
mod emulator;
mod man;
mod object;
mod token;

use crate::args::{Args, Globals};
use crate::cloud::Connection;
use crate::exit::Outcome;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Objects: copy, list, remove, and what is known of them
    #[command(subcommand)]
    Object(object::Command),
    /// Containers
    #[command(subcommand)]
    Container(container::Command),
    /// The object storage account
    #[command(subcommand)]
    Account(account::Command),
    /// Tokens
    #[command(subcommand)]
    Token(token::Command),
    /// The catalogue of services
    #[command(subcommand)]
    Catalog(catalog::Command),
    Api(api::Api),
    Doctor(doctor::Doctor),
    /// A cloud in one process, for first steps and tests
    #[command(subcommand)]
    Emulator(emulator::Command),
    Completion(completion::Completion),
    Man(man::Man),
}

/// Carries out what needs neither a cloud nor a runtime.
pub(crate) fn without_cloud(args: &Args) -> Option<Outcome> {
    match &args.command {
        Command::Completion(command) => Some(command.run()),
        Command::Man(command) => Some(command.run()),
        Command::Api(command) if command.list => Some(command.print_list(&args.globals)),
        _ => None,
    }
}

/// Whether the command serves others and so wants all cores; one that only waits for a server does with one thread.
pub(crate) fn wants_threads(args: &Args) -> bool {
    matches!(args.command, Command::Emulator(_))
}

/// Carries out the command.
pub(crate) async fn run(args: Args) -> Outcome {
    let Args { globals, command } = args;
    if let Command::Emulator(command) = command {
        return Box::pin(command.run()).await;
    }
    let connection = match (Connection::open(&globals).await, &command) {
        (Err(failure), Command::Doctor(doctor)) => return doctor.without_cloud(&globals, &failure),
        (opened, _) => opened?,
    };
    let outcome = Box::pin(with_cloud(&globals, &command, &connection)).await;
    connection.close().await;
    outcome
}

async fn with_cloud(globals: &Globals, command: &Command, connection: &Connection) -> Outcome {
    match command {
        Command::Object(command) => command.run(globals, connection).await,
        Command::Container(command) => command.run(globals, connection).await,
        Command::Account(command) => command.run(globals, connection).await,
        Command::Token(command) => command.run(globals, connection).await,
        Command::Catalog(command) => command.run(globals, connection).await,
        Command::Api(command) => command.run(globals, connection).await,
        Command::Doctor(command) => command.run(globals, connection).await,
        Command::Emulator(_) | Command::Completion(_) | Command::Man(_) => Ok(()),
    }
}
