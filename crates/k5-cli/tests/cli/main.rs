//! The built binary against an emulator: every command, every exit status.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod api;
mod asked;
mod bench;
mod catalog;
mod completion;
mod configure;
mod copy;
mod doctor;
mod errors;
mod examples;
mod faults;
mod help;
mod images;
mod imports;
mod kill;
mod large;
mod listing;
mod lost;
mod metadata;
mod names;
mod odd;
mod options;
mod plan;
mod projects;
mod proxy;
mod recursive;
mod secrets;
mod servers;
mod shards;
mod sync;
mod terminal;
mod tokens;
mod told;
mod usual;
mod words;
