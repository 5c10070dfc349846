//! `k5 object set`.

use super::missing::explained;
use super::targets::Targets;
use crate::cloud::Connection;
use crate::commands::properties::PropertyChange;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::tally::Tally;
use crate::url::SwiftUrl;
use k5::object_storage::MetadataChange;

/// Change the metadata of objects; anything not named stays as it is
#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    change: Change,
}

#[derive(Debug, clap::Args)]
// Options of a flattened struct are none of its group by themselves, so that all are named.
#[group(required = true, multiple = true, args = ["property", "remove", "content_type", "content_disposition", "content_encoding", "expire_after", "expire_at", "no_expire"])]
struct Change {
    #[command(flatten)]
    properties: PropertyChange,
    /// The media type
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// What a browser is to do with it, such as attachment; filename=a.txt
    #[arg(long, value_name = "TEXT")]
    content_disposition: Option<String>,
    /// The encoding, such as gzip; the content is not changed
    #[arg(long, value_name = "TEXT")]
    content_encoding: Option<String>,
    /// Let it expire after this long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration, conflicts_with_all = ["expire_at", "no_expire"])]
    expire_after: Option<std::time::Duration>,
    /// Let it expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "no_expire")]
    expire_at: Option<u64>,
    /// Let it no longer expire
    #[arg(long)]
    no_expire: bool,
}

impl Set {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        let urls = self.targets.objects()?;
        let asked = &self.change;
        asked.properties.check()?;
        let after = asked.expire_after.map(|after| input::now().saturating_add(after.as_secs()));
        let mut change = MetadataChange::new();
        change.set = asked.properties.property().iter().cloned().collect();
        change.remove.clone_from(&asked.properties.remove);
        change.content_type.clone_from(&asked.content_type);
        change.delete_at = asked.expire_at.or(after);
        change.keep_for_ever = asked.no_expire;
        change.content_disposition.clone_from(&asked.content_disposition);
        change.content_encoding.clone_from(&asked.content_encoding);
        apply(connection, &urls, &change).await
    }
}

/// Remove items of the metadata of objects
#[derive(Debug, clap::Args)]
pub(crate) struct Unset {
    #[command(flatten)]
    targets: Targets,
    /// Remove an item of metadata; may be repeated
    #[arg(long, required = true, value_name = "NAME", value_parser = input::name)]
    property: Vec<String>,
}

impl Unset {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        let urls = self.targets.objects()?;
        input::once("--property", self.property.iter().map(String::as_str))?;
        let mut change = MetadataChange::new();
        change.remove.clone_from(&self.property);
        apply(connection, &urls, &change).await
    }
}

async fn apply(connection: &Connection, urls: &[SwiftUrl], change: &MetadataChange) -> Outcome {
    let mut tally = Tally::default();
    for url in urls {
        let (container, object) = url.object()?;
        let changed = connection.swift().change_object_metadata(container, object, change).await;
        tally.count(match changed {
            Ok(()) => Ok(()),
            Err(error) => Err(explained(&connection.swift(), url, &error, Failure::cloud(url, &error)).await),
        })?;
    }
    tally.outcome()
}
