//! Auto scale: schedules that signal a stack's scaling policy.

#[rustfmt::skip]
mod generated;
pub mod limits;
mod signal_url;

pub use generated::*;
pub use signal_url::SignalUrl;
