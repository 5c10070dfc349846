//! Symbolic links, and how they are stored.

use super::place::below;
use super::way::{Standing, Way};
use k5_core::{Error, Result};
use std::path::{Path, PathBuf};

/// What follows the name of a symbolic link in the name of the object that it is stored as, as rclone has it.
pub const LINK_SUFFIX: &str = ".rclonelink";
/// Bytes in the text of a symbolic link, at most: the limit of the usual systems.
pub const LINK_TEXT: u64 = 4095;

/// What the symbolic links of a folder are to a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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
        format!("{name}{LINK_SUFFIX}")
    }

    /// Whether an object of this name is a link in a folder.
    pub(crate) fn is_link(self, name: &str) -> bool {
        self == Self::Stored && name.ends_with(LINK_SUFFIX)
    }

    /// The name in a folder of what has this name in the cloud, and what it has to be.
    pub(crate) fn here(self, name: &str) -> (&str, Standing) {
        match name.strip_suffix(LINK_SUFFIX).filter(|_| self == Self::Stored) {
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

/// Whether this can be the text of a link.
pub(crate) fn is_text(text: &[u8]) -> bool {
    !text.is_empty() && !text.contains(&0) && text.len() as u64 <= LINK_TEXT
}

/// Makes a symbolic link below `root` with this text, in the place of a file or link of its name; folders that are missing are made, and
/// no link is followed on the way.
///
/// # Errors
/// When anything else has its name, which stays; when it can't be a link's text, or the file system refuses.
pub fn make_link(root: &Path, link: &Path, text: &[u8]) -> Result<()> {
    if !is_text(text) {
        return Err(Error::invalid_input(format!("{}: what the object holds is not text of a symbolic link", link.display())));
    }
    let way = Way::make(root, link)?;
    match way.standing()? {
        None | Some(Standing::File | Standing::Link) => way.make_link(text),
        Some(other) => Err(way.refuse(other, Standing::Link)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_takes_the_place_of_a_file_and_of_no_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, link) = (folder.path(), folder.path().join("d/link"));
        for before in ["", "file", "link"] {
            if before == "file" {
                std::fs::remove_file(&link).and_then(|()| std::fs::write(&link, "x")).expect("written");
            }
            make_link(root, &link, b"no/where").expect("made");
            assert_eq!(std::fs::read_link(&link).expect("a link"), Path::new("no/where"));
        }
        for text in [&b""[..], b"a\0b", &[b'x'; LINK_TEXT as usize + 1]] {
            assert!(make_link(root, &link, text).is_err());
        }
        let inside = root.join("folder");
        std::fs::create_dir(&inside).expect("made");
        assert!(make_link(root, &inside, b"x").is_err() && make_link(root, &link.join("x"), b"x").is_err());
        assert_eq!(std::fs::read_dir(root).expect("listed").count(), 2);
    }
}
