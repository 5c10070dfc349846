//! The licences of the crates in the program: those who get a copy of it are owed their notices.

use super::materials::{Name, Part};
use super::output;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One text for all: each notice once, below the crates that have it.
pub(super) fn text(root: &Path, parts: &BTreeMap<Name, Part>) -> Result<String, String> {
    let mut metadata = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    metadata.args(["metadata", "--format-version", "1", "--locked"]).current_dir(root);
    let document: Value = serde_json::from_str(&output(&mut metadata)?).map_err(|error| format!("{metadata:?}: {error}"))?;
    let mut notices: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for package in document["packages"].as_array().into_iter().flatten() {
        let field = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        let name = (field("name"), field("version"));
        let Some(part) = parts.get(&name) else { continue };
        // Those of the workspace are under the licence that stands beside this text.
        if part.checksum.is_none() {
            continue;
        }
        let title = format!("{} {}: {}", name.0, name.1, part.license);
        let found = notices_in(Path::new(&field("manifest_path")).parent().unwrap_or(root))?;
        if found.is_empty() {
            without.push(title.clone());
        }
        for notice in found {
            notices.entry(notice).or_default().push(title.clone());
        }
    }
    Ok(lay_out(&notices, &without))
}

/// The notices in a crate's folder, in the order of their files' names.
fn notices_in(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let is_notice =
            ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"].iter().any(|start| name.starts_with(start));
        if is_notice && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let read = |path: PathBuf| std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    files.into_iter().map(|path| read(path).map(|text| text.replace("\r\n", "\n").trim().to_owned())).collect()
}

fn lay_out(notices: &BTreeMap<String, Vec<String>>, without: &[String]) -> String {
    let line = "=".repeat(80);
    let mut text = "The program contains these libraries, each under its own licence.\n".to_owned();
    // In the order of the crates, not of the texts.
    let mut sorted: Vec<_> = notices.iter().map(|(notice, titles)| (titles, notice)).collect();
    sorted.sort();
    for (titles, notice) in sorted {
        text += &format!("\n{line}\n{}\n{line}\n\n{notice}\n", titles.join("\n"));
    }
    if !without.is_empty() {
        text += &format!("\n{line}\nThese came without a text of their licence:\n{}\n", without.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_that_several_have_stands_once() {
        let titles = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
        let notices = BTreeMap::from([
            ("Permission".to_owned(), titles(&["a 1: MIT", "c 1: MIT"])),
            ("Licensed".to_owned(), titles(&["b 1: Apache-2.0"])),
        ]);
        let text = lay_out(&notices, &titles(&["d 1: MIT"]));
        assert_eq!(text.matches("Permission").count(), 1);
        let place = |part: &str| text.find(part).expect("there");
        assert!(place("a 1: MIT\nc 1: MIT\n") < place("b 1: Apache-2.0") && place("b 1") < place("d 1: MIT"), "{text}");
    }

    #[test]
    fn notices_are_found_by_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("LICENSE-MIT", "two\r\n"), ("License-Apache", "one"), ("README.md", "no"), ("NOTICE", "three")] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let mut found = notices_in(folder.path()).expect("read");
        found.sort();
        assert_eq!(found, ["one", "three", "two"]);
    }
}
