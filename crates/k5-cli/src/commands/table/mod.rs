//! Commands that tables describe: `xtask/spec/commands/*.toml`, rendered into static data and carried out here.
//!
//! Each file knows only of those to the left of it: `hooks`, `readers`, `data`, `shows` <- `values` <- `plan` <- `carry_out` <- `tree`.

mod carry_out;
pub(crate) mod columns;
pub(crate) mod data;
pub(crate) mod hooks;
mod plan;
pub(crate) mod readers;
pub(crate) mod shows;
mod tree;
mod values;

pub(crate) use tree::{Chosen, add_needed, add_to, chosen};
