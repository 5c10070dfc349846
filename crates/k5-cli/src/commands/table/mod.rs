//! Commands that tables describe: `xtask/spec/commands/*.toml`, rendered into static data and carried out here.
//!
//! Each file knows only of those to the left of it: `data`, `readers`, `shows`, `spinner` <- `values` <- `plan` <- `carry_out` <- `tree`.

mod carry_out;
mod data;
mod plan;
pub(crate) mod readers;
pub(crate) mod shows;
mod spinner;
mod tree;
mod values;

pub(crate) use data::{Argument, Command, Fill, Follow, Goes, Noun, Prints, Reads, Wait};
pub(crate) use plan::Plan;
pub(crate) use tree::{add_to, chosen};
