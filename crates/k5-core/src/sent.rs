//! How far a request came.

/// Whether a request may have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// Certainly not: nothing changed.
    No,
    /// Some of it may have: an unsafe operation must not be repeated blindly.
    Maybe,
    /// Yes: the server answered.
    Yes,
}
