//! The built binary against an emulator: every command, every exit status.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod api;
mod asked;
mod bench;
mod copy;
mod doctor;
mod errors;
mod faults;
mod kill;
mod large;
mod listing;
mod lost;
mod metadata;
mod names;
mod odd;
mod options;
mod plan;
mod proxy;
mod recursive;
mod screen;
mod secrets;
mod sync;
mod terminal;
mod tokens;
mod told;
mod usual;
mod words;
