//! What a package consists of: nothing is missing, nothing is there by mistake, and the manifest says what people look for.

use super::Member;
use crate::workspace;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// What was found in one package.
pub(super) struct Seen {
    pub(super) files: usize,
    pub(super) bytes: u64,
    pub(super) problems: Vec<String>,
}

/// Files at the root of a package that cargo itself puts there.
const CARGOS: [&str; 4] = ["Cargo.toml", "Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];
/// Files that every package has at its root.
const NEEDED: [&str; 4] = ["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
const FOLDERS: [&str; 4] = ["src/", "tests/", "examples/", "benches/"];
/// The kinds of files that code consists of, or includes.
const KINDS: [&str; 5] = ["rs", "md", "bash", "fish", "zsh"];
/// What crates.io shows or searches.
const FIELDS: [&str; 7] = ["description", "documentation", "keywords", "categories", "license", "readme", "rust-version"];

/// Looks through a package below the folder `unpacked`.
pub(super) fn look(root: &Path, unpacked: &Path, member: &Member) -> Result<Seen, String> {
    let folder = unpacked.join(member.folder());
    let mut paths = BTreeSet::new();
    let mut bytes = 0;
    walk(&folder, "", &mut paths, &mut bytes)?;
    let mut problems = files(member, &paths);
    for name in ["LICENSE-MIT", "LICENSE-APACHE"].into_iter().filter(|name| paths.contains(*name)) {
        // The file is a link in the repository, which may have been packed as it is.
        if workspace::read(&folder.join(name))? != workspace::read(&root.join(name))? {
            problems.push(format!("{name} is not the one of the workspace"));
        }
    }
    if paths.contains("README.md") && !workspace::read(&folder.join("README.md"))?.starts_with(&format!("# {}\n", member.name)) {
        problems.push("README.md begins with something else than the crate's name".to_owned());
    }
    if paths.contains("Cargo.toml") {
        let text = workspace::read(&folder.join("Cargo.toml"))?;
        let document: Table = text.parse().map_err(|error| format!("{}: {error}", folder.join("Cargo.toml").display()))?;
        problems.extend(manifest(member, &document));
    }
    Ok(Seen { files: paths.len(), bytes, problems })
}

/// All files below `folder`, as paths with `/`, and the sum of their lengths.
fn walk(folder: &Path, prefix: &str, paths: &mut BTreeSet<String>, bytes: &mut u64) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), paths, bytes)?;
        } else {
            *bytes += entry.metadata().map_err(failed)?.len();
            paths.insert(path);
        }
    }
    Ok(())
}

/// What is missing among the files, and what does not belong there.
fn files(member: &Member, paths: &BTreeSet<String>) -> Vec<String> {
    let main = if member.is_library { "src/lib.rs" } else { "src/main.rs" };
    let missing = NEEDED.into_iter().chain([main]).filter(|path| !paths.contains(*path)).map(|path| format!("{path} is missing"));
    let belongs = |path: &str| match FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        true => path.rsplit_once('.').is_some_and(|(_, kind)| KINDS.contains(&kind)),
        false => CARGOS.contains(&path) || NEEDED.contains(&path),
    };
    missing.chain(paths.iter().filter(|path| !belongs(path)).map(|path| format!("{path} does not belong in a package"))).collect()
}

/// What a packed manifest lacks.
fn manifest(member: &Member, document: &Table) -> Vec<String> {
    let empty = Table::new();
    let package = document.get("package").and_then(Value::as_table).unwrap_or(&empty);
    let mut problems: Vec<String> = FIELDS
        .into_iter()
        .filter(|field| !package.contains_key(*field))
        .map(|field| format!("the manifest has no {field}"))
        .collect();
    let all_features = || package.get("metadata")?.get("docs")?.get("rs")?.get("all-features")?.as_bool();
    if member.is_library && all_features() != Some(true) {
        problems.push("docs.rs would not show all of its features: package.metadata.docs.rs.all-features".to_owned());
    }
    for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let dependencies = document.get(table).and_then(Value::as_table).unwrap_or(&empty);
        let bad = dependencies.iter().filter(|(_, dependency)| {
            let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
            version.is_none_or(|version| version == "*") || dependency.get("path").is_some()
        });
        problems.extend(bad.map(|(name, _)| format!("{name} in {table} is taken from a folder or has no version")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(is_library: bool) -> Member {
        Member { name: "a".to_owned(), version: "1.0.0".to_owned(), has_features: false, is_library }
    }

    fn paths(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn what_is_missing_or_does_not_belong_is_named() {
        let whole = [
            ".cargo_vcs_info.json",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "README.md",
            "src/a/b.zsh",
            "src/lib.rs",
            "tests/it.rs",
        ];
        assert_eq!(files(&member(true), &paths(&whole)), Vec::<String>::new());
        assert_eq!(files(&member(false), &paths(&whole)), ["src/main.rs is missing"]);
        let without: Vec<_> = whole.into_iter().filter(|path| *path != "LICENSE-MIT").collect();
        assert_eq!(files(&member(true), &paths(&without)), ["LICENSE-MIT is missing"]);
        for odd in ["notes.txt", "src/lib.rs.orig", "src/core", "target/debug/a.rs", "src/a.pem"] {
            let all: Vec<_> = whole.into_iter().chain([odd]).collect();
            assert_eq!(files(&member(true), &paths(&all)), [format!("{odd} does not belong in a package")]);
        }
    }

    #[test]
    fn a_manifest_that_says_too_little_is_refused() {
        let good = r#"
            [package]
            description = "x"
            documentation = "x"
            keywords = []
            categories = []
            license = "MIT"
            readme = "README.md"
            rust-version = "1.90"
            metadata.docs.rs.all-features = true
            [dependencies]
            b = "1.2"
            [dev-dependencies.c]
            version = "0.1.0"
        "#;
        let problems = |text: &str| manifest(&member(true), &text.parse().expect("TOML"));
        assert_eq!(problems(good), Vec::<String>::new());
        assert_eq!(problems(&good.replace("keywords = []", "")), ["the manifest has no keywords"]);
        assert_eq!(problems(&good.replace("all-features = true", "all-features = false")).len(), 1);
        let folder = problems(&good.replace("version = \"0.1.0\"", "path = \"../c\""));
        assert_eq!(folder, ["c in dev-dependencies is taken from a folder or has no version"]);
        assert_eq!(problems(&good.replace("\"1.2\"", "\"*\"")).len(), 1);
    }
}
