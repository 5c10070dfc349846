//! Auto scale: schedules that signal a stack's scaling policy.

#[rustfmt::skip]
mod generated;
pub mod limits;
mod signal_url;

pub use generated::*;
/// The contract whose types appear in the signatures here: sessions, errors, ids, listings; and in it `http`, `bytes` and
/// `serde_json`.
pub use k5_core;
pub use signal_url::SignalUrl;

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
