//! `k5 container delete`.

use crate::ask;
use crate::cloud::Connection;
use crate::commands::object::destroy::{self, Extent};
use crate::commands::object::removal::Removal;
use crate::commands::report::{Action, Done, Report, number, records};
use crate::failure::{Failure, Outcome, REFUSED, say};
use crate::globals::Globals;
use crate::output::Out;
use crate::progress::Bar;
use crate::tally::Tally;
use crate::url::{self, SwiftUrl};

/// Delete containers
///
/// Only an empty container can be deleted; -r deletes the objects in it first. On a terminal, -r asks before it deletes more than one object;
/// --yes answers in advance. Without a terminal nothing is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
    /// Delete the objects first
    #[arg(short, long)]
    recursive: bool,
    /// Change nothing; print what would be deleted, one object or container per line
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask before deleting objects
    #[arg(short, long)]
    yes: bool,
}

impl Delete {
    pub(super) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if self.dry_run {
            return self.plan(globals, connection).await;
        }
        let mut report = Report::new(globals, Action::DeleteContainer)?;
        if self.recursive && !self.agreed(connection).await? {
            say("nothing was deleted");
            return Ok(());
        }
        let bar = Bar::new(self.recursive && !globals.no_progress && !globals.quiet && !report.fills_the_screen());
        let ended = async {
            for name in &self.container {
                if self.recursive && !empty(connection, name, &bar, &mut report).await? {
                    continue;
                }
                match connection.swift().delete_container(name).send().await {
                    Ok(_) => report.done(&Done::deleted(Action::DeleteContainer, format!("swift://{name}"), None))?,
                    Err(error) => report.failed(Failure::cloud(format_args!("container delete {name}"), &error))?,
                }
            }
            Ok(())
        };
        let ended = ended.await;
        bar.finish();
        report.finish(ended)
    }

    /// Asks whether to delete the objects in the containers, where there is somebody to ask and more than one object.
    async fn agreed(&self, connection: &Connection) -> Outcome<bool> {
        if self.yes || !ask::can_ask() {
            return Ok(true);
        }
        let mut extent = Extent::default();
        for name in &self.container {
            // What can't be listed fails when its turn comes, and the others are deleted all the same.
            match destroy::extent(&connection.swift(), &SwiftUrl::new(name, "")).await {
                Err(failure) if failure.is_fatal() => return Err(failure),
                found => extent.add(found.unwrap_or_default()),
            }
        }
        if extent.objects <= 1 {
            return Ok(true);
        }
        let containers = match self.container.as_slice() {
            [one] => format!("container {one}"),
            several => number(several.len() as u64, "container"),
        };
        ask::confirm(&format!("delete {containers} with {extent}"), false).await
    }

    /// Prints what would be deleted.
    async fn plan(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let (mut records, mut out, mut tally) = (records(globals, false)?, Out::new(), Tally::default());
        let mut print = |planned: Done| match &mut records {
            Some(records) => records.push(&planned.record()),
            None => out.line(&planned.line()),
        };
        for name in &self.container {
            let url = SwiftUrl::new(name, "");
            let planned = async {
                let found = match self.recursive {
                    true => {
                        let object = |name, bytes| print(Done::deleted(Action::Delete, name, Some(bytes)));
                        destroy::each(&connection.swift(), &url, object).await?
                    }
                    false => destroy::extent(&connection.swift(), &url).await?.objects,
                };
                if !self.recursive && found > 0 {
                    let failure = Failure::new(REFUSED, format!("container {name} is not empty"));
                    return Err(failure.with_hint(format!("k5 container delete -r {name} deletes its objects first.")));
                }
                print(Done::deleted(Action::DeleteContainer, format!("swift://{name}"), None))
            };
            tally.count(planned.await)?;
        }
        match records {
            Some(records) => records.finish()?,
            None => out.finish()?,
        }
        tally.outcome()
    }
}

/// Deletes the objects of a container. Says whether all of them are gone.
async fn empty(connection: &Connection, name: &str, bar: &Bar, report: &mut Report) -> Outcome<bool> {
    let before = report.failures();
    let mut removal = Removal::new(connection.swift(), false, bar.clone(), report);
    let listed = removal.list(&SwiftUrl::new(name, "")).await;
    removal.finish().await?;
    match listed {
        Err(failure) if failure.status() == 0 => return Err(failure),
        Err(failure) => report.failed(failure)?,
        Ok(_) => {}
    }
    Ok(report.failures() == before)
}
