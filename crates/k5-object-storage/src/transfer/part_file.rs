//! A file that appears under its name only when it is whole.

use k5_core::{Error, Result};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// `name.part` beside the target. Unless it is finished, it goes away when this is dropped.
pub(crate) struct PartFile {
    part: PathBuf,
    target: PathBuf,
    done: bool,
}

impl PartFile {
    /// Opens it, empty.
    pub(crate) fn create(target: &Path) -> Result<(Self, File)> {
        if target.is_dir() {
            return Err(Error::invalid_input(format!("{} is a directory", target.display())));
        }
        let Some(name) = target.file_name() else {
            return Err(Error::invalid_input(format!("{} names no file", target.display())));
        };
        let mut part_name = name.to_owned();
        part_name.push(".part");
        let part = target.with_file_name(part_name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&part)
            .map_err(|error| Error::local(format!("{} can't be written", part.display()), error))?;
        Ok((Self { part, target: target.to_owned(), done: false }, file))
    }

    /// Gives it its name, over what had that name before.
    pub(crate) fn finish(mut self) -> Result<()> {
        std::fs::rename(&self.part, &self.target)
            .map_err(|error| Error::local(format!("{} can't get its name", self.target.display()), error))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.done {
            // What is left can't be helped here, and the error that led here is the one to report.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a b");
        std::fs::write(&target, "old").expect("written");
        let (part, mut file) = PartFile::create(&target).expect("opened");
        file.write_all(b"ne").expect("written");
        drop(part);
        assert_eq!(std::fs::read(&target).expect("there"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
        let (part, mut file) = PartFile::create(&target).expect("opened");
        file.write_all(b"new").expect("written");
        part.finish().expect("renamed");
        assert_eq!(std::fs::read(&target).expect("there"), b"new");
        assert!(PartFile::create(folder.path()).is_err());
    }
}
