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
    /// Number of transfers at a time; by default 16, and 32 for files up to 64 KiB
    #[arg(long, value_name = "NUMBER")]
    pub(crate) transfers: Option<NonZeroUsize>,
    /// Number of segments or parts of one object at a time; by default 4
    #[arg(long, value_name = "NUMBER")]
    pub(crate) concurrency: Option<NonZeroUsize>,
    /// Limit in bytes per second: a number, or 512K, 10M
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) bwlimit: Option<u64>,
}

/// How large objects are stored.
#[derive(Debug, clap::Args)]
pub(crate) struct Segments {
    /// Size of the segments of large objects, or of the parts of a download: bytes, or 512K, 64M, 5G; anything larger is split
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    pub(crate) segment_size: Option<u64>,
    /// Container for the segments of large objects; by default CONTAINER_segments
    #[arg(long, value_name = "NAME", value_parser = url::container)]
    pub(crate) segment_container: Option<String>,
    /// Store large objects as dynamic ones, for clusters without static ones
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
    /// Include folders, with everything in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Overwrite nothing: an object or file that already exists is an error
    #[arg(short, long, visible_alias = "if-none-match")]
    pub(crate) no_clobber: bool,
    #[command(flatten)]
    pub(crate) segments: Segments,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Start over, whatever an earlier run has left
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Media type of the objects; guessed from the name if left out
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    #[command(flatten)]
    pub(crate) properties: Properties,
    #[command(flatten)]
    pub(crate) headers: Headers,
    /// Let the objects expire after this long: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration)]
    pub(crate) expire_after: Option<std::time::Duration>,
    /// Let the objects expire at this time: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expire_after")]
    pub(crate) expire_at: Option<u64>,
    /// Change nothing; print what would be done, one transfer per line
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With -r, store a symbolic link NAME as an object NAME.rclonelink that holds its target, and turn such objects back into links
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
                    return Err(twice(header, "another expiry time"));
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
