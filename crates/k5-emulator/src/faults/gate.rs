//! Requests that are held until a test lets them continue.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// The place where a held request waits; see [`Fault::hold_before`](super::Fault::hold_before) and
/// [`Fault::hold_after`](super::Fault::hold_after). A clone is the same gate.
///
/// ```
/// use k5_emulator::{Fault, Faults, Gate, Rule};
///
/// # async fn test(emulator: k5_emulator::Emulator) {
/// let gate = Gate::new();
/// emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/o").nth(1).then(Fault::hold_before(&gate))));
/// // Something begins to upload `c/o`.
/// gate.reached().await;
/// // The upload stands still here, and others may come and go.
/// gate.release();
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Gate(Arc<Sides>);

#[derive(Debug)]
struct Sides {
    /// A permit for each request that has arrived and that nobody has waited for yet.
    reached: Semaphore,
    /// A permit for each request that may continue; closed once all may.
    released: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Sides { reached: Semaphore::new(0), released: Semaphore::new(0) }))
    }

    /// Waits until a request has reached the gate, one for each call. Returns at once if one came before.
    ///
    /// Waits forever if none comes.
    pub async fn reached(&self) {
        if let Ok(one) = self.0.reached.acquire().await {
            one.forget();
        }
    }

    /// Lets one request continue: the one that has waited longest or, if none is waiting, the next one.
    pub fn release(&self) {
        if !self.0.released.is_closed() {
            self.0.released.add_permits(1);
        }
    }

    /// Lets all waiting and all future requests continue.
    pub fn open(&self) {
        self.0.released.close();
    }

    /// A request is here.
    pub(crate) async fn pass(&self) {
        self.0.reached.add_permits(1);
        if let Ok(one) = self.0.released.acquire().await {
            one.forget();
        }
    }
}
