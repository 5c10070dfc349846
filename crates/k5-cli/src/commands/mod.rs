//! The commands: a file a noun, or a folder with a file a verb.

pub(crate) mod account;
pub(crate) mod api;
pub(crate) mod catalog;
pub(crate) mod completion;
pub(crate) mod configure;
pub(crate) mod container;
pub(crate) mod described;
pub(crate) mod doctor;
pub(crate) mod emulator;
#[rustfmt::skip]
mod generated;
pub(crate) mod hand;
pub(crate) mod hands;
pub(crate) mod help;
pub(crate) mod image;
pub(crate) mod import;
pub(crate) mod keypair;
pub(crate) mod man;
pub(crate) mod object;
pub(crate) mod paging;
pub(crate) mod project;
pub(crate) mod properties;
pub(crate) mod report;
pub(crate) mod server;
pub(crate) mod shown;
pub(crate) mod table;
pub(crate) mod token;
