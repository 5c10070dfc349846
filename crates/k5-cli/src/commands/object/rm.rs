//! `k5 object rm`.

use super::destroy::{self, Extent};
use super::removal::{Removal, nothing_in};
use super::targets::Targets;
use crate::ask;
use crate::cloud::Connection;
use crate::commands::report::{Action, Done, Report, records};
use crate::failure::{Failure, Outcome, say};
use crate::globals::Globals;
use crate::output::Out;
use crate::progress::Bar;
use crate::tally::Tally;
use crate::url::SwiftUrl;

/// Remove objects
///
/// A large object is removed with its segments, wherever they are, unless --keep-segments is given. Segments that old versions of the
/// container or another object still consist of are kept, and reported; of a dynamic large object, so are objects whose names merely begin
/// as those of its segments do. Of a symbolic link, only the link is removed. With -r, each object is looked at, and those without segments
/// are removed many per request if the cluster can do that.
///
/// On a terminal, -r asks before it removes more than one object; --yes answers in advance. Without a terminal nothing is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    #[command(flatten)]
    targets: Targets,
    /// Remove folders with everything in them; a container itself stays
    #[arg(short, long)]
    recursive: bool,
    /// Remove only the manifest of a large object
    #[arg(long)]
    keep_segments: bool,
    /// Change nothing; print what would be removed, one object per line
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask before removing
    #[arg(short, long)]
    yes: bool,
    /// The default; accepted for scripts written for earlier versions
    #[arg(long, hide = true, conflicts_with = "keep_segments")]
    with_segments: bool,
}

impl Rm {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let urls = self.targets.urls()?;
        if let Some(url) = urls.iter().find(|url| !self.recursive && url.object.is_empty()) {
            return Err(Failure::usage(format!("{url} is a container: add -r to remove all objects in it")));
        }
        if self.dry_run {
            return self.plan(globals, connection, &urls).await;
        }
        let mut report = Report::new(globals, Action::Delete)?;
        if self.recursive && !self.agreed(connection, &urls).await? {
            say("nothing was removed");
            return Ok(());
        }
        let bar = Bar::new(self.recursive && !globals.no_progress && !globals.quiet && !report.fills_the_screen());
        let mut removal = Removal::new(connection.swift(), self.keep_segments, bar.clone(), &mut report);
        let ended = async {
            for url in &urls {
                match self.recursive {
                    true => removal.folder(url).await?,
                    false => removal.start(url.clone()).await?,
                }
            }
            removal.finish().await
        };
        let ended = ended.await;
        bar.finish();
        report.finish(ended)
    }

    /// Asks whether to remove what is in the folders, where there is somebody to ask and more than one object.
    async fn agreed(&self, connection: &Connection, urls: &[SwiftUrl]) -> Outcome<bool> {
        if self.yes || !ask::can_ask() {
            return Ok(true);
        }
        let mut extent = Extent::default();
        for url in urls {
            // What can't be listed fails when its turn comes, and the others are removed all the same.
            match destroy::extent(&connection.swift(), url).await {
                Err(failure) if failure.is_fatal() => return Err(failure),
                found => extent.add(found.unwrap_or_default()),
            }
        }
        if extent.objects <= 1 {
            return Ok(true);
        }
        let places = match urls {
            [one] => one.to_string(),
            several => format!("{} places", several.len()),
        };
        ask::confirm(&format!("remove {extent} in {places}"), false).await
    }

    /// Prints what would be removed.
    async fn plan(&self, globals: &Globals, connection: &Connection, urls: &[SwiftUrl]) -> Outcome {
        let (mut records, mut out, mut tally) = (records(globals, false)?, Out::new(), Tally::default());
        let mut print = |name: String, bytes: Option<u64>| {
            let planned = Done::deleted(Action::Delete, name, bytes);
            match &mut records {
                Some(records) => records.push(&planned.record()),
                None => out.line(&planned.line()),
            }
        };
        let swift = connection.swift();
        for url in urls {
            let found = match self.recursive {
                true => destroy::each(&swift, url, |name, bytes| print(name, Some(bytes))).await,
                false => Ok(0),
            };
            let looked = match found {
                Ok(found) if self.recursive && url.is_folder() => match found > 0 || url.object.is_empty() {
                    true => Ok(found),
                    false => Err(nothing_in(url)),
                },
                // Of a link, the link itself would be removed.
                Ok(found) => match swift.show_object_itself(&url.container, &url.object).await {
                    Ok(info) => print(url.full(), info.content_length).map(|()| found + 1),
                    Err(error) if error.is_not_found() && found > 0 => Ok(found),
                    Err(error) if error.is_not_found() && self.recursive => Err(nothing_in(url)),
                    Err(error) => Err(Failure::cloud(url, &error)),
                },
                Err(failure) => Err(failure),
            };
            match looked {
                Ok(found) => (0..found).try_for_each(|_| tally.count(Ok(())))?,
                Err(failure) => tally.count(Err(failure))?,
            }
        }
        match records {
            Some(records) => records.finish()?,
            None => out.finish()?,
        }
        tally.outcome()
    }
}
