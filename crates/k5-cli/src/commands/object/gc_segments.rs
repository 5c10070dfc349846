//! `k5 object gc-segments`.

use crate::ask;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, PARTLY, say};
use crate::globals::{Format, Globals};
use crate::input;
use crate::output::{Column, Kind, List};
use crate::url::SwiftUrl;
use k5::object_storage::transfer::Orphans;
use std::time::Duration;

const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
    Column::new("last_modified", "Last Modified").kind(Kind::Time),
];

/// Remove segments that no large object uses any more
///
/// They are left behind by uploads that were never finished, and by manifests that were deleted or replaced without their segments. Every
/// object of the account is looked at, including old versions, since any of them may be a manifest: that takes one request each. Segments
/// that no manifest refers to are listed, and removed after another look; on a terminal, after a question as well. Only objects with names that an upload in segments
/// gives are ever removed. An object that can't be looked at is named, and what was stored for it stays.
#[derive(Debug, clap::Args)]
pub(crate) struct GcSegments {
    /// The container whose segments (in CONTAINER_segments) are checked: swift://CONTAINER
    url: SwiftUrl,
    /// Only uploads that have stored nothing for this long, by the server's clock: 90s, 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = input::duration)]
    older_than: Duration,
    /// Do not ask before removing
    #[arg(short, long)]
    yes: bool,
    /// Only list them
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

impl GcSegments {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        self.url.check()?;
        if !self.url.object.is_empty() {
            return Err(Failure::usage(format!("{}: expected a container, such as swift://{}", self.url, self.url.container)));
        }
        let swift = connection.swift();
        let failed = |error: k5::Error| Failure::cloud(&self.url, &error);
        let Orphans { segments: found, unreadable, .. } =
            swift.orphaned_segments(&self.url.container, self.older_than).await.map_err(failed)?;
        let odd = unreadable.len();
        for (object, error) in unreadable {
            Failure::cloud(format_args!("swift://{object} can't be looked at, so what was stored for it stays"), &error).report();
        }
        let outcome = if odd == 0 { Ok(()) } else { Err(Failure::reported(PARTLY)) };
        let bytes: u64 = found.iter().map(|object| object.bytes).sum();
        let mut list = List::new(globals, Format::Value, COLUMNS, 1, true)?;
        found.iter().try_for_each(|object| list.push(object))?;
        list.finish()?;
        if found.is_empty() || self.dry_run {
            return outcome;
        }
        if !ask::confirm(&format!("remove {} segments ({bytes} bytes)", found.len()), self.yes).await? {
            return outcome;
        }
        let removed = swift.remove_orphaned_segments(&self.url.container, &found).await.map_err(failed)?;
        say(format!("{removed} segments removed"));
        outcome
    }
}
