//! How many transfers run at a time, and the loop that carries them out.

use super::small::SMALL_FILE;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The default number of transfers at a time.
pub const TRANSFERS: usize = 16;
/// The same for small files, which spend more time waiting for the server than moving data.
pub const SMALL_TRANSFERS: usize = 32;

/// Keeps count of running transfers: as many as the caller set; by default [`TRANSFERS`], or [`SMALL_TRANSFERS`] for files up to
/// [`SMALL_FILE`] bytes.
#[derive(Debug)]
pub struct Slots {
    used: Arc<AtomicUsize>,
    most: usize,
    /// The slots taken by a transfer that is not small.
    large: usize,
}

/// A running transfer; it ends when this is dropped.
#[derive(Debug)]
pub struct Slot {
    used: Arc<AtomicUsize>,
    takes: usize,
}

impl Slots {
    /// For this many transfers, or the default number.
    pub fn new(transfers: Option<usize>) -> Self {
        let (most, large) = transfers.map_or((SMALL_TRANSFERS, SMALL_TRANSFERS / TRANSFERS), |most| (most.max(1), 1));
        Self { used: Arc::default(), most, large }
    }

    /// Whether one more may start.
    pub fn is_free(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.most
    }

    /// Carries out what `jobs` delivers, in order, as many at a time as there are slots, and tells `ended` the outcome of each, or
    /// that it was aborted (`None`). `begin` turns a job into a transfer, with its size in bytes if known; or returns the outcome
    /// at once. If `ended` aborts the loop, whatever is running is dropped; the same happens when the future is dropped.
    pub async fn run<J, T, F>(
        &self,
        mut jobs: mpsc::Receiver<J>,
        mut begin: impl FnMut(J) -> Result<(Option<u64>, F), T>,
        mut ended: impl FnMut(Option<T>) -> ControlFlow<()>,
    ) -> ControlFlow<()>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let mut running: JoinSet<T> = JoinSet::new();
        let mut more = true;
        loop {
            let turn = poll_fn(|cx| {
                if let Poll::Ready(Some(ended)) = running.poll_join_next(cx) {
                    return Poll::Ready(Turn::Ended(ended.ok()));
                }
                match more {
                    true if self.is_free() => jobs.poll_recv(cx).map(Turn::Job),
                    false if running.is_empty() => Poll::Ready(Turn::Nothing),
                    _ => Poll::Pending,
                }
            });
            let outcome = match turn.await {
                Turn::Nothing => return ControlFlow::Continue(()),
                Turn::Ended(outcome) => outcome,
                Turn::Job(None) => {
                    more = false;
                    continue;
                }
                Turn::Job(Some(job)) => match begin(job) {
                    Ok((bytes, transfer)) => {
                        let slot = self.take(bytes);
                        running.spawn(async move {
                            let _slot = slot;
                            transfer.await
                        });
                        continue;
                    }
                    Err(outcome) => Some(outcome),
                },
            };
            if ended(outcome).is_break() {
                return ControlFlow::Break(());
            }
        }
    }

    /// Starts one of this many bytes, if that is known.
    pub fn take(&self, bytes: Option<u64>) -> Slot {
        let takes = if bytes.is_some_and(|bytes| bytes <= SMALL_FILE) { 1 } else { self.large };
        self.used.fetch_add(takes, Ordering::Relaxed);
        Slot { used: self.used.clone(), takes }
    }
}

/// What comes next while transfers run.
enum Turn<J, T> {
    Ended(Option<T>),
    Job(Option<J>),
    Nothing,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.used.fetch_sub(self.takes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_run_as_there_are_slots() {
        let (sender, jobs) = mpsc::channel(100);
        for n in 0..100u32 {
            sender.send(n).await.expect("taken");
        }
        drop(sender);
        let slots = Slots::new(Some(3));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut told = Vec::new();
        let begin = |n: u32| {
            let (now, most) = (now.clone(), most.clone());
            let transfer = Box::pin(async move {
                assert!(n % 10 != 9, "told to break off");
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                n
            });
            if n % 10 == 7 { Err(1000 + n) } else { Ok((None, transfer)) }
        };
        let flow = slots.run(jobs, begin, |outcome| {
            told.push(outcome);
            ControlFlow::Continue(())
        });
        assert!(flow.await.is_continue());
        told.sort_unstable();
        let expected = (0..100).map(|n| match n % 10 {
            7 => Some(1000 + n),
            9 => None,
            _ => Some(n),
        });
        let mut expected: Vec<_> = expected.collect();
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert_eq!(most.load(Ordering::SeqCst), 3);
        assert!(slots.is_free());
    }

    #[tokio::test]
    async fn who_has_heard_enough_ends_what_is_under_way() {
        let (sender, jobs) = mpsc::channel(8);
        for n in 0..3u32 {
            sender.send(n).await.expect("taken");
        }
        let slots = Slots::new(Some(9));
        let begin = |n: u32| if n == 2 { Err(n) } else { Ok((None, std::future::pending())) };
        let mut told = Vec::new();
        // The channel is open, and two transfers never end.
        let flow = slots.run(jobs, begin, |outcome| {
            told.push(outcome);
            ControlFlow::Break(())
        });
        assert!(flow.await.is_break());
        assert_eq!(told, [Some(2)]);
    }

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
