//! How many of several items failed, and what that means for the exit status.

use crate::failure::{Failure, Outcome, PARTLY, say};

/// Counts items. Each failure is reported when it happens.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    done: u64,
    failed: u64,
    first: Option<Failure>,
}

impl Tally {
    /// Takes the outcome of an item in.
    ///
    /// # Errors
    /// With a failure that every other item would share: it ends the command, unreported.
    pub(crate) fn count(&mut self, outcome: Outcome) -> Outcome {
        match outcome {
            Ok(()) => self.done += 1,
            Err(failure) if failure.is_fatal() => return Err(failure),
            Err(failure) => {
                self.failed += 1;
                failure.report();
                self.first.get_or_insert(failure);
            }
        }
        Ok(())
    }

    /// How many failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// Whether there was a single item, and it failed: then its own error says everything.
    pub(crate) fn is_one_failure(&self) -> bool {
        (self.done, self.failed) == (0, 1)
    }

    /// The outcome of the command, which says how many failed.
    pub(crate) fn outcome(self) -> Outcome {
        if self.failed > 0 && !self.is_one_failure() {
            say(format!("{} of {} failed", self.failed, self.done + self.failed));
        }
        self.status()
    }

    /// The outcome of a command that has said how many failed: the failure of a single item has its own status.
    pub(crate) fn status(self) -> Outcome {
        let one = self.is_one_failure();
        match self.first {
            None => Ok(()),
            Some(failure) if one => Err(Failure::reported(failure.status())),
            Some(_) => Err(Failure::reported(PARTLY)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_keeps_its_status_and_many_share_one() {
        let mut one = Tally::default();
        one.count(Err(Failure::usage("x"))).expect("counted");
        assert_eq!(one.outcome().expect_err("failed").status(), 2);
        let mut two = Tally::default();
        two.count(Err(Failure::usage("x"))).expect("counted");
        two.count(Ok(())).expect("counted");
        assert_eq!(two.outcome().expect_err("failed").status(), 4);
        assert!(two_fatal().is_err());
    }

    fn two_fatal() -> Outcome {
        Tally::default().count(Err(Failure::new(crate::failure::NO_CLOUD, "login")))
    }
}
