//! Symbolic links stored as such, as rclone does: an object `NAME.rclonelink` that holds where the link leads.

use k5::object_storage::limits;
use k5::object_storage::sync::{LINK_SUFFIX, LINK_TEXT};
use std::io::{self, Write};

/// Whether what a link leads to could be in an object of this size.
pub(crate) fn fits(bytes: u64) -> bool {
    bytes > 0 && bytes <= LINK_TEXT
}

/// Takes what an object holds, unless it is more than a link can.
#[derive(Debug, Default)]
pub(crate) struct Held(pub(crate) Vec<u8>);

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > LINK_TEXT {
            return Err(io::Error::other(format!("it holds more than the {LINK_TEXT} bytes that a symbolic link can hold")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The name of the object that a link is stored in.
pub(crate) fn object_name(name: &str) -> Result<String, String> {
    let name = format!("{name}{LINK_SUFFIX}");
    limits::object_name(&name).map_err(|error| error.message().to_owned())?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_so_much() {
        assert!(fits(1) && fits(LINK_TEXT) && !fits(0) && !fits(LINK_TEXT + 1));
        assert!(Held::default().write(&[0; LINK_TEXT as usize + 1]).is_err());
    }
}
