//! How a command proves who it is, which the hints on a login depend on.

use std::sync::OnceLock;

/// How this command proves who it is.
static PROOF: OnceLock<Proof> = OnceLock::new();

/// How a command proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By user and password, or by what stands in a password's place.
    Password,
    /// By a token that was given.
    Token,
    /// By an application credential.
    Credential,
    /// By a one-time passcode, alone or beside others.
    Passcode,
    /// By an identity provider, which gives a token for user and password.
    ProviderPassword,
    /// By an identity provider, which gives a token to the client itself.
    ProviderClient,
    /// By a token of an identity provider.
    ProviderToken,
    /// By a client's id and secret for Keystone's OAuth 2.0.
    OAuth2,
}

/// Says how the command proves who it is. The first word counts.
pub(crate) fn proves_by(proof: Proof) {
    let _ = PROOF.set(proof);
}

/// What was said of it, or else that it is by password.
pub(super) fn proof() -> Proof {
    PROOF.get().copied().unwrap_or(Proof::Password)
}
