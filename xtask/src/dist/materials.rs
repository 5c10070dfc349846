//! The bill of materials: which crates the program was linked from, in CycloneDX's form.

use super::output;
use crate::workspace;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use toml::Table;

/// A crate in the program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The licence as an SPDX expression.
    pub(super) license: String,
    /// The SHA-256 of the package, unless it is one of the workspace.
    pub(super) checksum: Option<String>,
    pub(super) uses: BTreeSet<Name>,
}

/// A crate's name and version.
pub(super) type Name = (String, String);

/// The crates that `k5-cli` is linked from for a target, without those that only run while it is compiled; and itself.
pub(super) fn parts(root: &Path, triple: &str) -> Result<BTreeMap<Name, Part>, String> {
    let mut tree = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    tree.args(["tree", "--locked", "--package", "k5-cli", "--edges", "normal,no-proc-macro", "--target", triple]);
    tree.args(["--prefix", "depth", "--charset", "ascii", "--format", "\t{p}\t{l}"]).current_dir(root);
    let mut parts = from_tree(&output(&mut tree)?)?;
    let lock: Table = workspace::read(&root.join("Cargo.lock"))?.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    for package in lock.get("package").and_then(|packages| packages.as_array()).into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        if let (Some(name), Some(version)) = (text("name"), text("version"))
            && let Some(part) = parts.get_mut(&(name, version))
        {
            part.checksum = text("checksum");
        }
    }
    Ok(parts)
}

/// Reads lines of `DEPTH<tab>NAME vVERSION (SOURCE)<tab>LICENSE`. What was shown before is followed by `(*)`, without what it uses.
fn from_tree(text: &str) -> Result<BTreeMap<Name, Part>, String> {
    let mut parts: BTreeMap<Name, Part> = BTreeMap::new();
    let mut above: Vec<Name> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let strange = || format!("cargo tree has another form than expected: {line:?}");
        let [depth, package, license] = line.split('\t').collect::<Vec<_>>()[..] else { return Err(strange()) };
        let depth: usize = depth.parse().map_err(|_| strange())?;
        let mut words = package.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next().and_then(|word| word.strip_prefix('v'))) else {
            return Err(strange());
        };
        let name: Name = (name.to_owned(), version.to_owned());
        above.truncate(depth);
        if let Some(user) = above.last() {
            parts.entry(user.clone()).or_default().uses.insert(name.clone());
        }
        // Some manifests still have the notation from before there were expressions.
        let license = license.trim_end_matches(" (*)").replace('/', " OR ");
        parts.entry(name.clone()).or_default().license = license;
        above.push(name);
    }
    Ok(parts)
}

/// The document.
pub(super) fn document(parts: &BTreeMap<Name, Part>) -> Result<String, String> {
    let reference = |(name, version): &Name| format!("pkg:cargo/{name}@{version}");
    let component = |name: &Name, part: &Part, kind: &str| {
        let mut component = json!({
            "type": kind,
            "bom-ref": reference(name),
            "name": name.0,
            "version": name.1,
            "licenses": [{"expression": part.license}],
            "purl": reference(name),
        });
        if let Some(sum) = &part.checksum {
            component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
        }
        component
    };
    let is_program = |name: &Name| name.0 == "k5-cli";
    let (program, part) = parts.iter().find(|(name, _)| is_program(name)).ok_or("k5-cli is not among its own parts")?;
    let libraries: Vec<Value> =
        parts.iter().filter(|(name, _)| !is_program(name)).map(|(name, part)| component(name, part, "library")).collect();
    let uses = |part: &Part| part.uses.iter().map(reference).collect::<Vec<_>>();
    let dependencies: Vec<Value> =
        parts.iter().map(|(name, part)| json!({"ref": reference(name), "dependsOn": uses(part)})).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(program, part, "application")},
        "components": libraries,
        "dependencies": dependencies,
    });
    serde_json::to_string_pretty(&document).map(|text| text + "\n").map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0\tk5-cli v0.1.0 (/k5/crates/k5-cli)\tMIT OR Apache-2.0\n\
                        1\ta v1.0.0\tMIT/Apache-2.0\n\
                        2\tb v2.0.0\tMIT\n\
                        1\tb v2.0.0\tMIT (*)\n";

    fn name(name: &str, version: &str) -> Name {
        (name.to_owned(), version.to_owned())
    }

    #[test]
    fn a_tree_becomes_parts_with_what_each_uses() {
        let parts = from_tree(TREE).expect("the usual form");
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[&name("k5-cli", "0.1.0")].uses, BTreeSet::from([name("a", "1.0.0"), name("b", "2.0.0")]));
        assert_eq!(parts[&name("a", "1.0.0")].uses, BTreeSet::from([name("b", "2.0.0")]));
        assert_eq!(parts[&name("a", "1.0.0")].license, "MIT OR Apache-2.0");
        assert_eq!(parts[&name("b", "2.0.0")].license, "MIT");
        assert!(from_tree("k5-cli v0.1.0").is_err());
    }

    #[test]
    fn the_document_refers_to_what_it_lists() {
        let document: Value = serde_json::from_str(&document(&from_tree(TREE).expect("parts")).expect("text")).expect("JSON");
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:cargo/k5-cli@0.1.0");
        assert_eq!(document["components"].as_array().map(Vec::len), Some(2));
        let used = |index: usize| document["dependencies"][index]["dependsOn"].clone();
        assert_eq!(used(0), json!(["pkg:cargo/b@2.0.0"]));
        assert_eq!(used(2), json!(["pkg:cargo/a@1.0.0", "pkg:cargo/b@2.0.0"]));
    }
}
