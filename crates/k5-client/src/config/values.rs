//! Parses text values, with errors that name their origin.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;

use super::Interface;
use super::error::ConfigError;
use super::setting::Entry;

/// `OBJECT_STORE`, `object_store` and `object-store` are one service type.
pub(super) fn service_type(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The Keystone base in the form `scheme://host[:port][/prefix]/v3`.
pub(super) fn auth_url(entry: &Entry, region: Option<&str>) -> Result<String, ConfigError> {
    let text = with_region(entry, region)?;
    let url = http_url(entry, &text)?;
    if url.query().is_some() || text.contains('#') {
        return Err(entry.invalid("the identity URL must not have a query (?) or a fragment (#)"));
    }
    let path = url.path().trim_end_matches('/');
    // The address of the login call itself is often pasted from documentation.
    let path = path.strip_suffix("/auth/tokens").unwrap_or(path).trim_end_matches('/');
    let (prefix, last) = path.rsplit_once('/').unwrap_or(("", path));
    let path = if last.eq_ignore_ascii_case("v3") {
        format!("{prefix}/v3")
    } else if is_version(last) {
        return Err(entry.invalid(format!(
            "the identity URL ends in /{last}, but only Identity v3 is supported; end it in /v3 (or leave the version out)"
        )));
    } else {
        format!("{path}/v3")
    };
    Ok(format!("{}{path}", origin(&url)))
}

fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// An endpoint as given, without trailing slashes. Placeholders such as `%(project_id)s` stay: only a token can
/// fill them.
pub(super) fn endpoint(entry: &Entry, region: Option<&str>) -> Result<String, ConfigError> {
    let text = with_region(entry, region)?;
    http_url(entry, &text)?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// A URL as given, including a trailing slash.
pub(super) fn address(entry: &Entry, region: Option<&str>) -> Result<String, ConfigError> {
    let text = with_region(entry, region)?;
    http_url(entry, &text)?;
    Ok(text)
}

/// Scheme, host and port; without the port where it is the usual one.
fn origin(url: &Uri) -> String {
    let (scheme, host) = (url.scheme_str().unwrap_or_default(), url.host().unwrap_or_default());
    let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let port = url.port_u16().filter(|port| *port != usual).map(|port| format!(":{port}"));
    format!("{scheme}://{host}{}", port.unwrap_or_default()).to_ascii_lowercase()
}

fn http_url(entry: &Entry, text: &str) -> Result<Uri, ConfigError> {
    // The text may carry a password before the host, so no message repeats it.
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let Some("http" | "https") = scheme.as_deref() else {
        return Err(entry.invalid("the URL must begin with https:// or http://"));
    };
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(entry.invalid("the URL contains white space"));
    }
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    if after_scheme.split(['/', '?', '#']).next().unwrap_or_default().contains('@') {
        return Err(entry.invalid("the URL must not contain a user or password (user:password@host)"));
    }
    let url = text.parse::<Uri>().map_err(|error| entry.invalid(format!("this is not a URL: {error}")))?;
    let (authority, host) = (url.authority().map_or("", |authority| authority.as_str()), url.host().unwrap_or_default());
    let port = authority.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')).unwrap_or_default();
    if host.is_empty() || !port.is_empty() && url.port_u16().is_none() {
        return Err(entry.invalid("this is not a URL: it needs a host, and a port must be a number up to 65535"));
    }
    Ok(url)
}

/// Fills `{region_name}`, so that one clouds.yaml entry serves every region of K5.
fn with_region(entry: &Entry, region: Option<&str>) -> Result<String, ConfigError> {
    let mut text = entry.text.trim().to_owned();
    if text.contains("{region_name}") {
        let Some(region) = region else {
            return Err(entry.invalid("the URL contains {region_name}, but no region is set; set OS_REGION_NAME or region_name"));
        };
        if !region.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
            return Err(entry.invalid("the region that fills {region_name} may only contain letters, digits, '-', '_' and '.'"));
        }
        text = text.replace("{region_name}", region);
    }
    if text.contains(['{', '}']) {
        return Err(entry.invalid("the only placeholder in braces that the URL may contain is {region_name}"));
    }
    Ok(text)
}

pub(super) fn flag(entry: &Entry) -> Result<bool, ConfigError> {
    match entry.text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "t" | "y" | "1" => Ok(true),
        "false" | "no" | "off" | "f" | "n" | "0" => Ok(false),
        _ => Err(entry.invalid("expected true or false")),
    }
}

pub(super) fn timeout(entry: &Entry) -> Result<Duration, ConfigError> {
    let seconds = entry.text.trim().parse::<f64>().ok();
    seconds
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| entry.invalid("expected a number of seconds greater than 0"))
}

pub(super) fn interface(entry: &Entry) -> Result<Interface, ConfigError> {
    let text = entry.text.trim();
    // The old clients spelled it publicURL.
    match text.strip_suffix("URL").unwrap_or(text) {
        "public" => Ok(Interface::Public),
        "internal" => Ok(Interface::Internal),
        "admin" => Ok(Interface::Admin),
        _ => Err(entry.invalid("the interface must be public, internal or admin")),
    }
}

/// A path with a leading `~` replaced by the home folder.
pub(super) fn path(entry: &Entry, home: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let rest = match entry.text.strip_prefix('~') {
        Some("") => "",
        Some(rest) if rest.starts_with(['/', std::path::MAIN_SEPARATOR]) => {
            rest.trim_start_matches(['/', std::path::MAIN_SEPARATOR])
        }
        _ => return Ok(PathBuf::from(&entry.text)),
    };
    match home {
        Some(home) => Ok(home.join(rest)),
        None => Err(entry.invalid("the path begins with ~, but the home folder is not known")),
    }
}
