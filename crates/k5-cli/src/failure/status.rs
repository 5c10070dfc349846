//! The exit statuses.

use k5::{Error, ErrorKind};

/// The cloud said no.
pub(crate) const REFUSED: u8 = 1;
/// Wrong usage or input; nothing was sent.
pub(crate) const USAGE: u8 = 2;
/// No usable cloud: configuration, region, connection, login.
pub(crate) const NO_CLOUD: u8 = 3;
/// Some of many failed.
pub(crate) const PARTLY: u8 = 4;
/// Interrupted.
pub(crate) const INTERRUPTED: u8 = 130;
/// Told to end.
pub(crate) const TERMINATED: u8 = 143;

/// The status that fits an error of the SDK.
pub(super) fn of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Local => USAGE,
        ErrorKind::Config | ErrorKind::NoEndpoint | ErrorKind::Connect | ErrorKind::Login => NO_CLOUD,
        _ => REFUSED,
    }
}
