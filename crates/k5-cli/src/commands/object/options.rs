//! The options that copies and moves have in common.

use super::headers::{self, Header};
use super::transfer::Options;
use crate::failure::{Failure, Outcome};
use crate::input;
use std::num::NonZeroUsize;

/// What copies and moves have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Take folders with all that is in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// How many transfers run at a time: without this 16, and 32 of files up to 64 KiB
    #[arg(long, value_name = "NUMBER")]
    pub(crate) transfers: Option<NonZeroUsize>,
    /// Overwrite nothing: an object or file that is there is an error
    #[arg(short, long, visible_alias = "if-none-match")]
    pub(crate) no_clobber: bool,
    /// Bytes in a segment of a large object; what is larger goes in segments: a number, or 512K, 64M, 5G
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) segment_size: Option<u64>,
    /// The container that the segments of large objects go to; without this CONTAINER_segments
    #[arg(long, value_name = "NAME", value_parser = crate::url::container)]
    pub(crate) segment_container: Option<String>,
    /// How many segments or parts of one object are under way at a time; without this 4
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// Begin anew, whatever an earlier run has left
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Make large objects dynamic ones, for clusters without static ones
    #[arg(long)]
    pub(crate) dynamic: bool,
    /// Media type of the objects; guessed from the name where it is left out
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Set an item of metadata; may be repeated
    #[arg(long, visible_alias = "metadata", value_name = "NAME=VALUE", value_parser = input::pair)]
    pub(crate) property: Vec<(String, String)>,
    /// Store a header with the objects, such as Cache-Control=max-age=60; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = headers::parse)]
    pub(crate) header: Vec<Header>,
    /// Let the objects expire after so long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    pub(crate) expire_after: Option<std::time::Duration>,
    /// Let the objects expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expire_after")]
    pub(crate) expire_at: Option<u64>,
    /// How many bytes a second go at most: a number, or 512K, 10M
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) bwlimit: Option<u64>,
    /// Change nothing; write what would be done, a transfer a line
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With -r, store symbolic links as such, in objects NAME.rclonelink that hold where they lead, and make links of those
    #[arg(long)]
    pub(crate) links: bool,
}

impl Common {
    pub(crate) fn options(&self) -> Outcome<Options> {
        let mut options = Options {
            verify: true,
            no_clobber: self.no_clobber,
            move_source: false,
            content_type: self.content_type.clone(),
            metadata: self.property.clone(),
            headers: Vec::new(),
            delete_at: self.expire_at,
            delete_after: self.expire_after.map(|after| after.as_secs()),
            segment_size: self.segment_size,
            segment_container: self.segment_container.clone(),
            concurrency: self.concurrency.map_or(0, NonZeroUsize::get),
            no_resume: self.no_resume,
            dynamic: self.dynamic,
            make_container: true,
        };
        input::once("--header", self.header.iter().map(|header| header.name.as_str()))?;
        let twice =
            |header: &Header, option: &str| Failure::usage(format!("--header {} and {option} say the same thing", header.name));
        for header in &self.header {
            match (header.name.as_str(), header.metadata()) {
                (_, Some(item)) => options.metadata.push((item.to_owned(), header.value.clone())),
                ("content-type", _) if options.content_type.is_some() => return Err(twice(header, "--content-type")),
                ("content-type", _) => options.content_type = Some(header.value.clone()),
                ("x-delete-at" | "x-delete-after", _) if options.delete_at.is_some() || options.delete_after.is_some() => {
                    return Err(twice(header, "another time of expiry"));
                }
                ("x-delete-at", _) => options.delete_at = header.value.parse().ok(),
                ("x-delete-after", _) => options.delete_after = header.value.parse().ok(),
                _ => options.headers.push(header.clone()),
            }
        }
        input::once("--property", options.metadata.iter().map(|(name, _)| name.as_str()))?;
        Ok(options)
    }
}
