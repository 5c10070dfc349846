//! Bytes in and out, checked: uploads from files, readers and streams, downloads into files and writers.
//!
//! MD5 is hashed on threads of their own beside the network, that of segments several abreast. Memory is bounded whatever an object's size: a few chunks of
//! 256 KiB of each request are under way at a time, and of a source without positions as much as the caller allows.

mod batches;
mod cluster;
mod containers;
mod download;
mod hash;
mod progress;
mod segments;
mod server;
mod slots;
mod small;
mod target;
mod upload;
mod window;

pub(crate) use batches::Batches;
pub use cluster::MANIFEST_SEGMENTS;
pub use download::fetch::{Fetch, Fetched, PART_SIZE, RunningFetch};
pub(crate) use download::sink::{Check, drain};
pub use download::stale::is_unfinished;
pub(crate) use download::stream_reader::StreamReader;
pub(crate) use hash::file::read_next;
pub(crate) use hash::lanes::{LANES, STEP};
pub(crate) use hash::thread::hex as md5_hex;
pub use progress::{Progress, TransferProgress};
pub use segments::Layout;
pub(crate) use segments::expiry;
pub(crate) use segments::look::look;
pub(crate) use segments::names::is_segment;
pub use segments::names::segments_container;
pub use segments::orphans::Orphans;
pub use segments::release::Left;
pub use segments::sizes::{MAX_SEGMENT_SIZE, SEGMENT_SIZE, SEGMENTS_FROM};
pub use server::copy::ServerCopy;
pub use server::remove::Removed;
pub use slots::{SMALL_TRANSFERS, Slot, Slots, TRANSFERS};
pub use small::SMALL_FILE;
pub use small::read::SmallFile;
pub use target::Target;
pub use upload::running::RunningUpload;
pub use upload::stored::Stored;
pub use upload::upload::{BUFFER_LIMIT, Upload};
pub use window::CONCURRENCY;
