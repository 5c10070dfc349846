//! Where a local folder keeps the file of an object.

use super::way::Way;
use std::path::{Component, Path, PathBuf};

/// Maximum number of bytes in the name of a file: the limit of common file systems.
const NAME: usize = 255;

/// Returns the file below `root` for the object called `name` in the cloud.
///
/// Each part of the name becomes a folder or file of the same name. A name with an empty part, `.`, `..`, a NUL or a part that is
/// too long has no file; neither has a name whose path leads through a symbolic link or a file. Nothing is ever written outside of
/// `root`, and no two names share a file.
///
/// # Errors
/// Says why the name has no file.
pub fn below(root: &Path, name: &str) -> Result<PathBuf, String> {
    let mut path = root.to_owned();
    for part in name.split('/') {
        let mut components = Path::new(part).components();
        let plain = matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only.as_encoded_bytes() == part.as_bytes());
        if !plain {
            let why = if part.is_empty() {
                "an empty part (a doubled '/', or one at an end)".to_owned()
            } else {
                format!("a part {part:?}")
            };
            return Err(format!("the name has {why}, and so no file here: copy it by itself, to a file that you name"));
        }
        if part.contains('\0') {
            return Err("the name holds a NUL, and so has no file here: copy it by itself, to a file that you name".to_owned());
        }
        if part.len() > NAME {
            return Err(format!(
                "a part of the name has {} bytes, and a file's name at most {NAME}: copy it by itself, to a file that you name",
                part.len()
            ));
        }
        path.push(part);
    }
    Ok(path)
}

/// Creates the folders between `root` and `target` without following symbolic links; `root` itself may be one.
///
/// # Errors
/// Fails if a link or a file is in the way, or if a folder can't be created.
pub fn make_folders(root: &Path, target: &Path) -> Result<(), String> {
    Way::make(root, target).map(drop).map_err(|error| match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

/// Creates folders for many files one after the other.
#[derive(Debug, Default)]
pub struct Folders;

impl Folders {
    /// Like [`make_folders`]. The complete path is checked again each time: what was a folder may be a link now.
    ///
    /// # Errors
    /// The same as for [`make_folders`].
    pub fn make(&self, root: &Path, target: &Path) -> Result<(), String> {
        make_folders(root, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_root() {
        let root = Path::new("/r");
        assert_eq!(below(root, "a b/%2F/é").expect("fits"), Path::new("/r/a b/%2F/é"));
        assert_eq!(below(root, "...").expect("fits"), Path::new("/r/..."));
        for name in ["..", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", ".", "./a", "a\0b", ""] {
            assert!(below(root, name).is_err(), "{name:?}");
        }
        assert!(below(root, &"x".repeat(256)).is_err());
    }

    #[test]
    fn links_and_files_are_no_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        make_folders(&root, &root.join("a/b/c")).expect("made");
        assert!(root.join("a/b").is_dir() && !root.join("a/b/c").exists());
        std::os::unix::fs::symlink("/tmp", root.join("link")).expect("linked");
        std::fs::write(root.join("file"), "").expect("written");
        assert!(make_folders(&root, &root.join("link/x")).expect_err("a link").contains("symbolic link"));
        assert!(make_folders(&root, &root.join("file/x")).expect_err("a file").contains("is a file"));
        // A folder of the previous file may have become a link.
        make_folders(&root, &root.join("d/x")).expect("made");
        std::fs::remove_dir(root.join("d")).expect("removed");
        std::os::unix::fs::symlink("/tmp", root.join("d")).expect("linked");
        assert!(Folders.make(&root, &root.join("d/x")).expect_err("a link").contains("symbolic link"));
    }
}
