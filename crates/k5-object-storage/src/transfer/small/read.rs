//! Small files, read and hashed several at a time: a thread is woken for dozens of them, and MD5s share the processor's vector lanes.

use super::SMALL_FILE;
use bytes::Bytes;
use k5_core::{Error, Result};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

/// A small file in memory with its MD5, to be uploaded by [`Upload::from_small_file`](crate::transfer::Upload::from_small_file).
#[derive(Clone)]
pub struct SmallFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Bytes,
    pub(crate) md5: String,
    pub(crate) modified: Option<SystemTime>,
}

impl std::fmt::Debug for SmallFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmallFile").field("path", &self.path).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl SmallFile {
    /// Reads those of the files that have at most [`SMALL_FILE`] bytes, and hashes them together, which takes a fraction of the
    /// time of hashing them one after the other. Returns `None` for anything larger or that is not a file: use
    /// [`Upload::from_path`](crate::transfer::Upload::from_path) for that. The outcomes are in the order of the paths. It blocks:
    /// call it on a thread that may block. A few dozen paths are a good number; all contents are in memory at once.
    ///
    /// ```
    /// use k5_object_storage::transfer::SmallFile;
    /// # let folder = tempfile::tempdir().expect("a folder");
    /// let path = folder.path().join("notes.txt");
    /// std::fs::write(&path, "hello")?;
    /// let read = SmallFile::read_all([path, folder.path().to_owned()]);
    /// let [Ok(Some(notes)), Ok(None)] = &read[..] else { panic!("a file and a folder") };
    /// assert_eq!((notes.len(), notes.md5()), (5, "5d41402abc4b2a76b9719d911017c592"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Each outcome fails on its own if its file can't be read, or changed while being read.
    pub fn read_all(paths: impl IntoIterator<Item = PathBuf>) -> Vec<Result<Option<Self>>> {
        let mut read: Vec<_> = paths.into_iter().map(read_one).collect();
        let files = || read.iter().filter_map(|one| one.as_ref().ok()?.as_ref());
        let contents: Vec<&[u8]> = files().map(|file| &file.bytes[..]).collect();
        let sums = k5_md5::digest_many(&contents);
        let files = read.iter_mut().filter_map(|one| one.as_mut().ok()?.as_mut());
        files.zip(sums).for_each(|(file, sum)| file.md5 = k5_md5::hex(&sum));
        read
    }

    /// Returns its length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the MD5 of its content in lower-case hexadecimal.
    pub fn md5(&self) -> &str {
        &self.md5
    }
}

/// The file without its sum; `None` if it is not a file, or too large.
fn read_one(path: PathBuf) -> Result<Option<SmallFile>> {
    let read = || -> io::Result<_> {
        // Not by opening it: a process that writes to a pipe would take that for a reader.
        if !std::fs::metadata(&path)?.is_file() {
            return Ok(None);
        }
        let file = File::open(&path)?;
        let about = file.metadata()?;
        if !about.is_file() || about.len() > SMALL_FILE {
            return Ok(None);
        }
        Ok(read_whole(&file, &about)?.map(|bytes| (bytes, about.modified().ok())))
    };
    match read() {
        Ok(read) => Ok(read.map(|(bytes, modified)| SmallFile { path, bytes: bytes.into(), md5: String::new(), modified })),
        Err(error) => Err(Error::local(format!("{} can't be read", path.display()), error)),
    }
}

/// All bytes of a file that reports at most [`SMALL_FILE`]; `None` if it has more after all. An error if it changes in the
/// meantime.
pub(crate) fn read_whole(mut file: &File, about: &Metadata) -> io::Result<Option<Vec<u8>>> {
    let length = about.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.by_ref().take(SMALL_FILE + 1).read_to_end(&mut bytes)?;
    let after = file.metadata()?;
    let read = bytes.len() as u64;
    if after.len() != length || after.modified().ok() != about.modified().ok() || read != length && !is_made_up(about) {
        return Err(io::Error::other("it changed while it was read; nothing was stored, so try again"));
    }
    Ok((read <= SMALL_FILE).then_some(bytes))
}

/// Whether it takes no space on a disk, so that its reported length may be wrong: the system generates the files in /proc and /sys
/// as they are read.
fn is_made_up(about: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    about.blocks() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::md5_hex;

    #[test]
    fn each_has_its_own_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut paths = Vec::new();
        for n in 0..20u64 {
            let path = folder.path().join(n.to_string());
            std::fs::write(&path, vec![b'x'; (n * 997) as usize]).expect("written");
            paths.push(path);
        }
        let large = folder.path().join("large");
        std::fs::write(&large, vec![0; SMALL_FILE as usize + 1]).expect("written");
        paths.insert(3, folder.path().join("gone"));
        paths.insert(7, large);
        for (path, read) in paths.clone().into_iter().zip(SmallFile::read_all(paths)) {
            match path.file_name().and_then(|name| name.to_str()) {
                Some("gone") => assert!(read.expect_err("not there").to_string().contains("gone can't be read")),
                Some("large") => assert!(read.expect("not read").is_none()),
                name => {
                    let (file, bytes) = (read.expect("read").expect("small"), std::fs::read(&path).expect("there"));
                    assert_eq!((file.len(), file.md5()), (bytes.len(), &*md5_hex(&bytes)), "{name:?}");
                    assert!(file.modified.is_some());
                }
            }
        }
    }

    #[test]
    fn a_change_meanwhile_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("grows");
        std::fs::write(&path, "before").expect("written");
        let file = File::open(&path).expect("there");
        let about = file.metadata().expect("looked at");
        assert_eq!(read_whole(&file, &about).expect("read").expect("small"), b"before");
        std::fs::write(&path, "after that").expect("written");
        let file = File::open(&path).expect("there");
        assert!(read_whole(&file, &about).expect_err("changed").to_string().contains("it changed while it was read"));
    }

    #[test]
    fn a_length_may_be_a_lie() {
        let (path, whole) = (PathBuf::from("/proc/version"), std::fs::read("/proc/version"));
        let Ok(whole) = whole else { return };
        let read = SmallFile::read_all([path]);
        let [Ok(Some(file))] = &read[..] else { panic!("{read:?}") };
        assert_eq!((&file.bytes[..], file.md5()), (&whole[..], &*md5_hex(&whole)));
        let large = PathBuf::from("/proc/kallsyms");
        if std::fs::read(&large).is_ok_and(|all| all.len() as u64 > SMALL_FILE) {
            assert!(matches!(SmallFile::read_all([large])[..], [Ok(None)]));
        }
    }
}
