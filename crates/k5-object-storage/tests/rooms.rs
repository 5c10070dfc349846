//! The rooms of `src/transfer`: their arrows run one way, and no two files need one another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What stands in a line knows only of the lines above it.
const ORDER: [&[&str]; 6] = [
    &["progress", "again", "batches", "window", "target", "cluster"],
    &["hash"],
    &["segments"],
    &["containers", "small"],
    &["slots"],
    &["upload", "download", "server"],
];

/// Modules, as their paths below `transfer`, and those that each uses.
type Uses = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("there").path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// The words that follow one another with `::` between them.
fn words(text: &str) -> Vec<String> {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter))).unwrap_or(text.len());
    text[..end].split("::").filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What the code of a file names, tests left out.
fn named(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut named = Vec::new();
    for (at, beginning) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || before == ':' {
            continue;
        }
        let mut rest = &code[at + beginning.len()..];
        let mut path = match beginning {
            "crate::" => match rest.strip_prefix("transfer::") {
                Some(below) => {
                    rest = below;
                    Vec::new()
                }
                None => continue,
            },
            _ => module[..module.len() - 1].to_vec(),
        };
        path.extend(words(rest));
        match rest.find('{').filter(|open| rest[..*open].chars().all(|letter| letter.is_alphanumeric() || "_:".contains(letter))) {
            // Names in braces may be modules, too.
            Some(open) => {
                let inner = rest[open + 1..].split(';').next().unwrap_or_default();
                for name in inner.split([',', '{', '}']) {
                    named.push([&path[..], &words(name.trim())].concat());
                }
            }
            None => named.push(path),
        }
    }
    named
}

fn uses() -> Uses {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/transfer");
    let mut found = Vec::new();
    files(&root, &mut found);
    let module = |path: &Path| -> Vec<String> {
        let below = path.strip_prefix(&root).expect("below").with_extension("");
        below.iter().map(|part| part.to_string_lossy().into_owned()).collect()
    };
    let modules: BTreeSet<_> = found.iter().map(|path| module(path)).collect();
    let mut uses = Uses::new();
    for path in found {
        let module = module(&path);
        // It declares what is below, and knows of nothing.
        if module.last().is_some_and(|last| last == "mod") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        let code: String = text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.trim().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(!code.contains("crate::sync"), "{module:?} uses what is built above it");
        let used = uses.entry(module.clone()).or_default();
        for name in named(&code, &module) {
            let longest = (1..=name.len()).rev().map(|length| name[..length].to_vec()).find(|part| modules.contains(part));
            used.extend(longest.filter(|other| *other != module));
        }
    }
    uses
}

fn rank(module: &[String]) -> usize {
    let room = &module[0];
    ORDER.iter().position(|line| line.contains(&room.as_str())).unwrap_or_else(|| panic!("{room} has no place in the order"))
}

#[test]
fn arrows_run_one_way() {
    let mut arrows = 0;
    for (module, used) in uses() {
        for other in used.iter().filter(|other| other[0] != module[0]) {
            assert!(rank(other) < rank(&module), "{} uses {}", module.join("/"), other.join("/"));
            arrows += 1;
        }
    }
    assert!(arrows > 50, "{arrows} were found");
}

#[test]
fn no_two_files_need_one_another() {
    let mut left = uses();
    // Whatever needs nothing that is left goes, until nothing is left.
    while !left.is_empty() {
        let free: Vec<_> = left
            .iter()
            .filter(|(_, used)| used.iter().all(|other| !left.contains_key(other)))
            .map(|(module, _)| module.clone())
            .collect();
        assert!(!free.is_empty(), "a circle among {:?}", left.keys().map(|module| module.join("/")).collect::<Vec<_>>());
        free.iter().for_each(|module| drop(left.remove(module)));
    }
}
