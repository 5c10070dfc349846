//! The compute service's proxy for volumes and snapshots (v1.1): requests in snake case, answers in camel case.

#[rustfmt::skip]
mod generated;

pub use generated::*;
