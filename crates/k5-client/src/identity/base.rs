//! The URL below which a service's paths begin.

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use k5_core::{Error, ErrorKind, Result};

/// Scheme, host and root path of a service, parsed once rather than for each call.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    scheme: Scheme,
    authority: Authority,
    path: String,
}

impl Base {
    /// Parses a URL from the catalogue or the user.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let mut base = Self::exact(url)?;
        base.path.truncate(base.path.trim_end_matches('/').len());
        Ok(base)
    }

    /// The same for a URL whose trailing slash matters.
    pub(crate) fn exact(url: &str) -> Result<Self> {
        let broken = |why: String| Error::new(ErrorKind::Config, format!("{url:?} is not a valid service URL: {why}"));
        let parts = url.parse::<Uri>().map_err(|error| broken(error.to_string()))?.into_parts();
        match (parts.scheme, parts.authority) {
            (Some(scheme), Some(authority)) if scheme == Scheme::HTTP || scheme == Scheme::HTTPS => {
                let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path).to_owned();
                Ok(Self { scheme, authority, path })
            }
            _ => Err(broken("it must begin with http:// or https:// and a host".to_owned())),
        }
    }

    /// The root path, without a slash at the end.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether an eavesdropper can read what is sent.
    pub(crate) fn is_clear(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The absolute URI of a path on this host.
    pub(crate) fn uri(&self, target: PathAndQuery) -> Result<Uri> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).map_err(|error| Error::invalid_input("this can't be made into a URI").with_source(error))
    }
}
