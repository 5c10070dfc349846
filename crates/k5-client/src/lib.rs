//! The pipeline of the K5 SDK: configuration, Keystone login, and a tower stack on hyper and rustls that carries every call.
//!
//! A program depends on this crate and the services that it needs, or on the facade `k5` with all of them. The stack is defined
//! in one place, `src/stack.rs`; each of its layers is a file in `src/layers`.
//!
//! | limit | default | set with |
//! | --- | --- | --- |
//! | a connection | 15 s | [`Timeouts::connect`] |
//! | a call whose body is a document, all attempts | 300 s | [`Timeouts::call`] |
//! | from the last byte sent to the answer's head | 60 s, for slow operations 900 s | [`Timeouts::head`], [`Timeouts::slow_head`] |
//! | a body that makes no progress | 60 s | [`Timeouts::idle`] |
//! | a body as a whole | none | |

mod attempt_body;
mod client;
pub mod config;
mod connect;
mod fair;
mod file_reader;
#[rustfmt::skip]
mod generated;
mod identity;
mod layers;
mod stack;
mod wire;

pub use client::{Client, CloudBuilder};
pub use connect::{Certificate, Probe, ProbedProxy, ProbedTls};
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
pub use stack::Timeouts;

/// The identity service (Keystone v3), beyond the login, which [`Client`] does by itself.
pub mod keystone {
    pub use crate::generated::*;
}

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
