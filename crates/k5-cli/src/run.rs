//! How the program runs and ends: the arguments, the runtime, signals, which command, and what is printed at the end.

use crate::cli::{Cli, Command};
use crate::cloud::Connection;
use crate::commands::table::{self, Chosen};
use crate::commands::{completion, help};
use crate::failure::{Failure, INTERRUPTED, Outcome, REFUSED, TERMINATED, USAGE};
use crate::globals::Globals;
use crate::{progress, trace};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::process::ExitCode;
use std::task::Poll;

/// Reads the arguments and carries them out.
pub(crate) fn run() -> ExitCode {
    if completion::answer(std::env::args_os(), whole) {
        return ExitCode::SUCCESS;
    }
    let wanted = match parse() {
        Ok(wanted) => wanted,
        Err(error) if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Failure::command_line(&error).report();
            return ExitCode::from(USAGE);
        }
        Err(error) => {
            if let Some(outcome) = explained(&error) {
                return match outcome {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(failure) => {
                        failure.report();
                        ExitCode::from(failure.status())
                    }
                };
            }
            let error = help::of(error, whole);
            // Nobody may be there to read the help.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    trace::start(wanted.globals().verbose);
    let outcome = match wanted {
        Wanted::Own(cli) => without_cloud(&cli).unwrap_or_else(|| with_runtime(*cli)),
        Wanted::Other(globals, chosen) => chosen.and_then(|chosen| {
            let work = async {
                let connection = Connection::open(&globals).await?;
                let outcome = match chosen {
                    Chosen::Table(plan) => Box::pin(plan.carry_out(&connection)).await,
                    Chosen::Hand(hand, matches) => (hand.run)(&globals, &connection, &matches).await,
                };
                connection.close().await;
                outcome
            };
            on_runtime(false, until_signal(work))
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.status())
        }
    }
}

/// What the arguments ask for.
enum Wanted {
    /// A command of the program's own.
    Own(Box<Cli>),
    /// One of a table, or written by hand beside them.
    Other(Box<Globals>, Outcome<Chosen>),
}

impl Wanted {
    fn globals(&self) -> &Globals {
        match self {
            Self::Own(cli) => &cli.globals,
            Self::Other(globals, _) => globals,
        }
    }
}

/// The whole command line: the program's own commands and those of the tables.
fn whole() -> clap::Command {
    table::add_to(Cli::command())
}

fn parse() -> Result<Wanted, clap::Error> {
    let words: Vec<OsString> = std::env::args_os().collect();
    // Most lines mean a command of a table, for which the program's own commands need not be made.
    let tables = table::add_needed(Globals::augment_args(clap::Command::new("k5")), &words);
    if let Ok(matches) = tables.try_get_matches_from(&words) {
        let globals = Globals::from_arg_matches(&matches)?;
        if let Some(chosen) = table::chosen(&globals, &matches) {
            return Ok(Wanted::Other(Box::new(globals), chosen));
        }
    }
    let mut command = table::add_needed(Cli::command(), &words);
    let mut matches = command.try_get_matches_from_mut(words)?;
    let globals = Globals::from_arg_matches(&matches)?;
    match table::chosen(&globals, &matches) {
        Some(chosen) => Ok(Wanted::Other(Box::new(globals), chosen)),
        None => Cli::from_arg_matches_mut(&mut matches)
            .map(|cli| Wanted::Own(Box::new(cli)))
            .map_err(|error| error.format(&mut command)),
    }
}

/// The help of an operation, if that is what was asked for: `k5 api compute.create_server --help`.
fn explained(error: &clap::Error) -> Option<Outcome> {
    if error.kind() != ErrorKind::DisplayHelp {
        return None;
    }
    let words = std::env::args_os().filter(|word| word != "--help" && word != "-h");
    let matches = whole().try_get_matches_from(words).ok()?;
    match Cli::from_arg_matches(&matches).ok()?.command {
        Command::Api(command) => command.explain(),
        _ => None,
    }
}

fn with_runtime(cli: Cli) -> Outcome {
    let threads = wants_threads(&cli);
    match threads {
        // A server ends by a signal, and in its own way.
        true => on_runtime(threads, carry_out(cli)),
        false => on_runtime(threads, until_signal(carry_out(cli))),
    }
}

fn on_runtime(threads: bool, work: impl Future<Output = Outcome>) -> Outcome {
    let built = match threads {
        true => tokio::runtime::Builder::new_multi_thread().enable_io().enable_time().build(),
        false => tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build(),
    };
    let runtime = built.map_err(|error| Failure::new(REFUSED, format!("the runtime can't start: {error}")))?;
    let outcome = runtime.block_on(work);
    // What a command left on the screen, for it may have been interrupted.
    progress::clear();
    // Dropping tasks removes unfinished files; a thread that waits for stdin is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Runs the command to its end, or drops it at Ctrl-C or SIGTERM.
async fn until_signal(command: impl Future<Output = Outcome>) -> Outcome {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::new(REFUSED, format!("signals can't be caught: {error}")));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut command = Box::pin(command);
    std::future::poll_fn(|cx| {
        if let Poll::Ready(outcome) = command.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        if interrupt.poll_recv(cx).is_ready() {
            return Poll::Ready(Err(Failure::new(
                INTERRUPTED,
                "interrupted: what was finished stays; run the same command again to do the rest",
            )));
        }
        match terminate.poll_recv(cx).is_ready() {
            true => Poll::Ready(Err(Failure::new(TERMINATED, "terminated by a signal; what was done stays"))),
            false => Poll::Pending,
        }
    })
    .await
}

/// Carries out what needs neither a cloud nor a runtime.
fn without_cloud(cli: &Cli) -> Option<Outcome> {
    match &cli.command {
        Command::Completion(command) => Some(command.run(whole())),
        Command::Man(command) => Some(command.run(whole())),
        Command::Help(command) => Some(command.run(whole())),
        Command::Api(command) if command.skeleton => Some(command.print_skeleton(&cli.globals)),
        Command::Api(command) if command.list => Some(command.print_list(&cli.globals)),
        _ => None,
    }
}

/// Whether the command serves others and so wants all cores; one that only waits for a server does with one thread.
fn wants_threads(cli: &Cli) -> bool {
    matches!(cli.command, Command::Emulator(_))
}

/// Carries out the command.
async fn carry_out(cli: Cli) -> Outcome {
    let Cli { globals, command } = cli;
    if let Command::Emulator(command) = command {
        return Box::pin(command.run()).await;
    }
    if let Command::Configure(command) = command {
        return Box::pin(command.run(&globals)).await;
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
        Command::Configure(_) | Command::Emulator(_) | Command::Completion(_) | Command::Man(_) | Command::Help(_) => Ok(()),
    }
}
