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

    /// The outcome of the command: the failure of a single item has its own status.
    pub(crate) fn outcome(self) -> Outcome {
        match (self.first, self.done + self.failed) {
            (None, _) => Ok(()),
            (Some(failure), 1) => Err(Failure::reported(failure.status())),
            (Some(_), all) => {
                say(format!("{} of {all} failed", self.failed));
                Err(Failure::reported(PARTLY))
            }
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
