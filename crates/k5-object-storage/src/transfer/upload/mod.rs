//! One object into the cloud: as it is asked for (`builder`), by one request (`single`), or in segments (`segmented`, `drive`).

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
