//! The members of the workspace that are published.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that is published.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) version: String,
    /// Whether it has any feature; then it should compile without them, too.
    pub(super) has_features: bool,
    pub(super) is_library: bool,
}

impl Member {
    /// The folder that its package unpacks to.
    pub(super) fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// The published members of the workspace at `root` in the order of their names, and the target folder.
pub(super) fn read(root: &Path) -> Result<(Vec<Member>, PathBuf), String> {
    let mut command = Command::new(super::cargo());
    command.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]).current_dir(root);
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let document: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("{command:?}: {error}"))?;
    published(&document).ok_or_else(|| format!("{command:?} has another form than expected"))
}

fn published(document: &Value) -> Option<(Vec<Member>, PathBuf)> {
    let mut members = Vec::new();
    for package in document["packages"].as_array()? {
        // `null` is anywhere, and an empty list is nowhere.
        if package["publish"].as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let is_library = |target: &Value| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib"));
        members.push(Member {
            name: package["name"].as_str()?.to_owned(),
            version: package["version"].as_str()?.to_owned(),
            has_features: !package["features"].as_object()?.is_empty(),
            is_library: package["targets"].as_array()?.iter().any(is_library),
        });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Some((members, document["target_directory"].as_str()?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_published_nowhere_is_left_out() {
        let package = |name: &str, publish: Value| {
            let targets = json!([{"kind": ["lib"]}, {"kind": ["test"]}]);
            json!({"name": name, "version": "1.0.0", "publish": publish, "features": {}, "targets": targets})
        };
        let packages = [package("b", Value::Null), package("tests", json!([])), package("a", Value::Null)];
        let (members, target) = published(&json!({"packages": packages, "target_directory": "/t"})).expect("the usual form");
        assert_eq!(members.iter().map(Member::folder).collect::<Vec<_>>(), ["a-1.0.0", "b-1.0.0"]);
        assert!(members[0].is_library && !members[0].has_features);
        assert_eq!(target, Path::new("/t"));
    }
}
