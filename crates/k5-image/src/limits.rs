//! Rules of the API that are checked before anything is sent.

use k5_core::{Error, Result};

/// A property as a JSON pointer: begins with `/`, names something, and has `~` only as `~0` or `~1`.
///
/// # Errors
/// Says what is wrong with it.
pub fn pointer(path: &str) -> Result<()> {
    let escapes = path.match_indices('~').all(|(at, _)| matches!(path.as_bytes().get(at + 1), Some(b'0' | b'1')));
    match path.len() > 1 && path.starts_with('/') && escapes {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "{path:?} is not a JSON pointer: it must begin with `/`, with `~` written as `~0` and `/` inside a name as `~1`"
        ))),
    }
}
