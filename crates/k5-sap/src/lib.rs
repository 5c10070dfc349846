//! Virtual servers for SAP: a service of XML documents, forms and tasks.
//!
//! Every change answers with a [`Task`], or with one for each availability zone: poll them with [`Sap::wait_task`] and
//! [`Sap::wait_tasks`]. A deletion may be answered with nothing.
//!
//! The names of some fields are not known for certain, as their docs say; [`Sap::send_form`] sends others instead, and the
//! builder's `document_mut` adds others to the typed ones. The provider's administrators select a project with
//! `with_header("x-va-project-id", ...)`.
//!
//! In the JSON form of a document (`k5 api`) an attribute is `@name`, and a list inside an element of its own is
//! `{"Disks": {"Disk": [...]}}`.

mod forms;
#[rustfmt::skip]
mod generated;
pub mod limits;
mod networks;
mod servers;
mod tasks;

pub use forms::SendForm;
pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
pub use tasks::WaitTasks;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
