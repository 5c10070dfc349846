//! What is wrong with a table, and where.

use std::fmt;

/// A problem in a spec table. It prints as `xtask/spec/x.toml:LINE: message`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// `xtask/spec/x.toml` for `x.toml`.
pub(crate) fn display_path(name: &str) -> String {
    format!("xtask/spec/{name}")
}
