//! Which proxy is used for a host: the usual variables.

use super::no_proxy::NoProxy;
use super::proxy::Proxy;
use http::Uri;
use k5_core::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

/// The variables, in order of precedence.
const HTTP: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
const HTTPS: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
const ALL: [&str; 2] = ["all_proxy", "ALL_PROXY"];
const AROUND: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxies for `http://` and `https://` targets, and what bypasses them.
///
/// As with curl and Python's clients the variable in lower case wins over the one in upper case, and a variable for the scheme over
/// `all_proxy`; an empty or blank one counts as not set, so it hides nothing.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    http: Choice,
    https: Choice,
    around: NoProxy,
}

/// An unusable value is an error only for the targets that would need it.
type Choice = Option<Result<Arc<Proxy>>>;

impl Proxies {
    /// From `own` variables if they include any of these, otherwise from the process's.
    pub(crate) fn from_environment(own: &BTreeMap<String, OsString>) -> Self {
        match [HTTP, HTTPS, ALL, AROUND].as_flattened().iter().any(|name| own.contains_key(*name)) {
            true => Self::read(|name| own.get(name).cloned()),
            false => Self::read(|name| std::env::var_os(name)),
        }
    }

    fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = variable(name)?;
                (!value.to_string_lossy().trim().is_empty()).then_some((name, value))
            })
        };
        // A web server gives its scripts a client's header `Proxy` as HTTP_PROXY.
        let http = match variable("REQUEST_METHOD") {
            Some(_) => first(["http_proxy", "http_proxy"]),
            None => first(HTTP),
        };
        let proxy = |(name, value): (&'static str, OsString)| match value.to_str() {
            Some(text) => Proxy::parse(name, text.trim()).map(Arc::new),
            None => Err(Error::new(ErrorKind::Config, format!("{name} is not a proxy's URL (it is not UTF-8)"))),
        };
        let around = first(AROUND).map(|(_, value)| NoProxy::parse(&value.to_string_lossy())).unwrap_or_default();
        Self { http: http.or_else(|| first(ALL)).map(proxy), https: first(HTTPS).or_else(|| first(ALL)).map(proxy), around }
    }

    /// The proxy for this target, if there is one.
    ///
    /// # Errors
    /// If the variable that names it has an unusable value.
    pub(crate) fn of(&self, target: &Uri) -> Result<Option<&Arc<Proxy>>> {
        let (choice, usual_port) = match target.scheme_str() {
            Some("https") => (&self.https, 443),
            _ => (&self.http, 80),
        };
        let Some(choice) = choice else { return Ok(None) };
        match self.around.contains(target.host().unwrap_or_default(), target.port_u16().unwrap_or(usual_port)) {
            true => Ok(None),
            false => choice.as_ref().map(Some).map_err(Error::clone),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which proxy a target gets, or the kind of error.
    fn of(variables: &[(&str, &str)], target: &'static str) -> String {
        let proxies = Proxies::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()));
        match proxies.of(&Uri::from_static(target)) {
            Ok(None) => "direct".to_owned(),
            Ok(Some(proxy)) => proxy.shown(),
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    #[test]
    fn which_variable_wins() {
        for (variables, http, https) in [
            (&[] as &[_], "direct", "direct"),
            (&[("http_proxy", "a:1"), ("HTTP_PROXY", "b:2")], "http://a:1", "direct"),
            (&[("http_proxy", ""), ("HTTP_PROXY", "b:2")], "http://b:2", "direct"),
            (&[("http_proxy", " "), ("HTTP_PROXY", " b:2 ")], "http://b:2", "direct"),
            (&[("https_proxy", "a:1"), ("HTTPS_PROXY", "")], "direct", "http://a:1"),
            (&[("ALL_PROXY", "a:1"), ("HTTPS_PROXY", "b:2")], "http://a:1", "http://b:2"),
            (&[("all_proxy", "a:1"), ("ALL_PROXY", "b:2"), ("https_proxy", "")], "http://a:1", "http://a:1"),
            (&[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")], "direct", "direct"),
            (&[("http_proxy", "a:1"), ("REQUEST_METHOD", "GET")], "http://a:1", "direct"),
            (&[("all_proxy", "socks4://a:1"), ("https_proxy", "b:2")], "Config", "http://b:2"),
            (&[("all_proxy", "socks4://a:1"), ("no_proxy", "*")], "direct", "direct"),
            (&[("all_proxy", "a:1"), ("no_proxy", ""), ("NO_PROXY", "cloud.example")], "direct", "direct"),
            (&[("all_proxy", "a:1"), ("no_proxy", "cloud.example"), ("NO_PROXY", "")], "direct", "direct"),
            (&[("all_proxy", "a:1"), ("no_proxy", "cloud.example:443")], "http://a:1", "direct"),
            (&[("all_proxy", "a:1"), ("no_proxy", "cloud.example:80")], "direct", "http://a:1"),
            (&[("all_proxy", "a:1"), ("no_proxy", "other"), ("NO_PROXY", "*")], "http://a:1", "http://a:1"),
        ] {
            assert_eq!(of(variables, "http://cloud.example/v3"), http, "{variables:?}");
            assert_eq!(of(variables, "https://cloud.example/v3"), https, "{variables:?}");
        }
    }

    #[test]
    fn a_programs_own_variables_name_proxies_too() {
        let own = BTreeMap::from([("http_proxy".to_owned(), "a:1".into())]);
        let proxies = Proxies::from_environment(&own);
        assert_eq!(proxies.of(&Uri::from_static("http://h/")).expect("one").expect("one").shown(), "http://a:1");
    }
}
