//! `k5 object set`.

use crate::cloud::Connection;
use crate::commands::properties::PropertyChange;
use crate::failure::{Failure, Outcome};
use crate::input;
use crate::url::SwiftUrl;
use k5::object_storage::MetadataChange;

/// Change an object's metadata; anything not named stays as it is
#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The object: swift://CONTAINER/OBJECT
    url: SwiftUrl,
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
        let (container, object) = self.url.object()?;
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
        let changed = connection.swift().change_object_metadata(container, object, &change).await;
        changed.map_err(|error| Failure::cloud(&self.url, &error))
    }
}
