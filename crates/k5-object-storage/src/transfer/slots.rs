//! How many transfers run at a time.

use super::small::SMALL_FILE;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Transfers at a time, unless told otherwise.
pub const TRANSFERS: usize = 16;
/// The same of small files, which wait for the server more than they move.
pub const SMALL_TRANSFERS: usize = 32;

/// Keeps count of transfers that run: as many as was told; or else [`TRANSFERS`], and [`SMALL_TRANSFERS`] of files up to [`SMALL_FILE`] bytes.
#[derive(Debug)]
pub struct Slots {
    used: Arc<AtomicUsize>,
    most: usize,
    /// What a transfer takes that is not small.
    large: usize,
}

/// A transfer that runs; ended when this is dropped.
#[derive(Debug)]
pub struct Slot {
    used: Arc<AtomicUsize>,
    takes: usize,
}

impl Slots {
    /// For so many, or the usual number.
    pub fn new(transfers: Option<usize>) -> Self {
        let (most, large) = transfers.map_or((SMALL_TRANSFERS, SMALL_TRANSFERS / TRANSFERS), |most| (most.max(1), 1));
        Self { used: Arc::default(), most, large }
    }

    /// Whether one more may begin.
    pub fn is_free(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.most
    }

    /// Begins one, of so many bytes, where that is known.
    pub fn take(&self, bytes: Option<u64>) -> Slot {
        let takes = if bytes.is_some_and(|bytes| bytes <= SMALL_FILE) { 1 } else { self.large };
        self.used.fetch_add(takes, Ordering::Relaxed);
        Slot { used: self.used.clone(), takes }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.used.fetch_sub(self.takes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(slots: &Slots, bytes: Option<u64>) -> usize {
        let mut taken = Vec::new();
        while slots.is_free() {
            taken.push(slots.take(bytes));
        }
        taken.len()
    }

    #[test]
    fn small_ones_are_twice_as_many_unless_told_otherwise() {
        let usual = Slots::new(None);
        assert_eq!((fit(&usual, Some(SMALL_FILE)), fit(&usual, Some(SMALL_FILE + 1)), fit(&usual, None)), (32, 16, 16));
        for told in [1, 3] {
            let slots = Slots::new(Some(told));
            assert_eq!((fit(&slots, Some(0)), fit(&slots, None)), (told, told));
        }
        assert_eq!(fit(&Slots::new(Some(0)), None), 1);
    }
}
