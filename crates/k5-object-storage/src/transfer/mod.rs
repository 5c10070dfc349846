//! Bytes in and out, checked: uploads from files, readers and streams, downloads into files and writers.
//!
//! MD5 is hashed on threads of their own beside the network, that of segments several abreast. Memory is bounded whatever an object's size: a few chunks of
//! 256 KiB of each request are under way at a time, and of a source without positions as much as the caller allows.

mod abreast;
mod batches;
mod checks;
mod claim;
mod cluster;
mod collect;
mod commit;
mod copies;
pub(crate) mod expiry;
mod fetch;
mod file;
mod follower;
mod handle;
mod hashing;
mod keeper;
mod known;
mod layout;
mod look;
mod manifest;
mod md5;
mod meter;
mod names;
mod opening;
mod orphans;
mod partial;
mod parts;
mod piece;
mod plan;
mod reader;
pub(crate) mod regain;
mod release;
mod relocate;
mod removal;
mod resuming;
mod segmented;
mod sink;
mod slots;
mod small;
mod source;
mod stale;
mod stream;
mod stream_reader;
mod sums;
mod survey;
mod target;
mod upload;
mod version;
mod wanted;
mod window;

pub(crate) use abreast::{LANES, STEP};
pub(crate) use batches::Batches;
pub use collect::Removed;
pub use fetch::{Fetch, Fetched, PART_SIZE, RunningFetch};
pub(crate) use file::read_next;
pub(crate) use handle::Cleanup;
pub use handle::RunningUpload;
pub(crate) use look::look;
pub(crate) use md5::hex as md5_hex;
pub use meter::TransferProgress;
pub(crate) use names::is_segment;
pub use orphans::Orphans;
pub use plan::{MANIFEST_SEGMENTS, MAX_SEGMENT_SIZE, SEGMENT_SIZE, SEGMENTS_FROM, segments_container};
pub use release::Left;
pub use relocate::ServerCopy;
pub(crate) use sink::{Check, drain};
pub use slots::{SMALL_TRANSFERS, Slot, Slots, TRANSFERS};
pub use small::SmallFile;
pub use stale::is_unfinished;
pub(crate) use stream_reader::StreamReader;
pub use target::Target;
pub use upload::{BUFFER_LIMIT, CONCURRENCY, Layout, Stored, Upload};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes of a transfer, for a progress bar. Cloning it shares the count.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// The bytes moved so far. It goes back when a transfer begins anew.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, bytes: u64) {
        // An update of a count can't fail; it never goes below nothing.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(bytes)));
    }

    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

/// Bytes in a chunk that is read from a file or reader.
pub(crate) const CHUNK: usize = 256 * 1024;
/// Chunks that wait between two threads.
pub(crate) const AHEAD: usize = 7;
/// Bytes of the largest file that is read at once, hashed, and sent with its ETag, so that the server checks it before it stores.
pub const SMALL_FILE: u64 = 64 * 1024;
