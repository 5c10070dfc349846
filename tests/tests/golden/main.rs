//! What the operations of compute, images, block storage, auto scale, import and SAP send and read, to the byte and without IO.

mod answers;
mod compute;
mod errors;
mod fake;
mod fixtures;
mod limits;
mod nodes;
mod others;
mod paging;
mod requests;
mod sap;
mod secrets;
mod storage;
mod waiters;
