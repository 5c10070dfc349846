//! MD5 of parts in memory, in the lanes of vector registers.
//!
//! Parts come one after the other, and waiting for company would keep the network idle. So each is sent at once, without its sum,
//! and whoever needs a sum first, once a part is sent, computes those of the others in flight with it.

use super::lanes::{LANES, STEP};
use bytes::Bytes;
use k5_md5::Md5;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::task::spawn_blocking;

/// The parts of a cloud and process that have no sum yet.
#[derive(Default)]
pub(crate) struct Together {
    /// In the order in which they came.
    waiting: Mutex<Vec<Arc<Part>>>,
    /// One group at a time: those who come meanwhile make up the next one.
    turn: tokio::sync::Mutex<()>,
}

struct Part {
    chunks: Arc<Vec<Bytes>>,
    sum: OnceLock<[u8; 16]>,
}

/// A part whose sum will be needed. Dropped before, it is not hashed any more.
pub(crate) struct Summing {
    together: Arc<Together>,
    part: Arc<Part>,
}

impl Together {
    pub(crate) fn add(self: &Arc<Self>, chunks: Arc<Vec<Bytes>>) -> Summing {
        let part = Arc::new(Part { chunks, sum: OnceLock::new() });
        self.waiting().push(part.clone());
        Summing { together: self.clone(), part }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Arc<Part>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Summing {
    /// The MD5 in lower-case hexadecimal; `None` if the hashing was interrupted.
    pub(crate) async fn sum(&self) -> Option<String> {
        let _turn = self.together.turn.lock().await;
        if self.part.sum.get().is_none() {
            let mut group = vec![self.part.clone()];
            {
                let mut waiting = self.together.waiting();
                waiting.retain(|part| !Arc::ptr_eq(part, &self.part));
                let others = waiting.len().min(LANES - 1);
                group.extend(waiting.drain(..others));
            }
            spawn_blocking(move || hash(&group)).await.ok()?;
        }
        self.part.sum.get().map(k5_md5::hex)
    }
}

impl Drop for Summing {
    fn drop(&mut self) {
        self.together.waiting().retain(|part| !Arc::ptr_eq(part, &self.part));
    }
}

fn hash(parts: &[Arc<Part>]) {
    let mut running: Vec<_> = parts.iter().map(|part| (Md5::new(), Rest { chunks: &part.chunks, at: 0 })).collect();
    loop {
        let step = running.iter_mut().map(|(md5, rest)| (md5, rest.next()));
        let mut step: Vec<_> = step.filter(|(_, bytes)| !bytes.is_empty()).collect();
        if step.is_empty() {
            break;
        }
        k5_md5::update_many(&mut step);
    }
    for (part, (md5, _)) in parts.iter().zip(running) {
        // Another group may have had it, if the one who led that did not wait for its end.
        let _ = part.sum.set(md5.finish());
    }
}

/// What is left of a part.
struct Rest<'a> {
    chunks: &'a [Bytes],
    at: usize,
}

impl<'a> Rest<'a> {
    /// The bytes of the next step; none at the end.
    fn next(&mut self) -> &'a [u8] {
        while let Some((chunk, others)) = self.chunks.split_first() {
            let rest = &chunk[self.at..];
            if !rest.is_empty() {
                let next = &rest[..rest.len().min(STEP)];
                self.at += next.len();
                return next;
            }
            (self.chunks, self.at) = (others, 0);
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(bytes: &[u8], size: usize) -> Arc<Vec<Bytes>> {
        Arc::new(bytes.chunks(size).map(Bytes::copy_from_slice).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn each_part_has_its_own_sum(lengths in proptest::collection::vec(0usize..200_000, 1..20), size in 1usize..50_000) {
            let parts: Vec<Vec<u8>> = lengths.iter().map(|length| (0..*length).map(|n| (n * 31 / 7 + length) as u8).collect()).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let sums = runtime.block_on(async {
                let together = Arc::<Together>::default();
                let summing: Vec<_> = parts.iter().map(|part| together.add(cut(part, size))).collect();
                let mut sums = Vec::new();
                for one in summing.iter().rev() {
                    sums.push(one.sum().await);
                }
                sums.reverse();
                sums
            });
            for (part, sum) in parts.iter().zip(sums) {
                prop_assert_eq!(sum, Some(crate::transfer::md5_hex(part)));
            }
        }
    }

    #[tokio::test]
    async fn the_first_who_asks_does_it_for_all_and_nobody_waits_for_who_left() {
        let together = Arc::<Together>::default();
        let [one, other, gone] = [b"one", b"two", b"gon"].map(|bytes| together.add(cut(bytes, 2)));
        drop(gone);
        assert_eq!(together.waiting().len(), 2);
        assert_eq!(other.sum().await, Some(crate::transfer::md5_hex(b"two")));
        assert!(together.waiting().is_empty() && one.part.sum.get().is_some());
        assert_eq!(one.sum().await, Some(crate::transfer::md5_hex(b"one")));
        // Whose leader left in the middle finds neither a sum nor itself among those who wait.
        let left = together.add(cut(b"left", 2));
        together.waiting().clear();
        assert_eq!(left.sum().await, Some(crate::transfer::md5_hex(b"left")));
    }
}
