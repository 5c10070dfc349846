//! What the operations of all services send and read, to the byte and without IO: a request as text, an answer as text, and what was
//! made of it. They go through one fake transport.

mod answers;
mod by_name;
mod clouds;
mod compute;
mod compute_changes;
mod errors;
mod fake;
mod find;
mod fixtures;
mod limits;
mod networks;
mod nodes;
mod object_storage;
mod others;
mod paging;
mod requests;
mod sap;
mod secrets;
mod storage;
mod volume_proxy;
mod waiters;
