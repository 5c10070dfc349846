//! One object into the cloud: as it is asked for (`upload`), by one request (`single`), or in segments (`segmented`, `drive`).

mod already;
mod drive;
mod failed;
pub(crate) mod running;
mod segmented;
mod single;
mod source;
pub(crate) mod stored;
mod survey;
pub(crate) mod upload;
mod wanted;
