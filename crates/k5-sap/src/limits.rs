//! Rules of the API that are checked before anything is sent.

use k5_core::{Error, Result};

/// A server's name: 1 to 64 letters, digits, `-`, `_` and `.`, starting with a letter or digit.
///
/// # Errors
/// Says what is wrong with it.
pub fn server_name(name: &str) -> Result<()> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(inner) && name.as_bytes()[0].is_ascii_alphanumeric();
    match fits {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "{name:?} is not a server's name here: it has 1 to 64 letters, digits, `-`, `_` and `.`, and begins with a letter or digit"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers() {
        for name in ["a", "9a", "erp-1_x.y", &"a".repeat(64)] {
            assert!(server_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", ".a", "a b", "é", &"a".repeat(65)] {
            assert!(server_name(name).is_err(), "{name}");
        }
    }
}
