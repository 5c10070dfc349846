//! Readers of values whose form a table cannot say.

use crate::failure::{Failure, Outcome};
use crate::stdio;
use serde_json::Value;
use std::fs::File;
use std::io::Read;

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

/// A file for cloud-init, in Base64.
pub(crate) static USER_DATA: Reader = Reader {
    name: "user_data",
    finds: &[],
    read: |texts| {
        let path = texts.last().map(String::as_str).unwrap_or_default();
        let encoded = k5::compute::user_data::UserData::raw(file(path)?).encoded();
        Ok(encoded.expose().into())
    },
};

/// What a file of an option may be long, at most; more than any field of the API takes.
const FILE: u64 = 1024 * 1024;

/// A file, or stdin for `-`.
fn file(path: &str) -> Outcome<Vec<u8>> {
    let unreadable = |error: std::io::Error| Failure::file(path, &error);
    let file = if path == "-" { stdio::stdin_file()? } else { File::open(path).map_err(unreadable)? };
    let mut bytes = Vec::new();
    file.take(FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > FILE {
        true => Err(Failure::usage(format!("{path}: longer than 1 MiB"))),
        false => Ok(bytes),
    }
}
