//! Bytes in and out, checked: uploads from files, readers and streams, downloads into files and writers.
//!
//! MD5 is hashed on threads of their own beside the network, that of segments several abreast. Memory is bounded whatever an object's
//! size: a few chunks of 256 KiB of each request are under way at a time, and of a source without positions as much as the caller allows.
//!
//! # Rooms
//!
//! | room | what is in it | knows of |
//! | --- | --- | --- |
//! | `progress`, `again`, `window`, `batches`, `target`, `cluster` | what was moved so far, what is tried again, how many requests at a time, small work done together, a file that shows once it is whole, what `/info` says | none |
//! | `hash` | MD5 of streams and files | none |
//! | `segments` | how large objects are cut, named and stored, and whose a segment is | `hash` |
//! | `containers`, `small` | containers made where they are missing; small files read and written by the dozen | `segments`; none |
//! | `slots` | how many transfers run at a time, and the loop of a copy of many | `small` |
//! | `upload` | one object in | all but `slots` |
//! | `download` | one object out | `hash`, `segments`, `small` |
//! | `server` | copies, moves and removals, which bring no byte here | `segments`, `containers` |
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | large object | one that consists of others: static, by a list of them, or dynamic, by how their names begin ([`Layout`]) |
//! | manifest | what makes an object a large one: the list, or the beginning of the names. It is stored last, so that an object shows whole or not at all |
//! | manifest of the lower level | an object that stands for a group of segments, where one list is too short for all |
//! | segment | an object that is a piece of a large one. It lies in `{container}_segments`, unless told otherwise |
//! | piece | a segment that is still to be stored |
//! | sizes | how large the segments of an object are, and so how many there are |
//! | folder of an upload | how the names of one upload's segments begin: `{object}/slo/{generation}/{size}/{segment size}` (`dlo` for a dynamic one) |
//! | generation | which content a folder is of: when the source was last changed and when the segments expire, so that another run finds the same folder; of a source without a time, when the run began |
//! | store | a folder that an upload stores its segments in, with the segments known to exist already |
//! | survey | what earlier runs of an upload have left in folders of its generation |
//! | mark | a small object beside a folder: `.named` (it is claimed), `.moved` (its manifest was moved), `.kept` (an old version may consist of it) |
//! | claim | the first mark, which one run alone can set: from then on a manifest of that run alone may name the folder's segments |
//! | commit | claim, manifest, and the look at what the name had before, which goes then |
//! | release | the deletion of segments that nothing should need any more, after another look at all who might |
//! | orphan | a segment that no manifest names, found by a search of the whole account |
//! | part | bytes of an object that one request of a download asks for; of an upload in parts, bytes that its caller cut, which become a segment |
//! | section | bytes of a download that are compared together: a segment, where the manifest tells its MD5, or else a part |
//! | partial | an unfinished download into a file, `NAME.k5-HASH.part`, with the record of what is there, `NAME.k5-HASH.done` |
//! | version | which content of an object an answer is of: its ETag, or its time where that says too little |
//! | window | how many requests of a transfer are under way at a time; it gets smaller where the server asks for that |

mod again;
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
pub(crate) use download::resume::content_range;
pub(crate) use download::sink::{Check, drain};
pub use download::stale::is_unfinished;
pub(crate) use download::stream_reader::StreamReader;
pub(crate) use hash::file::read_next;
pub(crate) use hash::lanes::{LANES, STEP};
pub(crate) use hash::thread::hex as md5_hex;
pub(crate) use progress::ticking;
pub use progress::{Phase, Progress, TransferProgress};
pub use segments::Layout;
pub(crate) use segments::look::look;
pub(crate) use segments::names::is_segment;
pub use segments::names::segments_container;
pub use segments::orphans::Orphans;
pub use segments::release::Left;
pub use segments::sizes::{MAX_SEGMENT_SIZE, SEGMENT_SIZE, SEGMENTS_FROM};
pub(crate) use segments::{expiry, regain};
pub use server::copy::ServerCopy;
pub use server::remove::Removed;
pub use slots::{SMALL_TRANSFERS, Slot, Slots, TRANSFERS};
pub use small::SMALL_FILE;
pub use small::read::SmallFile;
pub use target::Target;
pub use upload::builder::{BUFFER_LIMIT, Upload};
pub use upload::parts::{Part, PartsBuilder, PartsUpload};
pub use upload::running::RunningUpload;
pub use upload::stored::Stored;
pub use window::CONCURRENCY;
