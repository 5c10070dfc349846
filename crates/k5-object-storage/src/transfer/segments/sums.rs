//! The MD5s of a file's segments, hashed in groups of neighbours: when one is requested, the others are hashed with it.

use super::sizes::Sizes;
use crate::transfer::hash::file::FileSource;
use crate::transfer::hash::lanes::{Abreast, LANES, LARGEST};
use k5_core::Result;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

/// Dropping it stops the hashing.
pub(crate) struct Sums {
    source: Arc<FileSource>,
    sizes: Sizes,
    groups: Mutex<HashMap<u64, Group>>,
    abreast: Arc<Abreast>,
}

/// The sums of neighbours, in their order.
type Group = Arc<OnceCell<Vec<[u8; 16]>>>;

impl Sums {
    pub(crate) fn new(source: &Arc<FileSource>, sizes: Sizes) -> Self {
        Self { source: source.clone(), sizes, groups: Mutex::default(), abreast: Arc::default() }
    }

    /// Whether segments are so small that they are hashed separately from sending.
    pub(crate) fn are_apart(&self) -> bool {
        self.sizes.segment <= LARGEST
    }

    /// The MD5 of a segment, in lower-case hexadecimal.
    pub(crate) async fn of(&self, index: u64) -> Result<String> {
        let lanes = LANES as u64;
        let number = index / lanes;
        let group = self.groups.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default().clone();
        let first = number * lanes;
        let sums = group.get_or_try_init(|| async {
            let parts: Vec<_> = (first..(first + lanes).min(self.sizes.count())).map(|index| self.sizes.range(index)).collect();
            let (source, abreast) = (self.source.clone(), self.abreast.clone());
            let hashed = spawn_blocking(move || abreast.md5_of_parts(source.file(), &parts)).await;
            let hashed = hashed.unwrap_or_else(|_| Err(io::Error::other("interrupted")));
            hashed.map_err(|error| self.source.unreadable(error))
        });
        let sum = sums.await?.get(usize::try_from(index - first).unwrap_or(usize::MAX)).map(k5_md5::hex);
        sum.ok_or_else(|| self.source.unreadable(io::ErrorKind::UnexpectedEof.into()))
    }
}

impl Drop for Sums {
    fn drop(&mut self) {
        self.abreast.stop();
    }
}
