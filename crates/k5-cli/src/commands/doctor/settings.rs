//! The configuration: which files and settings there are, where each comes from, and what is odd about them.

use super::findings::Findings;
use crate::failure::{Outcome, by_options};
use crate::globals::Globals;
use k5::config::{CloudConfig, ConfigFiles, Origin, Setting, SettingValue, Settings, Sources};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Reports files and settings, whether or not they are enough for a login.
pub(super) fn report(findings: &mut Findings, globals: &Globals) -> Outcome {
    let sources = Sources::from_process();
    // What can't be read is reported by the configuration as a whole.
    let Ok(found) = Settings::gather(&sources, &globals.overrides()) else { return Ok(()) };
    if let (Some(_), Ok(files)) = (&found.cloud, ConfigFiles::find(&sources)) {
        for path in [files.clouds, files.secure].into_iter().flatten() {
            file(findings, &path, holds_secrets(&found, &path))?;
        }
    }
    for setting in &found.settings {
        let value = match &setting.value {
            SettingValue::Secret(_) => "***".to_owned(),
            SettingValue::Text(text) => without_login(text),
        };
        let mut detail = format!("{} = {value}, from {}", setting.name, origin(&setting.origin));
        for hidden in &setting.overridden {
            detail.push_str(&format!("; it wins over {}", origin(hidden)));
        }
        findings.fine("setting", &detail)?;
        if setting.name == "key" {
            private_key(findings, setting, &sources)?;
        }
    }
    Ok(())
}

fn holds_secrets(found: &Settings, path: &Path) -> bool {
    let is_there = |origin: &Origin| matches!(origin, Origin::Field(field) if *field.file == *path);
    found.settings.iter().any(|setting| {
        let origins = std::iter::once(&setting.origin).chain(&setting.overridden);
        matches!(setting.value, SettingValue::Secret(_)) && origins.into_iter().any(is_there)
    })
}

/// A file and its mode. What holds secrets should be closed to others.
fn file(findings: &mut Findings, path: &Path, is_secret: bool) -> Outcome {
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    let mode = about.permissions().mode() & 0o777;
    let path = path.display();
    match is_secret && mode & OTHERS != 0 {
        true => {
            let detail = format!("{path} holds secrets, and its mode {mode:04o} lets others on this machine at it");
            findings.warning("file", &detail, &format!("chmod 600 {path}"))
        }
        false => findings.fine("file", &format!("{path}, mode {mode:04o}")),
    }
}

fn private_key(findings: &mut Findings, setting: &Setting, sources: &Sources) -> Outcome {
    let SettingValue::Text(text) = &setting.value else { return Ok(()) };
    let path = match (text.strip_prefix("~/"), &sources.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => text.into(),
    };
    file(findings, &path, true)
}

fn origin(origin: &Origin) -> String {
    by_options(&origin.to_string())
}

/// A URL without user and password, which the configuration refuses but which must not show.
fn without_login(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, place)) => format!("{scheme}://***@{place}"),
            None => text.to_owned(),
        },
        None => text.to_owned(),
    }
}

/// Where the cloud is and who logs in, once that is known.
pub(super) fn usable(findings: &mut Findings, config: &CloudConfig) -> Outcome {
    let place = match (&config.name, &config.auth_url) {
        (Some(name), Some(url)) => format!("cloud {name}, Keystone at {url}"),
        (None, Some(url)) => format!("Keystone at {url}"),
        (_, None) => "no login".to_owned(),
    };
    let region = config.region.as_deref().map(|region| format!(", region {region}")).unwrap_or_default();
    findings.fine("configuration", &format!("{place}{region}, {} endpoints", config.interface.name()))?;
    for warning in &config.warnings {
        let text = by_options(warning);
        let (what, advice) = text.split_once("; ").unwrap_or((&text, ""));
        findings.warning("configuration", what, advice)?;
    }
    let clear = [("Keystone", &config.auth_url), ("every service", &config.endpoint)];
    for (what, url) in clear {
        if url.as_ref().is_some_and(|url| url.starts_with("http://") && !is_local(url)) {
            let detail = format!("requests to {what} are not encrypted, and carry the password and the token");
            findings.warning("encryption", &detail, "use https:// if the cloud offers it")?;
        }
    }
    if !config.verify {
        let advice = "trust the cloud's certificate authority with OS_CACERT instead of using --insecure";
        findings.warning("certificates", "server certificates are not checked", advice)?;
    }
    Ok(())
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1") || url.starts_with("http://[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_login() {
        assert_eq!(without_login("https://u:canary@host/v3"), "https://***@host/v3");
        assert_eq!(without_login("https://u:ca@nary@host"), "https://***@host");
        assert_eq!(without_login("https://host/v3"), "https://host/v3");
        assert_eq!(without_login("ops@example.com"), "ops@example.com");
    }
}
