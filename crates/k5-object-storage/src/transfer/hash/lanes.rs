//! MD5 of several parts of one file at once, in the lanes of vector registers.
//!
//! Parts in flight at the same time hardly ever have bytes at the same moment: a server receives and sends those of one connection
//! in bursts, and lanes that wait for each other hold memory. So parts are hashed apart from the network, from the file: those of
//! an upload a group ahead of it, those of a download once they are written. Their bytes are in the system's cache then, and
//! reading them from there again costs a small part of what the lanes save.

use super::file::read_next;
use k5_md5::Md5;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Parts that are hashed together.
pub(crate) const LANES: usize = 8;
/// Bytes of a part up to which it is hashed in this way. Larger ones may have left the cache when their turn comes, and are hashed
/// while they stream.
pub(crate) const LARGEST: u64 = 128 << 20;
/// Bytes of each part in one step: those of all lanes fit into the processor's own cache.
pub(crate) const STEP: usize = 32 * 1024;

/// Hashes parts of files, on the caller's threads.
#[derive(Default)]
pub(crate) struct Abreast {
    stopped: AtomicBool,
    /// Buffers of finished groups. New ones would come from the heap of another thread each time, and stay there.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Abreast {
    /// The MD5 of each part.
    pub(crate) fn md5_of_parts(&self, file: &File, parts: &[Range<u64>]) -> io::Result<Vec<[u8; 16]>> {
        let mut sums = Vec::with_capacity(parts.len());
        let mut buffers = self.spare().pop().unwrap_or_default();
        buffers.resize(STEP * parts.len().clamp(1, LANES), 0);
        for group in parts.chunks(LANES) {
            sums.extend(self.md5_of_group(file, group, &mut buffers)?);
        }
        self.spare().push(buffers);
        Ok(sums)
    }

    fn md5_of_group(&self, file: &File, parts: &[Range<u64>], buffers: &mut [u8]) -> io::Result<impl Iterator<Item = [u8; 16]>> {
        let mut running: Vec<_> = parts.iter().map(|part| (Md5::new(), part.clone())).collect();
        while running.iter().any(|(_, left)| !left.is_empty()) {
            if self.stopped.load(Ordering::Relaxed) {
                return Err(io::Error::other("interrupted"));
            }
            let mut step: Vec<(&mut Md5, &[u8])> = Vec::with_capacity(running.len());
            for ((md5, left), buffer) in running.iter_mut().zip(buffers.chunks_mut(STEP)) {
                let read = read_next(file, left, buffer)?;
                left.start += read.len() as u64;
                step.push((md5, read));
            }
            k5_md5::update_many(&mut step);
        }
        Ok(running.into_iter().map(|(md5, _)| md5.finish()))
    }

    /// Stops the hashing with an error.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_parts_have_their_own_sums(size in 1usize..600_000, cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20)) {
            let bytes: Vec<u8> = (0..size).map(|n| (n * 31 / 7) as u8).collect();
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&bytes).expect("written");
            let parts: Vec<_> = cuts.iter().map(|(one, other)| {
                let (one, other) = (one.index(size + 1) as u64, other.index(size + 1) as u64);
                one.min(other)..one.max(other)
            }).collect();
            let sums = Abreast::default().md5_of_parts(&file, &parts).expect("read");
            prop_assert_eq!(sums.len(), parts.len());
            for (sum, part) in sums.iter().zip(parts) {
                prop_assert_eq!(sum, &k5_md5::md5(&bytes[part.start as usize..part.end as usize]));
            }
        }
    }

    #[test]
    fn an_early_end_is_an_error() {
        let file = tempfile::tempfile().expect("a file");
        file.set_len(100).expect("long");
        let abreast = Abreast::default();
        let error = |parts: &[Range<u64>]| abreast.md5_of_parts(&file, parts).expect_err("an end").kind();
        assert_eq!(error(&[0..100, 0..101]), io::ErrorKind::UnexpectedEof);
        abreast.stop();
        assert_eq!(error(&[0..1, 1..2]), io::ErrorKind::Other);
    }
}
