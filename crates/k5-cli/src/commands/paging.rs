//! Which part of a list is wanted; the same options as openstackclient's.

use std::num::NonZeroU64;

/// Which part of a list is wanted.
#[derive(Debug, clap::Args)]
pub(crate) struct Paging {
    /// List only what comes after this name
    #[arg(long, value_name = "NAME")]
    pub(crate) marker: Option<String>,
    /// List only what comes before this name
    #[arg(long, value_name = "NAME")]
    pub(crate) end_marker: Option<String>,
    /// List at most this many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<NonZeroU64>,
    /// List everything, which is the default; openstackclient stops at 10,000 without it
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl Paging {
    /// How many are wanted at most.
    pub(crate) fn limit(&self) -> u64 {
        self.limit.map_or(u64::MAX, NonZeroU64::get)
    }

    /// Whether a list is to be cut.
    pub(crate) fn is_given(&self) -> bool {
        self.marker.is_some() || self.end_marker.is_some() || self.limit.is_some() || self.all
    }
}

/// Applies it to a list's call; the two builders have the same setters.
macro_rules! page {
    ($paging:expr, $call:expr) => {{
        let paging = $paging;
        let mut call = $call;
        if let Some(marker) = &paging.marker {
            call = call.marker(marker);
        }
        if let Some(marker) = &paging.end_marker {
            call = call.end_marker(marker);
        }
        // No more is asked for than is shown. What the server allows at most is its own affair.
        if let Ok(limit) = u32::try_from(paging.limit())
            && limit < 10_000
        {
            call = call.limit(limit);
        }
        call
    }};
}

pub(crate) use page;
