//! Which file of the crate uses which: there is no circle of more than two.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by their paths below `src`, and those that each uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("there").path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Code alone: neither comments nor tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |at: &usize| lines[*at] == "#[cfg(test)]" && lines.get(at + 1).is_some_and(|next| next.contains("mod tests"));
    let end = (0..lines.len()).find(is_tests).unwrap_or(lines.len());
    lines[..end].iter().filter(|line| !line.trim_start().starts_with("//")).copied().collect::<Vec<_>>().join("\n")
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The paths in a tree of imports such as `a::{b, c::{d, e}}`. A macro's name keeps its `!`.
fn tree(text: &str) -> Vec<Vec<String>> {
    let end = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let inner = match (name.is_empty(), rest.strip_prefix("::")) {
        (false, Some(below)) => {
            let below = tree(below).into_iter();
            return below.map(|path| [&[name.to_owned()][..], &path].concat()).collect();
        }
        (false, None) => return vec![vec![format!("{name}{}", if rest.starts_with('!') { "!" } else { "" })]],
        (true, _) => rest.strip_prefix('{'),
    };
    let Some(inner) = inner else { return vec![Vec::new()] };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            ',' | '}' if depth == 0 => {
                let part = inner[start..at].trim();
                found.extend((!part.is_empty()).then(|| tree(part)).into_iter().flatten());
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// What the root of the crate names, and the file that it is in: items by `pub use`, macros by their own word.
fn places(root: &Path, sources: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for (_, names) in code(&root.join("lib.rs")).split(';').filter_map(|part| part.split_once("pub use ")) {
        for path in tree(names).iter().filter(|path| path.len() > 1 && sources.contains_key(&path[0])) {
            places.insert(path[path.len() - 1].clone(), path[0].clone());
        }
    }
    for (module, text) in sources {
        for (at, word) in text.match_indices("macro_rules! ") {
            let name: String = text[at + word.len()..].chars().take_while(|letter| is_word(*letter)).collect();
            places.insert(format!("{name}!"), module.clone());
        }
    }
    places
}

fn uses() -> Uses {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    let module = |path: &Path| {
        let below = path.strip_prefix(&root).expect("below").with_extension("");
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "mod").collect();
        parts.join("/")
    };
    let sources: BTreeMap<String, String> = found.iter().map(|path| (module(path), code(path))).collect();
    let places = places(&root, &sources);
    let mut uses = Uses::new();
    for (module, text) in sources.iter().filter(|(module, _)| *module != "lib" && !module.ends_with("tests")) {
        let mut used = BTreeSet::new();
        for (at, start) in text.match_indices("crate::").chain(text.match_indices("super::")) {
            if text[..at].ends_with(|letter| is_word(letter) || letter == ':') {
                continue;
            }
            let above = match (start, module.rsplit_once('/')) {
                ("super::", Some((above, _))) => vec![above.to_owned()],
                _ => Vec::new(),
            };
            for below in tree(&text[at + start.len()..]) {
                let path = [&above[..], &below].concat();
                let longest = (1..=path.len()).rev().map(|length| path[..length].join("/")).find(|part| sources.contains_key(part));
                used.extend(path.first().and_then(|name| places.get(name)).cloned().or(longest));
            }
        }
        used.remove(module);
        uses.insert(module.clone(), used);
    }
    uses
}

/// All that `from` reaches.
fn reached(uses: &Uses, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(next) = open.pop() {
        let new = uses.get(&next).into_iter().flatten().filter(|used| seen.insert((*used).clone()));
        open.extend(new.cloned());
    }
    seen
}

#[test]
fn imports_are_read() {
    let read = |text: &str| tree(text).iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(read("error::{Error, Result};"), ["error::Error", "error::Result"]);
    assert_eq!(read("{a, b::{C, d::E}, f}; g"), ["a", "b::C", "b::d::E", "f"]);
    assert_eq!(read("model! {"), ["model!"]);
    assert_eq!(read("text::visible(x)"), ["text::visible"]);
}

#[test]
fn there_is_no_circle_of_more_than_two_files() {
    let uses = uses();
    let arrows: usize = uses.values().map(BTreeSet::len).sum();
    assert!(uses.len() > 30 && arrows > 60, "{arrows} arrows of {} files were found", uses.len());
    for known in ["error", "operation", "path"] {
        assert!(uses["call"].contains(known), "{:?}", uses["call"]);
    }
    let all: BTreeMap<&String, BTreeSet<String>> = uses.keys().map(|module| (module, reached(&uses, module))).collect();
    for (module, reached) in &all {
        let circle: Vec<_> = reached.iter().filter(|other| all.get(other).is_some_and(|back| back.contains(*module))).collect();
        assert!(circle.len() <= 2, "a circle among {circle:?}");
    }
}
