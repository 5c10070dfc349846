//! Clouds that a file of `export OS_...=...` lines describes.

use k5::config::Sources;
use k5::{Cloud, Result};

/// The variables of an openrc file; quotes around a value are taken off.
pub fn sources(text: &str) -> Sources {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='));
    lines
        .fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name.trim(), value.trim().trim_matches(['"', '\''])))
}

/// The cloud of an openrc file.
///
/// # Errors
/// When what it says is not enough to log in.
///
/// # Panics
/// When the file can't be read.
pub fn cloud(path: &str) -> Result<Cloud> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path} can't be read: {error}"));
    Cloud::builder().sources(sources(&text)).build()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_openrc_file_becomes_variables() {
        let sources = super::sources("# a comment\nexport OS_USERNAME=\"demo\"\n  export OS_PASSWORD='a=b'\nOS_TOKEN=x\n");
        let seen: Vec<_> = sources.environment.iter().map(|(name, value)| (name.as_str(), value.to_str())).collect();
        assert_eq!(seen, [("OS_PASSWORD", Some("a=b")), ("OS_USERNAME", Some("demo"))]);
    }
}
