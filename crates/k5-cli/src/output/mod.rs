//! What goes to stdout: lists and single records, in the form that was asked for.

mod column;
mod document;
mod json;
mod list;
mod list_document;
mod nearest;
mod out;
mod pager;
mod python;
mod screen;
mod secrets;
mod shape;
mod size;
mod state;
mod table;
mod text;
mod time;
mod tree;
mod yaml;

pub(crate) use column::{Column, Kind};
pub(crate) use document::document;
pub(crate) use list::List;
pub(crate) use list_document::list_document;
pub(crate) use out::Out;
pub(crate) use python::text as bare_text;
pub(crate) use secrets::{ONCE, hide_secrets};
pub(crate) use shape::{RecordShape, without_nulls};
pub(crate) use size::human;
pub(crate) use text::shown;

#[cfg(test)]
mod tests {
    use crate::globals::Globals;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        globals: Globals,
    }

    /// The options of a command line without a command.
    pub(super) fn globals(line: &str) -> Globals {
        Line::try_parse_from(std::iter::once("k5").chain(line.split_whitespace())).expect("options").globals
    }
}
