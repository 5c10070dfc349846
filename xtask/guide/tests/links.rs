//! Every relative link of a document leads to a file, and every anchor to a heading.

use std::collections::BTreeMap;
use std::path::Path;
use xtask_guide::links::{Page, join};
use xtask_guide::{read, root};

/// The documents below a folder, by their paths below the root.
fn documents(root: &Path, folder: &str, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(root.join(folder)).expect("a folder").map(|entry| entry.expect("an entry")) {
        let path = format!("{folder}/{}", entry.file_name().to_str().expect("a name"));
        if entry.file_type().expect("a type").is_dir() {
            documents(root, &path, into);
        } else if path.ends_with(".md") {
            into.push(path);
        }
    }
}

/// What is wrong with the links of these pages, each a path below the root with its text.
fn wrong(root: &Path, texts: &BTreeMap<String, String>) -> Vec<String> {
    let pages: BTreeMap<&str, Page> = texts.iter().map(|(path, text)| (&**path, Page::read(text))).collect();
    let mut wrong = Vec::new();
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.is_elsewhere()) {
            let target = if link.path().is_empty() { (*path).to_owned() } else { join(path, link.path()) };
            let why = match (pages.get(&*target), link.anchor()) {
                (Some(page), Some(anchor)) if !page.anchors.contains(anchor) => format!("{target} has no heading #{anchor}"),
                (None, Some(_)) => format!("{target} is no document that is checked, so it must be linked without an anchor"),
                (None, None) if !root.join(&target).exists() => format!("there is no {target}"),
                _ => continue,
            };
            wrong.push(format!("{path}:{}: [{}]({}): {why}", link.line, link.label, link.destination));
        }
    }
    wrong
}

#[test]
fn every_link_leads_somewhere() {
    let root = root();
    let mut paths =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "xtask/spec/README.md"].map(str::to_owned).to_vec();
    documents(&root, "docs", &mut paths);
    let texts: BTreeMap<_, _> = paths.into_iter().map(|path| (path.clone(), read(&root.join(path)).expect("a document"))).collect();
    let count: usize = texts.values().map(|text| Page::read(text).links.len()).sum();
    assert!(count > 50, "only {count} links");
    let wrong = wrong(&root, &texts);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_leads_nowhere_is_found() {
    let page = |text: &str| text.to_owned();
    let texts = BTreeMap::from([
        ("docs/a.md".to_owned(), page("# Here\n[1](b.md#there) [2](#here) [3](../Cargo.toml) [4](https://k5.example/#x)")),
        ("docs/b.md".to_owned(), page("# There\n[5](a.md#gone)\n[6](gone.md) [7](../Cargo.toml#lib)")),
    ]);
    let wrong = wrong(&root(), &texts);
    let found: Vec<_> = wrong.iter().filter_map(|line| line.split('[').nth(1)?.split(']').next()).collect();
    assert_eq!(found, ["5", "6", "7"], "{wrong:?}");
}
