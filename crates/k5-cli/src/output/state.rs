//! What a state means, and the colour that says so.

/// The colour of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hue {
    /// As it should be.
    Green,
    /// Failed.
    Red,
    /// On its way to another state.
    Yellow,
}

/// Words that say that all is well.
const GOOD: &[&str] = &["active", "available", "in-use", "running", "ok", "up", "enabled", "success", "succeeded", "finished"];

/// Words of states that pass by themselves, or wait for somebody, and don't end in `ing`.
const PASSING: &[&str] = &[
    "build",
    "rebuild",
    "reboot",
    "hard_reboot",
    "resize",
    "verify_resize",
    "revert_resize",
    "password",
    "queued",
    "accepted",
    "warning",
    "reserved",
    "maintenance",
];

/// The colour of a state; `None` for those that are neither good nor bad, such as `SHUTOFF`.
pub(super) fn hue(state: &str) -> Option<Hue> {
    let state = state.trim().to_ascii_lowercase();
    if state.contains("error") || state.contains("fail") || state == "killed" {
        return Some(Hue::Red);
    }
    if GOOD.contains(&state.as_str()) || state.ends_with("complete") || state.ends_with("completed") {
        return Some(Hue::Green);
    }
    let is_passing = state.ends_with("ing") || state.ends_with("in_progress") || state.starts_with("pending");
    (is_passing || PASSING.contains(&state.as_str())).then_some(Hue::Yellow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_the_services() {
        for (hue_of, states) in [
            (Some(Hue::Green), &["ACTIVE", "available", "in-use", "CREATE_COMPLETE", "running", "ok"][..]),
            (Some(Hue::Red), &["ERROR", "error_deleting", "CREATE_FAILED", "failed", "killed"]),
            (
                Some(Hue::Yellow),
                &["BUILD", "creating", "VERIFY_RESIZE", "UPDATE_IN_PROGRESS", "queued", "pending_delete", "MIGRATING"],
            ),
            (None, &["SHUTOFF", "PAUSED", "SHELVED", "deleted", "DOWN", "", "skipped"]),
        ] {
            for state in states {
                assert_eq!(hue(state), hue_of, "{state}");
            }
        }
    }
}
