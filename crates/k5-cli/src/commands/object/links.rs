//! Symbolic links stored as such, as rclone does: an object `NAME.rclonelink` that holds where the link leads.

use super::jobs::RCLONE_LINK;
use k5::object_storage::limits;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes that a link's target has at most.
const TARGET: usize = 4095;

/// Whether what a link leads to could be in an object of this size.
pub(crate) fn fits(bytes: u64) -> bool {
    bytes > 0 && bytes <= TARGET as u64
}

/// Takes what an object holds, unless it is more than a link can.
#[derive(Debug, Default)]
pub(crate) struct Held(pub(crate) Vec<u8>);

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > TARGET {
            return Err(io::Error::other(format!("it holds more than the {TARGET} bytes that a symbolic link can")));
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
    let name = format!("{name}{RCLONE_LINK}");
    limits::object_name(&name).map_err(|error| error.message().to_owned())?;
    Ok(name)
}

/// Makes a link in the place of a link or file of this name; a folder or anything else stays.
pub(crate) fn make(link: &Path, target: &[u8]) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    if target.is_empty() || target.contains(&0) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "what the object holds is no target of a symbolic link"));
    }
    match std::fs::symlink_metadata(link) {
        Ok(about) if !about.is_file() && !about.is_symlink() => {
            return Err(io::Error::other("it is neither a file nor a link, and stays: remove it first"));
        }
        _ => {}
    }
    let target = PathBuf::from(std::ffi::OsStr::from_bytes(target));
    loop {
        let beside = link.with_file_name(format!(".k5-link-{:08x}", fastrand::u32(..)));
        match std::os::unix::fs::symlink(&target, &beside) {
            Ok(()) => {
                let renamed = std::fs::rename(&beside, link);
                if renamed.is_err() {
                    // The error that led here is the one to report.
                    let _ = std::fs::remove_file(&beside);
                }
                return renamed;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_takes_the_place_of_a_file_and_of_no_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("link");
        for before in ["", "file", "link"] {
            if before == "file" {
                std::fs::remove_file(&link).and_then(|()| std::fs::write(&link, "x")).expect("written");
            }
            make(&link, b"no/where").expect("made");
            assert_eq!(std::fs::read_link(&link).expect("a link"), Path::new("no/where"));
        }
        for target in [&b""[..], b"a\0b"] {
            assert!(make(&link, target).is_err());
        }
        let inside = folder.path().join("folder");
        std::fs::create_dir(&inside).expect("made");
        assert!(make(&inside, b"x").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 2);
        assert!(Held::default().write(&[0; TARGET + 1]).is_err() && fits(1) && !fits(0) && !fits(TARGET as u64 + 1));
    }
}
