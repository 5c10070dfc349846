//! The options that commands with transfers have in common.

use super::headers::{self, Header};
use super::transfer::Options;
use crate::commands::properties::Properties;
use crate::failure::{Failure, Outcome};
use crate::{input, url};
use std::num::NonZeroUsize;

/// How much runs at a time, and how fast.
#[derive(Debug, clap::Args)]
pub(crate) struct Speed {
    /// How many transfers run at a time: without this 16, and 32 of files up to 64 KiB
    #[arg(long, value_name = "NUMBER")]
    pub(crate) transfers: Option<NonZeroUsize>,
    /// How many segments or parts of one object are under way at a time; without this 4
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// How many bytes a second go at most: a number, or 512K, 10M
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) bwlimit: Option<u64>,
}

/// How large objects are stored.
#[derive(Debug, clap::Args)]
pub(crate) struct Segments {
    /// Bytes in a segment of a large object, or on the way down in a part: a number, or 512K, 64M, 5G; what is larger goes in several
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) segment_size: Option<u64>,
    /// The container that the segments of large objects go to; without this CONTAINER_segments
    #[arg(long, value_name = "NAME", value_parser = url::container)]
    pub(crate) segment_container: Option<String>,
    /// Make large objects dynamic ones, for clusters without static ones
    #[arg(long)]
    pub(crate) dynamic: bool,
}

/// What is stored beside the content.
#[derive(Debug, clap::Args)]
pub(crate) struct Headers {
    /// Store a header with what is uploaded or copied, such as Cache-Control=max-age=60; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = headers::parse)]
    pub(crate) header: Vec<Header>,
}

impl Headers {
    /// Refuses a header that is given twice.
    pub(crate) fn check(&self) -> Outcome {
        input::once("--header", self.header.iter().map(|header| header.name.as_str()))
    }
}

/// What copies and moves have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Take folders with all that is in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Overwrite nothing: an object or file that is there is an error
    #[arg(short, long, visible_alias = "if-none-match")]
    pub(crate) no_clobber: bool,
    #[command(flatten)]
    pub(crate) segments: Segments,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Begin anew, whatever an earlier run has left
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Media type of the objects; guessed from the name where it is left out
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    #[command(flatten)]
    pub(crate) properties: Properties,
    #[command(flatten)]
    pub(crate) headers: Headers,
    /// Let the objects expire after so long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    pub(crate) expire_after: Option<std::time::Duration>,
    /// Let the objects expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expire_after")]
    pub(crate) expire_at: Option<u64>,
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
            metadata: self.properties.property.clone(),
            headers: Vec::new(),
            delete_at: self.expire_at,
            delete_after: self.expire_after.map(|after| after.as_secs()),
            segment_size: self.segments.segment_size,
            segment_container: self.segments.segment_container.clone(),
            concurrency: self.speed.concurrency.map_or(0, NonZeroUsize::get),
            no_resume: self.no_resume,
            dynamic: self.segments.dynamic,
            make_container: true,
        };
        self.headers.check()?;
        let twice =
            |header: &Header, option: &str| Failure::usage(format!("--header {} and {option} say the same thing", header.name));
        for header in &self.headers.header {
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
