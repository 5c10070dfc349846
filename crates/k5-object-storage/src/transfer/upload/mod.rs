//! Uploading one object: its description (`builder`), in one request (`single`), or in segments (`segmented`, `drive`).

mod already;
pub(crate) mod builder;
mod drive;
mod failed;
pub(crate) mod running;
mod segmented;
mod single;
mod source;
pub(crate) mod stored;
mod survey;
mod wanted;
