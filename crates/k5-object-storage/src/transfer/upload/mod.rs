//! Uploading one object: its description (`builder`), in one request (`single`), in segments (`segmented`, `drive`), or in parts that
//! the caller cuts (`parts`).

mod already;
pub(crate) mod builder;
mod drive;
mod failed;
pub(crate) mod parts;
pub(crate) mod running;
mod segmented;
mod single;
mod source;
pub(crate) mod stored;
mod survey;
mod wanted;
