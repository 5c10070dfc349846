//! Parses what openrc files and servers print for a shell.

use std::collections::BTreeMap;

/// The values of `export NAME=VALUE` lines; everything else is ignored.
pub(crate) fn exports(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches(['"', '\'']).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_variables_are_read() {
        let found = exports("# a comment\nexport OS_USERNAME=demo\n  export OS_PASSWORD='a=b'\nOS_NO=1\n");
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("OS_PASSWORD", "a=b"), ("OS_USERNAME", "demo")]);
    }
}
