//! What the README states about the product is true, and its program runs with the dependencies that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn table(path: &str) -> toml::Table {
    text(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The first block of code in this language that has `wanted` in it.
fn block<'a>(readme: &'a str, language: &str, wanted: &str) -> &'a str {
    let mut blocks = readme.split("\n```").filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    blocks.find(|block| block.contains(wanted)).unwrap_or_else(|| panic!("no block of {language} with {wanted}"))
}

/// Everything that stands in the first column of a table, or in the text, between backticks.
fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The folders of `crates` by the names of the packages in them.
fn packages() -> BTreeMap<String, PathBuf> {
    let folders = std::fs::read_dir(root().join("crates")).expect("listed").map(|entry| entry.expect("there").path());
    let named = folders.filter_map(|folder| {
        let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().expect("a manifest");
        Some((manifest["package"]["name"].as_str()?.to_owned(), folder))
    });
    named.collect()
}

/// The numbers in front of `noun`, with one more word between them at most: `153 documented rows`.
fn numbers(text: &str, noun: &str) -> Vec<usize> {
    let words: Vec<&str> = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.replace(',', "").parse().ok());
    let places = words.iter().enumerate().filter(|(_, word)| **word == noun).map(|(at, _)| at);
    places.filter_map(|at| number(at.wrapping_sub(1)).or_else(|| number(at.wrapping_sub(2)))).collect()
}

/// The program in an empty package, with the profiles of this workspace, so that what is built already is used.
#[test]
fn the_program_runs_with_its_dependencies() {
    let readme = text("README.md");
    let program = block(&readme, "rust", "fn main");
    let mut manifest: toml::Table = block(&readme, "toml", "[dependencies]").parse().expect("TOML");
    let dependencies = manifest["dependencies"].as_table_mut().expect("a table");
    for (name, folder) in packages() {
        let Some(wanted) = dependencies.get_mut(&name) else { continue };
        let mut here = wanted.as_table().cloned().unwrap_or_default();
        for elsewhere in ["version", "git", "branch", "rev", "tag"] {
            here.remove(elsewhere);
        }
        let folder = folder.canonicalize().expect("there");
        here.insert("path".to_owned(), folder.to_str().expect("UTF-8").into());
        *wanted = here.into();
    }
    let package = [("name", "readme-program"), ("version", "0.0.0"), ("edition", "2024")];
    let package = toml::Table::from_iter(package.map(|(key, value)| (key.to_owned(), value.into())));
    manifest.insert("package".to_owned(), package.into());
    manifest.insert("workspace".to_owned(), toml::Table::new().into());
    manifest.extend(table("Cargo.toml").remove("profile").map(|profiles| ("profile".to_owned(), profiles)));

    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = temporary.join("readme-program");
    std::fs::create_dir_all(folder.join("src")).expect("made");
    std::fs::write(folder.join("Cargo.toml"), manifest.to_string()).expect("written");
    std::fs::write(folder.join("Cargo.lock"), text("Cargo.lock")).expect("written");
    std::fs::write(folder.join("src/main.rs"), program).expect("written");
    let target = temporary.parent().expect("target's folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline", "--target-dir"]).arg(target).current_dir(&folder);
    // Neither the cloud nor the cargo of whoever runs this.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("OS_") || name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR")
        {
            cargo.env_remove(name);
        }
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let emulator = runtime.block_on(k5_emulator::start()).expect("an emulator");
    let output = cargo.envs(emulator.environment()).output().expect("cargo");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{manifest}\n{said}");
    assert!(!output.stdout.is_empty(), "it prints something");
}

#[test]
fn the_numbers_are_those_of_the_code() {
    let readme = text("README.md");
    let rows = text("xtask/data/rows.tsv").lines().filter(|line| !line.starts_with('#')).count();
    let services: BTreeSet<_> = k5::operations().map(|operation| operation.meta.service.name).collect();
    let facts = [("rows", rows), ("operations", k5::operations().count()), ("services", services.len())];
    let mut found = 0;
    for (noun, fact) in facts {
        for claim in numbers(&readme, noun) {
            assert_eq!(claim, fact, "README.md speaks of {claim} {noun}");
            found += 1;
        }
    }
    assert!(found > 0, "README.md says how much of the API there is");
}

#[test]
fn the_oldest_compiler_is_the_manifest_s() {
    let manifest = table("Cargo.toml");
    let oldest = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version");
    for page in ["README.md", "CONTRIBUTING.md"] {
        let said = text(page);
        let said: Vec<&str> = said.split("Rust ").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
        let versions = said.iter().map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()));
        let versions: Vec<&str> = versions.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).collect();
        assert!(!versions.is_empty() && versions.iter().all(|version| *version == oldest), "{page}: {versions:?}, not {oldest}");
    }
}

#[test]
fn the_crates_are_those_that_there_are() {
    let readme = text("README.md");
    let packages = packages();
    let rows = readme.lines().filter(|line| line.starts_with("| `k5"));
    let named: BTreeSet<&str> = rows.flat_map(|line| in_backticks(line.split('|').nth(1).unwrap_or_default())).collect();
    for name in &named {
        assert!(packages.contains_key(*name), "README.md lists {name}, which is no crate");
    }
    // A service is a feature of the facade.
    let facade = table("crates/k5/Cargo.toml");
    let services = facade["features"]["default"].as_array().expect("a list").iter().filter_map(|name| name.as_str());
    let services = services.map(|name| format!("k5-{name}"));
    for name in ["k5", "k5-client", "k5-object-store", "k5-emulator"].map(str::to_owned).into_iter().chain(services) {
        assert!(named.contains(&*name), "README.md doesn't list {name}");
    }
}

#[test]
fn the_exit_statuses_are_those_of_the_command_line() {
    let readme = text("README.md");
    let (_, said) = readme.split_once("Exit status").expect("README.md says what exit statuses mean");
    let said = said.split("\n\n").next().unwrap_or_default();
    let words = said.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.parse::<u8>().ok());
    let said: BTreeSet<u8> = words.collect();
    let code = text("crates/k5-cli/src/failure/status.rs");
    let constants = code.lines().filter_map(|line| line.split_once(": u8 = ")?.1.strip_suffix(';')?.parse::<u8>().ok());
    let mut code: BTreeSet<u8> = constants.collect();
    code.insert(0);
    assert!(said.is_subset(&code), "README.md has {said:?}, the code {code:?}");
    // What a signal causes need not be said.
    code.retain(|status| *status < 128);
    assert!(code.is_subset(&said), "README.md has {said:?}, the code {code:?}");
}
