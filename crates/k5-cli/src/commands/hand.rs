//! Commands that are written by hand beside those of tables, because they stream, have several steps, or print something of
//! their own.

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::Globals;
use clap::ArgMatches;
use std::pin::Pin;

/// A command with arguments of its own.
pub(crate) trait HandWritten: clap::Args + Sized {
    /// Noun and verb: `keypair create`.
    const WORDS: &'static str;
    /// What the help ends with, one command a line.
    const EXAMPLES: &'static [&'static str] = &[];

    /// Carries it out.
    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome;
}

/// A command as the command line's tree holds it.
pub(crate) struct Hand {
    pub(crate) words: &'static str,
    pub(crate) examples: &'static [&'static str],
    pub(crate) arguments: fn(clap::Command) -> clap::Command,
    pub(crate) run: for<'a> fn(&'a Globals, &'a Connection, &'a ArgMatches) -> Running<'a>,
}

/// A command on its way.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

impl Hand {
    /// The command that `T` describes.
    pub(crate) const fn of<T: HandWritten + 'static>() -> Self {
        Self {
            words: T::WORDS,
            examples: T::EXAMPLES,
            arguments: |command| T::augment_args(command),
            run: |globals, connection, matches| {
                Box::pin(async move {
                    let command =
                        T::from_arg_matches(matches).map_err(|error| crate::failure::Failure::usage(error.to_string()))?;
                    command.run(globals, connection).await
                })
            },
        }
    }
}

/// Every command that is written by hand beside tables.
pub(crate) static HAND_WRITTEN: &[Hand] = &[Hand::of::<super::keypair::Create>()];
