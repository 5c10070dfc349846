//! The URL that a schedule calls.

use crate::limits;
use k5_core::Result;

/// A signal URL of a scaling policy. The service's own documents have spaces in front of it: leading and trailing ones are trimmed,
/// and everything between them stays as is.
///
/// ```
/// use k5_autoscale::SignalUrl;
/// assert_eq!(SignalUrl::from(" http://h/v1/signal\n").as_str(), "http://h/v1/signal");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalUrl(String);

impl SignalUrl {
    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a URL that the service can't call.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check(url: &Self) -> Result<()> {
        limits::signal_url(url.as_str())
    }
}

impl From<String> for SignalUrl {
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

k5_core::text!(SignalUrl);
