//! Small files, read and hashed several at a time: a thread is woken for dozens of them, and MD5s share the processor's vector lanes.

use super::plan::{Action, Planned};
use super::{Fact, Mtime};
use crate::transfer::SMALL;
use bytes::Bytes;
use k5_core::{Error, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Files that are read at a time.
pub(crate) const BATCH: usize = 32;

/// A file in memory.
pub(crate) struct Small {
    pub(crate) bytes: Bytes,
    pub(crate) md5: String,
    pub(crate) modified: Option<Mtime>,
}

/// Whether what is planned is the upload of a small file, given that it is one.
pub(crate) fn is_small(planned: &Planned) -> bool {
    let size = planned.source.as_ref().map(|source| &source.size);
    matches!(planned.action, Action::Copy(_)) && matches!(size, Some(Fact::Known(size)) if *size <= SMALL)
}

/// Reads those of a batch that are small; the others come back without content.
pub(crate) fn read(root: &Path, batch: Vec<Planned>) -> Vec<(Planned, Result<Option<Small>>)> {
    let read: Vec<_> = batch
        .into_iter()
        .map(|planned| {
            let small = is_small(&planned).then(|| read_one(&root.join(&planned.name)));
            (planned, small)
        })
        .collect();
    let contents: Vec<&[u8]> =
        read.iter().filter_map(|(_, small)| small.as_ref()?.as_ref().ok()?.as_ref().map(|(bytes, _)| &bytes[..])).collect();
    let mut sums = k5_md5::digest_many(&contents).into_iter();
    let mut hashed = |found: Option<(Vec<u8>, Option<Mtime>)>| {
        let (bytes, modified) = found?;
        Some(Small { bytes: bytes.into(), md5: k5_md5::hex(&sums.next()?), modified })
    };
    read.into_iter().map(|(planned, small)| (planned, small.transpose().map(|found| hashed(found.flatten())))).collect()
}

/// The content and the time of change; `None` if the file has grown out of this, and goes as any other.
fn read_one(path: &Path) -> Result<Option<(Vec<u8>, Option<Mtime>)>> {
    let unreadable = |error| Error::local(format!("{} can't be read", path.display()), error);
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() || about.len() > SMALL {
        return Ok(None);
    }
    let length = about.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    (&file).take(SMALL + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let after = file.metadata().map_err(unreadable)?;
    if bytes.len() as u64 != length || after.len() != length || after.modified().ok() != about.modified().ok() {
        return Err(unreadable(io::Error::other("it changed while it was read; nothing was stored, so try again")));
    }
    Ok(Some((bytes, about.modified().ok().map(Mtime::from))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Entry;

    #[test]
    fn each_has_its_own_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        let planned = |name: &str, size| {
            let entry = Entry { name: name.to_owned(), size: Fact::Known(size), ..Entry::default() };
            Planned::new_at_target(entry)
        };
        let mut batch = Vec::new();
        for n in 0..20u64 {
            std::fs::write(folder.path().join(n.to_string()), vec![b'x'; (n * 997) as usize]).expect("written");
            batch.push(planned(&n.to_string(), n * 997));
        }
        batch.insert(3, planned("gone", 5));
        batch.insert(7, planned("large", SMALL + 1));
        for (planned, small) in read(folder.path(), batch) {
            match planned.name.as_str() {
                "gone" => assert!(small.is_err()),
                "large" => assert!(small.expect("not read").is_none()),
                _ => {
                    let small = small.expect("read").expect("small");
                    assert_eq!(small.md5, crate::transfer::md5_hex(&small.bytes), "{}", planned.name);
                    assert_eq!(small.bytes.len() as u64, planned.bytes());
                    assert!(small.modified.is_some());
                }
            }
        }
    }
}
