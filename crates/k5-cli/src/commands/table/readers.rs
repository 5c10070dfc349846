//! Readers of values whose form a table cannot say.

use crate::failure::Outcome;
use serde_json::Value;

/// Reads the values of an option.
pub(crate) struct Reader {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// Makes JSON of all values of the option.
    pub(crate) read: fn(&[String]) -> Outcome<Value>,
    /// Fields of what was read, or of its elements, that hold a name or an id, each with the listing in which it is looked up.
    pub(crate) finds: &'static [(&'static str, &'static str)],
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
