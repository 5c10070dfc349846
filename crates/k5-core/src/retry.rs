//! When to try again and when to give up: the rules, without a clock or a connection.

use crate::sent::Sent;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Statuses that may be temporary: overload, rate limits, gateways.
pub const RETRYABLE_STATUSES: &[u16] = &[408, 429, 498, 500, 502, 503, 504];
/// Those among them that mean the server did nothing, so any operation may be repeated.
const REFUSED_STATUSES: &[u16] = &[429, 498];

/// How often to retry and how long to wait.
///
/// ```
/// use k5_core::retry::RetryPolicy;
/// let patient = RetryPolicy::new().max_attempts(10).max_delay(std::time::Duration::from_secs(120));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts of one call, including the first.
    pub max_attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub base_delay: Duration,
    /// The longest wait of all. If a server asks for more with `Retry-After`, the call fails instead of hanging.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// Whether the request may have reached the server.
    pub sent: Sent,
    /// What `Retry-After` asked for.
    pub retry_after: Option<Duration>,
}

impl Outcome {
    /// An answer of this status, or none.
    pub const fn new(status: Option<u16>, sent: Sent) -> Self {
        Self { status, sent, retry_after: None }
    }

    /// What `Retry-After` asked for.
    pub const fn retry_after(self, wait: Option<Duration>) -> Self {
        Self { retry_after: wait, ..self }
    }

    /// Whether the attempt may have been carried out although no answer says so: it got none, or one from a server or gateway that
    /// doesn't know.
    pub fn may_have_been_done(self) -> bool {
        match self.status {
            Some(status) => RETRYABLE_STATUSES.contains(&status) && !REFUSED_STATUSES.contains(&status),
            None => self.sent != Sent::No,
        }
    }
}

impl RetryPolicy {
    /// Five attempts, with waits of up to 250 ms at first and never more than 30 s.
    pub const fn new() -> Self {
        Self { max_attempts: 5, base_delay: Duration::from_millis(250), max_delay: Duration::from_secs(30) }
    }

    /// The maximum number of attempts of one call, including the first; 0 counts as 1.
    pub const fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts, ..self }
    }

    /// The longest wait before the second attempt; it doubles with each further one.
    pub const fn base_delay(self, delay: Duration) -> Self {
        Self { base_delay: delay, ..self }
    }

    /// The longest wait of all, and the longest `Retry-After` that is honoured.
    pub const fn max_delay(self, delay: Duration) -> Self {
        Self { max_delay: delay, ..self }
    }

    /// How long to wait before attempt `made + 1`, or `None` to give up. `random` is in `0.0..1.0`: full jitter spreads out the
    /// clients of a server that is recovering.
    pub fn delay(&self, outcome: Outcome, idempotent: bool, made: u32, random: f64) -> Option<Duration> {
        if made >= self.max_attempts {
            return None;
        }
        let repeatable = match outcome.status {
            Some(status) if REFUSED_STATUSES.contains(&status) => true,
            Some(status) => idempotent && RETRYABLE_STATUSES.contains(&status),
            None => idempotent || outcome.sent == Sent::No,
        };
        if !repeatable {
            return None;
        }
        match outcome.retry_after {
            Some(asked) if asked > self.max_delay => None,
            Some(asked) => Some(asked.saturating_add(part(self.base_delay, random))),
            None => {
                let ceiling = self.base_delay.saturating_mul(1 << made.saturating_sub(1).min(20)).min(self.max_delay);
                Some(part(ceiling, random))
            }
        }
    }
}

/// A random part of a wait. A caller's `random` may be anything.
fn part(wait: Duration, random: f64) -> Duration {
    // Of the longest wait that there is, the product may round up to more than that.
    Duration::try_from_secs_f64(wait.as_secs_f64() * random.clamp(0.0, 1.0)).map_or(wait, |part| part.min(wait))
}

/// All retries of a client, as a token bucket: when a server is down, every call fails fast instead of trying five times.
#[derive(Debug)]
pub struct RetryBudget {
    tokens: AtomicU32,
    capacity: u32,
}

impl RetryBudget {
    /// What a retry takes.
    pub const COST: u32 = 5;
    /// What a success at the first attempt gives back.
    pub const REFUND: u32 = 1;

    /// A full bucket.
    pub fn new(capacity: u32) -> Self {
        Self { tokens: AtomicU32::new(capacity), capacity }
    }

    /// Pays for a retry; `false` when the bucket is empty.
    pub fn pay(&self) -> bool {
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| have.checked_sub(Self::COST)).is_ok()
    }

    /// Gives `tokens` back: [`Self::COST`] after a retry that succeeded, [`Self::REFUND`] after a first attempt that did.
    pub fn refund(&self, tokens: u32) {
        // Full is the usual state, and then nothing need be written.
        if self.tokens.load(Ordering::Relaxed) < self.capacity {
            let _ = self
                .tokens
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |have| Some(have.saturating_add(tokens).min(self.capacity)));
        }
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(status: Option<u16>, sent: Sent) -> Outcome {
        Outcome::new(status, sent)
    }

    #[test]
    fn what_is_repeated() {
        let policy = RetryPolicy::default();
        let again = |status, sent, idempotent| policy.delay(outcome(status, sent), idempotent, 1, 0.5).is_some();
        assert!(again(Some(503), Sent::Yes, true));
        assert!(!again(Some(503), Sent::Yes, false), "a server may have been created");
        assert!(again(Some(429), Sent::Yes, false), "the server says that it did nothing");
        assert!(again(None, Sent::No, false), "nothing was sent");
        assert!(!again(None, Sent::Maybe, false));
        assert!(again(None, Sent::Maybe, true));
        for status in [400, 401, 403, 404, 409, 412, 413, 422, 501, 507] {
            assert!(!again(Some(status), Sent::Yes, true), "{status}");
        }
    }

    #[test]
    fn what_may_have_been_done() {
        for (status, sent, expected) in [
            (None, Sent::No, false),
            (None, Sent::Maybe, true),
            (None, Sent::Yes, true),
            (Some(503), Sent::Yes, true),
            (Some(504), Sent::Yes, true),
            (Some(429), Sent::Yes, false),
            (Some(404), Sent::Yes, false),
            (Some(412), Sent::Yes, false),
            (Some(417), Sent::Yes, false),
        ] {
            assert_eq!(outcome(status, sent).may_have_been_done(), expected, "{status:?} {sent:?}");
        }
    }

    #[test]
    fn retry_after_is_obeyed_or_given_up() {
        let policy = RetryPolicy::default();
        let asked = |seconds| outcome(Some(503), Sent::Yes).retry_after(Some(Duration::from_secs(seconds)));
        let wait = policy.delay(asked(3), true, 1, 0.5).expect("waits");
        assert!(wait >= Duration::from_secs(3) && wait < Duration::from_secs(4));
        assert_eq!(policy.delay(asked(3600), true, 1, 0.5), None);
    }

    proptest! {
        #[test]
        fn delays_stay_under_the_ceiling_and_attempts_end(made in 0u32..100, random in 0.0f64..1.0) {
            let policy = RetryPolicy::default();
            match policy.delay(outcome(Some(503), Sent::Yes), true, made, random) {
                Some(wait) => {
                    prop_assert!(made < policy.max_attempts);
                    prop_assert!(wait <= policy.max_delay);
                }
                None => prop_assert!(made >= policy.max_attempts),
            }
        }

        #[test]
        fn any_policy_gives_a_wait(
            base in any::<u64>(), longest in any::<u64>(), asked in any::<Option<u64>>(), made in any::<u32>(), random in any::<f64>(),
        ) {
            let (base, longest) = (Duration::from_secs(base), Duration::from_secs(longest));
            let policy = RetryPolicy::new().max_attempts(u32::MAX).base_delay(base).max_delay(longest);
            let last = outcome(Some(503), Sent::Yes).retry_after(asked.map(Duration::from_secs));
            if let (Some(wait), None) = (policy.delay(last, true, made, random), asked) {
                prop_assert!(wait <= longest);
            }
        }

        #[test]
        fn the_budget_never_exceeds_its_capacity(steps in proptest::collection::vec(0u8..3, 0..200)) {
            let budget = RetryBudget::new(50);
            let (mut paid, mut back) = (0u32, 0u32);
            for step in steps {
                match step {
                    0 => paid += u32::from(budget.pay()) * RetryBudget::COST,
                    1 => { budget.refund(RetryBudget::REFUND); back += RetryBudget::REFUND }
                    _ => { budget.refund(RetryBudget::COST); back += RetryBudget::COST }
                }
                prop_assert!(paid <= 50 + back);
            }
        }
    }
}
