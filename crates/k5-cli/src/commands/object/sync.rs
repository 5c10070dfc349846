//! `k5 object sync`.

use super::options::{Headers, Segments, Speed};
use super::patterns::Patterns;
use crate::ask;
use crate::cloud::Connection;
use crate::commands::report::{self, Done, Report, records};
use crate::failure::{Failure, Outcome, PARTLY, say};
use crate::globals::Globals;
use crate::input;
use crate::output::Out;
use crate::progress::Bar;
use crate::tally::Tally;
use crate::url::Place;
use k5::object_storage::sync::{Action, Compare, Event, Fact, Item, LeftOut, Links, Planned, Reason, Shard, Side, Summary};
use k5::object_storage::{Layout, Upload, sync};
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::time::Duration;

/// How many deletions need no question.
const FEW: u64 = 10;

/// Make one side like the other: a folder and a container, or two containers
///
/// Copies what the destination does not have, or has differently; what is the same is not touched. Each side is a folder here or
/// swift://CONTAINER[/FOLDER], and at least one of them is in the cloud; between containers, the server copies. With --delete, what the
/// source does not have is deleted, at the end and only if nothing failed before. After an interruption, the same command does the rest.
///
/// A file and an object are the same if they have the same size and time of change. The time goes along, as X-Object-Meta-Mtime in seconds;
/// rclone does the same, and after one of the two programs the other finds nothing to do. Times are compared as exactly as the coarser of
/// the two is kept: in whole seconds on a file system that keeps no fractions. Where only the time differs, the MD5s are compared, and if
/// they are the same, only the time is set. Learning an object's time takes one request each; with --checksum, size and MD5 are compared
/// instead, which a listing has, and times are left as they are. Large objects have no MD5, and are always compared by size and time.
///
/// --include and --exclude take patterns as in .gitignore, for names below the two roots: `*.log` anywhere, `/build/` at the root,
/// `!keep.log` as an exception from a pattern before it. What is excluded, or not included where something is, is left alone on both sides,
/// and never deleted. What .gitignore would skip is taken literally: a `#` at the beginning, a space at the end. A pattern that can't match
/// anything is refused.
///
/// Symbolic links are left out, with a note on stderr, unless --copy-links is given; so are devices, pipes and sockets. What the destination
/// has under the name of what is left out, or below it, is not deleted. --copy-links is about the source alone: at the destination no link
/// is followed, compared, replaced or deleted, unless the destination itself is one. With --links, a link NAME is stored as the object
/// NAME.rclonelink that holds its target, as rclone --links does, and such an object becomes a link again; patterns are compared with
/// NAME.rclonelink. Where a link, or anything else that is not a file, is in the way of a file, that is an error for the file; the others
/// go on.
///
/// Permissions and owners are not kept. Empty files are treated like any others. Empty folders, and the marks of folders in the cloud, are
/// neither created nor deleted; a folder that a deletion leaves empty is removed. A file whose name is not UTF-8 is an error of its own, and
/// so is an object whose name can't be a file here (such as `a//b` or `..`), or a file that changes while it is read. An object that is
/// listed but no longer there, since it has expired, is left out with a note. Unfinished downloads (NAME.k5-*.part) are left alone, and
/// segments of large objects are never deleted as extra objects.
///
/// --backup-dir keeps what is replaced or deleted, under the same name in another place: a container for a destination in the cloud, where
/// the server moves it, or a folder for a destination here. What can't be backed up stays as it is. The place must not be part of the source
/// or the destination, unless it is excluded with --exclude. With --max-delete, nothing is deleted if more than that number would be.
/// Without either of them, --delete asks on a terminal before it deletes more than 10; --yes answers in advance.
///
/// --header is stored with what is uploaded; an object that is the same already stays as it is.
///
/// Exit status: 0 if both sides are alike now, 4 if something failed or --max-delete prevented deletions, 2 if the options make no sense
/// (nothing is done then), 1 if a side can't be listed.
///
/// --dry-run prints the plan, one action per line: `copy NAME`, `touch NAME` (only the time), `delete NAME`; -o jsonl also says why, and
/// how many bytes.
#[derive(Debug, clap::Args)]
pub(crate) struct Sync {
    /// A folder, or swift://CONTAINER[/FOLDER]
    source: OsString,
    /// The same; created if it does not exist
    destination: OsString,
    /// Delete from the destination what the source does not have
    #[arg(long)]
    delete: bool,
    /// Delete nothing if more than this many would be deleted
    #[arg(long, value_name = "NUMBER", requires = "delete")]
    max_delete: Option<u64>,
    /// Do not ask before deleting many
    #[arg(short, long, requires = "delete", conflicts_with_all = ["dry_run", "max_delete", "backup_dir"])]
    yes: bool,
    /// Where to keep what is replaced or deleted: swift://CONTAINER[/FOLDER], or a folder for a destination here
    #[arg(long, value_name = "CONTAINER_OR_FOLDER")]
    backup_dir: Option<OsString>,
    /// Change nothing; print what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Compare sizes and MD5s, not times
    #[arg(long)]
    checksum: bool,
    /// Treat times this far apart as the same, beyond what the coarser of the two can tell: 2s, 1ms, 500us; 2s for FAT
    #[arg(long, value_name = "DURATION", value_parser = window, conflicts_with = "checksum")]
    modify_window: Option<Duration>,
    /// Only names that match, and what is below such folders; may be repeated
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Leave alone names that match, and what is below such folders; may be repeated
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Follow symbolic links in the source
    #[arg(short = 'L', long)]
    copy_links: bool,
    /// Store symbolic links as objects NAME.rclonelink, and turn such objects back into links
    #[arg(long, conflicts_with = "copy_links")]
    links: bool,
    #[command(flatten)]
    speed: Speed,
    /// Do only part I of N: N jobs, each with its own I from 1 to N, together do everything once
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    segments: Segments,
    #[command(flatten)]
    headers: Headers,
}

impl Sync {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let (from, to) = (side(&self.source)?, side(&self.destination)?);
        if let Side::Folder(path) = &from
            && !std::fs::metadata(path).map_err(|error| Failure::file(path.display(), &error))?.is_dir()
        {
            return Err(Failure::usage(format!("{} is not a folder: k5 object cp copies single files", path.display())));
        }
        self.check(&from, &to)?;
        let what = format!("{} -> {}", self.source.to_string_lossy(), self.destination.to_string_lossy());
        let names = Names { from: prefix_of(&from), to: prefix_of(&to) };
        // Bytes that go through this machine are counted as they go.
        let through_here = matches!((&from, &to), (Side::Folder(_), _) | (_, Side::Folder(_)));
        let backup = self.backup_dir.as_ref().map(side).transpose()?;
        let patterns = || Patterns::new(&self.include, &self.exclude);
        patterns()?;
        if self.dry_run {
            let sync = self.sync(connection, (from, to), patterns()?, backup, &Bar::new(false));
            return dry_run(globals, &what, &names, sync, self.max_delete).await;
        }
        let report = Report::of_sync(globals)?;
        let bar = Bar::new(!globals.no_progress && !globals.quiet && !report.fills_the_screen());
        let asks = self.delete && !self.yes && self.max_delete.is_none() && backup.is_none() && ask::can_ask();
        let begin = |most: Option<u64>| {
            let sync = self.sync(connection, (from.clone(), to.clone()), patterns()?, backup.clone(), &bar);
            Ok::<_, Failure>(most.into_iter().fold(sync, sync::Sync::max_delete))
        };
        let mut running = Running { what, names, bar: bar.clone(), report, through_here, asks, is_again: false };
        let ended = async {
            let first = running.run(begin(if asks { Some(FEW) } else { self.max_delete })?).await?;
            running.report.unchanged(first.unchanged);
            if !(asks && first.max_delete_exceeded && first.deleted == 0) {
                return Ok(first);
            }
            bar.finish();
            let question = format!("delete more than {FEW} in {} that {} does not have", running.names.to, running.names.from);
            match ask::confirm(&question, false).await? {
                true => {
                    running.is_again = true;
                    running.run(begin(None)?).await
                }
                false => Ok(first),
            }
        };
        let ended = ended.await;
        bar.finish();
        running.finish(ended)
    }

    /// What the options describe.
    fn sync(
        &self,
        connection: &Connection,
        (from, to): (Side, Side),
        patterns: Patterns,
        backup: Option<Side>,
        bar: &Bar,
    ) -> sync::Sync {
        let (up, down) = (bar.clone(), bar.clone());
        let (segment_size, concurrency, dynamic) = (self.segments.segment_size, self.speed.concurrency, self.segments.dynamic);
        let (segment_container, header) = (self.segments.segment_container.clone(), self.headers.header.clone());
        let mut sync = connection
            .swift()
            .sync(from, to)
            .compare(if self.checksum { Compare::Checksum } else { Compare::SizeAndTime })
            .delete(self.delete)
            .select(patterns)
            .links(self.links())
            .configure_upload(move |upload: Upload| {
                let upload = segment_size.into_iter().fold(upload, |upload, size| upload.segment_size(size));
                let upload = header.iter().fold(upload, |upload, header| header.on(upload));
                let upload = segment_container.iter().fold(upload, |upload, name| upload.segments_container(name));
                let upload = concurrency.into_iter().fold(upload, |upload, segments| upload.concurrency(segments.get()));
                let upload = upload.layout(if dynamic { Layout::Dynamic } else { Layout::Static });
                if up.is_shown() { upload.progress(up.track()) } else { upload }
            })
            .configure_fetch(move |fetch| {
                let fetch = segment_size.into_iter().fold(fetch, |fetch, size| fetch.part_size(size));
                let fetch = concurrency.into_iter().fold(fetch, |fetch, parts| fetch.concurrency(parts.get()));
                if down.is_shown() { fetch.progress(down.track()) } else { fetch }
            });
        if let Some(window) = self.modify_window {
            sync = sync.modify_window(window);
        }
        if let Some(most) = self.max_delete {
            sync = sync.max_delete(most);
        }
        if let Some(place) = backup {
            sync = sync.backup(place);
        }
        if let Some(transfers) = self.speed.transfers {
            sync = sync.transfers(transfers.get());
        }
        if let Some(shard) = self.shard {
            sync = sync.shard(shard);
        }
        if let Some(limit) = self.speed.bwlimit {
            sync = sync.bandwidth(limit);
        }
        sync
    }

    fn links(&self) -> Links {
        match (self.copy_links, self.links) {
            (true, _) => Links::Followed,
            (_, true) => Links::Stored,
            _ => Links::LeftOut,
        }
    }

    /// Refuses options that have no effect between these sides.
    fn check(&self, from: &Side, to: &Side) -> Outcome {
        let refuse = |option: &str, why: &str| Err(Failure::usage(format!("{option} can't be used here: {why}")));
        let (up, down) = (matches!(from, Side::Folder(_)), matches!(to, Side::Folder(_)));
        if self.copy_links && !up {
            return refuse("--copy-links", "it is about links in a source folder, and the source is in the cloud");
        }
        if self.segments.dynamic && !up {
            return refuse("--dynamic", "nothing is uploaded");
        }
        self.headers.check()?;
        if !self.headers.header.is_empty() && !up {
            return refuse("--header", "nothing is uploaded");
        }
        if self.headers.header.iter().any(|header| header.metadata() == Some("mtime")) {
            return refuse("--header X-Object-Meta-Mtime", "it is the time of change, which the sync stores itself");
        }
        if self.headers.header.iter().filter(|header| header.name.starts_with("x-delete-")).count() > 1 {
            return refuse("--header X-Delete-At", "X-Delete-After says the same thing");
        }
        if self.segments.segment_container.is_some() && !up {
            return refuse("--segment-container", "nothing is uploaded");
        }
        if up || down {
            return Ok(());
        }
        if self.links {
            return refuse("--links", "stored links are copied between containers like any other objects");
        }
        let given = [
            ("--segment-size", self.segments.segment_size.is_some()),
            ("--concurrency", self.speed.concurrency.is_some()),
            ("--bwlimit", self.speed.bwlimit.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => refuse(option, "between containers the server copies, and nothing goes through this machine"),
            None => Ok(()),
        }
    }
}

/// A duration that may be shorter than a second.
fn window(text: &str) -> Result<Duration, String> {
    let number = |unit| text.strip_suffix(unit)?.parse().ok();
    let short = number("ms").map(Duration::from_millis);
    let short = short.or_else(|| number("us").map(Duration::from_micros)).or_else(|| number("ns").map(Duration::from_nanos));
    match short {
        Some(duration) => Ok(duration),
        None => input::duration(text).map_err(|_| "expected a duration such as 2s, 1ms, 500us, 100ns, 1m".to_owned()),
    }
}

/// How names are told.
struct Names {
    from: String,
    to: String,
}

impl Names {
    fn failure(&self, name: &str, error: &k5::Error) -> Failure {
        Failure::transfer(format_args!("{}{name} -> {}{name}", self.from, self.to), error)
    }

    fn skipped(&self, name: &str, why: LeftOut) -> String {
        let advice =
            if why == LeftOut::SymbolicLink { "; links are followed with --copy-links, and stored with --links" } else { "" };
        format!("{}{name} is left out: {why}{advice}", self.from)
    }

    /// What was done, or is planned.
    fn done(&self, planned: &Planned) -> Done {
        let (action, reason) = match planned.action {
            Action::Copy(Reason::New) => (report::Action::Copy, "new"),
            Action::Copy(Reason::Size) => (report::Action::Copy, "size"),
            Action::Copy(Reason::Time) => (report::Action::Copy, "time"),
            Action::Copy(Reason::Content) => (report::Action::Copy, "content"),
            Action::SetTime => (report::Action::Touch, "time"),
            Action::Delete => (report::Action::Delete, "extra"),
            _ => (report::Action::Copy, "other"),
        };
        let side = planned.source.as_ref().or(planned.target.as_ref());
        let bytes = match side.map(|entry| &entry.size) {
            Some(Fact::Known(bytes) | Fact::Listed(bytes)) => *bytes,
            _ => 0,
        };
        let source = (planned.action != Action::Delete).then(|| format!("{}{}", self.from, planned.name));
        let destination = Some(format!("{}{}", self.to, planned.name));
        let more = [("name".to_owned(), planned.name.as_str().into()), ("reason".to_owned(), reason.into())].into_iter().collect();
        Done { action, source, destination, bytes: Some(bytes), more }
    }
}

fn prefix_of(side: &Side) -> String {
    match side {
        Side::Folder(path) => format!("{}/", path.display().to_string().trim_end_matches('/')),
        Side::Objects { container, prefix } => format!("swift://{container}/{prefix}"),
        other => format!("{other:?}"),
    }
}

fn side(text: &OsString) -> Outcome<Side> {
    match Place::parse(text)? {
        Place::Local(path) => Ok(Side::Folder(path)),
        Place::Swift(url) => {
            url.check()?;
            let prefix = if url.object.is_empty() { String::new() } else { url.folder_prefix() };
            Ok(Side::Objects { container: url.container, prefix })
        }
        Place::Std => Err(Failure::usage("stdin and stdout are not folders: k5 object cp copies them")),
    }
}

async fn dry_run(globals: &Globals, what: &str, names: &Names, sync: sync::Sync, max_delete: Option<u64>) -> Outcome {
    let failed = |error: k5::Error| Failure::cloud(what, &error);
    let (mut records, mut out, mut tally) = (records(globals, true)?, Out::new(), Tally::default());
    let mut plan = sync.plan().await.map_err(failed)?;
    let mut deletions = 0;
    while let Some(item) = plan.next().await.map_err(failed)? {
        match item {
            Item::Planned(planned) => {
                tally.count(Ok(()))?;
                deletions += u64::from(planned.action == Action::Delete);
                let done = names.done(&planned);
                match &mut records {
                    Some(records) => records.push(&done.record())?,
                    None => out.line(&format!("{} {}", done.action.word(), planned.name))?,
                }
            }
            Item::Skipped { name, why } => say(names.skipped(&name, why)),
            Item::Failed { name, error } => tally.count(Err(names.failure(&name, &error)))?,
            _ => {}
        }
    }
    match records {
        Some(records) => records.finish()?,
        None => out.finish()?,
    }
    if max_delete.is_some_and(|most| deletions > most) {
        return Err(Failure::new(PARTLY, too_many(false)));
    }
    // A sync in which something failed was done in part, however much there was to do.
    tally.outcome().map_err(|_| Failure::reported(PARTLY))
}

/// What was to be copied is, but not all is deleted. `some`: more came up after they were counted.
fn too_many(some: bool) -> String {
    let more = if some { "nothing more" } else { "nothing" };
    format!("{more} is deleted: it would be more than --max-delete allows")
}

/// A sync and what it has done.
struct Running {
    what: String,
    names: Names,
    bar: Bar,
    report: Report,
    through_here: bool,
    /// Whether too many deletions are a question.
    asks: bool,
    /// Whether it runs for the second time, after the answer: what is left out was told then.
    is_again: bool,
}

impl Running {
    async fn run(&mut self, sync: sync::Sync) -> Outcome<Summary> {
        let Self { what, names, bar, report, through_here, is_again, .. } = self;
        let mut fatal = None;
        let outcome = Box::pin(sync.run(|event| {
            let counted = match event {
                Event::Done(planned) => {
                    bar.done();
                    bar.done_in_cloud(if *through_here { 0 } else { planned.bytes() });
                    report.done(&names.done(&planned))
                }
                Event::Skipped { .. } if *is_again => Ok(()),
                Event::Skipped { name, why } => report.left_out(&names.skipped(&name, why)),
                Event::Failed { name, error } => {
                    bar.done();
                    report.failed(names.failure(&name, &error))
                }
                _ => Ok(()),
            };
            match counted {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    fatal = Some(failure);
                    ControlFlow::Break(())
                }
            }
        }))
        .await;
        match fatal {
            Some(failure) => Err(failure),
            None => outcome.map_err(|error| Failure::cloud(what, &error)),
        }
    }

    fn finish(self, ended: Outcome<Summary>) -> Outcome {
        let summary = match ended {
            Ok(summary) => summary,
            Err(failure) => return self.report.finish(Err(failure)),
        };
        let withheld = summary.deletions_withheld;
        if summary.max_delete_exceeded {
            say(if self.asks { "nothing is deleted".to_owned() } else { too_many(summary.deleted > 0) });
        } else if withheld {
            say("nothing more is deleted, since something failed: run the same command again to do the rest");
        }
        match self.report.finish(Ok(())) {
            Ok(()) if summary.max_delete_exceeded => Err(Failure::reported(PARTLY)),
            // A sync in which something failed was done in part, however much there was to do.
            Err(failure) if failure.status() != 0 => Err(Failure::reported(PARTLY)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_may_be_short() {
        for (text, nanoseconds) in
            [("2s", 2_000_000_000), ("2", 2_000_000_000), ("1ms", 1_000_000), ("500us", 500_000), ("7ns", 7), ("0", 0)]
        {
            assert_eq!(window(text), Ok(Duration::from_nanos(nanoseconds)), "{text}");
        }
        for text in ["", "ms", "1.5s", "-1s", "1 s", "1xs"] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
