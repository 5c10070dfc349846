//! Symbolic links, and how they are stored.

use super::place::below;
use super::way::{Standing, Way};
use k5_core::{Error, Result};
use std::path::{Path, PathBuf};

/// The suffix of the object name that a symbolic link is stored under, the same as rclone's.
pub const LINK_SUFFIX: &str = ".rclonelink";
/// Maximum number of bytes in the text of a symbolic link: the limit of common systems.
pub const LINK_TEXT: u64 = 4095;

/// How a sync treats the symbolic links of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Links {
    /// They are left out and reported. At a destination they are neither compared nor deleted.
    #[default]
    LeftOut,
    /// They are followed. This only applies to a source folder.
    Followed,
    /// They are stored as links: the link `NAME` is the object `NAME.rclonelink`, whose content is the text of the link, as with
    /// `rclone --links`; and such an object becomes a link in a folder.
    Stored,
}

impl Links {
    /// The name of the object that a link is stored as.
    pub(crate) fn stored(name: &str) -> String {
        format!("{name}{LINK_SUFFIX}")
    }

    /// Whether an object of this name is a link in a folder.
    pub(crate) fn is_link(self, name: &str) -> bool {
        self == Self::Stored && name.ends_with(LINK_SUFFIX)
    }

    /// The name in a folder for something of this name in the cloud, and what kind it has to be.
    pub(crate) fn here(self, name: &str) -> (&str, Standing) {
        match name.strip_suffix(LINK_SUFFIX).filter(|_| self == Self::Stored) {
            Some(name) => (name, Standing::Link),
            None => (name, Standing::File),
        }
    }

    /// The same as a path.
    ///
    /// # Errors
    /// Fails if the name is not possible in a folder.
    pub(crate) fn place(self, root: &Path, name: &str) -> Result<(PathBuf, Standing)> {
        let (name, is) = self.here(name);
        Ok((below(root, name).map_err(Error::invalid_input)?, is))
    }
}

/// The text of a link. Its target need not exist.
pub(crate) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::fs::read_link(path)?.into_os_string().into_vec())
}

/// Whether this is valid as the text of a link.
pub(crate) fn is_text(text: &[u8]) -> bool {
    !text.is_empty() && !text.contains(&0) && text.len() as u64 <= LINK_TEXT
}

/// Creates a symbolic link below `root` with this text, replacing a file or link of that name; missing folders are created, and no
/// link is followed on the way.
///
/// # Errors
/// Fails if anything else has its name, which then stays; if the text is not valid for a link; or if the file system doesn't allow
/// it.
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
