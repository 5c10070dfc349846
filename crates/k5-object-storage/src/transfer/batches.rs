//! Small blocking work, done together: requests that arrive while a thread works are taken with the next batch, so that threads are
//! woken once for dozens.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Does an entire batch, and returns the outcomes one after the other, in its order.
type Work<T, R> = fn(Vec<T>, &mut dyn FnMut(R));

/// A queue that has a thread while something is in it.
pub(crate) struct Batches<T, R> {
    state: Mutex<State<T, R>>,
    work: Work<T, R>,
}

struct State<T, R> {
    waiting: Vec<(T, oneshot::Sender<R>)>,
    working: bool,
}

impl<T, R> State<T, R> {
    const fn new() -> Self {
        Self { waiting: Vec::new(), working: false }
    }
}

impl<T: Send + 'static, R: Send + 'static> Batches<T, R> {
    pub(crate) const fn new(work: Work<T, R>) -> Self {
        Self { state: Mutex::new(State::new()), work }
    }

    /// The outcome of one request; `None` if the work was aborted.
    pub(crate) async fn ask(self: &Arc<Self>, one: T) -> Option<R> {
        let (done, outcome) = oneshot::channel();
        let idle = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.waiting.push((one, done));
            !std::mem::replace(&mut state.working, true)
        };
        if idle {
            let working = Working { batches: self.clone(), asked: Vec::new().into_iter(), ended: false };
            spawn_blocking(move || working.work());
        }
        outcome.await.ok()
    }
}

/// The thread that works. However it ends, nobody keeps waiting for it.
struct Working<T, R> {
    batches: Arc<Batches<T, R>>,
    /// Those waiting for the current batch. After a failure they learn of it once the next batch can begin.
    asked: std::vec::IntoIter<oneshot::Sender<R>>,
    ended: bool,
}

impl<T, R> Working<T, R> {
    fn work(mut self) {
        while let Some(batch) = self.next() {
            let (work, asked): (Vec<T>, Vec<_>) = batch.into_iter().unzip();
            self.asked = asked.into_iter();
            let asked = &mut self.asked;
            (self.batches.work)(work, &mut |outcome| {
                if let Some(sender) = asked.next() {
                    // The caller may be gone.
                    let _ = sender.send(outcome);
                }
            });
        }
    }

    /// What has come; `None` once nothing has: then the next one begins another thread.
    fn next(&mut self) -> Option<Vec<(T, oneshot::Sender<R>)>> {
        let mut state = self.batches.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.working = !state.waiting.is_empty();
        self.ended = !state.working;
        state.working.then(|| std::mem::take(&mut state.waiting))
    }
}

impl<T, R> Drop for Working<T, R> {
    fn drop(&mut self) {
        if !self.ended {
            *self.batches.state.lock().unwrap_or_else(PoisonError::into_inner) = State::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_gets_its_own_outcome() {
        let doubled = Arc::new(Batches::new(|batch: Vec<u32>, done: &mut dyn FnMut(u32)| {
            batch.into_iter().for_each(|n| done(2 * n));
        }));
        let asked: Vec<_> = (0..1000)
            .map(|n| {
                tokio::spawn({
                    let doubled = doubled.clone();
                    async move { doubled.ask(n).await }
                })
            })
            .collect();
        for (n, outcome) in asked.into_iter().enumerate() {
            assert_eq!(outcome.await.expect("it ended"), Some(2 * n as u32));
        }
    }

    #[tokio::test]
    async fn who_comes_after_a_failure_is_served() {
        let fails = Arc::new(Batches::new(|batch: Vec<bool>, done: &mut dyn FnMut(())| {
            for fail in batch {
                assert!(!fail, "told to fail");
                done(());
            }
        }));
        assert_eq!(fails.ask(true).await, None);
        assert_eq!(fails.ask(false).await, Some(()));
    }
}
