//! Virtual servers for SAP: a service of XML documents, forms and tasks.
//!
//! Every change answers with a [`Task`]: poll it with [`Sap::wait_task`]. In the JSON form of a document (`k5 api`) an attribute
//! is `@name`, and a list inside an element of its own is `{"Disks": {"Disk": [...]}}`.

#[rustfmt::skip]
mod generated;
pub mod limits;
mod servers;

pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
