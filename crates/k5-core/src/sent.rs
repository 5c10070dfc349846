//! How far a request got.

/// Whether a request may have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// Definitely not: nothing changed.
    No,
    /// Possibly: an unsafe operation must not be repeated blindly.
    Maybe,
    /// Yes: the server answered.
    Yes,
}
