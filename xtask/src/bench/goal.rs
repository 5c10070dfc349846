//! The goals, and whether they were met.

use super::contest::{Figure, Outcome};

/// The name of our command, and of the one without comparison of checksums.
pub(crate) const K5: &str = "k5";
pub(crate) const K5_PLAIN: &str = "k5 --no-verify";
pub(crate) const FLOOR: &str = "bare hyper-util";

pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) figure: Figure,
    pub(crate) ours: &'static str,
    pub(crate) limit: Limit,
}

pub(crate) enum Limit {
    /// This many times the slowest of these peers.
    Times(f64, Vec<&'static str>),
    /// This many times the fastest of these peers, or the smallest value if it is not a time.
    Fastest(f64, Vec<&'static str>),
    /// This value.
    Value(f64),
    /// No further than this from that one.
    Within(f64, &'static str),
}

impl Goal {
    pub(crate) fn times(what: impl Into<String>, figure: Figure, ours: &'static str, factor: f64, peers: &[&'static str]) -> Self {
        Self { what: what.into(), figure, ours, limit: Limit::Times(factor, peers.to_vec()) }
    }

    pub(crate) fn fastest(what: impl Into<String>, figure: Figure, factor: f64, peers: &[&'static str]) -> Self {
        Self { what: what.into(), figure, ours: K5, limit: Limit::Fastest(factor, peers.to_vec()) }
    }

    pub(crate) fn at_most(what: impl Into<String>, figure: Figure, value: f64) -> Self {
        Self { what: what.into(), figure, ours: K5, limit: Limit::Value(value) }
    }

    /// By the medians.
    pub(crate) fn judge(&self, outcome: &Outcome) -> Verdict {
        let ours = outcome.median(self.ours, self.figure);
        let limit = match &self.limit {
            Limit::Times(factor, peers) => format!("{factor} × {}", peers.join(" or ")),
            Limit::Fastest(factor, peers) => format!("{factor} × the least of {}", peers.join(", ")),
            Limit::Value(value) => self.figure.show(*value),
            Limit::Within(distance, peer) => format!("{} from {peer}", self.figure.show(*distance)),
        };
        let measured = ours.and_then(|ours| self.measure(ours, outcome));
        Verdict { what: self.what.clone(), limit, measured }
    }

    fn measure(&self, ours: f64, outcome: &Outcome) -> Option<Measured> {
        let shown = self.figure.show(ours);
        Some(match &self.limit {
            Limit::Times(factor, peers) => {
                // Without one of them, the slowest is not known.
                let medians: Option<Vec<f64>> = peers.iter().map(|peer| outcome.median(peer, self.figure)).collect();
                let slowest = medians?.into_iter().fold(0.0, f64::max);
                let ratio = ours / slowest;
                Measured { text: format!("{ratio:.3} × ({shown} to {})", self.figure.show(slowest)), met: ratio <= *factor }
            }
            Limit::Fastest(factor, peers) => {
                // The missing one might be the fastest.
                let medians: Option<Vec<_>> = peers.iter().map(|peer| Some((outcome.median(peer, self.figure)?, *peer))).collect();
                let (least, peer) = medians?.into_iter().min_by(|one, other| one.0.total_cmp(&other.0))?;
                let ratio = ours / least;
                let text = format!("{ratio:.3} × ({shown} to {} of {peer})", self.figure.show(least));
                Measured { text, met: ratio <= *factor }
            }
            Limit::Value(value) => Measured { text: shown, met: ours <= *value },
            Limit::Within(distance, peer) => {
                let theirs = outcome.median(peer, self.figure)?;
                let apart = (ours - theirs).abs();
                let text = format!("{} ({shown} and {})", self.figure.show(apart), self.figure.show(theirs));
                Measured { text, met: apart <= *distance }
            }
        })
    }
}

/// A line of the table of goals.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) limit: String,
    /// `None` if one of the figures is missing.
    pub(crate) measured: Option<Measured>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) text: String,
    pub(crate) met: bool,
}

#[cfg(test)]
mod tests {
    use super::super::contest::outcome;
    use super::*;

    fn met(goal: &Goal, series: &[(&'static str, &[f64])]) -> Option<bool> {
        goal.judge(&outcome(series)).measured.map(|measured| measured.met)
    }

    #[test]
    fn ratios_are_of_medians_against_the_slowest() {
        let goal = Goal::times("wall", Figure::Wall, K5, 1.05, &["curl", "md5sum"]);
        assert_eq!(met(&goal, &[("k5", &[1.0, 2.0, 90.0]), ("curl", &[1.0, 1.0, 1.0]), ("md5sum", &[2.0, 2.0, 2.0])]), Some(true));
        assert_eq!(met(&goal, &[("k5", &[2.2]), ("curl", &[1.0]), ("md5sum", &[2.0])]), Some(false));
        let verdict = goal.judge(&outcome(&[("k5", &[2.2]), ("curl", &[1.0]), ("md5sum", &[2.0])]));
        assert_eq!(verdict.limit, "1.05 × curl or md5sum");
        assert_eq!(verdict.measured.expect("measured").text, "1.100 × (2.200 s to 2.000 s)");
    }

    #[test]
    fn without_a_figure_there_is_no_verdict() {
        let goal = Goal::times("wall", Figure::Wall, K5, 1.05, &["curl", "md5sum"]);
        assert_eq!(met(&goal, &[("k5", &[1.0]), ("curl", &[1.0])]), None);
        assert_eq!(met(&goal, &[("curl", &[1.0]), ("md5sum", &[1.0])]), None);
    }

    #[test]
    fn the_fastest_of_several_decides() {
        let goal = Goal::fastest("wall", Figure::Wall, 1.0, &["curl", "rclone"]);
        let verdict = goal.judge(&outcome(&[("k5", &[2.0]), ("curl", &[4.0]), ("rclone", &[2.5])]));
        assert_eq!(verdict.limit, "1 × the least of curl, rclone");
        let text = "0.800 × (2.000 s to 2.500 s of rclone)".to_owned();
        assert_eq!(verdict.measured, Some(Measured { text, met: true }));
        assert_eq!(met(&goal, &[("k5", &[3.0]), ("curl", &[4.0]), ("rclone", &[2.5])]), Some(false));
        assert_eq!(met(&goal, &[("k5", &[2.0]), ("curl", &[4.0])]), None);
    }

    #[test]
    fn bounds_and_distances() {
        let goal = |limit| Goal { what: String::new(), figure: Figure::Peak, ours: K5, limit };
        assert_eq!(met(&goal(Limit::Value(10.0)), &[("k5", &[1.0])]), Some(true));
        assert_eq!(met(&goal(Limit::Value(9.9)), &[("k5", &[1.0])]), Some(false));
        assert_eq!(met(&goal(Limit::Within(1.0, "b")), &[("k5", &[1.0]), ("b", &[1.05])]), Some(true));
        assert_eq!(met(&goal(Limit::Within(1.0, "b")), &[("k5", &[1.0]), ("b", &[1.2])]), Some(false));
    }
}
