//! Commands that are written by hand beside those of tables, because they stream, have several steps, or print something of
//! their own.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::input;
use crate::output::RecordShape;
use clap::ArgMatches;
use serde_json::Value;
use std::pin::Pin;
use std::time::Duration;

/// Between two looks at what is waited for.
pub(crate) const PAUSE: Duration = Duration::from_millis(900);

/// A command with arguments of its own.
pub(crate) trait HandWritten: clap::Args + Sized {
    /// Noun and verb: `keypair create`.
    const WORDS: &'static str;
    /// What the help says of the words before the verb, where no table says it.
    const GROUP: &'static str = "";
    /// What the help ends with, one command a line.
    const EXAMPLES: &'static [&'static str] = &[];

    /// Carries it out.
    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome;
}

/// A command as the command line's tree holds it.
pub(crate) struct Hand {
    pub(crate) words: &'static str,
    pub(crate) group: &'static str,
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
            group: T::GROUP,
            examples: T::EXAMPLES,
            arguments: |command| T::augment_args(command),
            run: |globals, connection, matches| {
                Box::pin(async move {
                    let command = T::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
                    command.run(globals, connection).await
                })
            },
        }
    }
}

/// The options of waiting, as the commands of tables have them.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Wait {
    /// Wait until it is done
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long to wait at most: 90, 15m, 2h [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = input::duration, requires = "wait")]
    wait_timeout: Option<Duration>,
}

impl Wait {
    /// How long to wait at most.
    pub(crate) fn limit(self) -> Duration {
        self.wait_timeout.unwrap_or(Duration::from_secs(30 * 60))
    }
}

/// A record of something that was created. It is printed when this is dropped, at the latest, so that an interrupted or failing
/// command still says what there is now.
pub(crate) struct Unprinted(Option<(RecordShape, Value)>);

impl Unprinted {
    /// What there is now.
    pub(crate) fn new(shape: RecordShape, record: Value) -> Self {
        Self(Some((shape, record)))
    }

    /// Takes what is known by now in place of what was.
    pub(crate) fn set(&mut self, record: Value) {
        if let Some((_, known)) = &mut self.0 {
            *known = record;
        }
    }

    /// Prints it.
    pub(crate) fn print(mut self) -> Outcome {
        self.0.take().map_or(Ok(()), |(shape, record)| shape.print(record))
    }
}

impl Drop for Unprinted {
    fn drop(&mut self) {
        if let Some((shape, record)) = self.0.take() {
            // There is nobody to tell that nobody can be told.
            let _ = shape.print(record);
        }
    }
}

/// A document as JSON, to be printed.
pub(crate) fn json(document: &impl serde::Serialize) -> Outcome<Value> {
    serde_json::to_value(document).map_err(|error| Failure::new(REFUSED, format!("the answer can't be written as JSON: {error}")))
}
