//! Symbolic links, and how they are stored.

use super::place::below;
use super::way::Standing;
use k5_core::{Error, Result};
use std::path::{Path, PathBuf};

/// What follows the name of a link in the name of its object, as rclone has it.
const SUFFIX: &str = ".rclonelink";
/// Bytes in what a link holds, at most: the limit of the usual systems.
pub(crate) const TEXT: u64 = 4095;

/// What the symbolic links of a folder are to a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Nothing: they are left out, and told. At a destination they are neither compared nor deleted.
    #[default]
    LeftOut,
    /// What they lead to. This is about a source folder alone.
    Followed,
    /// Links: the link `NAME` is the object `NAME.rclonelink`, whose content is the text of the link, as with `rclone --links`; and such
    /// an object is a link in a folder.
    Stored,
}

impl Links {
    /// The name of the object that a link is.
    pub(crate) fn stored(name: &str) -> String {
        format!("{name}{SUFFIX}")
    }

    /// Whether an object of this name is a link in a folder.
    pub(crate) fn is_link(self, name: &str) -> bool {
        self == Self::Stored && name.ends_with(SUFFIX)
    }

    /// The name in a folder of what has this name in the cloud, and what it has to be.
    pub(crate) fn here(self, name: &str) -> (&str, Standing) {
        match name.strip_suffix(SUFFIX).filter(|_| self == Self::Stored) {
            Some(name) => (name, Standing::Link),
            None => (name, Standing::File),
        }
    }

    /// The same as a path.
    ///
    /// # Errors
    /// When the name has no place in a folder.
    pub(crate) fn place(self, root: &Path, name: &str) -> Result<(PathBuf, Standing)> {
        let (name, is) = self.here(name);
        Ok((below(root, name).map_err(Error::invalid_input)?, is))
    }
}

/// The text of a link. What it leads to need not be there.
pub(crate) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::fs::read_link(path)?.into_os_string().into_vec())
}
